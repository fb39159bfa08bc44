import { lastLines, parseLines } from '../../src/jsonl.ts'
import type { Context } from './context.ts'
import { note } from './print.ts'

export type Fields = Readonly<Record<string, unknown>>

/** A line of ours as an object, or null. Written by an older version it may lack what is new, so no schema is held against it. */
export const fieldsOf = (line: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
  } catch {
    return null // counted by whoever reads the lines
  }
}

/** The last records of a line file, oldest first, that `keep` wants. Lines that are none are counted and told. A text that each of them `holds` saves parsing the rest. */
export const lastRecords = <Row>(context: Context, path: string, count: number, keep: (fields: Fields) => boolean, holds = ''): Row[] => {
  let foreign = 0
  const lines = lastLines(path, count, (line) => {
    if (!line.includes(holds)) return false
    const fields = fieldsOf(line)
    if (fields === null) foreign += 1
    return fields !== null && keep(fields)
  })
  if (foreign > 0) note(context, `${path}: ${foreign} lines are not JSON objects and were left out`)
  return parseLines(lines, (value) => value as Row).values
}
