import { dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clip } from '../../src/text.ts'

/** Longest reason for a stop; what is longer is cut with an ellipsis. */
export const REASON_CHARACTERS_MAX = 600
/** What a message may take of it, so that the place and the mend still fit. */
const MESSAGE_CHARACTERS_MAX = 240
/** Our own frames are not where a strategy's error is, unless the strategy is one of ours. */
const OURS = dirname(fileURLToPath(import.meta.url)) + sep
const OUR_STRATEGIES = `${OURS}built-in${sep}`

/** `file:///a/b.ts:12:3`, `/a/b.ts:12:3` or `C:\a\b.ts:12:3` at the end of a stack line. */
const PLACE = /(file:\/\/\S+?|(?:\/|[A-Za-z]:\\)[^()]*?):(\d+)(?::\d+)?\)?$/

/**
 * What went wrong and where, on one line: `message (file:line)`. The place is the innermost frame in the folder of the file
 * given, or else that file; without a file the innermost frame that is a strategy's.
 */
export const blame = (error: unknown, file: string | null = null): string => {
  const place = file === null ? placesOf(error).find(isStrategys)?.text : (placesOf(error).find(isIn(dirname(file) + sep))?.text ?? file)
  const text = clip(messageOf(error).replaceAll(/\s+/g, ' '), MESSAGE_CHARACTERS_MAX)
  return clip(place === undefined ? text : `${text} (${place})`, REASON_CHARACTERS_MAX)
}

const messageOf = (error: unknown): string => {
  try {
    if (!(error instanceof Error) && !(typeof error === 'object' && error !== null && 'message' in error)) return `threw ${String(error)}`
    return String(error.message) || 'threw an error without a message'
  } catch {
    return 'threw something that has no text' // its own toString threw; there is nothing more to learn from it
  }
}

type Place = { readonly path: string; readonly text: string }

const isIn =
  (folder: string) =>
  ({ path }: Place): boolean =>
    path.startsWith(folder)

const isStrategys = ({ path }: Place): boolean =>
  path.startsWith(OUR_STRATEGIES) || !(path.startsWith(OURS) || path.includes(`${sep}node_modules${sep}`))

const placesOf = (error: unknown): readonly Place[] => {
  if (typeof error !== 'object' || error === null || !('stack' in error) || typeof error.stack !== 'string') return []
  const lines = error.stack.split('\n')
  // An error of syntax has its place in the first line, and below it the frames of the parser.
  const candidates = lines.filter((line, index) => (index === 0 && line.startsWith('file:')) || /^\s+at /.test(line))
  return candidates.map(placeIn).filter((place) => place !== null)
}

const placeIn = (line: string): Place | null => {
  if (line.includes('node:internal')) return null
  const [, where, row] = PLACE.exec(line.trimEnd()) ?? []
  if (where === undefined || row === undefined) return null
  const path = where.startsWith('file:') ? fileURLToPath(where.replace(/[?#].*$/, '')) : where
  return { path, text: `${path}:${row}` }
}
