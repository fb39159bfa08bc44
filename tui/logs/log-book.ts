import { type Filter, matches, NO_FILTER } from './filter.ts'
import { before, LEVELS, type LogLine, type RawLine } from './line.ts'
import { createLineStore, type Slot } from './line-store.ts'
import type { Cursor, LogPages, Position } from './log-pages.ts'
import { createOrderedLines, type OrderedLines } from './ordered-lines.ts'
import { parseLine } from './parse-line.ts'
import { createPastWindow, type PastWindow } from './past-window.ts'

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

/** Where the pane stands in the files, once it was scrolled above what is kept. */
export type LogPast = {
  /** Bytes of all log files, and how many of them stand before what was read. */
  readonly bytes: number
  readonly total: number
  /** The first line of the files was read. */
  readonly reached: boolean
  /** More is being read for what was asked. */
  readonly reading: boolean
}

/** What the log pane shows, and how much there is. */
export type LogWindow = {
  readonly lines: readonly LogLine[]
  readonly following: boolean
  /** One of the lines; null where none was chosen. */
  readonly chosen: LogLine | null
  /** Matching lines that came since it was frozen. */
  readonly fresh: number
  readonly kept: number
  readonly matching: number
  readonly evicted: number
  /** How much of the search is done, 0 to 1; null when all of it is. */
  readonly searched: number | null
  readonly levelMin: number
  readonly filter: string
  /** Null while it shows lines that are kept. */
  readonly past: LogPast | null
  /** Processes of which lines that belong among those shown are in the files alone. */
  readonly unread: readonly string[]
  /** Why older lines could not be read. */
  readonly problem: string | null
  /** The filters are off for a look around one line. */
  readonly context: boolean
  /** Processes that wrote a line, and those that alone are shown; null shows all. */
  readonly processes: readonly string[]
  readonly only: readonly string[] | null
  /** Lines of level error and above by their minute since 1970; minutes without any are left out. */
  readonly errors: ReadonlyMap<number, number>
}

