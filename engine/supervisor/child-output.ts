import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'

/** What a child prints outside its log is little: the stack of a fault. A strategy may print more, and for years. */
export const OUT_BYTES_MAX = 1_048_576

/**
 * Empties the file once it is longer than that; its last part stays beside it as `.1`. Whoever prints appends, so the file is never
 * taken from under it. @throws where the disk refuses.
 */
export const trimOutput = (path: string): void => {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= OUT_BYTES_MAX) return
  const descriptor = openSync(path, 'r+')
  try {
    const tail = Buffer.alloc(OUT_BYTES_MAX)
    const length = readSync(descriptor, tail, 0, tail.length, fstatSync(descriptor).size - tail.length)
    writeFileSync(`${path}.1`, tail.subarray(0, length), { mode: 0o600 })
    ftruncateSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
