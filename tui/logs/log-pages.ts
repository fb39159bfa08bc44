import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LogLine } from './line.ts'
import { decode, identityOf, LINE_BYTES_KEPT, LOG_NAME, NEWLINE, siblings } from './log-file.ts'
import { type ParsedLine, parseLine } from './parse-line.ts'

const BLOCK_BYTES = 131_072
/** Bytes that one call reads over all files; a filter that nothing matches must not take input away. */
const PAGE_BYTES_MAX = 524_288
/** Where no newline was found for so long, what was read counts as a line. */
const LINE_BYTES_MAX = 8_388_608

/** A place between two lines of one process: the file's identity, and the bytes before it. */
export type Position = { readonly file: string; readonly offset: number }

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

type LogFile = { readonly path: string; readonly identity: string; readonly size: number; readonly modifiedMs: number; readonly live: boolean }
type Chain = { readonly process: string; readonly files: readonly LogFile[] }

/** One process read line by line in one direction. */
type Walk = {
  /** The next line; null where there is none, or none yet. */
  readonly next: () => LogLine | null
  readonly take: () => void
  readonly ended: () => boolean
  /** Reads on; the number of bytes that it took. */
  readonly fill: () => number
  readonly position: () => Position | null
  readonly close: () => void
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
  if (stats !== undefined) files.push({ path, identity: identityOf(stats), size: Number(stats.size), modifiedMs: Number(stats.mtimeMs), live: true })
  return files
}

/** A file that is opened when it is read and not before; one that was rotated away meanwhile is found by its identity or not at all. */
const openNamed = ({ path, identity }: LogFile): number | null => {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  if (identityOf(fstatSync(descriptor, { bigint: true })) === identity) return descriptor
  closeSync(descriptor)
  return null
}

/** Bytes of one process's files, one of them open at a time. */
const createSource = (files: readonly LogFile[]) => {
  let open: { readonly file: LogFile; readonly descriptor: number | null } | null = null
  const close = (): void => {
    if (open !== null && open.descriptor !== null) closeSync(open.descriptor)
    open = null
  }
  /** Fewer bytes than asked for where the file ends, none where it is gone. */
  const read = (index: number, offset: number, length: number): Buffer => {
    const file = files[index]
    if (file === undefined) return Buffer.alloc(0)
    if (open?.file !== file) {
      close()
      open = { file, descriptor: openNamed(file) }
    }
    if (open === null || open.descriptor === null) return Buffer.alloc(0)
    const bytes = Buffer.allocUnsafe(length)
    return bytes.subarray(0, readSync(open.descriptor, bytes, 0, length, offset))
  }
  return { read, close }
}

type Piece = { readonly start: number; readonly end: number; readonly text: string; readonly parsed: ParsedLine }

const backwards = ({ process, files }: Chain, from: Position | undefined): Walk => {
  const source = createSource(files)
  const ready: LogLine[] = [] // the last one comes next
  const found = from === undefined ? files.length - 1 : files.findIndex(({ identity }) => identity === from.file)
  let index = found
  let offset = found < 0 ? 0 : Math.min(from?.offset ?? Number.POSITIVE_INFINITY, files[found]?.size ?? 0)
  const begin = files[found]
  let position: Position | null = from ?? (begin === undefined ? null : { file: begin.identity, offset })
  let key = Number.POSITIVE_INFINITY

  const fill = (): number => {
    while (offset === 0 && index > 0) {
      index -= 1
      offset = files[index]?.size ?? 0
    }
    const file = files[index]
    if (file === undefined || offset === 0) {
      index = -1
      return 0
    }
    const { pieces, bytes } = piecesBefore((at, length) => source.read(index, at, length), offset, file.live)
    if (bytes === 0) {
      // Gone, or shorter than it was: there is nothing of it any more.
      offset = 0
      return 0
    }
    const keys = timesOf(pieces, file)
    const places = [...keys]
    for (let at = places.length - 1; at >= 0; at -= 1) {
      key = Math.min(key, places[at] ?? key)
      places[at] = key
    }
    offset = pieces[0]?.start ?? Math.max(0, offset - bytes)
    for (const line of linesOf(pieces, process, file, keys, places)) ready.push(line)
    return bytes
  }

  return {
    next: () => ready.at(-1) ?? null,
    take: () => {
      const line = ready.pop()
      if (line !== undefined) position = { file: line.file ?? '', offset: line.start ?? 0 }
    },
    ended: () => index < 0,
    fill,
    position: () => position,
    close: source.close,
  }
}