export type LogBookOptions = {
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

/** All log lines in order, bounded, with the part of them that the pane shows. */
export type LogBook = {
  readonly add: (lines: readonly RawLine[]) => void
  readonly setFilter: (filter: Filter) => void
  readonly setLevelMin: (level: number) => void
  /** Shows these processes alone; null shows all. */
  readonly setProcesses: (only: readonly string[] | null) => void
  /** Rows down, or up where negative. Up freezes and reads older lines from the files; down past the newest line is live again. */
  readonly scroll: (rows: number, height: number) => void
  /** Moves the chosen line, and the pane where it would leave it. The first move up freezes and chooses the newest line. */
  readonly choose: (rows: number, height: number) => void
  /** The first line that is kept; from there the first one of the files. */
  readonly toFirst: (height: number) => void
  readonly toLive: () => void
  readonly toggleFreeze: (height: number) => void
  /** Shows the next line, or the one before, that is at least a warning. */
  readonly jump: (by: 1 | -1, height: number) => void
  /** Remembers the chosen line, or the lowest one shown; the same place again forgets it. */
  readonly mark: (height: number) => void
  readonly toNextMark: (height: number) => void
  /** Shows what stands around the chosen line, whatever its level and process; again shows what was there before. */
  readonly toggleContext: (height: number) => void
  readonly window: (height: number) => LogWindow
}

/** Places that are remembered; one more forgets the oldest. */
const MARKS_MAX = 20

/** A line of the index is made anew whenever it is asked for, and the files may give it once more. */
const isSame = (a: LogLine, b: LogLine): boolean =>
  a === b || (a.arrival > 0 && a.arrival === b.arrival) || (a.file !== undefined && a.file === b.file && a.start === b.start)

type Frozen = { readonly lines: readonly LogLine[]; readonly height: number }
/** What is still to be read for: rows to go, or the next line that is at least a warning. */
type Wish =
  | { readonly kind: 'rows'; readonly rows: number; readonly height: number; readonly pin: Pin; readonly edge?: boolean }
  | { readonly kind: 'match'; readonly by: 1 | -1; readonly height: number }
/** Which line is chosen where the chosen one left the pane. */
type Pin = 'first' | 'last'

export const createLogBook = ({
  linesMax = LINES_MAX,
  bytesMax = BYTES_MAX,
  pages,
  monotonic = () => performance.now(),
  now = () => Number.MAX_SAFE_INTEGER,
  later,
  onProgress,
}: LogBookOptions): LogBook => {
  const store = createLineStore()
  const all = createOrderedLines(store)
  const found = createOrderedLines(store) // those that match, where not all of them do
  let filter: Filter = NO_FILTER
  let levelMin: number = LEVELS.info
  let only: ReadonlySet<string> | null = null
  let arrivals = 0
  let evicted = 0
  let frozen: Frozen | null = null
  let chosen: LogLine | null = null
  let fresh = 0
  let search: { cursor: number; from: number } | null = null // lines before index `cursor` are still to be looked at
  let searches = 0
  const lastKey = new Map<string, number>()
  /** Where the kept lines of each process begin in its files. */
  const begins = new Map<string, { readonly position: Position; readonly key: number; readonly older: boolean }>()
  let past: PastWindow | null = null
  let wish: Wish | null = null
  let problem: string | null = null
  let wishes = 0
  let saved: {
    filter: Filter
    levelMin: number
    only: ReadonlySet<string> | null
    frozen: Frozen | null
    chosen: LogLine | null
    past: PastWindow | null
  } | null = null
  let errors: ReadonlyMap<number, number> = new Map()
  let marks: readonly LogLine[] = []

  const wanted = (line: LogLine): boolean =>
    (only === null || only.has(line.process)) && (line.gap !== undefined || (line.level >= levelMin && matches(filter, line)))
  /** The same, with the text looked at only where it has a say. */
  const wantedAt = (slot: Slot): boolean =>
    (only === null || only.has(store.process(slot))) &&
    (store.isGap(slot) || (store.level(slot) >= levelMin && (filter.terms.length === 0 || matches(filter, store.line(slot)))))
  const filtered = (): boolean => filter.terms.length > 0 || levelMin > LEVELS.trace || only !== null
  const shown = () => (filtered() ? found : all)

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
    return { ...raw, level, time: time ?? key, key, arrival: arrivals }
  }

  const beginOf = (process: string, position: Position, key: number) => {
    try {
      return { position, key, older: pages?.hasOlder(process, position) === true }
    } catch {
      return { position, key, older: true } // reading them will tell why that does not go
    }
  }

  const add = (raws: readonly RawLine[]): void => {
    const floor = keyAt(all, all.length() - LATE_LINES_MAX) ?? 0
    // A stable sort: lines of one process keep their order among themselves.
    const batch = raws.map((raw) => place(raw, floor)).sort((a, b) => a.key - b.key)
    const slots = batch.map(store.put)
    const atEnd = all.add(slots)
    countErrors(batch)
    const matching = filtered() ? slots.filter((_, at) => batch[at] !== undefined && wanted(batch[at])) : slots
    if (filtered()) found.add(matching)
    if (frozen !== null) fresh += matching.length
    if (!atEnd && search !== null) startSearch()
    evict()
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

  /** Looks at all lines again, newest first, a slice at a time. */
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

  const bottomOf = (): LogLine | undefined => frozen?.lines.at(-1)

  /** With `edge` the line at the edge is meant whatever was chosen before. */
  const hold = (lines: readonly LogLine[], height: number, pin: Pin, edge = false): void => {
    frozen = { lines, height }
    if (chosen === null) return
    const was = chosen
    const same = edge ? undefined : lines.find((line) => isSame(line, was))
    chosen = same ?? (pin === 'first' ? lines[0] : lines.at(-1)) ?? null
  }

  const freezeAt = (end: number, height: number, pin: Pin = 'last', edge = false): void => {
    const lines = shown()
    const last = Math.max(Math.min(end, lines.length()), Math.min(height, lines.length()))
    hold(lines.slice(last - height, last), height, pin, edge)
  }

  /** Index of the very same line, which the files may have given once more. */
  const indexIn = (lines: OrderedLines, line: LogLine): number | null => {
    for (let at = lines.indexOf({ key: line.key, arrival: 0 }); ; at += 1) {
      const slot = lines.slotAt(at)
      if (slot === undefined || store.key(slot) > line.key) return null
      if (store.arrival(slot) === line.arrival) return at
      const other = line.file === undefined ? null : store.place(slot)
      if (other !== null && other.file === line.file && other.start === line.start) return at
    }
  }

  /** One past the lowest line of the pane. */
  const currentEnd = (): number => {
    const bottom = bottomOf()
    const lines = shown()
    if (bottom === undefined) return lines.length()
    const index = lines.indexOf(bottom)
    const slot = lines.slotAt(index)
    return slot !== undefined && store.arrival(slot) === bottom.arrival ? index + 1 : index
  }

  const toLive = (): void => {
    frozen = null
    chosen = null
    past = null
    wish = null
    problem = null
    fresh = 0
  }

  /** A file that cannot be read is told in the pane, and what is kept stays there. */
  const reading = (run: () => void): void => {
    try {
      problem = null
      run()
    } catch (error) {
      problem = (error as Error).message
      wish = null
      if (frozen === null) past = null
    }
  }

  const setFilters = (change: () => void): void => {
    saved = null
    change()
    startSearch()
    toLive()
  }

  // --- the files ---

  /** Behind this line in the files, for every process. Exact while the line is kept, by the time otherwise. */
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

  /** Whether the files have lines that belong above, or among, those from index `top` on. */
  const isBeyond = (top: number): boolean => {
    if (pages === undefined || search !== null) return false
    const key = top < 0 ? Number.NEGATIVE_INFINITY : (keyAt(shown(), top) ?? Number.POSITIVE_INFINITY)
    return unread(key).length > 0
  }

  /** Processes of which the files have lines behind this place that are not kept. */
  const unread = (key: number): readonly string[] => [...begins].filter(([, begin]) => begin.older && begin.key > key).map(([process]) => process)

  const openPast = (cursor: Cursor): PastWindow | null => {
    past = pages === undefined ? null : createPastWindow(pages, cursor, wanted)
    return past
  }

  const openPastBehind = (line: LogLine, height: number): void => {
    const window = openPast(cursorBehind(line))
    window?.loadOlder()
    chosen = window?.lines().at(-1) ?? null
    want({ kind: 'rows', rows: 0, height, pin: 'last' })
  }

  const want = (next: Wish): void => {
    wish = next
    wishes += 1
    advance(wishes)
  }

  /** Reads at most one page at a time until what was asked for is there. */
  const advance = (mine: number): void => {
    if (past === null || wish === null || mine !== wishes) return
    const more = wish.kind === 'rows' ? moveRows(past, wish) : moveToMatch(past, wish)
    if (!more) wish = null
    if (more) later(() => advanceLater(mine))
  }

  const advanceLater = (mine: number): void => {
    reading(() => advance(mine))
    onProgress()
  }

  const holdPast = (window: PastWindow, height: number, pin: Pin, edge = false): void => {
    const bottom = window.bottom()
    hold(window.lines().slice(Math.max(0, bottom - height), bottom), height, pin, edge)
  }

  /** True while something is still to be read. The rows that were gone are gone, however little is held of the way. */
  const moveRows = (window: PastWindow, { rows, height, pin, edge = false }: Wish & { readonly kind: 'rows' }): boolean => {
    let left = rows
    const go = (): void => {
      const step = Math.max(-window.bottom(), Math.min(left, window.lines().length - window.bottom()))
      window.setBottom(window.bottom() + step)
      left -= step
    }
    const wantsOlder = (): boolean => (left < 0 || window.bottom() < height) && !window.atBeginning()
    const wantsNewer = (): boolean => left > 0 && !window.atEnd()
    go()
    if (wantsOlder()) window.loadOlder()
    else if (wantsNewer()) window.loadNewer()
    go()
    if (wantsOlder() || wantsNewer()) {
      wish = { kind: 'rows', rows: left, height, pin, edge }
      return true
    }
    if (left > 0) {
      toLive()
      return false
    }
    window.setBottom(Math.max(window.bottom(), Math.min(height, window.lines().length)))
    holdPast(window, height, pin, edge)
    if (rows > 0) returnToKept(height, pin)
    return false
  }

  /** Lines that are kept need no reading. */
  const returnToKept = (height: number, pin: Pin): void => {
    const [top] = frozen?.lines ?? []
    const bottom = bottomOf()
    if (top === undefined || bottom === undefined || search !== null) return
    const first = indexIn(shown(), top)
    if (first === null || isBeyond(first)) return
    const index = indexIn(shown(), bottom)
    if (index === null) return
    past = null
    const row = chosen === null ? -1 : (frozen?.lines.indexOf(chosen) ?? -1)
    freezeAt(index + 1, height, pin)
    chosen = row < 0 ? null : (frozen?.lines[row] ?? null)
  }

  const moveToMatch = (window: PastWindow, { by, height }: Wish & { readonly kind: 'match' }): boolean => {
    const lines = window.lines()
    const known = chosen === null ? -1 : lines.indexOf(chosen)
    const from = known >= 0 ? known : window.bottom() - (frozen === null ? 0 : 1)
    for (let at = from + by; at >= 0 && at < lines.length; at += by) {
      if ((lines[at]?.level ?? 0) < LEVELS.warn) continue
      window.setBottom(Math.max(at + 1, Math.min(height, lines.length)))
      chosen = lines[at] ?? null
      holdPast(window, height, 'last')
      return false
    }
    if (by < 0 ? window.atBeginning() : window.atEnd()) {
      window.setBottom(by < 0 ? Math.min(height, lines.length) : lines.length)
      chosen = (by < 0 ? lines[0] : lines.at(-1)) ?? null
      holdPast(window, height, by < 0 ? 'first' : 'last')
      return false
    }
    // What was looked at is passed: the search goes on from its edge.
    chosen = (by < 0 ? lines[0] : lines.at(-1)) ?? chosen
    if (by < 0) window.loadOlder()
    else window.loadNewer()
    return true
  }

  const scroll = (rows: number, height: number, pin: Pin, edge = false): void => {
    if (rows > 0 && frozen === null) return
    if (past !== null) {
      want({ kind: 'rows', rows, height, pin, edge })
      return
    }
    const end = currentEnd() + rows
    if (rows > 0 && end > shown().length()) toLive()
    else if (rows < 0 && isBeyond(end - height)) {
      const anchor = bottomOf() ?? all.at(all.length() - 1)
      const row = chosen === null ? 0 : (frozen?.lines.length ?? 0) - (frozen?.lines.indexOf(chosen) ?? 0)
      const window = openPast(anchor === undefined ? new Map() : cursorBehind(anchor))
      window?.loadOlder()
      if (row > 0) chosen = window?.lines().at(-row) ?? chosen
      want({ kind: 'rows', rows, height, pin, edge })
    } else freezeAt(end, height, pin, edge)
  }

  /** Shows this line as the lowest one, from the files where it is not kept any more. */
  const goTo = (line: LogLine, height: number): void => {
    const index = indexIn(shown(), line)
    if (index === null) {
      if (pages !== undefined) openPastBehind(line, height)
      return
    }
    past = null
    wish = null
    chosen = shown().at(index) ?? null
    freezeAt(index + 1, height)
  }

  const current = (): LogLine | null => chosen ?? bottomOf() ?? shown().at(shown().length() - 1) ?? null

  const lookAround = (line: LogLine, height: number): void => {
    const below = Math.floor(height / 2)
    const index = indexIn(all, line)
    if (index !== null && !isBeyond(Math.max(0, index + 1 + below - height))) {
      past = null
      chosen = all.at(index) ?? null
      freezeAt(index + 1 + below, height)
      return
    }
    if (pages === undefined) return
    const window = openPast(cursorBehind(line))
    window?.loadOlder()
    window?.loadNewer()
    chosen = window?.lines()[window.bottom() - 1] ?? null
    window?.setBottom(window.bottom() + below)
    want({ kind: 'rows', rows: 0, height, pin: 'last' })
  }

  const choose = (rows: number, height: number): void => {
    let by = rows
    if (frozen === null) {
      if (by > 0) return
      freezeAt(shown().length(), height)
      by += 1
    }
    const lines = frozen?.lines ?? []
    const known = chosen === null ? -1 : lines.indexOf(chosen)
    const to = (known < 0 ? lines.length - 1 : known) + by
    chosen = lines[Math.max(0, Math.min(to, lines.length - 1))] ?? null
    if (to < 0) scroll(to, height, 'first', true)
    else if (to >= lines.length) scroll(to - lines.length + 1, height, 'last', true)
  }

  const toFirst = (height: number): void => {
    const top = frozen?.lines[0]
    const atFirst = past !== null || (frozen !== null && (top === undefined || indexIn(shown(), top) === 0))
    if (pages === undefined || !atFirst || !(past !== null || isBeyond(-1))) {
      freezeAt(0, height, 'first')
      return
    }
    openPast(pages.first())?.loadOlder()
    want({ kind: 'rows', rows: height, height, pin: 'first' })
  }

  const jump = (by: 1 | -1, height: number): void => {
    if (past !== null) {
      want({ kind: 'match', by, height })
      return
    }
    const lines = shown()
    const from = chosen === null ? currentEnd() - 1 : lines.indexOf(chosen)
    for (let at = from + by; at >= 0 && at < lines.length() && (by > 0 || !isBeyond(at)); at += by) {
      if (levelAt(lines, at) >= LEVELS.warn) {
        chosen = lines.at(at) ?? null
        freezeAt(at + 1, height)
        return
      }
    }
    if (by > 0 || !isBeyond(-1)) return
    const first = current()
    openPast(first === null ? new Map([...begins].map(([process, { position }]) => [process, position])) : cursorBehind(first))
    want({ kind: 'match', by, height })
  }

  const toNextMark = (height: number): void => {
    const from = current()
    const places = marks
      .filter((line) => wanted(line) && (pages !== undefined || indexIn(shown(), line) !== null))
      .sort((a, b) => (before(a, b) ? -1 : 1))
    const next = places.find((line) => from !== null && before(from, line)) ?? places[0]
    if (next !== undefined) goTo(next, height)
  }

  const toggleContext = (height: number): void => {
    const line = current()
    if (saved !== null) {
      const { frozen: lines, chosen: was, past: window, ...filters } = saved
      filter = filters.filter
      levelMin = filters.levelMin
      only = filters.only
      saved = null
      startSearch()
      toLive()
      frozen = lines
      chosen = was
      past = window
      return
    }
    if (line === null) return
    saved = { filter, levelMin, only, frozen, chosen, past }
    filter = NO_FILTER
    levelMin = LEVELS.trace
    only = null
    startSearch()
    lookAround(line, height)
  }

  return {
    add,
    setFilter: (next) =>
      setFilters(() => {
        filter = next
      }),
    setLevelMin: (level) =>
      setFilters(() => {
        levelMin = level
      }),
    setProcesses: (names) =>
      setFilters(() => {
        only = names === null ? null : new Set(names)
      }),
    scroll: (rows, height) => reading(() => scroll(rows, height, rows < 0 ? 'last' : 'first')),
    choose: (rows, height) => reading(() => choose(rows, height)),
    toFirst: (height) => reading(() => toFirst(height)),
    toLive,
    toggleFreeze: (height) => {
      if (frozen === null) freezeAt(shown().length(), height)
      else toLive()
    },
    jump: (by, height) => reading(() => jump(by, height)),
    mark: (height) => {
      const line = current()
      if (line === null) return
      const others = marks.filter((other) => !isSame(other, line))
      marks = (others.length < marks.length ? others : [...others, line]).slice(-MARKS_MAX)
      if (past === null) freezeAt(currentEnd(), height)
    },
    toNextMark: (height) => reading(() => toNextMark(height)),
    toggleContext: (height) => reading(() => toggleContext(height)),
    window: (height) => {
      const lines = shown()
      // Another height shows the same place again; otherwise the very same lines stay, even when the index has evicted them.
      if (frozen !== null && frozen.height !== height) {
        if (past === null) freezeAt(currentEnd(), height, 'first')
        else if (wish === null) reading(() => want({ kind: 'rows', rows: 0, height, pin: 'first' }))
      }
      const visible = frozen?.lines ?? lines.slice(lines.length() - height, lines.length())
      return {
        lines: visible,
        following: frozen === null,
        chosen,
        fresh,
        kept: all.length(),
        matching: lines.length(),
        evicted,
        searched: search === null ? null : 1 - search.cursor / Math.max(1, search.from),
        levelMin,
        filter: filter.text,
        past: past === null ? null : { ...past.before(), reached: past.atBeginning(), reading: wish !== null },
        unread: past === null && visible[0] !== undefined ? unread(visible[0].key) : [],
        problem,
        context: saved !== null,
        processes: [...lastKey.keys()].sort(),
        only: only === null ? null : [...only],
        errors,
      }
    },
  }
}
