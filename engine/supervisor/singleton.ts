import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { replaceFile } from '../../src/atomic-file.ts'
import { Exit, ExitError } from '../../src/exit.ts'

/** Who holds the lock, for people and for the loser's message. It proves nothing: the lock does. */
export const Holder = z.object({ pid: z.int(), startedAt: z.number(), home: z.string(), instance: z.string() })
export type Holder = z.infer<typeof Holder>

export type Lock = {
  readonly path: string
  /** False once another file, or none, stands where everybody looks for the lock: then it keeps nobody out any more. */
  readonly isHeld: () => boolean
  readonly release: () => void
}

export type Acquired = { readonly kind: 'held'; readonly lock: Lock } | { readonly kind: 'lost'; readonly holder: Holder | null }

const BUSY = 5 // SQLITE_BUSY

/**
 * An exclusive transaction on a file of its own, held for life. The kernel lets go of it when the process ends, however it
 * ends, so there is nothing to clean and no moment between looking and taking. Nothing in this process may ever open that
 * file again: closing a second descriptor of it would drop the lock.
 */
export const acquire = (path: string, self: Holder): Acquired => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === BUSY) return { kind: 'lost', holder: readHolder(path) }
    throw new ExitError(
      Exit.configuration,
      `the lock ${path} cannot be taken: ${(error as Error).message}`,
      'check the folder, or move the file away while no engine runs',
    )
  }
  const held = database
  const taken = identityOf(path)
  replaceFile(informationPath(path), `${JSON.stringify(self)}\n`)
  const isHeld = (): boolean => taken !== null && identityOf(path) === taken
  return {
    kind: 'held',
    lock: {
      path,
      isHeld,
      release: () => {
        // Beside another file it is another holder's.
        if (isHeld()) rmSync(informationPath(path), { force: true })
        held.close()
      },
    },
  }
}

/** By its place on the disk, without opening it; null where nothing can be seen there. */
const identityOf = (path: string): string | null => {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

const informationPath = (path: string): string => `${path}.json`

/** Null where nobody said, or it is just being written. */
export const readHolder = (path: string): Holder | null => {
  if (!existsSync(informationPath(path))) return null
  try {
    return Holder.parse(JSON.parse(readFileSync(informationPath(path), 'utf8')))
  } catch {
    return null // the holder is just writing it, or it is not ours; the refusal then names no pid
  }
}
