import { type Filter, matches, NO_FILTER } from './filter.ts'
import { LEVELS, type LogLine, type RawLine } from './line.ts'
import { createLineStore, type Slot } from './line-store.ts'
import type { Cursor, LogPages } from './log-pages.ts'
import type { Position } from './log-walk.ts'
import { createOrderedLines, type OrderedLines } from './ordered-lines.ts'
import { parseLine } from './parse-line.ts'

const LINES_MAX = 200_000
const BYTES_MAX = 67_108_864
/** A line that comes later than so many others stands at that distance, so that keeping order costs the same for ever. */
const LATE_LINES_MAX = 5_000
/** A slice of a search ends after so many lines, or so much time: what a line costs depends on the filter. */
const SLICE_LINES = 10_000
const SLICE_MS = 10
/** Lines between two looks at the time. */
const SLICE_STEP_LINES = 500

/** Minutes of which the errors are counted. */
const ERROR_MINUTES_MAX = 240
const MINUTE_MS = 60_000

/** Which lines a person wants to see. */
export type Sieve = {
  readonly filter: Filter
  readonly levelMin: number
  /** Processes that alone are shown; null shows all. */
  readonly only: ReadonlySet<string> | null
}

/** What is shown before anybody chose anything, and what hides nothing. */
export const USUAL: Sieve = { filter: NO_FILTER, levelMin: LEVELS.info, only: null }
export const EVERYTHING: Sieve = { filter: NO_FILTER, levelMin: LEVELS.trace, only: null }

export type LogIndexOptions = {
  readonly linesMax?: number
  readonly bytesMax?: number
  /** Where lines are read that are not kept; without it the first one kept is the first of all. */
  readonly pages?: LogPages
  /** Milliseconds from any beginning. */
  readonly monotonic?: () => number
  /** The clock on the wall, UTC milliseconds: lines far ahead of it count in no minute. */
  readonly now?: () => number
  /** Runs the next slice of a search after input had its turn. */
  readonly later: (run: () => void) => void
  /** Told after each slice of a search. */
  readonly onProgress: () => void
}

/** The newest lines of all processes in order, as many as fit, with those found that pass the sieve. */
export type LogIndex = {
  /** How many of them pass the sieve. */
  readonly add: (lines: readonly RawLine[]) => number
  readonly sieve: () => Sieve
  /** Looks at all lines again, newest first, a slice at a time. */
  readonly setSieve: (next: Sieve) => void
  readonly wanted: (line: LogLine) => boolean
  readonly all: () => OrderedLines
  /** Those that pass, as far as the search has come. */
  readonly shown: () => OrderedLines
  /** How much of the search is done, 0 to 1; null when all of it is. */
  readonly searched: () => number | null
  readonly levelAt: (lines: OrderedLines, index: number) => number
  /** Index of the very same line, which the files may have given once more. */
  readonly indexIn: (lines: OrderedLines, line: LogLine) => number | null
  /** The very line at that index. */
  readonly isAt: (lines: OrderedLines, index: number, line: LogLine) => boolean
  /** Behind this line in the files, for every process. Exact while the line is kept, by the time otherwise. */
  readonly cursorBehind: (line: LogLine) => Cursor
  /** Where the kept lines begin in the files. */
  readonly cursorBefore: () => Cursor
  /** Whether the files have lines that belong above, or among, those shown from index `top` on. */
  readonly isBeyond: (top: number) => boolean
  /** Processes of which the files have lines behind this place, UTC milliseconds, that are not kept. */
  readonly unread: (key: number) => readonly string[]
  readonly evicted: () => number
  /** Processes that wrote a line. */
  readonly processes: () => readonly string[]
  /** Lines of level error and above by their minute since 1970; minutes without any are left out. */
  readonly errors: () => ReadonlyMap<number, number>
  /** From when on, UTC milliseconds, all of them were counted; null before any line. */
  readonly countedFrom: () => number | null
}

