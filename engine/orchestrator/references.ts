import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { z } from 'zod'
import { Earnings, Watchlist } from '../../src/contracts/reference.ts'
import type { InstancePaths } from '../../src/home.ts'
import { fieldName, parseDocument } from '../../src/jsonc.ts'
import { readRegular } from '../../src/regular-file.ts'
import { inert } from '../../src/text.ts'

export type References = {
  readonly watchlist: Watchlist | null
  readonly earnings: Earnings | null
  /** Why a file that is there gives nothing, with its name and field. */
  readonly problems: readonly string[]
}

/** What was read stands in the ledger, so it has a size that a ledger can carry. */
const REFERENCE_BYTES_MAX = 4_194_304
const PROBLEMS_MAX = 20

/** The lists as their files have them now. A file that is wrong gives null and never what it gave before. */
export const readReferences = (files: Pick<InstancePaths, 'watchlist' | 'earnings'>): References => {
  const problems: string[] = []
  return {
    watchlist: readList(files.watchlist, Watchlist, problems),
    earnings: readList(files.earnings, Earnings, problems),
    problems: problems.slice(0, PROBLEMS_MAX),
  }
}

const readList = <Schema extends z.ZodType>(path: string, schema: Schema, problems: string[]): z.infer<Schema> | null => {
  const name = basename(path)
  const text = readText(path, name, problems)
  if (text === null) return null
  const document = parseDocument(text)
  for (const { line, column, message } of document.complaints) problems.push(`${name}:${line}:${column}: ${message}`)
  if (document.complaints.length > 0) return null
  const parsed = schema.safeParse(document.value)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    const place = document.position(path)
    problems.push(`${name}${place === null ? '' : `:${place.line}:${place.column}`} ${inert(fieldName(path))}: ${inert(issue.message)}`)
  }
  return null
}

const readText = (path: string, name: string, problems: string[]): string | null => {
  try {
    const { size } = statSync(path)
    if (size <= REFERENCE_BYTES_MAX) return readRegular(path)
    problems.push(`${name}: has ${size} bytes, ${REFERENCE_BYTES_MAX} is the most`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') problems.push(`${name}: cannot be read: ${code}`)
  }
  return null
}
