import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { dayUtc } from '../../src/calendar.ts'
import { EquityLine } from '../../src/contracts/stream.ts'
import { dayFiles } from '../../src/day-files.ts'
import { lastLines } from '../../src/jsonl.ts'
import { equityOf } from '../core/equity.ts'
import { moneyText, priceText } from '../core/money.ts'
import type { Rules } from '../core/rules.ts'
import type { State } from '../core/state.ts'

const NEWLINE = 0x0a
/** Between two samples, of the feed's time, while something changes. */
const SAMPLE_MS = 60_000
/** While nothing does: a flat line is one too. */
const FLAT_SAMPLE_MS = 15 * SAMPLE_MS
/** Between two writes, which a fast replay goes through days in: a sample at each bar of a position would take it a third of its pace. */
const FAST_SAMPLE_MS = 15 * SAMPLE_MS
/** There, while only prices move. */
const QUIET_SAMPLE_MS = 60 * SAMPLE_MS
/** Samples for the next write. It comes once a second, and nothing more is kept of one whose disk refuses. */
const TAKEN_MAX = 65_536
const DAY_MS = 1_440 * SAMPLE_MS
/** Instruments whose prices are kept; those that are traded have theirs in the trades as well. */
const PRICES_MAX = 32

type About = { readonly rules: Rules; readonly state: State; readonly now: number }

const sampleOf = ({ rules, state, now }: About): EquityLine => {
  const equity = equityOf(rules.scales, state)
  const prices = state.books.flatMap((book, id) => {
    const scale = rules.scales[id]
    return book.mark === null || scale === undefined ? [] : [[book.symbol, priceText(scale, book.mark)] as const]
  })
  return {
    ts_utc: new Date(now).toISOString(),
    ledger_sequence: state.sequence,
    equity: equity === null ? null : moneyText(equity),
    realized_pnl: moneyText(state.realised),
    prices: Object.fromEntries(prices.slice(0, PRICES_MAX)),
  }
}

type Sample = { readonly at: number; readonly equity: string | null; readonly says: string }

const saysOf = (at: number, { equity, prices }: EquityLine): Sample => ({ at, equity, says: JSON.stringify([equity, prices]) })

/**
 * What the account and its markets were worth, for curves that reach back beyond whoever looks at them: a file for each day of the feed.
 * Files are first touched by the first sample: no trouble with a curve keeps an engine from its exits.
 */
export const equitySamples = (folder: string) => {
  let last: Sample | null | undefined // undefined while nobody has looked at what is there
  let taken: { readonly day: string; readonly line: EquityLine }[] = []
  let blind = false // until a write succeeds: trying at each bar would take longer than the bars

  /** How long ago the last one was; without end where there is none, or where it is of another time. */
  const passedAt = (now: number): number => {
    if (last === undefined) last = newest(folder)
    const passed = last === null ? Number.POSITIVE_INFINITY : now - last.at
    // A restart may come back to what it has sampled; a day is more than that, and then the last sample is of another time.
    return passed < -DAY_MS ? Number.POSITIVE_INFINITY : passed
  }

  const keep = (now: number, line: EquityLine): void => {
    taken.push({ day: dayUtc(now), line })
    last = saysOf(now, line)
  }

  const flush = (): void => {
    if (taken.length === 0) return
    const days = Map.groupBy(taken, ({ day }) => day)
    const after = last
    taken = []
    last = undefined // where this fails a part of a line may be on the disk, and the next call has to look
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const [day, own] of days)
      appendFileSync(join(folder, `${day}.jsonl`), own.map(({ line }) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 })
    last = after
  }

  return {
    /**
     * Keeps one for the next write: each quarter of an hour in which the account's worth has changed, each hour where it has not. Called
     * at each bar of a replay. What keeps it from knowing the last one is told by the write.
     */
    take: ({ rules, state, now }: About): void => {
      if (last !== undefined && last !== null && now >= last.at && now - last.at < FAST_SAMPLE_MS) return
      if (blind || taken.length >= TAKEN_MAX) return
      let passed: number
      try {
        passed = passedAt(now)
      } catch {
        blind = true
        return
      }
      if (passed < FAST_SAMPLE_MS) return
      const equity = equityOf(rules.scales, state)
      if (passed < QUIET_SAMPLE_MS && (equity === null ? null : moneyText(equity)) === last?.equity) return
      keep(now, sampleOf({ rules, state, now }))
    },
    /** Appends what was taken, and one of now where it is due. @throws where the disk refuses; the next call tries again. */
    write: (about: About): void => {
      const passed = passedAt(about.now)
      const line = passed < SAMPLE_MS ? null : sampleOf(about)
      if (line !== null && (passed >= FLAT_SAMPLE_MS || saysOf(about.now, line).says !== last?.says)) keep(about.now, line)
      flush()
      blind = false
    },
  }
}

/** What a kill cut off is ended, so that it takes no other line along. */
const endLine = (path: string): void => {
  const descriptor = openSync(path, 'a+')
  try {
    const { size } = fstatSync(descriptor)
    const last = Buffer.alloc(1)
    if (size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE) writeSync(descriptor, '\n')
  } finally {
    closeSync(descriptor)
  }
}

/** The last sample on the disk, so that a restart adds none that is there; null where there is none. */
const newest = (folder: string): Sample | null => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const name = dayFiles(folder).at(-1)
  if (name === undefined) return null
  const path = join(folder, name)
  endLine(path)
  const [text] = lastLines(path, 1, (line) => parsed(line) !== null)
  const line = text === undefined ? null : parsed(text)
  return line === null ? null : saysOf(Date.parse(line.ts_utc), line)
}

/** A line that a kill cut off, or that somebody wrote, is none. */
const parsed = (text: string): EquityLine | null => {
  try {
    return EquityLine.parse(JSON.parse(text))
  } catch {
    return null
  }
}
