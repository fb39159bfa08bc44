import { type Filter, matches as matchesSubject, NO_FILTER, type Subject } from '../filter.ts'
import type { LogLine } from './line.ts'

export { type Filter, NO_FILTER, parseFilter } from '../filter.ts'

/** A log line to the one grammar. Its fields are read only when a term asks for one. */
const subjectOf = (line: LogLine): Subject => ({
  text: () => line.text,
  field: (name) => {
    if (name === 'level') return line.level
    if (name === 'process') return line.process
    return fieldOf(line.text, name)
  },
  time: () => line.time,
})

/** A correlation id stands under different names, or in the text alone. */
const CORRELATED: readonly string[] = ['corr', 'signal', 'signalId', 'order', 'commandId']

const fieldOf = (text: string, name: string): string | number | null => {
  const record = parsed(text)
  if (record === null) return null
  const names = name === 'corr' ? CORRELATED : [name]
  for (const each of names) {
    const value = record[each]
    if (typeof value === 'string' || typeof value === 'number') return value
    if (typeof value === 'boolean') return String(value)
  }
  return name === 'corr' ? text : null
}

const parsed = (text: string): Readonly<Record<string, unknown>> | null => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null // no JSON has no fields
  }
}

export const matches = (filter: Filter, line: LogLine): boolean => filter === NO_FILTER || matchesSubject(filter, subjectOf(line))
