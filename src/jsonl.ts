import { closeSync, fstatSync, readSync } from 'node:fs'
import { openRegular } from './regular-file.ts'

const BLOCK_BYTES = 65_536
const NEWLINE = 0x0a

/**
 * The last lines of a line file, oldest first, read backwards in blocks so that a long file costs no more than a short one.
 * A last line without its newline is still being written and is left out. A missing file has no lines.
 */
export const lastLines = (path: string, count: number, keep: (line: string) => boolean = () => true): string[] => {
  let descriptor: number
  try {
    descriptor = openRegular(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    return readBackwards(descriptor, count, keep)
  } finally {
    closeSync(descriptor)
  }
}

const readBackwards = (descriptor: number, count: number, keep: (line: string) => boolean): string[] => {
  const found: string[] = []
  let position = fstatSync(descriptor).size
  let carry: Buffer[] = [] // newest first, and put together once: a line may be longer than many blocks
  let whole = false // what follows the last newline of the file is not a line yet

  const take = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    const line = bytes.toString('utf8')
    if (keep(line)) found.push(line)
  }

  while (position > 0 && found.length < count) {
    const length = Math.min(BLOCK_BYTES, position)
    position -= length
    const block = Buffer.alloc(length)
    readSync(descriptor, block, 0, length, position)
    let bytes = block
    for (let at = bytes.lastIndexOf(NEWLINE); at >= 0 && found.length < count; at = bytes.lastIndexOf(NEWLINE)) {
      if (whole) take(joined(bytes.subarray(at + 1), carry))
      whole = true
      carry = []
      bytes = bytes.subarray(0, at)
    }
    carry.push(bytes)
  }
  if (position === 0 && whole && found.length < count) take(joined(Buffer.alloc(0), carry))
  return found.reverse()
}

const joined = (first: Buffer, rest: readonly Buffer[]): Buffer => (rest.length === 0 ? first : Buffer.concat([first, ...rest.toReversed()]))

/** A line file may hold a line that is not ours; it is counted, never skipped in silence. */
export type Parsed<Value> = { readonly values: Value[]; readonly rejected: number }

export const parseLines = <Value>(lines: readonly string[], parse: (value: unknown) => Value | null): Parsed<Value> => {
  const values: Value[] = []
  let rejected = 0
  for (const line of lines) {
    let value: Value | null = null
    try {
      value = parse(JSON.parse(line))
    } catch {
      value = null // counted below, with what parsed but has another shape
    }
    if (value === null) rejected += 1
    else values.push(value)
  }
  return { values, rejected }
}
