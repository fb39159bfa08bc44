import { closeSync, fstatSync, readSync } from 'node:fs'
import { lookAt, openRegular } from '../../src/regular-file.ts'
import type { RawLine } from './line.ts'
import { decode, identityOf, LINE_BYTES_KEPT, NEWLINE, siblings } from './log-file.ts'

const BLOCK_BYTES = 262_144
/** A longer line is cut; the rest of it is read and thrown away. */
const LINE_BYTES_MAX = 1_048_576
/** Backward reading stops here, however few lines were found. */
const TAIL_BYTES_MAX = 4_194_304
/** After its rename a file is read on for so long: its writer may not have noticed yet. */
const FORMER_MS = 2_000

/** One opened file and how far it was read. */
type Opened = {
  readonly descriptor: number
  readonly identity: string
  /** Wall time of its newest content when it was last looked at, nanoseconds. */
  modifiedNs: bigint
  offset: number
  /** Where the unfinished line begins. */
  lineStart: number
  carry: Buffer
  /** Bytes of the unfinished line beyond what is kept of it. */
  dropped: number
  /** Everything up to the next newline belongs to a line whose start was not read. */
  skipping: boolean
}

export type FileTail = {
  /** Reads at most `budget` bytes; `more` where there is something left. */
  readonly read: (budget: number, now: number) => { readonly lines: readonly RawLine[]; readonly bytes: number; readonly more: boolean }
  readonly close: () => void
}

export type FileTailOptions = {
  readonly path: string
  readonly process: string
  /** Lines of the existing content to begin with; null reads it from its start. */
  readonly tailLines: number | null
  /** False where the file is never renamed for a successor: nobody looks for such ones, which takes long in a folder of thousands of days. */
  readonly rotates?: boolean
}

/**
 * Follows one line file by its identity, not by its name: a file that was renamed is read to its end before the new one,
 * and whatever was rotated in between is read too.
 */
export const createFileTail = ({ path, process, tailLines, rotates = true }: FileTailOptions): FileTail => {
  const family = (): ReturnType<typeof siblings> => (rotates ? siblings(path) : [])
  let current: Opened | null = null
  let former: { readonly opened: Opened; readonly until: number } | null = null
  const known = new Set<string>(family().map(({ identity }) => identity))
  let first = true

  /** Opens what the name means now. */
  const open = (): void => {
    current = openTail(path, first ? tailLines : null)
    if (current !== null) {
      first = false
      known.add(current.identity)
    }
  }

  const read: FileTail['read'] = (budget, now) => {
    const lines: RawLine[] = []
    let left = budget
    const take = (opened: Opened): boolean => {
      const bytes = readLines(opened, process, left, lines)
      left -= bytes
      return left <= 0
    }

    if (former !== null) {
      if (take(former.opened)) return { lines, bytes: budget - left, more: true }
      if (now >= former.until) {
        finish(former.opened, process, lines)
        former = null
      }
    }
    if (current === null) open()
    if (current === null) return { lines, bytes: budget - left, more: false }
    const { size, identity } = look(current)
    if (size < current.offset) {
      restart(current)
      lines.push({ process, text: '', gap: 'the file was cut short; what it held before is gone' })
    }
    if (take(current)) return { lines, bytes: budget - left, more: true }

    const named = identityAt(path)
    if (named === identity) return { lines, bytes: budget - left, more: false }
    // Renamed or removed, and read to its end as it is now. It is read on for a while beside its successor.
    if (former !== null) finish(former.opened, process, lines)
    former = { opened: current, until: now + FORMER_MS }
    for (const between of family()) {
      if (known.has(between.identity) || between.identity === named || between.modifiedNs < current.modifiedNs) continue
      known.add(between.identity)
      readWhole(between.path, process, lines)
    }
    current = null
    open()
    return { lines, bytes: budget - left, more: current !== null }
  }

  return {
    read,
    close: () => {
      if (current !== null) closeSync(current.descriptor)
      if (former !== null) closeSync(former.opened.descriptor)
      current = null
      former = null
    },
  }
}

const identityAt = (path: string): string | null => {
  const stats = lookAt(path)
  return stats === null ? null : identityOf(stats)
}