export const createLogIndex = ({
  linesMax = LINES_MAX,
  bytesMax = BYTES_MAX,
  pages,
  monotonic = () => performance.now(),
  now = () => Number.MAX_SAFE_INTEGER,
  later,
  onProgress,
}: LogIndexOptions): LogIndex => {
  const store = createLineStore()
  const all = createOrderedLines(store)
  const found = createOrderedLines(store) // those that match, where not all of them do
  let sieve = USUAL
  let arrivals = 0
  let evicted = 0
  let search: { cursor: number; from: number } | null = null // lines before index `cursor` are still to be looked at
  let searches = 0
  const lastKey = new Map<string, number>()
  /** Where the kept lines of each process begin in its files. */
  const begins = new Map<string, { readonly position: Position; readonly key: number; readonly older: boolean }>()
  let errors: ReadonlyMap<number, number> = new Map()
  /** The first counted line of each process, and whether its files have lines before it. */
  const counted = new Map<string, { readonly key: number; readonly older: boolean }>()

  const wanted = (line: LogLine): boolean =>
    (sieve.only === null || sieve.only.has(line.process)) && (line.gap !== undefined || (line.level >= sieve.levelMin && matches(sieve.filter, line)))
  /** The same, with the text looked at only where it has a say. */
  const wantedAt = (slot: Slot): boolean =>
    (sieve.only === null || sieve.only.has(store.process(slot))) &&
    (store.isGap(slot) || (store.level(slot) >= sieve.levelMin && (sieve.filter.terms.length === 0 || matches(sieve.filter, store.line(slot)))))
  const filtered = (): boolean => sieve.filter.terms.length > 0 || sieve.levelMin > LEVELS.trace || sieve.only !== null
  const shown = (): OrderedLines => (filtered() ? found : all)

  const keyAt = (lines: OrderedLines, index: number): number | null => {
    const slot = lines.slotAt(index)
    return slot === undefined ? null : store.key(slot)
  }
  const levelAt = (lines: OrderedLines, index: number): number => {
    const slot = lines.slotAt(index)
    return slot === undefined ? 0 : store.level(slot)
  }

  const place = (raw: RawLine, floor: number): LogLine => {
    const { level, time } = parseLine(raw.text)
    const key = Math.max(time ?? lastKey.get(raw.process) ?? keyAt(all, all.length() - 1) ?? 0, floor)
    lastKey.set(raw.process, key)
    arrivals += 1
    if (raw.file !== undefined && raw.start !== undefined && !begins.has(raw.process))
      begins.set(raw.process, beginOf(raw.process, { file: raw.file, offset: raw.start }, key))
    if (time !== null && !counted.has(raw.process)) counted.set(raw.process, { key, older: begins.get(raw.process)?.older ?? false })
    return { ...raw, level, time: time ?? key, key, arrival: arrivals }
  }

  const beginOf = (process: string, position: Position, key: number) => {
    try {
      return { position, key, older: pages?.hasOlder(process, position) === true }
    } catch {
      return { position, key, older: true } // reading them will tell why that does not go
    }
  }

  const add = (raws: readonly RawLine[]): number => {
    const floor = keyAt(all, all.length() - LATE_LINES_MAX) ?? 0
    // A stable sort: lines of one process keep their order among themselves.
    const batch = raws.map((raw) => place(raw, floor)).sort((a, b) => a.key - b.key)
    const slots = batch.map(store.put)
    const atEnd = all.add(slots)
    countErrors(batch)
    const matching = filtered() ? slots.filter((_, at) => batch[at] !== undefined && wanted(batch[at])) : slots
    if (filtered()) found.add(matching)
    if (!atEnd && search !== null) startSearch()
    evict()
    return matching.length
  }

  const countErrors = (batch: readonly LogLine[]): void => {
    let counts: Map<number, number> | null = null
    for (const { level, key } of batch) {
      if (level < LEVELS.error) continue
      counts ??= new Map(errors)
      const minute = Math.floor(key / MINUTE_MS)
      counts.set(minute, (counts.get(minute) ?? 0) + 1)
    }
    if (counts === null) return
    // A line of a wrong clock, far ahead of the others, must not push them out.
    const latest = Math.floor(now() / MINUTE_MS) + 1
    const newest = Math.max(...[...counts.keys()].filter((minute) => minute <= latest))
    for (const minute of counts.keys()) if (minute <= newest - ERROR_MINUTES_MAX || minute > latest) counts.delete(minute)
    errors = counts
  }

  /** Where older lines were not read nothing is known of them; where there are none, nobody was there before the first of all. */
  const countedFrom = (): number | null => {
    const all = [...counted.values()]
    const unread = all.flatMap(({ key, older }) => (older ? [key] : []))
    if (all.length === 0) return null
    return unread.length > 0 ? Math.max(...unread) : Math.min(...all.map(({ key }) => key))
  }

  const evict = (): void => {
    while (all.length() > linesMax || (store.bytes() > bytesMax && all.length() > 1)) {
      const slot = all.dropFirst()
      if (slot === undefined) return
      evicted += 1
      const at = store.place(slot)
      if (at !== null) begins.set(store.process(slot), { position: { file: at.file, offset: at.end }, key: store.key(slot), older: true })
      if (search !== null) search.cursor -= 1
      if (found.slotAt(0) === slot) found.dropFirst()
      store.drop(slot)
    }
  }

  const startSearch = (): void => {
    found.clear()
    search = null
    searches += 1
    if (!filtered()) return
    search = { cursor: all.length(), from: all.length() }
    searchSlice(searches)
  }

  const searchSlice = (mine: number): void => {
    if (search === null || mine !== searches) return
    const until = monotonic() + SLICE_MS
    const last = Math.max(0, search.cursor - SLICE_LINES)
    do {
      const to = search.cursor
      search.cursor = Math.max(last, to - SLICE_STEP_LINES)
      found.prepend(all.slots(search.cursor, to).filter(wantedAt))
    } while (search.cursor > last && monotonic() < until)
    if (search.cursor <= 0) search = null
    else later(() => searchSlice(mine))
    onProgress()
  }

  const indexIn = (lines: OrderedLines, line: LogLine): number | null => {
    for (let at = lines.indexOf({ key: line.key, arrival: 0 }); ; at += 1) {
      const slot = lines.slotAt(at)
      if (slot === undefined || store.key(slot) > line.key) return null
      if (store.arrival(slot) === line.arrival) return at
      const other = line.file === undefined ? null : store.place(slot)
      if (other !== null && other.file === line.file && other.start === line.start) return at
    }
  }

  const cursorBehind = (line: LogLine): Cursor => {
    const own: Cursor =
      line.file === undefined || line.end === undefined ? new Map() : new Map([[line.process, { file: line.file, offset: line.end }]])
    const index = indexIn(all, line)
    if (index === null) return new Map([...(pages?.at(line.key + 1) ?? []), ...own])
    const cursor = new Map<string, Position>()
    for (let at = index; at >= 0 && cursor.size < begins.size; at -= 1) {
      const slot = all.slotAt(at)
      if (slot === undefined || cursor.has(store.process(slot))) continue
      const own = store.place(slot)
      if (own !== null) cursor.set(store.process(slot), { file: own.file, offset: own.end })
    }
    // A process that has no kept line before it may have some in its files.
    const byTime = unread(line.key).length === 0 ? null : pages?.at(line.key + 1)
    for (const [process, { position, key }] of begins)
      if (!cursor.has(process)) cursor.set(process, (key > line.key ? byTime?.get(process) : null) ?? position)
    return cursor
  }

  const isBeyond = (top: number): boolean => {
    if (pages === undefined || search !== null) return false
    const key = top < 0 ? Number.NEGATIVE_INFINITY : (keyAt(shown(), top) ?? Number.POSITIVE_INFINITY)
    return unread(key).length > 0
  }

  const unread = (key: number): readonly string[] => [...begins].filter(([, begin]) => begin.older && begin.key > key).map(([process]) => process)

  return {
    add,
    sieve: () => sieve,
    setSieve: (next) => {
      sieve = next
      startSearch()
    },
    wanted,
    all: () => all,
    shown,
    searched: () => (search === null ? null : 1 - search.cursor / Math.max(1, search.from)),
    levelAt,
    indexIn,
    isAt: (lines, index, { arrival }) => {
      const slot = lines.slotAt(index)
      return slot !== undefined && store.arrival(slot) === arrival
    },
    cursorBehind,
    cursorBefore: () => new Map([...begins].map(([process, { position }]) => [process, position])),
    isBeyond,
    unread,
    evicted: () => evicted,
    processes: () => [...lastKey.keys()].sort(),
    errors: () => errors,
    countedFrom,
  }
}
