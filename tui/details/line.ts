import type { Line } from '../present/line.ts'
import { dateTime } from '../present/time.ts'
import { type DetailPresenter, fact, nothingChosen } from './detail.ts'

/** The chosen line of the log as its fields: what is no JSON is shown as it is. */
export const line: DetailPresenter = ({ logChosen, logs }) => {
  const chosen = logChosen ?? logs.lines.at(-1) ?? null
  if (chosen === null) return nothingChosen('Line', 'no line yet')
  return {
    name: `Line of ${chosen.process}`,
    note: [{ text: dateTime(chosen.time), tone: 'muted' }],
    lines: chosen.gap === undefined ? fields(chosen.text) : [[{ text: `  ${chosen.gap}`, tone: 'warning' }]],
  }
}

const fields = (text: string): readonly Line[] => {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) {
      return Object.entries(parsed).map(([name, value]) => fact(name, typeof value === 'string' ? value : JSON.stringify(value)))
    }
  } catch {
    // It is shown as it stands in the file: a writer that was killed leaves half a line.
  }
  return [[{ text: `  ${text}` }]]
}