const look = (opened: Opened): { readonly size: number; readonly identity: string } => {
  const stats = fstatSync(opened.descriptor, { bigint: true })
  opened.modifiedNs = stats.mtimeNs
  return { size: Number(stats.size), identity: opened.identity }
}

const openTail = (path: string, tailLines: number | null): Opened | null => {
  let descriptor: number
  try {
    descriptor = openRegular(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null // it appears later
    throw error
  }
  try {
    const stats = fstatSync(descriptor, { bigint: true })
    const start = tailLines === null ? { offset: 0, skipping: false } : tailStart(descriptor, Number(stats.size), tailLines)
    return {
      descriptor,
      identity: identityOf(stats),
      modifiedNs: stats.mtimeNs,
      ...start,
      lineStart: start.offset,
      carry: Buffer.alloc(0),
      dropped: 0,
    }
  } catch (error) {
    closeSync(descriptor) // it is tried again, and each try opens it
    throw error
  }
}

/** Where the last `lines` lines begin, found by reading backwards. */
const tailStart = (descriptor: number, size: number, lines: number): { readonly offset: number; readonly skipping: boolean } => {
  let position = size
  let newlines = 0
  while (position > 0) {
    if (size - position >= TAIL_BYTES_MAX) return { offset: position, skipping: true }
    const length = Math.min(BLOCK_BYTES, position)
    position -= length
    readSync(descriptor, block, 0, length, position)
    for (let at = block.lastIndexOf(NEWLINE, length - 1); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)) {
      // The first one found may end the file's last line; one more than the lines wanted begins them.
      newlines += 1
      if (newlines > lines) return { offset: position + at + 1, skipping: false }
    }
  }
  return { offset: 0, skipping: false }
}

const restart = (opened: Opened): void => {
  opened.offset = 0
  opened.lineStart = 0
  opened.carry = Buffer.alloc(0)
  opened.dropped = 0
  opened.skipping = false
}

/** One for all files: what is kept of it is copied before the next read. */
const block = Buffer.alloc(BLOCK_BYTES)

const readLines = (opened: Opened, process: string, budget: number, lines: RawLine[]): number => {
  let read = 0
  while (read < budget) {
    const length = readSync(opened.descriptor, block, 0, Math.min(BLOCK_BYTES, budget - read), opened.offset)
    if (length === 0) break
    opened.offset += length
    read += length
    split(opened, block.subarray(0, length), process, lines)
  }
  return read
}

/** Whole lines only: bytes after the last newline wait for the rest, so a character is never decoded in halves. */
const split = (opened: Opened, block: Buffer, process: string, lines: RawLine[]): void => {
  const base = opened.offset - block.length
  let from = 0
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, from)) {
    const bytes = block.subarray(from, at)
    const start = opened.lineStart
    from = at + 1
    opened.lineStart = base + from
    if (opened.skipping) {
      opened.skipping = false
      continue
    }
    const whole = opened.carry.length === 0 ? bytes : Buffer.concat([opened.carry, bytes])
    const text = decode(whole, opened.dropped)
    opened.carry = Buffer.alloc(0)
    opened.dropped = 0
    if (text !== '') lines.push({ process, text, file: opened.identity, start, end: opened.lineStart })
  }
  if (opened.skipping || from === block.length) return
  const rest = block.subarray(from)
  if (opened.carry.length + rest.length <= LINE_BYTES_MAX && opened.dropped === 0) {
    opened.carry = opened.carry.length === 0 ? Buffer.from(rest) : Buffer.concat([opened.carry, rest])
    return
  }
  opened.dropped += opened.carry.length + rest.length
  opened.carry = opened.carry.subarray(0, LINE_BYTES_KEPT)
  opened.dropped -= opened.carry.length
}

/** A last line that never got its newline is shown as far as it came. */
const finish = (opened: Opened, process: string, lines: RawLine[]): void => {
  closeSync(opened.descriptor)
  const text = decode(opened.carry, opened.dropped)
  if (text !== '' && !opened.skipping) lines.push({ process, text, file: opened.identity, start: opened.lineStart, end: opened.offset })
}

/** Files that were rotated away twice before we looked; bounded by how many the engine keeps. */
const readWhole = (path: string, process: string, lines: RawLine[]): void => {
  const opened = openTail(path, null)
  if (opened === null) return
  while (readLines(opened, process, BLOCK_BYTES, lines) > 0);
  finish(opened, process, lines)
}
