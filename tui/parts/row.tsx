import chalk, { type ChalkInstance, type ForegroundColorName } from 'chalk'
import { Text } from 'ink'
import { use } from 'react'
import { fitLine, type Line, ascii as toAscii } from '../present/line.ts'
import type { Style, Theme } from '../theme.ts'
import { type Paint, PaintContext } from './paint.ts'

/** One row of the screen, never wider than its place, with nothing in it that a terminal would obey. */
export const Row = ({ line, width }: { readonly line: Line; readonly width: number }) => (
  <Text wrap="truncate">{painted(line, width, use(PaintContext))}</Text>
)

type Drawn = { readonly width: number; readonly paint: Paint; readonly text: string }
/** Rows outlive many frames; Ink goes through every part of a row in each of them, so a row is one part. */
const drawn = new WeakMap<Line, Drawn>()

const painted = (line: Line, width: number, paint: Paint): string => {
  const before = drawn.get(line)
  if (before?.width === width && before.paint === paint) return before.text
  const text = runsOf(line, width, paint.theme)
    .map((run) => brush(run.style)(paint.ascii ? toAscii(run.text) : run.text))
    .join('')
  const shown = text === '' ? ' ' : text
  drawn.set(line, { width, paint, text: shown })
  return shown
}

type Run = { readonly style: Style; text: string }

/** Whether a blank of this style is seen. */
const showsBlanks = ({ inverse, underline }: Style): boolean => inverse === true || underline === true

/** Neighbours of one style become one run, and blanks between them go with what is before: each change of style is bytes and time in every frame. */
const runsOf = (line: Line, width: number, theme: Theme): readonly Run[] => {
  const runs: Run[] = []
  for (const { text, tone = 'text' } of fitLine(line, width)) {
    const style = theme[tone]
    const last = runs.at(-1)
    const joins = last !== undefined && (last.style === style || (!showsBlanks(last.style) && !showsBlanks(style) && text.trim() === ''))
    if (joins) last.text += text
    else runs.push({ style, text })
  }
  return runs
}

const brushes = new WeakMap<Style, (text: string) => string>()

/** How a style is written for this terminal; `chalk` knows how many colours it has. */
const brush = (style: Style): ((text: string) => string) => {
  const known = brushes.get(style)
  if (known !== undefined) return known
  const { color, bold, dimColor, inverse, underline } = style
  let made: ChalkInstance = chalk
  if (color !== undefined) made = color.startsWith('#') ? made.hex(color) : made[color as ForegroundColorName]
  if (bold) made = made.bold
  if (dimColor) made = made.dim
  if (inverse) made = made.inverse
  if (underline) made = made.underline
  const plain = made === chalk
  const paint = plain ? (text: string) => text : (text: string) => made(text)
  brushes.set(style, paint)
  return paint
}
