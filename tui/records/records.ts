import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { watch } from 'chokidar'
import type { Clock } from '../../src/clock.ts'
import { AuditRecord } from '../../src/contracts/audit.ts'
import { CycleLine, EquityLine, SignalBusLine, SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import { dayFiles } from '../../src/day-files.ts'
import type { InstancePaths } from '../../src/home.ts'
import { lookAt } from '../../src/regular-file.ts'
import { createRecordBook, type RecordBook } from './book.ts'
import type { RecordName, Records } from './record.ts'
import { ShadowLine } from './shadow-line.ts'
import type { RecordWindow } from './window.ts'

/** Between two looks without a wake-up: watching may miss something, looking does not. */
const SAFETY_MS = 1_000
/** Daily files that are followed: today's, and the one before it around midnight. */
const DAYS_FOLLOWED = 2
/** Days that are caught up with at once. Trades begin with so many, for their sums are an account's. */
const DAYS_AT_ONCE_MAX = 64
/** Curves reach back further: the longest window of the charts with a sample in each minute, and more days where they have fewer samples. */
const CURVE_DAYS = 8
const CURVE_LINES_MAX = CURVE_DAYS * 1_440
const CURVE_DAYS_MAX = 400
/** Some 140 bytes a sample. */
const SAMPLE_BYTES = 140
/** Whoever wants the sums of an account and no screen waits a second or two for all of it. */
const WHOLE_LINES_MAX = 200_000

export type RecordReader = {
  /** Begins to read what a view shows; asking again does nothing. */
  readonly open: (names: readonly RecordName[]) => void
  readonly close: () => Promise<void>
}

export type RecordReaderOptions = {
  readonly paths: InstancePaths
  readonly clock: Clock
  readonly onRecords: (records: Partial<Records>) => void
}

const present = (path: string) => (): readonly string[] => (existsSync(path) ? [path] : [])

/**
 * The newest files of a folder, more of them when it is asked first, and all that came since it was asked before: a fast replay
 * goes through many days between two looks.
 */
export const newestDays = (
  folder: string,
  { days = DAYS_FOLLOWED, first = () => days, most = DAYS_AT_ONCE_MAX }: DaysWanted = {},
): (() => readonly string[]) => {
  let newest: string | null = null
  return () => {
    const names = existsSync(folder) ? dayFiles(folder) : []
    const seen = newest
    const fresh = seen === null ? first(names) : names.filter((name) => name > seen).length
    newest = names.at(-1) ?? newest
    return names.slice(-Math.max(days, Math.min(fresh, most))).map((name) => join(folder, name))
  }
}

type DaysWanted = {
  /** That are always followed. */
  readonly days?: number
  /** To begin with, of those that there are. */
  readonly first?: (names: readonly string[]) => number
  /** At once. */
  readonly most?: number
}

/** How many of the newest files have no more than so many bytes together. */
const daysWithin =
  (folder: string, bytesMax: number) =>
  (names: readonly string[]): number => {
    let bytes = 0
    const over = names.toReversed().findIndex((name) => {
      bytes += Number(lookAt(join(folder, name))?.size ?? 0)
      return bytes > bytesMax
    })
    return over < 0 ? names.length : over
  }

type Makers = { readonly [Name in RecordName]: () => RecordBook<Records[Name]['rows'][number]> }

/** How far back is read what is added up: as far as a screen needs at once, or as far as there is anything. */
export type Reach = 'screen' | 'whole'

const makersOf = (paths: InstancePaths, reach: Reach): Makers => {
  const stream = (name: string): string => join(paths.streams, name)
  const summed = reach === 'whole' ? { linesMax: WHOLE_LINES_MAX, tailLines: WHOLE_LINES_MAX } : {}
  const curveLines = reach === 'whole' ? WHOLE_LINES_MAX : CURVE_LINES_MAX
  const [tradeDays, curveDays] = reach === 'whole' ? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] : [DAYS_AT_ONCE_MAX, CURVE_DAYS_MAX]
  return {
    cycles: () => createRecordBook({ path: stream('cycles.jsonl'), files: present(stream('cycles.jsonl')), schema: CycleLine }),
    decisions: () =>
      createRecordBook({ path: stream('signal_decisions.jsonl'), files: present(stream('signal_decisions.jsonl')), schema: SignalDecisionLine }),
    moves: () => createRecordBook({ path: stream('signal_bus.jsonl'), files: present(stream('signal_bus.jsonl')), schema: SignalBusLine }),
    trades: () =>
      createRecordBook({
        path: paths.trades,
        files: newestDays(paths.trades, { first: () => tradeDays, most: tradeDays }),
        schema: TradeLine,
        ...summed,
      }),
    shadows: () =>
      createRecordBook({
        path: stream('shadow_trade_outcomes.jsonl'),
        files: present(stream('shadow_trade_outcomes.jsonl')),
        schema: ShadowLine,
        ...summed,
        ...(reach === 'whole' ? { tailLines: null } : {}),
      }),
    equity: () =>
      createRecordBook({
        path: paths.equity,
        files: newestDays(paths.equity, { days: CURVE_DAYS, first: daysWithin(paths.equity, SAMPLE_BYTES * curveLines), most: curveDays }),
        schema: EquityLine,
        linesMax: curveLines,
        tailLines: curveLines,
      }),
    audit: () => createRecordBook({ path: paths.audit, files: present(paths.audit), schema: AuditRecord }),
  }
}

