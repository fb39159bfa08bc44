import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LogLine } from './line.ts'
import { identityOf, LOG_NAME, siblings } from './log-file.ts'
import { BLOCK_BYTES, backwards, type Chain, createSource, forwards, type LogFile, type Position, piecesAfter, type Walk } from './log-walk.ts'

/** Bytes that one call reads over all files; a filter that nothing matches must not take input away. */
const PAGE_BYTES_MAX = 524_288
/** A place between two lines of the merged log, as a position in the files of each process; a process that is not named stands at its newest end. */
export type Cursor = ReadonlyMap<string, Position>

export type Page = {
  /** In their order, oldest first. */
  readonly lines: readonly LogLine[]
  /** The far end of the page, seen from where it began. */
  readonly cursor: Cursor
  /** There is nothing beyond it. */
  readonly ended: boolean
}

export type Wanted = (line: LogLine) => boolean

/** The log files of a folder with those that were rotated away, read a page at a time in both directions. Holds nothing open in between. */
export type LogPages = {
  /** At most `count` lines that are wanted, right before the cursor; fewer where the files begin or a slice of reading is used up. */
  readonly older: (cursor: Cursor, count: number, wanted: Wanted) => Page
  /** The same behind it. */
  readonly newer: (cursor: Cursor, count: number, wanted: Wanted) => Page
  /** Whether any line stands before this position of a process. */
  readonly hasOlder: (process: string, position: Position) => boolean
  /** Before the first line of every process that is not older than `time`, UTC milliseconds. */
  readonly at: (time: number) => Cursor
  /** Before the first line of all. */
  readonly first: () => Cursor
  /** How much of the files stands before the cursor: bytes of all bytes. */
  readonly before: (cursor: Cursor) => { readonly bytes: number; readonly total: number }
}

export const createLogPages = (folder: string): LogPages => {
  const page = (walks: ReadonlyMap<string, Walk>, count: number, wanted: Wanted, before: (a: LogLine, b: LogLine) => boolean) => {
    const lines: LogLine[] = []
    let bytes = 0
    let ended = false
    try {
      while (lines.length < count) {
        let first: Walk | null = null
        let line: LogLine | null = null
        let starved = false
        for (const walk of walks.values()) {
          while (walk.next() === null && !walk.ended() && bytes < PAGE_BYTES_MAX) bytes += walk.fill()
          const own = walk.next()
          if (own === null) starved ||= !walk.ended()
          else if (line === null || before(own, line)) {
            first = walk
            line = own
          }
        }
        // A process whose next line is not read yet may be the one that comes next.
        if (starved) break
        if (first === null || line === null) {
          ended = true
          break
        }
        first.take()
        if (wanted(line)) lines.push(line)
      }
      const cursor = new Map<string, Position>()
      for (const [process, walk] of walks) {
        const position = walk.position()
        if (position !== null) cursor.set(process, position)
      }
      return { lines, cursor, ended }
    } finally {
      for (const walk of walks.values()) walk.close()
    }
  }

  const walksOf = (cursor: Cursor, walkOf: (chain: Chain, from: Position | undefined) => Walk): ReadonlyMap<string, Walk> =>
    new Map(chainsOf(folder).map((chain) => [chain.process, walkOf(chain, cursor.get(chain.process))]))

  return {
    older: (cursor, count, wanted) => {
      const { lines, ...rest } = page(walksOf(cursor, backwards), count, wanted, (a, b) => a.key > b.key)
      return { lines: lines.reverse(), ...rest }
    },
    newer: (cursor, count, wanted) => page(walksOf(cursor, forwards), count, wanted, (a, b) => a.key < b.key),
    hasOlder: (process, { file, offset }) => {
      const files = filesOf(folder, process)
      const index = files.findIndex(({ identity }) => identity === file)
      return index >= 0 && (offset > 0 || files.slice(0, index).some(({ size }) => size > 0))
    },
    at: (time) => {
      const cursor = new Map<string, Position>()
      for (const { process, files } of chainsOf(folder)) {
        const position = positionAt(files, time)
        if (position !== null) cursor.set(process, position)
      }
      return cursor
    },
    first: () =>
      new Map(chainsOf(folder).flatMap(({ process, files: [file] }) => (file === undefined ? [] : [[process, { file: file.identity, offset: 0 }]]))),
    before: (cursor) => {
      let bytes = 0
      let total = 0
      for (const { process, files } of chainsOf(folder)) {
        const position = cursor.get(process)
        const index = position === undefined ? files.length : files.findIndex(({ identity }) => identity === position.file)
        for (const [at, { size }] of files.entries()) {
          total += size
          if (at < index) bytes += size
          else if (at === index) bytes += Math.min(size, position?.offset ?? size)
        }
      }
      return { bytes, total }
    },
  }
}

const chainsOf = (folder: string): readonly Chain[] => {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names
    .map((name) => LOG_NAME.exec(name)?.[1])
    .filter((process) => process !== undefined)
    .sort()
    .map((process) => ({ process, files: filesOf(folder, process) }))
}

/** The files of one process, oldest first; the last one is being written. */
const filesOf = (folder: string, process: string): readonly LogFile[] => {
  const path = join(folder, `${process}.jsonl`)
  const files: LogFile[] = siblings(path).map((each) => ({
    path: each.path,
    identity: each.identity,
    size: each.bytes,
    modifiedMs: Number(each.modifiedNs / 1_000_000n),
    live: false,
  }))
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stats?.isFile() === true)
    files.push({ path, identity: identityOf(stats), size: Number(stats.size), modifiedMs: Number(stats.mtimeMs), live: true })
  return files
}

/** Where the first line that is not older than `time` begins, found by halving; null where a process has no file. */
const positionAt = (files: readonly LogFile[], time: number): Position | null => {
  const source = createSource(files)
  try {
    let index = files.length - 1
    while (index > 0 && (firstTime(source, files, index, 0)?.time ?? Number.POSITIVE_INFINITY) >= time) index -= 1
    const file = files[index]
    if (file === undefined) return null
    let low = 0
    let high = file.size
    while (high - low > BLOCK_BYTES / 4) {
      const middle = Math.floor((low + high) / 2)
      const line = firstTime(source, files, index, middle)
      if (line === null || line.time >= time) high = middle
      else low = line.end
    }
    // Less than a block is left; its lines are looked at one by one.
    let offset = low
    for (;;) {
      const { pieces } = piecesAfter((at, length) => source.read(index, at, length), offset, file.live)
      for (const piece of pieces) {
        if ((piece.parsed.time ?? Number.NEGATIVE_INFINITY) >= time) return { file: file.identity, offset: piece.start }
        offset = piece.end
      }
      if (pieces.length === 0) return { file: file.identity, offset }
    }
  } finally {
    source.close()
  }
}

/** The first line with a time that begins behind `from`, or at it where that is the file's beginning. */
const firstTime = (source: ReturnType<typeof createSource>, files: readonly LogFile[], index: number, from: number) => {
  const live = files[index]?.live ?? true
  const { pieces } = piecesAfter((at, length) => source.read(index, at, length), from, live)
  for (const { parsed, end } of from === 0 ? pieces : pieces.slice(1)) {
    const { time } = parsed
    if (time !== null) return { time, end }
  }
  return null
}
