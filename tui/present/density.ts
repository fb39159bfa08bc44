import type { Line, Segment } from './line.ts'
import { count } from './number.ts'

/** A log pane with fewer rows than this has none to spare. */
const HEIGHT_MIN = 20
const MINUTE_MS = 60_000
const MINUTES_MAX = 240
const LABEL = 'errors/min '
const DIGIT_MAX = 9

/** Rows that the bar takes of the log pane, of its full view only. */
export const densityRows = (view: string, height: number): 0 | 1 => (view === 'logs' && height >= HEIGHT_MIN ? 1 : 0)

/**
 * Errors of each minute up to now as one character: a dot for none, their number, `+` for more than nine, and nothing for a minute that is
 * not known because it is before the first line that was counted. It reads the same without colour.
 */
export const densityLine = (
  { errors, countedFrom }: { readonly errors: ReadonlyMap<number, number>; readonly countedFrom: number | null },
  now: number,
  width: number,
): Line => {
  const newest = Math.floor(now / MINUTE_MS)
  const first = countedFrom === null ? Number.POSITIVE_INFINITY : Math.floor(countedFrom / MINUTE_MS)
  const told = (minutes: number): { readonly sum: number; readonly text: string } => {
    let sum = 0
    for (let minute = newest - minutes + 1; minute <= newest; minute += 1) sum += errors.get(minute) ?? 0
    const known = Math.max(0, Math.min(minutes, newest - first + 1))
    return { sum, text: known === 0 ? ' no line yet' : ` ${count(sum)} in ${known} min` }
  }
  const widest = told(MINUTES_MAX)
  const minutes = Math.max(1, Math.min(MINUTES_MAX, width - LABEL.length - widest.text.length))
  const { sum, text } = told(minutes)
  const bar: Segment[] = []
  for (let minute = newest - minutes + 1; minute <= newest; minute += 1) {
    const found = errors.get(minute) ?? 0
    const tone = found === 0 ? 'muted' : 'loss'
    const sign = found === 0 ? (minute < first ? ' ' : '.') : found > DIGIT_MAX ? '+' : String(found)
    const last = bar.at(-1)
    if (last?.tone === tone) bar[bar.length - 1] = { text: last.text + sign, tone }
    else bar.push({ text: sign, tone })
  }
  return [{ text: LABEL, tone: 'muted' }, ...bar, { text, tone: sum === 0 ? 'muted' : 'loss' }]
}
