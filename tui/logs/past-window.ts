import type { LogLine } from './line.ts'
import type { Cursor, LogPages, Wanted } from './log-pages.ts'
import type { Position } from './log-walk.ts'

const PAGE_LINES = 1_000
/** Lines and characters that are kept around the place that is shown; what is farther away is read again when it is wanted. */
const LINES_MAX = 5_000
const CHARACTERS_MAX = 8_388_608

/** A stretch of the files' lines that moves with what is shown of it. */
export type PastWindow = {
  /** Those that are wanted, oldest first, without a hole between them. */
  readonly lines: () => readonly LogLine[]
  /** One past the lowest line that is shown. */
  readonly bottom: () => number
  readonly setBottom: (bottom: number) => void
  /** There is nothing before the first line, or behind the last one, in the files. */
  readonly atBeginning: () => boolean
  readonly atEnd: () => boolean
  /** Reads one page before the first line, or behind the last one; lines that are then too many go at the other end. */
  readonly loadOlder: () => void
  readonly loadNewer: () => void
  /** How much of the files stands before the first line, in bytes. */
  readonly before: () => { readonly bytes: number; readonly total: number }
}

/** `from` is where it begins, with no line in it yet. */
export const createPastWindow = (pages: LogPages, from: Cursor, wanted: Wanted): PastWindow => {
  let lines: readonly LogLine[] = []
  let bottom = 0
  let start = from
  let end = from
  let atBeginning = false
  let atEnd = false
  let before: { readonly bytes: number; readonly total: number } | null = null

  /** How many lines fit, counted from one end on. */
  const fitting = (at: (index: number) => LogLine | undefined): number => {
    let characters = 0
    for (let index = 0; index < Math.min(lines.length, LINES_MAX); index += 1) {
      characters += at(index)?.text.length ?? 0
      if (characters > CHARACTERS_MAX) return Math.max(1, index)
    }
    return Math.min(lines.length, LINES_MAX)
  }

  const loadOlder = (): void => {
    const page = pages.older(start, PAGE_LINES, wanted)
    lines = [...page.lines, ...lines]
    bottom += page.lines.length
    start = page.cursor
    atBeginning = page.ended
    before = null
    const kept = Math.max(
      fitting((index) => lines[index]),
      Math.min(bottom, LINES_MAX),
    )
    if (kept === lines.length) return
    // Each process is read on from its first line that went.
    end = moved(end, lines.slice(kept).reverse(), ({ file, start: at }) => (file === undefined || at === undefined ? null : { file, offset: at }))
    lines = lines.slice(0, kept)
    bottom = Math.min(bottom, kept)
    atEnd = false
  }

  const loadNewer = (): void => {
    const page = pages.newer(end, PAGE_LINES, wanted)
    lines = [...lines, ...page.lines]
    end = page.cursor
    atEnd = page.ended
    const kept = fitting((index) => lines[lines.length - 1 - index])
    const dropped = lines.length - kept
    if (dropped === 0) return
    start = moved(start, lines.slice(0, dropped), ({ file, end: at }) => (file === undefined || at === undefined ? null : { file, offset: at }))
    lines = lines.slice(dropped)
    bottom = Math.max(0, bottom - dropped)
    atBeginning = false
    before = null
  }

  return {
    lines: () => lines,
    bottom: () => bottom,
    setBottom: (next) => {
      bottom = Math.max(0, Math.min(next, lines.length))
    },
    atBeginning: () => atBeginning,
    atEnd: () => atEnd,
    loadOlder,
    loadNewer,
    before: () => {
      before ??= pages.before(start)
      return before
    },
  }
}

/** The last of `lines` decides for its process. */
const moved = (cursor: Cursor, lines: readonly LogLine[], positionOf: (line: LogLine) => Position | null): Cursor => {
  const next = new Map(cursor)
  for (const line of lines) {
    const position = positionOf(line)
    if (position !== null) next.set(line.process, position)
  }
  return next
}
