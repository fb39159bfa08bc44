import { inert, inertJson } from '../../src/text.ts'
import { type Filter, matches } from '../logs/filter.ts'
import { LEVELS, type LogLine, levelName, type RawLine } from '../logs/line.ts'
import { parseLine } from '../logs/parse-line.ts'
import { time } from './print.ts'

export type LogFilter = { readonly level: number; readonly process: string | null; readonly filter: Filter }

/** Lines as the tailer reads them, with the time and level that they tell. A line that is no record keeps the time of the one before it. */
export const readLines = (raws: readonly RawLine[]): LogLine[] => {
  let last = 0
  return raws.map((raw, arrival) => {
    const { level, time: at } = parseLine(raw.text)
    last = at ?? last
    return { ...raw, level, time: last, key: last, arrival }
  })
}

/** Where something is missing is told whatever the filter. */
export const passes = ({ level, process, filter }: LogFilter, line: LogLine): boolean =>
  line.gap !== undefined || (line.level >= level && (process === null || line.process === process) && matches(filter, line))

/** The formatter is loaded where lines are shown and nowhere else. */
export const createFormat = async (json: boolean): Promise<(line: LogLine) => string> => {
  if (json) return ({ text, gap, process }) => `${gap === undefined ? jsonLine(text, process) : JSON.stringify({ process, gap })}\n`
  const { prettyLine } = await import('../logs/pretty.ts')
  return (line) =>
    `${time(line.time)} ${levelName(line.level).toUpperCase().padEnd(5)} ${inert(line.process).padEnd(12)} ${inert(prettyLine(line))}\n`
}

/** As it was written. A line that is no JSON, such as a cut one, becomes a record that says so: every line of the output is JSON. */
const jsonLine = (text: string, process: string): string => {
  try {
    JSON.parse(text)
    return inertJson(text)
  } catch {
    return inertJson(JSON.stringify({ level: LEVELS.info, process, unparsed: text }))
  }
}
