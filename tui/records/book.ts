import type { z } from 'zod'
import { lookAt } from '../../src/regular-file.ts'
import { createFileTail, type FileTail } from '../logs/file-tail.ts'
import { identityOf } from '../logs/log-file.ts'
import { CLOSED, type RecordSource, type RecordWindow } from './window.ts'

/** Records of one file, or of the newest of a folder's daily files, that are kept for the screen. */
export const RECORDS_MAX = 2_000
/** Lines of what is there already to begin with. */
const TAIL_LINES = 500
/** Files at the end of a record that may still grow: the newest, and the one before it around midnight. */
const GROWING = 2
/** Bytes of all its files that are read in one turn, so that keys get theirs: a megabyte of records is 40 ms of checking them. */
const TURN_BYTES_MAX = 262_144

export type RecordBook<Row> = {
  /** Reads what is new. @returns whether anything changed, and whether there is more to read at once. */
  readonly look: (now: number) => { readonly changed: boolean; readonly more: boolean }
  readonly window: () => RecordWindow<Row>
  readonly close: () => void
}

export type BookOptions<Row> = {
  /** The files that make up the record now, oldest first; only the newest are followed. Empty where there is none. */
  readonly files: () => readonly string[]
  /** Named where nothing is there. */
  readonly path: string
  readonly schema: z.ZodType<Row>
  readonly linesMax?: number
  /** Null begins with the first line of each file. */
  readonly tailLines?: number | null
}

/**
 * Follows a line file of the engine. Each line is checked: what is no record of this kind is counted and shown as a problem. A
 * record is never rotated, so another file under its name is the record made anew, and is read instead of the one before.
 */
export const createRecordBook = <Row>({ files, path, schema, linesMax = RECORDS_MAX, tailLines = TAIL_LINES }: BookOptions<Row>): RecordBook<Row> => {
  const tails = new Map<string, FileTail>()
  const identities = new Map<string, string>()
  /** Days that are over and were read: each would be an open file for as long as the console is. */
  const over = new Set<string>()
  let window: RecordWindow<Row> = CLOSED

  const change = (next: Partial<RecordWindow<Row>>): boolean => {
    const differs = Object.entries(next).some(([key, value]) => JSON.stringify(window[key as keyof RecordWindow<Row>]) !== JSON.stringify(value))
    if (differs) window = { ...window, ...next }
    return differs
  }

  const parse = (text: string): Row | null => {
    try {
      const parsed = schema.safeParse(JSON.parse(text))
      if (parsed.success) return parsed.data
      const [issue] = parsed.error.issues
      window = { ...window, rejected: window.rejected + 1, problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'no record'}` }
    } catch (error) {
      window = { ...window, rejected: window.rejected + 1, problem: (error as Error).message }
    }
    return null
  }

  const closeAll = (): void => {
    for (const tail of tails.values()) tail.close()
    tails.clear()
    over.clear()
  }

  const beginAnew = (names: readonly string[]): boolean => {
    const seen = names.flatMap((name) => {
      const stats = lookAt(name)
      return stats === null ? [] : [[name, identityOf(stats)] as const]
    })
    const another = seen.some(([name, identity]) => (identities.get(name) ?? identity) !== identity)
    for (const [name, identity] of seen) identities.set(name, identity)
    if (!another) return false
    closeAll()
    window = { ...window, rows: [], evicted: 0, rejected: 0, problem: null }
    return true
  }

  /** What cannot be read, such as a folder under the name of a file, is told where the records would be; the next look tries again. */
  const look: RecordBook<Row>['look'] = (now) => {
    const fresh: Row[] = []
    try {
      return readOn(now, fresh)
    } catch (error) {
      keep(fresh)
      const told = change({ source: { kind: 'error', path, message: (error as Error).message } })
      return { changed: told || fresh.length > 0, more: false }
    }
  }

  const keep = (fresh: Row[]): void => {
    if (fresh.length === 0) return
    const rows = [...fresh.reverse(), ...window.rows]
    window = { ...window, rows: rows.slice(0, linesMax), evicted: window.evicted + Math.max(0, rows.length - linesMax) }
  }

  const readOn = (now: number, fresh: Row[]): ReturnType<typeof look> => {
    const names = files()
    const anew = beginAnew(names)
    for (const name of names) {
      if (!tails.has(name) && !over.has(name))
        tails.set(
          name,
          createFileTail({ path: name, process: '', rotates: false, tailLines: tails.size === 0 || window.rows.length === 0 ? tailLines : null }),
        )
    }
    const growing = names.slice(-GROWING)
    let more = false
    let rejected = window.rejected
    let budget = TURN_BYTES_MAX
    for (const [name, tail] of tails) {
      const read = tail.read(budget, now)
      budget -= read.bytes
      more = read.more
      if (!read.more && !growing.includes(name)) {
        tail.close()
        tails.delete(name)
        over.add(name)
      }
      for (const { text, gap } of read.lines) {
        if (gap !== undefined) continue
        const row = parse(text)
        if (row !== null) fresh.push(row)
      }
      // A later day comes after all of the one before it.
      if (more) break
    }
    rejected = window.rejected - rejected
    const source: RecordSource = names.length === 0 ? { kind: 'missing', path } : { kind: 'reading', path }
    const sourceChanged = source.kind !== window.source.kind ? change({ source }) : false
    keep(fresh)
    return { changed: sourceChanged || rejected > 0 || anew || fresh.length > 0, more }
  }

  return {
    look,
    window: () => window,
    close: closeAll,
  }
}
