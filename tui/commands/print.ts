import { inert, inertJson } from '../../src/text.ts'
import type { Context } from './context.ts'

export type Column<Row> = { readonly head: string; readonly right?: boolean; readonly of: (row: Row) => unknown }

/** What is not known has a sign of its own: it is never shown as zero or left blank. */
const UNKNOWN = '-'

/** Any value as inert text on one line. */
export const cell = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return UNKNOWN
  if (typeof value === 'object') return inert(JSON.stringify(value))
  if (typeof value === 'number') return digits(value)
  return inert(String(value))
}

/** Ten digits are more than anybody compares; the noise of binary fractions comes after them. The JSON has all of it. */
export const digits = (value: number): string => String(Number.isInteger(value) ? value : Number(value.toPrecision(10)))

/** Columns as wide as their widest cell; the last one may be as long as it likes. */
export const table = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string => {
  const lines = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ of }) => cell(of(row))))]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)))
  const pad = (value: string, index: number): string => {
    if (columns[index]?.right) return value.padStart(widths[index] ?? 0)
    return index === columns.length - 1 ? value : value.padEnd(widths[index] ?? 0)
  }
  return lines.map((line) => `${line.map(pad).join('  ').trimEnd()}\n`).join('')
}

/** Names and values in two columns. */
export const facts = (pairs: readonly (readonly [string, unknown])[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}\n`).join('')
}

/** UTC with milliseconds: logs, streams and this agree whatever the zone of the host. */
export const time = (at: number | null | undefined): string =>
  typeof at === 'number' && Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : UNKNOWN

/** `4.2s`, `3m12s`, `5h03m`, `2d04h`: two units are enough for an age. */
export const duration = (ms: number | null | undefined): string => {
  if (typeof ms !== 'number' || !Number.isFinite(ms)) return UNKNOWN
  const seconds = Math.abs(ms) / 1_000
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  if (seconds < 60) return `${seconds.toFixed(1)}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h${two((seconds % 3_600) / 60)}m`
  return `${Math.floor(seconds / 86_400)}d${two((seconds % 86_400) / 3_600)}h`
}

/** One document. */
export const printJson = ({ out }: Context, value: unknown): void => out(`${inertJson(JSON.stringify(value, null, 2))}\n`)

/** One record a line. */
export const printJsonLines = ({ out }: Context, values: readonly unknown[]): void =>
  out(values.map((value) => `${inertJson(JSON.stringify(value))}\n`).join(''))

/** A list as a table, or as JSON lines where that was asked for. */
export const printList = <Row>(context: Context, columns: readonly Column<Row>[], rows: readonly Row[], none: string): void => {
  if (context.json) printJsonLines(context, rows)
  else if (rows.length === 0) context.err(`${none}\n`)
  else context.out(table(columns, rows))
}

/** A message to the person, never mixed with the data. Lines of ours stay lines; what they quote is inert already or made so. */
export const note = ({ err }: Pick<Context, 'err'>, message: string): void => err(`${inertLines(message)}\n`)

export const inertLines = (message: string): string => message.split('\n').map(inert).join('\n')
