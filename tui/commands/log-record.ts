import type { PrettyOptions } from 'pino-pretty'
import { inert, inertJson } from '../../src/text.ts'
import { inertLines } from './print.ts'
import { type Fields, fieldsOf } from './records.ts'

/** The numbers that pino gives to its levels. */
export const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const
export type Level = keyof typeof LEVELS

export type LogRecord = { readonly process: string; readonly at: number; readonly level: number; readonly line: string; readonly fields: Fields }
export type LogFilter = { readonly level: number; readonly process: string | null; readonly text: string | null }

/** One line of a log; null where it is none. */
export const logRecord = (process: string, line: string): LogRecord | null => {
  const fields = fieldsOf(line)
  if (fields === null || typeof fields.level !== 'number') return null
  const at = typeof fields.time === 'string' ? Date.parse(fields.time) : Number(fields.time)
  return { process, at: Number.isNaN(at) ? 0 : at, level: fields.level, line, fields }
}

/** The text is looked for in the whole line, upper and lower case alike. */
export const passes = ({ level, process, text }: LogFilter, record: LogRecord): boolean =>
  record.level >= level &&
  (process === null || record.process === process) &&
  (text === null || record.line.toLowerCase().includes(text.toLowerCase()))

const OPTIONS: PrettyOptions = {
  colorize: false,
  ignore: 'pid,hostname,name,process',
  translateTime: 'UTC:yyyy-mm-dd"T"HH:MM:ss.l"Z"',
  singleLine: true,
}

/** The formatter is loaded where lines are shown and nowhere else. */
export const createFormat = async (raw: boolean): Promise<(record: LogRecord) => string> => {
  if (raw) return ({ line }) => `${inertJson(line)}\n`
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory(OPTIONS)
  return ({ process, fields }) => `${process.padEnd(12)} ${inertLines(pretty(harmless(fields)).trimEnd())}\n`
}

/** Every text on one line and inert before it is formatted, so that no message can draw a line of its own. A stack is our own and keeps its lines. */
const harmless = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value as Fields).map(([name, inner]) => [inert(name), harmlessValue(name, inner)]))

const harmlessValue = (name: string, value: unknown): unknown => {
  if (typeof value === 'string') return name === 'stack' ? inertLines(value) : inert(value)
  if (Array.isArray(value)) return value.map((inner) => harmlessValue(name, inner))
  return typeof value === 'object' && value !== null ? harmless(value) : value
}
