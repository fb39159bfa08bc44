import { assert } from '../../src/assert.ts'
import { FIREWALL_RULES, type FirewallRule } from '../../src/contracts/market.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Oldest candle that is taken, by the feed's clock. */
export const PAST_MS_MAX = 365 * DAY_MS
/** How far a candle may be ahead of the feed's clock. */
export const AHEAD_MS_MAX = HOUR_MS
/** Longest gap in a file that the next row can confirm, as far ahead as a candle may be old: a mistyped year is further. */
export const GAP_MS_MAX = 365 * DAY_MS
/** Longest gap at the end of a file, where no further row can confirm it. */
export const UNCONFIRMED_GAP_MS_MAX = 31 * DAY_MS
/** A time in the first year after 1970-01-01 is an unset one, or seconds taken for milliseconds. */
export const EARLIEST_MS = 365 * DAY_MS
/** Largest move from close to close, as a fraction of the former. */
export const JUMP_LIMIT = 0.5
/** So many candles in a row at one new level are a new level and no mistake; the last of them is taken. */
export const JUMP_CONFIRMATIONS = 3

/** Where each number of a candle stands in the array that the parser fills and the firewall reads. */
export const FIELD = { time: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 } as const
export const FIELDS = 6

/** `following` where nobody has looked at the next row yet. */
export const NOT_LOOKED = Number.NEGATIVE_INFINITY
/** `following` where there is no next row, or none with a time. */
export const NOTHING_FOLLOWS = Number.NaN

/** A rule as a number: its position in the list, from 1. 0 means that no rule objects. */
export const ruleNumber = (rule: FirewallRule): number => FIREWALL_RULES.indexOf(rule) + 1

/** The name of a rule's number. */
export const ruleName = (number: number): FirewallRule => {
  const rule = FIREWALL_RULES[number - 1]
  assert(rule !== undefined, `no firewall rule has the number ${number}`)
  return rule
}

export const PASSED = 0
export const STRUCTURE = ruleNumber('structure')
export const TYPE = ruleNumber('type')
export const FUTURE = ruleNumber('future')
const FINITE = ruleNumber('finite')
const POSITIVE = ruleNumber('positive')
const VOLUME = ruleNumber('volume')
const ENVELOPE = ruleNumber('envelope')
const PAST = ruleNumber('past')
const GRID = ruleNumber('grid')
const DUPLICATE = ruleNumber('duplicate')
const ORDER = ruleNumber('order')
const JUMP = ruleNumber('jump')
const SYMBOL = ruleNumber('symbol')

export type FirewallSettings = {
  /**
   * `wall`: candles come as they close, and the feed's clock is the wall's. `data`: they come from a file, and the clock is the
   * close of the newest one taken, so that a replay of an old year behaves as that year did.
   */
  readonly clock: 'wall' | 'data'
  readonly timeframeMs: number
  /** How many instruments there are: they are numbered from 0 here, whatever their ids. */
  readonly instruments: number
  readonly jumpLimit?: number
  readonly jumpConfirmations?: number
}

/** What is remembered of an instrument: its newest candle, as the tape knows it. */
export type Newest = { readonly time: number; readonly close: number }

export type Firewall = {
  /** Wall time, UTC milliseconds: set once per batch, so that the check itself reads no clock. */
  readonly setNow: (now: number) => void
  /** The data's clock before the first candle, or after a jump that somebody has vouched for. It never goes back. */
  readonly setClock: (clock: number) => void
  /** The feed's clock; NaN where nothing has set it yet. */
  readonly clock: () => number
  readonly restore: (slot: number, newest: Newest) => void
  /**
   * The number of the first rule that the candle breaks, or 0: then the candle is taken, and is the newest. Slot -1 is an instrument
   * that nobody configured. `following` is the time of the row after it, which alone can tell a real gap from a wrong time.
   */
  readonly check: (slot: number, values: Float64Array, following: number) => number
  /** True where the candle taken last does not follow on the one before it. */
  readonly afterGap: () => boolean
  /** True for a time that the next row may show to be behind a gap. */
  readonly mayBeGap: (time: number) => boolean
}

