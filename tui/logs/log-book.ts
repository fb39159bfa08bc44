import type { Filter } from './filter.ts'
import { before, LEVELS, type LogLine, type RawLine } from './line.ts'
import { createLogIndex, EVERYTHING, type LogIndexOptions, type Sieve } from './log-index.ts'
import type { Cursor } from './log-pages.ts'
import { createPastWindow, type PastWindow } from './past-window.ts'

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
  /** From when on, UTC milliseconds, all of them were counted; null before any line. */
  readonly countedFrom: number | null
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
  /** Shows the first line that is not older, UTC milliseconds, with what stands around it; the newest where all are. */
  readonly toTime: (time: number, height: number) => void
  readonly toggleFreeze: (height: number) => void
  /** Shows the next line, or the one before, that is at least a warning. */
  readonly jump: (by: 1 | -1, height: number) => void
  /** Remembers the chosen line, or the lowest one shown; the same place again forgets it. */
  readonly mark: (height: number) => void
  readonly toNextMark: (height: number) => void
  /** Shows what stands around the chosen line, whatever its level and process; again shows what was there before. */
  readonly toggleContext: (height: number) => void
  readonly window: (height: number) => LogWindow
  /** All kept lines that pass the filters, as far as the search has come, or those read so far where it stands in the files. The pane stays. */
  readonly matching: () => readonly LogLine[]
}

/** Places that are remembered; one more forgets the oldest. */
const MARKS_MAX = 20

/** A line of the index is made anew whenever it is asked for, and the files may give it once more. */
const isSame = (a: LogLine, b: LogLine): boolean =>
  a === b || (a.arrival > 0 && a.arrival === b.arrival) || (a.file !== undefined && a.file === b.file && a.start === b.start)

type Frozen = { readonly lines: readonly LogLine[]; readonly height: number }
/** What is still to be read for: rows to go, the next line that is at least a warning, or the one behind where it stands. */
type Wish =
  | { readonly kind: 'rows'; readonly rows: number; readonly height: number; readonly pin: Pin; readonly edge?: boolean }
  | { readonly kind: 'match'; readonly by: 1 | -1; readonly height: number }
  | { readonly kind: 'line'; readonly height: number }
/** Which line is chosen where the chosen one left the pane. */
type Pin = 'first' | 'last'
/** What was shown before a look around one line. */
type Saved = { readonly sieve: Sieve; readonly frozen: Frozen | null; readonly chosen: LogLine | null; readonly past: PastWindow | null }

