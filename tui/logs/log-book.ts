import { type Filter, matches, NO_FILTER } from './filter.ts'
import { LEVELS, type LogLine, type RawLine } from './line.ts'
import { createOrderedLines } from './ordered-lines.ts'
import { parseLine } from './parse-line.ts'

const LINES_MAX = 200_000
const CHARACTERS_MAX = 67_108_864
/** A line that comes later than so many others stands at that distance, so that keeping order costs the same for ever. */
const LATE_LINES_MAX = 5_000
/** Lines that one slice of a search looks at: about 5 ms. */
const SLICE_LINES = 10_000

/** What the log pane shows, and how much there is. */
export type LogWindow = {
  readonly lines: readonly LogLine[]
  readonly following: boolean
  /** Matching lines that came since it was frozen. */
  readonly fresh: number
  readonly kept: number
  readonly matching: number
  readonly evicted: number
  /** How much of the search is done, 0 to 1; null when all of it is. */
  readonly searched: number | null
  readonly levelMin: number
  readonly filter: string
}

export type LogBookOptions = {
  readonly linesMax?: number
  readonly charactersMax?: number
  /** Runs the next slice of a search after input had its turn. */
  readonly later: (run: () => void) => void
  /** Told after each slice of a search. */
  readonly onProgress: () => void
}

/** All log lines in order, bounded, with the part of them that the pane shows. */
export type LogBook = {
  readonly add: (lines: readonly RawLine[]) => void
  readonly setFilter: (filter: Filter) => void
  readonly setLevelMin: (level: number) => void
  /** Rows down, or up where negative. Up freezes; down past the newest line is live again. */
  readonly scroll: (rows: number, height: number) => void
  readonly toFirst: (height: number) => void
  readonly toLive: () => void
  readonly toggleFreeze: (height: number) => void
  /** Shows the next line, or the one before, that is at least a warning. */
  readonly jump: (by: 1 | -1, height: number) => void
  /** Remembers the lowest line shown; the same place again forgets it. */
  readonly mark: (height: number) => void
  readonly toNextMark: (height: number) => void
  readonly window: (height: number) => LogWindow
}

/** Places that are remembered; one more forgets the oldest. */
const MARKS_MAX = 20