/** What the files hold now, read once. */
export const readRecords = (paths: InstancePaths, clock: Clock, names: readonly RecordName[], reach: Reach): Partial<Records> => {
  const makers = makersOf(paths, reach)
  const read = names.map((name) => {
    const book = makers[name]() as RecordBook<unknown>
    try {
      while (book.look(clock.monotonic()).more) {
        // A turn reads a part.
      }
      return [name, book.window()]
    } finally {
      book.close()
    }
  })
  return Object.fromEntries(read) as Partial<Records>
}

/** Opens files only when a view asks for them, so that the first frame waits for none. chokidar wakes, we read by inode and offset. */
export const createRecordReader = ({ paths, clock, onRecords }: RecordReaderOptions): RecordReader => {
  const makers = makersOf(paths, 'screen')
  const books = new Map<RecordName, RecordBook<unknown>>()
  let watcher: ReturnType<typeof watch> | null = null
  let safety: NodeJS.Timeout | null = null
  let pending: NodeJS.Immediate | null = null
  let closed = false

  const turn = (): void => {
    pending = null
    if (closed) return
    const changes: Partial<Record<RecordName, RecordWindow<unknown>>> = {}
    let again = false
    for (const [name, book] of books) {
      const { changed, more } = book.look(clock.monotonic())
      if (changed) changes[name] = book.window()
      again ||= more
    }
    if (Object.keys(changes).length > 0) onRecords(changes as Partial<Records>)
    if (again) wake()
  }
  const wake = (): void => {
    if (!closed) pending ??= setImmediate(turn)
  }

  return {
    open: (names) => {
      for (const name of names) if (!books.has(name)) books.set(name, makers[name]() as RecordBook<unknown>)
      if (watcher === null && books.size > 0) {
        watcher = watch([paths.root, paths.streams, paths.trades, paths.equity], { depth: 0, ignoreInitial: true })
        watcher.on('all', wake)
        // Watching is a convenience: without it the safety look still finds everything, a second later.
        watcher.on('error', wake)
        safety = setInterval(wake, SAFETY_MS)
      }
      wake()
    },
    close: async () => {
      closed = true
      if (safety !== null) clearInterval(safety)
      if (pending !== null) clearImmediate(pending)
      for (const book of books.values()) book.close()
      books.clear()
      await watcher?.close()
    },
  }
}
