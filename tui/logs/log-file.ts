import { type BigIntStats, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { lookAt } from '../../src/regular-file.ts'

export const NEWLINE = 0x0a
/** The file that a process writes now, with the name of the process. */
export const LOG_NAME = /^([A-Za-z0-9_-]{1,40})\.jsonl$/
/** What is kept of a line that was cut, and of one that is longer than anybody reads on a screen. */
export const LINE_BYTES_KEPT = 16_384

/** Number and birth of the file: a number alone is used again. */
export const identityOf = ({ dev, ino, birthtimeNs }: BigIntStats): string => `${dev}:${ino}:${birthtimeNs}`

/** The text of one line, of which `dropped` bytes were not even kept; a long one is cut with a marker. */
export const decode = (bytes: Buffer, dropped: number): string => {
  const text = bytes.length > 0 && bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes
  if (text.length <= LINE_BYTES_KEPT && dropped === 0) return text.toString('utf8')
  return `${text.toString('utf8', 0, LINE_BYTES_KEPT)}… (cut, the line has ${bytes.length + dropped} bytes)`
}

export type Sibling = {
  readonly path: string
  readonly identity: string
  readonly bytes: number
  readonly modifiedNs: bigint
  readonly number: number
}

/** The files that the same writer rotated away, oldest first. */
export const siblings = (path: string): readonly Sibling[] => {
  const folder = dirname(path)
  const stem = basename(path)
  const prefix = `${basename(path, '.jsonl')}.`
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const found: Sibling[] = []
  for (const name of names) {
    if (name === stem || !name.startsWith(prefix)) continue
    const stats = lookAt(join(folder, name))
    if (stats?.isFile() === true)
      found.push({
        path: join(folder, name),
        identity: identityOf(stats),
        bytes: Number(stats.size),
        modifiedNs: stats.mtimeNs,
        number: Number(/\d+/.exec(name.slice(prefix.length))?.[0] ?? 0),
      })
  }
  return found.sort(older)
}

/** By their last change, and where the clock of the file system was too coarse by their number, which grows with age. */
const older = (a: Sibling, b: Sibling): number => {
  if (a.modifiedNs !== b.modifiedNs) return a.modifiedNs < b.modifiedNs ? -1 : 1
  return b.number - a.number
}