/**
 * What may enter. A candle meets the rules in the order of `FIREWALL_RULES` and the first that it breaks refuses it; `structure` and
 * `type` are the parser's, because here everything is a number already. No allocation, no I/O, no clock.
 *
 * Time in a replay. The clock is the data's, so it cannot object to a gap as such: markets close for nights, weekends and weeks.
 * But one wrong time that is taken would make every true row after it too old. So a row more than an hour ahead is held until the
 * next row is read: time that goes on from there makes it a gap (of a year at most), time that goes back makes it wrong. At the end of a file, or before
 * a row without a time, a gap of up to 31 days is believed. Nothing may be ahead of the wall clock, nor in the first year of the
 * epoch. A file is one stream: a row that closes before the newest of any instrument comes too late, because time inside an engine
 * does not go back.
 *
 * Jumps. A close further than the limit from the last one is refused, but the level is remembered: a third candle in a row within
 * the limit of the one before is taken, so that a split or a crash costs two candles and a wrong price costs none.
 */
export const createFirewall = ({
  clock: kind,
  timeframeMs,
  instruments,
  jumpLimit = JUMP_LIMIT,
  jumpConfirmations = JUMP_CONFIRMATIONS,
}: FirewallSettings): Firewall => {
  assert(timeframeMs > 0, 'a timeframe is longer than nothing')
  const lastTimes = new Float64Array(instruments).fill(Number.NaN) // every comparison with NaN is false: nothing to object to
  const lastCloses = new Float64Array(instruments).fill(Number.NaN)
  const jumpLevels = new Float64Array(instruments)
  const jumpCounts = new Uint8Array(instruments)
  // Weeks and longer start on any day, since 1970-01-01 was a Thursday; on the grid of days they must be all the same.
  const gridMs = Math.min(timeframeMs, DAY_MS)
  const byData = kind === 'data'
  let now = Number.NaN
  let clock = Number.NaN
  let gapped = false

  const jumps = (slot: number, close: number): boolean => {
    if (!(Math.abs(close / (lastCloses[slot] as number) - 1) > jumpLimit)) return false
    const near = Math.abs(close / (jumpLevels[slot] as number) - 1) <= jumpLimit
    const count = near ? (jumpCounts[slot] as number) + 1 : 1
    jumpCounts[slot] = count
    jumpLevels[slot] = close
    return count < jumpConfirmations
  }

  const isGap = (time: number, following: number): boolean =>
    following >= time ? time - clock <= GAP_MS_MAX : Number.isNaN(following) && time - clock <= UNCONFIRMED_GAP_MS_MAX

  return {
    setNow: (value) => {
      now = value
      if (!byData) clock = value
    },
    setClock: (value) => {
      if (!(value <= clock)) clock = value
    },
    clock: () => clock,
    restore: (slot, { time, close }) => {
      lastTimes[slot] = time
      lastCloses[slot] = close
    },
    check: (slot, values, following) => {
      const time = values[FIELD.time] as number
      const open = values[FIELD.open] as number
      const high = values[FIELD.high] as number
      const low = values[FIELD.low] as number
      const close = values[FIELD.close] as number
      const volume = values[FIELD.volume] as number

      // A number minus itself is zero, unless it is NaN or infinite.
      if (time - time !== 0 || open - open !== 0 || high - high !== 0 || low - low !== 0 || close - close !== 0 || volume - volume !== 0)
        return FINITE
      if (open <= 0 || high <= 0 || low <= 0 || close <= 0) return POSITIVE
      if (volume < 0) return VOLUME
      if (high < open || high < close || high < low || low > open || low > close) return ENVELOPE
      if (time < EARLIEST_MS || clock - time > PAST_MS_MAX) return PAST
      if (time - now > AHEAD_MS_MAX) return FUTURE
      if (byData && time - clock > AHEAD_MS_MAX && !isGap(time, following)) return FUTURE
      if (Math.floor(time / gridMs) * gridMs !== time) return GRID // a remainder of doubles costs more than all the rest
      if (slot < 0) return SYMBOL

      const lastTime = lastTimes[slot] as number
      if (time === lastTime) return DUPLICATE
      if (time < lastTime || (byData && time + timeframeMs < clock)) return ORDER
      if (jumps(slot, close)) return JUMP

      gapped = time - lastTime > timeframeMs
      lastTimes[slot] = time
      lastCloses[slot] = close
      jumpCounts[slot] = 0
      if (byData && !(time + timeframeMs <= clock)) clock = time + timeframeMs
      return PASSED
    },
    afterGap: () => gapped,
    mayBeGap: (time) => byData && time - now <= AHEAD_MS_MAX && time - clock <= GAP_MS_MAX,
  }
}
