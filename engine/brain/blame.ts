import { dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clip } from '../../src/text.ts'

/** Longest reason for a stop; what is longer is cut with an ellipsis. */
export const REASON_CHARACTERS_MAX = 400
/** Our own frames are not where a user's error is. */
const OURS = dirname(fileURLToPath(import.meta.url)) + sep

/** `file:///a/b.ts:12:3`, `/a/b.ts:12:3` or `C:\a\b.ts:12:3` at the end of a stack line. */
const PLACE = /(file:\/\/\S+?|(?:\/|[A-Za-z]:\\)[^()]*?):(\d+)(?::\d+)?\)?$/

/** What went wrong and where, on one line: `message (file:line)`. The place is the innermost frame that is not ours. */
export const blame = (error: unknown, source: string | null = null): string => {
  const place = placeOf(error) ?? source
  const text = messageOf(error)
  return clip(place === null ? text : `${text} (${place})`, REASON_CHARACTERS_MAX)
}

const messageOf = (error: unknown): string => {
  try {
    if (!(error instanceof Error) && !(typeof error === 'object' && error !== null && 'message' in error)) return `threw ${String(error)}`
    return String(error.message) || 'threw an error without a message'
  } catch {
    return 'threw something that has no text' // its own toString threw; there is nothing more to learn from it
  }
}

const placeOf = (error: unknown): string | null => {
  if (typeof error !== 'object' || error === null || !('stack' in error) || typeof error.stack !== 'string') return null
  const lines = error.stack.split('\n')
  // An error of syntax has its place in the first line, and below it the frames of the parser.
  const candidates = lines.filter((line, index) => (index === 0 && line.startsWith('file:')) || /^\s+at /.test(line))
  const places = candidates.map(placeIn).filter((place) => place !== null)
  return (places.find(({ path }) => !path.startsWith(OURS)) ?? places[0])?.text ?? null
}

const placeIn = (line: string): { readonly path: string; readonly text: string } | null => {
  if (line.includes('node:internal')) return null
  const [, where, row] = PLACE.exec(line.trimEnd()) ?? []
  if (where === undefined || row === undefined) return null
  const path = where.startsWith('file:') ? fileURLToPath(where.replace(/[?#].*$/, '')) : where
  return { path, text: `${path}:${row}` }
}