export const createLogBook = ({ linesMax = LINES_MAX, charactersMax = CHARACTERS_MAX, later, onProgress }: LogBookOptions): LogBook => {
  const all = createOrderedLines()
  const found = createOrderedLines() // those that match, where not all of them do
  let filter: Filter = NO_FILTER
  let levelMin: number = LEVELS.info
  let arrivals = 0
  let characters = 0
  let evicted = 0
  let frozen: { readonly lines: readonly LogLine[]; readonly height: number } | null = null
  let fresh = 0
  let search: { cursor: number; from: number } | null = null // lines before index `cursor` are still to be looked at
  let searches = 0
  const lastKey = new Map<string, number>()
  const marks: LogLine[] = []

  const wanted = (line: LogLine): boolean => line.gap !== undefined || (line.level >= levelMin && matches(filter, line))
  const filtered = (): boolean => filter.terms.length > 0 || levelMin > LEVELS.trace
  const shown = () => (filtered() ? found : all)

  const place = (raw: RawLine, floor: number): LogLine => {
    const { level, time } = parseLine(raw.text)
    const key = Math.max(time ?? lastKey.get(raw.process) ?? all.at(all.length() - 1)?.key ?? 0, floor)
    lastKey.set(raw.process, key)
    arrivals += 1
    return { ...raw, level, time: time ?? key, key, arrival: arrivals }
  }

  const add = (raws: readonly RawLine[]): void => {
    const floor = all.at(all.length() - LATE_LINES_MAX)?.key ?? 0
    // A stable sort: lines of one process keep their order among themselves.
    const batch = raws.map((raw) => place(raw, floor)).sort((a, b) => a.key - b.key)
    const atEnd = all.add(batch)
    for (const line of batch) characters += line.text.length
    const matching = filtered() ? batch.filter(wanted) : batch
    if (filtered()) found.add(matching)
    if (frozen !== null) fresh += matching.length
    if (!atEnd && search !== null) startSearch()
    evict()
  }

  const evict = (): void => {
    while (all.length() > linesMax || (characters > charactersMax && all.length() > 1)) {
      const line = all.dropFirst()
      if (line === undefined) return
      characters -= line.text.length
      evicted += 1
      if (search !== null) search.cursor -= 1
      if (found.at(0) === line) found.dropFirst()
    }
  }

  /** Looks at all lines again, newest first, a slice at a time. */
  const startSearch = (): void => {
    found.replace([])
    search = null
    searches += 1
    if (!filtered()) return
    search = { cursor: all.length(), from: all.length() }
    searchSlice(searches)
  }

  const searchSlice = (mine: number): void => {
    if (search === null || mine !== searches) return
    const to = search.cursor
    const from = Math.max(0, to - SLICE_LINES)
    const newer = found.slice(0, found.length())
    found.replace([...all.slice(from, to).filter(wanted), ...newer])
    search.cursor = from
    if (from <= 0) search = null
    else later(() => searchSlice(mine))
    onProgress()
  }

  const bottomOf = (): LogLine | undefined => frozen?.lines.at(-1)

  const freezeAt = (end: number, height: number): void => {
    const lines = shown()
    const last = Math.max(Math.min(end, lines.length()), Math.min(height, lines.length()))
    frozen = { lines: lines.slice(last - height, last), height }
  }

  /** One past the lowest line of the pane. */
  const currentEnd = (): number => {
    const bottom = bottomOf()
    const lines = shown()
    if (bottom === undefined) return lines.length()
    const index = lines.indexOf(bottom)
    return lines.at(index) === bottom ? index + 1 : index
  }

  const toLive = (): void => {
    frozen = null
    fresh = 0
  }

  return {
    add,
    setFilter: (next) => {
      filter = next
      startSearch()
      toLive()
    },
    setLevelMin: (level) => {
      levelMin = level
      startSearch()
      toLive()
    },
    scroll: (rows, height) => {
      if (rows > 0 && frozen === null) return
      const end = currentEnd() + rows
      if (rows > 0 && end > shown().length()) toLive()
      else freezeAt(end, height)
    },
    toFirst: (height) => freezeAt(0, height),
    toLive,
    toggleFreeze: (height) => {
      if (frozen === null) freezeAt(shown().length(), height)
      else toLive()
    },
    jump: (by, height) => {
      const lines = shown()
      const from = currentEnd() - 1
      for (let at = from + by; at >= 0 && at < lines.length(); at += by) {
        if ((lines.at(at)?.level ?? 0) >= LEVELS.warn) {
          freezeAt(at + 1, height)
          return
        }
      }
    },
    mark: (height) => {
      const line = shown().at(currentEnd() - 1)
      if (line === undefined) return
      const known = marks.indexOf(line)
      if (known >= 0) marks.splice(known, 1)
      else marks.push(line)
      if (marks.length > MARKS_MAX) marks.shift()
      freezeAt(currentEnd(), height)
    },
    toNextMark: (height) => {
      const lines = shown()
      const end = currentEnd()
      const places = marks
        .map((line) => lines.indexOf(line))
        .filter((at) => marks.includes(lines.at(at) as LogLine))
        .sort((a, b) => a - b)
      const next = places.find((at) => at + 1 > end) ?? places[0]
      if (next !== undefined) freezeAt(next + 1, height)
    },
    window: (height) => {
      const lines = shown()
      // Another height shows the same place again; otherwise the very same lines stay, even when the index has evicted them.
      if (frozen !== null && frozen.height !== height) freezeAt(currentEnd(), height)
      return {
        lines: frozen?.lines ?? lines.slice(lines.length() - height, lines.length()),
        following: frozen === null,
        fresh,
        kept: all.length(),
        matching: lines.length(),
        evicted,
        searched: search === null ? null : 1 - search.cursor / Math.max(1, search.from),
        levelMin,
        filter: filter.text,
      }
    },
  }
}
