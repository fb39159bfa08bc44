import { lstatSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomic } from '../../src/atomic-file.ts'
import { asidePath } from '../audit/aside.ts'
import { processIdentity } from './process-identity.ts'

const PID_FILE_BYTES_MAX = 16_384
const FIRST_LINE = /^([1-9]\d{0,9})\|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/

const PidInfo = z.strictObject({
  pid: z.int().positive(),
  /** UTC, ISO 8601 with milliseconds. */
  startedAt: z.string(),
  startTicks: z.string().nullable(),
  bootId: z.string().nullable(),
  host: z.string(),
  version: z.string(),
  /** Chosen by the owner at its start; only who knows it may remove the file. */
  token: z.string().min(1),
  instance: z.string(),
  mode: z.string(),
})
/** Who holds the instance, for people and for the console. The lock alone proves it. */
export type PidInfo = Readonly<z.infer<typeof PidInfo>>

export type PidFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'corrupt'; readonly reason: string }
  | { readonly kind: 'held'; readonly info: PidInfo; readonly alive: boolean }

export const readPidFile = (path: string): PidFile => {
  const text = readText(path)
  if (typeof text !== 'string') return text
  const parsed = parsePidFile(text)
  return typeof parsed === 'string' ? { kind: 'corrupt', reason: parsed } : { kind: 'held', info: parsed, alive: isAlive(parsed) }
}

/** Readers see the whole file or none of it. */
export const writePidFile = (path: string, info: PidInfo): void => {
  writeFileAtomic(path, `${info.pid}|${info.startedAt}\n${JSON.stringify(info)}\n`)
}

/** Removes the file of the owner of that token. @returns whether there was one; anybody else's stays. */
export const removePidFile = (path: string, token: string): boolean => {
  const found = readPidFile(path)
  if (found.kind !== 'held' || found.info.token !== token) return false
  rmSync(path, { force: true })
  return true
}

/** Keeps a corrupt file for a person to look at. @returns its new path. */
export const setAside = (path: string, at: number): string => {
  const aside = asidePath(path, 'corrupt', at)
  renameSync(path, aside)
  return aside
}

/** By identity: a pid alone is used again by the system. What cannot be known counts as gone, for the lock decides anyway. */
const isAlive = ({ pid, startTicks, bootId }: PidInfo): boolean => {
  const now = processIdentity(pid)
  return now !== null && now.startTicks === startTicks && now.bootId === bootId
}

const readText = (path: string): string | PidFile => {
  try {
    // A pipe or a device would be waited for, and a link leads to a file of somebody else.
    const found = lstatSync(path)
    if (!found.isFile()) return { kind: 'corrupt', reason: 'it is not a regular file' }
    if (found.size > PID_FILE_BYTES_MAX) return { kind: 'corrupt', reason: `it has ${found.size} bytes, ${PID_FILE_BYTES_MAX} is the most` }
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? { kind: 'absent' } : { kind: 'corrupt', reason: `it cannot be read: ${code}` }
  }
}

/** What the file says, or what is wrong with it. */
const parsePidFile = (text: string): PidInfo | string => {
  if (text === '') return 'it is empty'
  const [first = '', second = '', ...rest] = text.split('\n')
  const match = FIRST_LINE.exec(first)
  if (match === null) return 'its first line is not <pid>|<ISO time>'
  if (rest.length !== 1 || rest[0] !== '') return 'it does not have two whole lines'
  let value: unknown
  try {
    value = JSON.parse(second)
  } catch {
    return 'its second line is not JSON'
  }
  const parsed = PidInfo.safeParse(value)
  if (!parsed.success) return `its second line is not what a holder writes: ${parsed.error.issues[0]?.path.join('.') ?? ''}`
  if (String(parsed.data.pid) !== match[1] || parsed.data.startedAt !== match[2]) return 'its two lines disagree'
  return parsed.data
}
