import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

const BLOCK_BYTES = 65_536
/** A longer line is cut: one line must not cost memory without end. */
const LINE_BYTES_MAX = 1_048_576
const NEWLINE = 0x0a

/** New lines of a file that grows, across its rotation by rename: what is left in the old one is read before the new one is opened. */
export type FollowedFile = { readonly read: (onLine: (line: string) => void) => void; readonly close: () => void }

export const followFile = (path: string, from: 'start' | 'end'): FollowedFile => {
  const block = Buffer.alloc(BLOCK_BYTES)
  let descriptor: number | null = null
  let inode = 0
  let offset = 0
  let carry = Buffer.alloc(0)

  const open = (): boolean => {
    try {
      descriptor = openSync(path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    inode = fstatSync(descriptor).ino
    offset = 0
    carry = Buffer.alloc(0)
    return true
  }
  const close = (): void => {
    if (descriptor !== null) closeSync(descriptor)
    descriptor = null
  }
  const drain = (open: number, onLine: (line: string) => void): void => {
    if (fstatSync(open).size < offset) offset = 0 // cut by hand, so it begins again
    for (;;) {
      const length = readSync(open, block, 0, block.length, offset)
      if (length === 0) return
      offset += length
      carry = Buffer.concat([carry, block.subarray(0, length)])
      for (let at = carry.indexOf(NEWLINE); at >= 0; at = carry.indexOf(NEWLINE)) {
        if (at > 0) onLine(carry.subarray(0, at).toString('utf8'))
        carry = carry.subarray(at + 1)
      }
      if (carry.length > LINE_BYTES_MAX) carry = Buffer.alloc(0)
    }
  }

  if (from === 'end' && open() && descriptor !== null) offset = lastLineEnd(descriptor)
  return {
    read: (onLine) => {
      if (descriptor === null && !open()) return
      if (descriptor !== null) drain(descriptor, onLine)
      const now = statSync(path, { throwIfNoEntry: false })
      if (now === undefined || now.ino === inode) return
      close()
      if (open() && descriptor !== null) drain(descriptor, onLine)
    },
    close,
  }
}

/** After the last whole line: what is being written just now is still to come. */
const lastLineEnd = (descriptor: number): number => {
  const block = Buffer.alloc(BLOCK_BYTES)
  for (let end = fstatSync(descriptor).size; end > 0; end -= BLOCK_BYTES) {
    const start = Math.max(0, end - BLOCK_BYTES)
    const length = readSync(descriptor, block, 0, end - start, start)
    const at = block.subarray(0, length).lastIndexOf(NEWLINE)
    if (at >= 0) return start + at + 1
  }
  return 0
}