export const createLogBook = (options: LogIndexOptions): LogBook => {
  const { pages, later, onProgress } = options
  const index = createLogIndex(options)
  const { all, shown, wanted, indexIn, isBeyond, unread } = index
  let frozen: Frozen | null = null
  let chosen: LogLine | null = null
  let fresh = 0
  let past: PastWindow | null = null
  let wish: Wish | null = null
  let problem: string | null = null
  let wishes = 0
  let saved: Saved | null = null
  let marks: readonly LogLine[] = []

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

  /** One past the lowest line of the pane. */
  const currentEnd = (): number => {
    const bottom = bottomOf()
    const lines = shown()
    if (bottom === undefined) return lines.length()
    const at = lines.indexOf(bottom)
    return index.isAt(lines, at, bottom) ? at + 1 : at
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

  const setSieve = (changes: Partial<Sieve>): void => {
    saved = null
    index.setSieve({ ...index.sieve(), ...changes })
    toLive()
  }

  const openPast = (cursor: Cursor): PastWindow | null => {
    past = pages === undefined ? null : createPastWindow(pages, cursor, wanted)
    return past
  }

  const openPastBehind = (line: LogLine, height: number): void => {
    const window = openPast(index.cursorBehind(line))
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
    const more = wish.kind === 'rows' ? moveRows(past, wish) : wish.kind === 'match' ? moveToMatch(past, wish) : moveToLine(past, wish)
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
    if (top === undefined || bottom === undefined || index.searched() !== null) return
    const first = indexIn(shown(), top)
    if (first === null || isBeyond(first)) return
    const last = indexIn(shown(), bottom)
    if (last === null) return
    past = null
    const row = chosen === null ? -1 : (frozen?.lines.indexOf(chosen) ?? -1)
    freezeAt(last + 1, height, pin)
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

  const moveToLine = (window: PastWindow, { height }: Wish & { readonly kind: 'line' }): boolean => {
    const isThere = (): boolean => window.bottom() < window.lines().length || window.atEnd()
    if (!isThere()) window.loadNewer()
    if (!isThere()) return true
    const line = window.lines()[window.bottom()]
    if (line === undefined) {
      toLive()
      return false
    }
    // Lines around it are there or are read now.
    window.setBottom(window.bottom() + 1 + Math.floor(height / 2))
    chosen = line
    wish = { kind: 'rows', rows: 0, height, pin: 'last' }
    return moveRows(window, wish)
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
      const anchor = bottomOf() ?? all().at(all().length() - 1)
      const row = chosen === null ? 0 : (frozen?.lines.length ?? 0) - (frozen?.lines.indexOf(chosen) ?? 0)
      const window = openPast(anchor === undefined ? new Map() : index.cursorBehind(anchor))
      window?.loadOlder()
      if (row > 0) chosen = window?.lines().at(-row) ?? chosen
      want({ kind: 'rows', rows, height, pin, edge })
    } else freezeAt(end, height, pin, edge)
  }

  /** Shows this line as the lowest one, from the files where it is not kept any more. */
  const goTo = (line: LogLine, height: number): void => {
    const at = indexIn(shown(), line)
    if (at === null) {
      if (pages !== undefined) openPastBehind(line, height)
      return
    }
    past = null
    wish = null
    chosen = shown().at(at) ?? null
    freezeAt(at + 1, height)
  }

  const toTime = (time: number, height: number): void => {
    if (pages !== undefined && unread(time).length > 0) {
      openPast(pages.at(time))?.loadOlder()
      want({ kind: 'line', height })
      return
    }
    toLive()
    const lines = shown()
    const at = lines.indexOf({ key: time, arrival: 0 })
    if (at >= lines.length()) return
    chosen = lines.at(at) ?? null
    freezeAt(at + 1 + Math.floor(height / 2), height)
  }

  const current = (): LogLine | null => chosen ?? bottomOf() ?? shown().at(shown().length() - 1) ?? null

  const lookAround = (line: LogLine, height: number): void => {
    const below = Math.floor(height / 2)
    const at = indexIn(all(), line)
    if (at !== null && !isBeyond(Math.max(0, at + 1 + below - height))) {
      past = null
      chosen = all().at(at) ?? null
      freezeAt(at + 1 + below, height)
      return
    }
    if (pages === undefined) return
    const window = openPast(index.cursorBehind(line))
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
      if (index.levelAt(lines, at) >= LEVELS.warn) {
        chosen = lines.at(at) ?? null
        freezeAt(at + 1, height)
        return
      }
    }
    if (by > 0 || !isBeyond(-1)) return
    const first = current()
    openPast(first === null ? index.cursorBefore() : index.cursorBehind(first))
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
      const { sieve, frozen: lines, chosen: was, past: window } = saved
      saved = null
      index.setSieve(sieve)
      toLive()
      frozen = lines
      chosen = was
      past = window
      return
    }
    if (line === null) return
    saved = { sieve: index.sieve(), frozen, chosen, past }
    index.setSieve(EVERYTHING)
    lookAround(line, height)
  }

  return {
    add: (lines) => {
      const matching = index.add(lines)
      if (frozen !== null) fresh += matching
    },
    setFilter: (filter) => setSieve({ filter }),
    setLevelMin: (levelMin) => setSieve({ levelMin }),
    setProcesses: (names) => setSieve({ only: names === null ? null : new Set(names) }),
    scroll: (rows, height) => reading(() => scroll(rows, height, rows < 0 ? 'last' : 'first')),
    choose: (rows, height) => reading(() => choose(rows, height)),
    toFirst: (height) => reading(() => toFirst(height)),
    toLive,
    toTime: (time, height) => reading(() => toTime(time, height)),
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
    matching: () => past?.lines() ?? shown().slice(0, shown().length()),
    window: (height) => {
      const lines = shown()
      const { filter, levelMin, only } = index.sieve()
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
        kept: all().length(),
        matching: lines.length(),
        evicted: index.evicted(),
        searched: index.searched(),
        levelMin,
        filter: filter.text,
        past: past === null ? null : { ...past.before(), reached: past.atBeginning(), reading: wish !== null },
        unread: past === null && visible[0] !== undefined ? unread(visible[0].key) : [],
        problem,
        context: saved !== null,
        processes: index.processes(),
        only: only === null ? null : [...only],
        errors: index.errors(),
        countedFrom: index.countedFrom(),
      }
    },
  }
}
