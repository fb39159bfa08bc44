import { closeSync, constants, existsSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '../../src/atomic-file.ts'

/** The two calls that a full or failing disk refuses, so that a test can refuse them. */
export type LineWriting = {
  readonly write: (descriptor: number, bytes: Uint8Array) => number
  readonly sync: (descriptor: number) => void
}

export const realWriting: LineWriting = { write: (descriptor, bytes) => writeSync(descriptor, bytes), sync: fdatasyncSync }

export type LineFile = { readonly append: (line: string) => void; readonly close: () => void }

/**
 * A file that grows by whole lines only: one write, then on the disk. A failed append leaves the file as it was, at once or
 * before the next append, and throws.
 */
export const openLineFile = (path: string, { write, sync }: LineWriting = realWriting): LineFile => {
  const fresh = !existsSync(path)
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600)
  if (fresh) syncFolder(dirname(path))
  let size = fstatSync(descriptor).size
  let dirty = false

  const restore = (): void => {
    ftruncateSync(descriptor, size)
    dirty = false
  }

  return {
    append: (line) => {
      if (dirty) restore()
      const bytes = Buffer.from(`${line}\n`)
      dirty = true
      try {
        const written = write(descriptor, bytes)
        if (written !== bytes.length) throw new Error(`${path}: ${written} of ${bytes.length} bytes written`)
        sync(descriptor)
      } catch (error) {
        try {
          restore()
        } catch {
          // Still dirty: the next append begins with it, and fails if it fails again.
        }
        throw error
      }
      size += bytes.length
      dirty = false
    },
    close: () => closeSync(descriptor),
  }
}
