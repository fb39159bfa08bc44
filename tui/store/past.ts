import { statSync } from 'node:fs'
import { Snapshot } from '../../src/contracts/snapshot.ts'
import { lookAt, readRegular } from '../../src/regular-file.ts'

/** A snapshot takes a few ten kilobytes; what is far larger is none. */
const BYTES_MAX = 4_194_304

export type Past = { readonly snapshot: Snapshot | null; readonly problem: string | null }

/** Reads it again only when it has changed: it is asked at every attempt to connect. */
export const createPastReader = (path: string): (() => Past) => {
  let version: string | null = null
  let past: Past | null = null
  return () => {
    const now = versionOf(path)
    if (past === null || now === null || now !== version) past = readPast(path)
    version = now
    return past
  }
}

/** Null where nothing is there or it cannot be told, such as in a folder of somebody else; reading says why. */
const versionOf = (path: string): string | null => {
  try {
    const stats = lookAt(path)
    return stats === null ? null : `${stats.ino} ${stats.size} ${stats.mtimeNs}`
  } catch {
    return null
  }
}

/** The last snapshot that the engine left in its files, or why there is none. */
export const readPast = (path: string): Past => {
  try {
    const { size } = statSync(path)
    if (size > BYTES_MAX) return { snapshot: null, problem: `error: ${path} has ${size} bytes` }
    const parsed = Snapshot.safeParse(JSON.parse(readRegular(path)))
    if (parsed.success) return { snapshot: parsed.data, problem: null }
    const [issue] = parsed.error.issues
    return { snapshot: null, problem: `error: ${path} is no snapshot of this version (${issue?.path.join('.')}: ${issue?.message})` }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { snapshot: null, problem: `source missing: ${path}` }
    return { snapshot: null, problem: `error: ${path}: ${(error as Error).message}` }
  }
}
