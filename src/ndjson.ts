import { assert } from './assert.ts'
import { err, ok, type Result } from './result.ts'

const NEWLINE = 0x0a
/** A carry that grew beyond this is let go after its line, so that one long line does not cost memory for ever. */
const CARRY_KEPT_BYTES_MAX = 65_536
const CARRY_BYTES_FIRST = 4_096

// A byte order mark is not JSON, so it is left in the text for the parser to refuse.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One frame: a JSON value and its newline. JSON escapes line breaks, so a frame is exactly one line. */
export const encodeFrame = (value: unknown): Buffer => {
  const text = JSON.stringify(value)
  assert(text !== undefined, 'a frame is a JSON value')
  return Buffer.from(`${text}\n`, 'utf8')
}

/** The value of one line, or why it is none. Broken UTF-8 is refused rather than repaired. */
export const decodeFrame = (line: Uint8Array): Result<unknown, string> => {
  try {
    return ok(JSON.parse(utf8.decode(line)))
  } catch (error) {
    return err(error instanceof SyntaxError ? 'not JSON' : 'not UTF-8')
  }
}

/** What one chunk completed. After `tooLarge` the reader takes nothing more: the place of the next frame is not known. */
export type Frames = { readonly lines: readonly Uint8Array[]; readonly tooLarge: boolean }
export type FrameReader = { readonly push: (chunk: Uint8Array) => Frames }

/** Cuts a byte stream at its newlines. Holds at most `bytesMax` bytes of an unfinished line, however small the chunks are. */
export const createFrameReader = (bytesMax: number): FrameReader => {
  let carry: Buffer = Buffer.alloc(0)
  let used = 0
  let dead = false

  const keep = (bytes: Uint8Array): void => {
    if (used + bytes.length > carry.length) {
      const grown = Buffer.allocUnsafe(Math.max(CARRY_BYTES_FIRST, carry.length * 2, used + bytes.length))
      grown.set(carry.subarray(0, used))
      carry = grown
    }
    carry.set(bytes, used)
    used += bytes.length
  }

  const finish = (rest: Uint8Array): Uint8Array => {
    if (used === 0) return rest
    keep(rest)
    const line = Uint8Array.prototype.slice.call(carry, 0, used)
    used = 0
    if (carry.length > CARRY_KEPT_BYTES_MAX) carry = Buffer.alloc(0)
    return line
  }

  const push = (chunk: Uint8Array): Frames => {
    const lines: Uint8Array[] = []
    let from = 0
    while (!dead) {
      const at = chunk.indexOf(NEWLINE, from)
      const end = at < 0 ? chunk.length : at
      if (used + end - from > bytesMax) {
        dead = true
        carry = Buffer.alloc(0)
        break
      }
      if (at < 0) {
        if (end > from) keep(chunk.subarray(from))
        break
      }
      lines.push(finish(chunk.subarray(from, at)))
      from = at + 1
    }
    return { lines, tooLarge: dead }
  }

  return { push }
}
