import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export type RotatingFileOptions = {
  readonly path: string
  readonly rotateBytes: number
  /** How many full files stay beside the current one: `.1` is the newest. */
  readonly keep: number
  /** The line that tells how many lines were lost and why, written as soon as writing works again. */
  readonly note: (lost: number, code: string) => string
  /** The first line of a file that had to be made anew, because somebody deleted or moved the one before. */
  readonly anew?: () => string
  /** Monotonic milliseconds. */
  readonly now?: () => number
  /** Refused by tests as a full disk would. */
  readonly write?: (descriptor: number, bytes: Uint8Array) => number
}

export type RotatingFile = {
  /** Writes the line with its newline. Never throws: a lost line is counted and told later. */
  readonly write: (line: string) => void
  /** Lines lost since the last note. */
  readonly lost: () => number
  readonly close: () => void
}

const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT
const NEWLINE = '\n'
/** Between two looks whether the path is still that of the file: what is written in between may go with the deleted one. */
const LOOK_MS = 10

/**
 * A line file with one writer, rotated by rename so that a reader keeps what it has open. Where it is deleted or moved, with its
 * folder or without, it is made anew. @throws where it cannot be opened at first.
 */
export const openRotatingFile = ({
  path,
  rotateBytes,
  keep,
  note,
  anew,
  now = () => performance.now(),
  write = (descriptor, bytes) => writeSync(descriptor, bytes),
}: RotatingFileOptions): RotatingFile => {
  let descriptor: number | null = openSync(path, FLAGS, 0o600)
  let { size, ino, dev } = fstatSync(descriptor)
  let lookedAt = now()
  let wasGone = false
  let rotateAt = rotateBytes
  let lost = 0
  let code = ''
  let closed = false
  /** A part of a line is in the file; the next text begins on a line of its own. */
  let torn = false

  const lose = (error: unknown): void => {
    lost += 1
    code = codeOf(error)
  }

  const rotate = (): void => {
    try {
      for (let number = keep - 1; number >= 1; number -= 1) renameIfThere(`${path}.${number}`, `${path}.${number + 1}`)
      renameIfThere(path, `${path}.1`)
    } catch {
      rotateAt = size + rotateBytes // The file grows on; a line in it is worth more than its length.
      return
    }
    if (descriptor !== null) closeQuietly(descriptor)
    descriptor = null
    size = 0 // A new file that cannot be opened must not rotate the old ones again.
    rotateAt = rotateBytes
    torn = false
  }

  const isThere = (): boolean => {
    try {
      const found = statSync(path, { throwIfNoEntry: false })
      return found !== undefined && found.ino === ino && found.dev === dev
    } catch {
      return true // what cannot be looked at may be there, and what is open can be written
    }
  }

  const look = (): void => {
    const at = now()
    if (descriptor === null || at - lookedAt < LOOK_MS) return
    lookedAt = at
    if (isThere()) return
    closeQuietly(descriptor)
    descriptor = null
    size = 0
    torn = false
    wasGone = true
  }

  const open = (): number => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const opened = openSync(path, FLAGS, 0o600)
    ;({ size, ino, dev } = fstatSync(opened))
    return opened
  }

  const writeAll = (text: string): void => {
    descriptor ??= open()
    const bytes = Buffer.from(torn ? NEWLINE + text : text)
    for (let done = 0; done < bytes.length; ) {
      const written = write(descriptor, done === 0 ? bytes : bytes.subarray(done))
      if (written <= 0) throw new Error('nothing was written')
      done += written
      size += written
      torn = done < bytes.length
    }
  }

  return {
    write: (line) => {
      if (closed) return lose(new Error('closed'))
      const text = line.endsWith(NEWLINE) ? line : line + NEWLINE
      look()
      if (size > 0 && size + Buffer.byteLength(text) > rotateAt) rotate()
      try {
        const first = wasGone && anew !== undefined ? anew() + NEWLINE : ''
        writeAll(`${first}${lost === 0 ? '' : note(lost, code) + NEWLINE}${text}`)
        lost = 0
        wasGone = false
      } catch (error) {
        lose(error)
      }
    },
    lost: () => lost,
    close: () => {
      if (closed) return
      try {
        if (lost > 0) writeAll(note(lost, code) + NEWLINE)
        lost = 0
      } catch (error) {
        code = codeOf(error) // The number stays in `lost()`; there is nowhere else to write it.
      }
      if (descriptor !== null) closeQuietly(descriptor)
      closed = true
    },
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message

const renameIfThere = (from: string, to: string): void => {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** What was written is written; a file that fails to close has nothing more to say. */
const closeQuietly = (descriptor: number): void => {
  try {
    closeSync(descriptor)
  } catch {
    // EIO of an earlier write that was answered already.
  }
}
