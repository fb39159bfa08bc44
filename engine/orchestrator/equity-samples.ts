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

type Sample = { readonly at: number; readonly says: string }

/**
 * What the account and its markets were worth, for curves that reach back beyond whoever looks at them: a file for each day of the feed.
 * Files are first touched by the first write: no trouble with a curve keeps an engine from its exits.
 */
export const equitySamples = (folder: string) => {
  let last: Sample | null | undefined // undefined while nobody has looked at what is there
  return {
    /** Appends one where it is due. @throws where the disk refuses; the next call tries again. */
    write: (about: About): void => {
      if (last === undefined) last = newest(folder)
      const passed = last === null ? Number.POSITIVE_INFINITY : about.now - last.at
      // A restart may come back to what it has sampled; a day is more than that, and then the last sample is of another time.
      const isOther = passed < -DAY_MS
      if (passed < SAMPLE_MS && !isOther) return
      const line = sampleOf(about)
      const says = JSON.stringify([line.equity, line.prices])
      if (says === last?.says && passed < FLAT_SAMPLE_MS && !isOther) return
      last = undefined // where this fails a part of the line may be on the disk, and the next call has to look
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      appendFileSync(join(folder, `${dayUtc(about.now)}.jsonl`), `${JSON.stringify(line)}\n`, { mode: 0o600 })
      last = { at: about.now, says }
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
  return line === null ? null : { at: Date.parse(line.ts_utc), says: JSON.stringify([line.equity, line.prices]) }
}

/** A line that a kill cut off, or that somebody wrote, is none. */
const parsed = (text: string): EquityLine | null => {
  try {
    return EquityLine.parse(JSON.parse(text))
  } catch {
    return null
  }
}
