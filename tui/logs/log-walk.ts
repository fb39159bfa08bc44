import { closeSync, fstatSync, readSync } from 'node:fs'
import { openRegular } from '../../src/regular-file.ts'
import type { LogLine } from './line.ts'
import { decode, identityOf, LINE_BYTES_KEPT, NEWLINE } from './log-file.ts'
import { type ParsedLine, parseLine } from './parse-line.ts'

export const BLOCK_BYTES = 131_072
/** Where no newline was found for so long, what was read counts as a line. */
const LINE_BYTES_MAX = 8_388_608

/** A place between two lines of one process: the file's identity, and the bytes before it. */
export type Position = { readonly file: string; readonly offset: number }

export type LogFile = { readonly path: string; readonly identity: string; readonly size: number; readonly modifiedMs: number; readonly live: boolean }
/** The files of one process, oldest first. */
export type Chain = { readonly process: string; readonly files: readonly LogFile[] }

/** One process read line by line in one direction. */
export type Walk = {
  /** The next line; null where there is none, or none yet. */
  readonly next: () => LogLine | null
  readonly take: () => void
  readonly ended: () => boolean
  /** Reads on; the number of bytes that it took. */
  readonly fill: () => number
  readonly position: () => Position | null
  readonly close: () => void
}

/** A file that is opened when it is read and not before; one that was rotated away meanwhile is found by its identity or not at all. */
const openNamed = ({ path, identity }: LogFile): number | null => {
  let descriptor: number
  try {
    descriptor = openRegular(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  if (identityOf(fstatSync(descriptor, { bigint: true })) === identity) return descriptor
  closeSync(descriptor)
  return null
}

/** Bytes of one process's files, one of them open at a time. */
export const createSource = (files: readonly LogFile[]) => {
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

export const backwards = ({ process, files }: Chain, from: Position | undefined): Walk => {
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

export const forwards = ({ process, files }: Chain, from: Position | undefined): Walk => {
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

export const piecesAfter = (
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
