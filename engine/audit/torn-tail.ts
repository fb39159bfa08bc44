import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '../../src/atomic-file.ts'
import { AUDIT_LINE_BYTES_MAX } from '../../src/audit-chain.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { asidePath } from './aside.ts'

const NEWLINE = 0x0a

export type Repair = { readonly bytes: number; readonly keptAside: string }

/**
 * Cuts what follows the last newline: a line that a crash tore, so nobody was ever told that it was recorded. It is kept
 * aside first. Null where there was nothing to cut.
 * @throws ExitError 65 where it is longer than any line of ours.
 */
export const cutTornTail = (path: string, at: number): Repair | null => {
  if (!existsSync(path)) return null
  const descriptor = openSync(path, 'r+')
  try {
    const { size } = fstatSync(descriptor)
    const tail = Buffer.alloc(Math.min(size, AUDIT_LINE_BYTES_MAX + 1))
    readSync(descriptor, tail, 0, tail.length, size - tail.length)
    const torn = tail.subarray(tail.lastIndexOf(NEWLINE) + 1)
    if (torn.length === 0) return null
    if (torn.length > AUDIT_LINE_BYTES_MAX) {
      throw new ExitError(
        Exit.corrupt,
        `${path} ends with more than ${AUDIT_LINE_BYTES_MAX} bytes that are no line`,
        'move it aside by hand after looking at it',
      )
    }
    const keptAside = asidePath(path, 'torn', at)
    writeFileSync(keptAside, torn, { flag: 'wx', mode: 0o600, flush: true })
    syncFolder(dirname(path))
    ftruncateSync(descriptor, size - torn.length)
    fsyncSync(descriptor)
    return { bytes: torn.length, keptAside }
  } finally {
    closeSync(descriptor)
  }
}