/** Whole lines that end at `end` or before, at least one where there is one; lines of which the beginning is not read yet are left. */
const piecesBefore = (
  read: (at: number, length: number) => Buffer,
  end: number,
  live: boolean,
): { readonly pieces: Piece[]; readonly bytes: number } => {
  const pieces: Piece[] = []
  let lineEnd = end
  let position = end
  let bytes = 0
  let carry: Buffer = Buffer.alloc(0) // the first bytes of the unfinished line, as far as they are kept
  let carried = 0
  let terminated = false
  const put = (start: number, head: Buffer): void => {
    const whole = carried === 0 ? head : Buffer.concat([head, carry])
    const text = decode(whole, head.length + carried - whole.length)
    // What follows the last newline of a file that is still written is not a line yet.
    if (text !== '' && (terminated || !live)) pieces.push({ start, end: lineEnd, text, parsed: parseLine(text) })
    carry = Buffer.alloc(0)
    carried = 0
    lineEnd = start
    terminated = true
  }
  while (position > 0 && pieces.length === 0) {
    const length = Math.min(BLOCK_BYTES, position)
    position -= length
    const block = read(position, length)
    if (block.length < length) return { pieces: [], bytes: 0 }
    bytes += length
    let to = length
    if (lineEnd === position + length && block[length - 1] === NEWLINE) {
      to -= 1
      terminated = true
    }
    for (let at = lastNewline(block, to); at >= 0; at = lastNewline(block, to)) {
      put(position + at + 1, block.subarray(at + 1, to))
      to = at
    }
    const rest = block.subarray(0, to)
    carried += rest.length
    carry = Buffer.concat([rest.subarray(0, LINE_BYTES_KEPT + 1), carry]).subarray(0, LINE_BYTES_KEPT + 1)
    if (position === 0 || carried > LINE_BYTES_MAX) put(position, Buffer.alloc(0))
  }
  return { pieces: pieces.reverse(), bytes }
}

const lastNewline = (block: Buffer, before: number): number => (before <= 0 ? -1 : block.lastIndexOf(NEWLINE, before - 1))

const forwards = ({ process, files }: Chain, from: Position | undefined): Walk => {
  const source = createSource(files)
  let ready: readonly LogLine[] = []
  let at = 0
  const found = from === undefined ? files.length - 1 : files.findIndex(({ identity }) => identity === from.file)
  let index = Math.max(0, found) // what was deleted is passed over
  let offset = found < 0 ? 0 : (from?.offset ?? files[found]?.size ?? 0)
  const begin = files[index]
  let position: Position | null = begin === undefined ? null : { file: begin.identity, offset }
  let key = 0
  let ended = files.length === 0

  const fill = (): number => {
    const file = files[index]
    if (file === undefined) {
      ended = true
      return 0
    }
    const { pieces, bytes } = piecesAfter((start, length) => source.read(index, start, length), offset, file.live)
    if (pieces.length === 0) {
      if (file.live) ended = true
      else {
        index += 1
        offset = 0
      }
      return bytes
    }
    offset = pieces.at(-1)?.end ?? offset
    const keys = timesOf(pieces, file)
    const places = keys.map((time) => {
      key = Math.max(key, time)
      return key
    })
    ready = linesOf(pieces, process, file, keys, places)
    at = 0
    return bytes
  }

  return {
    next: () => ready[at] ?? null,
    take: () => {
      const line = ready[at]
      at += 1
      if (line !== undefined) position = { file: line.file ?? '', offset: line.end ?? 0 }
    },
    ended: () => ended,
    fill,
    position: () => position,
    close: source.close,
  }
}

const piecesAfter = (
  read: (at: number, length: number) => Buffer,
  from: number,
  live: boolean,
): { readonly pieces: Piece[]; readonly bytes: number } => {
  const pieces: Piece[] = []
  let start = from
  let offset = from
  let bytes = 0
  let carry: Buffer = Buffer.alloc(0)
  let carried = 0
  const put = (end: number, tail: Buffer): void => {
    const whole = carried === 0 ? tail : Buffer.concat([carry, tail])
    const text = decode(whole, carried - carry.length)
    if (text !== '') pieces.push({ start, end, text, parsed: parseLine(text) })
    carry = Buffer.alloc(0)
    carried = 0
    start = end
  }
  while (pieces.length === 0) {
    const block = read(offset, BLOCK_BYTES)
    if (block.length === 0) {
      if (!live && carried > 0) put(offset, Buffer.alloc(0))
      break
    }
    bytes += block.length
    let to = 0
    for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, to)) {
      put(offset + at + 1, block.subarray(to, at))
      to = at + 1
    }
    const rest = block.subarray(to)
    carried += rest.length
    carry = Buffer.concat([carry, rest]).subarray(0, LINE_BYTES_KEPT + 1)
    offset += block.length
    if (carried > LINE_BYTES_MAX) put(offset, Buffer.alloc(0))
  }
  return { pieces, bytes }
}

/** A line without a time stands at that of the line before it; where a block begins with such lines, at that of the line behind them. */
const timesOf = (pieces: readonly Piece[], { modifiedMs }: LogFile): readonly number[] => {
  let last = pieces.find(({ parsed }) => parsed.time !== null)?.parsed.time ?? modifiedMs
  return pieces.map(({ parsed }) => {
    last = parsed.time ?? last
    return last
  })
}

const linesOf = (pieces: readonly Piece[], process: string, { identity }: LogFile, times: readonly number[], places: readonly number[]): LogLine[] =>
  pieces.map(({ start, end, text, parsed }, at) => ({
    process,
    text,
    file: identity,
    start,
    end,
    level: parsed.level,
    time: times[at] ?? 0,
    key: places[at] ?? 0,
    arrival: 0,
  }))

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
