import { type Bar, BarFlag } from '../../src/contracts/market.ts'
import type { Regime } from '../../src/contracts/signal.ts'
import type { Book } from './state.ts'

/**
 * What the bars tell of one market: a plain array of numbers, because an array of doubles is one small allocation where an object
 * of as many fields is one for each. Moved by every mark; statistics, so floating point, and never money.
 */
const At = {
  count: 0,
  close: 1,
  /** Average true range, Wilder's smoothing over 14 bars; the mean of what there is before that. */
  atr: 2,
  volumeShort: 3,
  volumeLong: 4,
  /** Averages of the close over one, five, fifteen and sixty minutes. */
  average: 5,
  /** Bars since the last gap of the source. */
  sinceGap: 9,
  hour: 10,
  /** Units traded since the first bar. */
  volume: 11,
} as const

export const emptyStats: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const ATR_BARS = 14
const VOLUME_SHORT_BARS = 20
const VOLUME_LONG_BARS = 400
/** Minutes and weights of the timeframes that have to agree. */
const AGREEMENT = [
  { minutes: 1, weight: 0.1 },
  { minutes: 5, weight: 0.2 },
  { minutes: 15, weight: 0.3 },
  { minutes: 60, weight: 0.4 },
] as const
/** Ends of hours that are kept: two days and a half for correlations, and the day before for the regime. */
const HOURS_KEPT = 60
/** Numbers that stand for the end of one hour: which hour, its close, units traded until then, return over the hour before. */
const HOUR_WIDTH = 4
/** Stands for the return of an hour whose hour before is not known. */
const NO_RETURN = 1e6
const DAY_HOURS = 24
/** Fewer common hours say nothing about how two markets move together. */
const CORRELATION_HOURS_MIN = 24

/** Share of the newest value: the mean at first, the window's own share once it is full. */
const share = (count: number, window: number): number => 1 / Math.min(count, window)

const averaged = (before: number, close: number, count: number, minutes: number, timeframeMs: number): number => {
  const bars = Math.max(1, (minutes * MINUTE_MS) / timeframeMs)
  return before + (close - before) * Math.max(1 / (bars + 1), 1 / count)
}

/** The statistics with one more bar. Runs for every bar there is. */
export const nextStats = (stats: readonly number[], bar: Bar): readonly number[] => {
  const count = (stats[At.count] as number) + 1
  const before = count === 1 ? bar.open : (stats[At.close] as number)
  const range = Math.max(bar.high, before) - Math.min(bar.low, before)
  const atr = stats[At.atr] as number
  const short = stats[At.volumeShort] as number
  const long = stats[At.volumeLong] as number
  const length = bar.timeframeMs
  return [
    count,
    bar.close,
    atr + (range - atr) * share(count, ATR_BARS),
    short + (bar.volume - short) * share(count, VOLUME_SHORT_BARS),
    long + (bar.volume - long) * share(count, VOLUME_LONG_BARS),
    averaged(stats[At.average] as number, bar.close, count, 1, length),
    averaged(stats[At.average + 1] as number, bar.close, count, 5, length),
    averaged(stats[At.average + 2] as number, bar.close, count, 15, length),
    averaged(stats[At.average + 3] as number, bar.close, count, 60, length),
    (bar.flags & BarFlag.afterGap) === 0 ? (stats[At.sinceGap] as number) + 1 : 1,
    Math.floor(bar.time / HOUR_MS),
    (stats[At.volume] as number) + bar.volume,
  ]
}

/** The ends of hours, with the one that this bar is the first after. */
export const nextHours = (book: Book, bar: Bar): readonly number[] => {
  const hour = book.stats[At.hour] as number
  const { hours } = book
  if (book.bars === 0 || Math.floor(bar.time / HOUR_MS) === hour) return hours
  const close = book.stats[At.close] as number
  const last = hours.length - HOUR_WIDTH
  const before = last >= 0 && hours[last] === hour - 1 ? (hours[last + 1] as number) : 0
  const change = before > 0 && close > 0 ? Math.log(close / before) : NO_RETURN
  return [...hours, hour, close, book.stats[At.volume] as number, change].slice(-HOURS_KEPT * HOUR_WIDTH)
}

/** Average true range in price units; null before it means something. */
export const atrOf = ({ stats }: Book): number | null => ((stats[At.count] as number) < ATR_BARS ? null : (stats[At.atr] as number))

/** ATR as a share of the last close. */
export const volatilityOf = (book: Book): number | null => {
  const atr = atrOf(book)
  const close = book.stats[At.close] as number
  return atr === null || close <= 0 ? null : atr / close
}

/** Volume of the last 20 bars against that of the last 400; null before there are 100, or where nothing is traded. */
export const relativeVolumeOf = ({ stats }: Book): number | null => {
  const long = stats[At.volumeLong] as number
  return (stats[At.count] as number) < VOLUME_LONG_BARS / 4 || long <= 0 ? null : (stats[At.volumeShort] as number) / long
}

export const barsSinceGap = ({ stats }: Book): number => stats[At.sinceGap] as number

/** Weighted share of the timeframes whose price is on a side's side of its average, 0 to 1; null in the first hour. */
export const agreementOf = ({ stats, timeframeMs }: Book, side: 'long' | 'short'): number | null => {
  const close = stats[At.close] as number
  if (timeframeMs === null || (stats[At.count] as number) * timeframeMs < HOUR_MS) return null
  let agreeing = 0
  for (const [index, { weight }] of AGREEMENT.entries()) {
    const distance = close - (stats[At.average + index] as number)
    if (side === 'long' ? distance > 0 : distance < 0) agreeing += weight
  }
  return Math.round(agreeing * 1_000) / 1_000
}

/** Index of the newest kept hour that ended a day before this one began or earlier, but not more than two hours earlier; -1 without one. */
const dayAgo = ({ stats, hours }: Book): number => {
  const wanted = (stats[At.hour] as number) - DAY_HOURS - 1
  for (let at = hours.length - HOUR_WIDTH; at >= 0; at -= HOUR_WIDTH) {
    const hour = hours[at] as number
    if (hour <= wanted) return wanted - hour <= 2 ? at : -1
  }
  return -1
}

/** Change over the last 24 h as a share; null without a price from then. */
export const changeOverDay = (book: Book): number | null => {
  const at = dayAgo(book)
  const then = at < 0 ? 0 : (book.hours[at + 1] as number)
  return then <= 0 ? null : (book.stats[At.close] as number) / then - 1
}

/** Units traded over the last 24 h; null without a record from then. */
export const volumeOverDay = (book: Book): number | null => {
  const at = dayAgo(book)
  return at < 0 ? null : (book.stats[At.volume] as number) - (book.hours[at + 2] as number)
}

/** What the last 24 h were like; wild beats bearish. */
export const regimeOf = (book: Book, limits: { readonly bearish: number; readonly wild: number }): Regime => {
  const change = changeOverDay(book)
  if (change === null) return 'unknown'
  if (Math.abs(change) > limits.wild) return 'highVolatility'
  if (change < -limits.bearish) return 'bearish'
  return change > limits.bearish ? 'bullish' : 'sideways'
}

/** Pearson's correlation of the hourly returns that two markets have in common; null below 24 of them or where one did not move. */
export const correlationOf = (one: Book, other: Book): number | null => {
  const a = one.hours
  const b = other.hours
  // One by one: six sums taken out of an array literal are kept as objects, and the walk takes four times as long.
  let n = 0
  let sumA = 0
  let sumB = 0
  let squareA = 0
  let squareB = 0
  let product = 0
  let i = 0
  let j = 0
  // Both are in the order of their hours, so one walk over both finds those in common.
  while (i < a.length && j < b.length) {
    const difference = (a[i] as number) - (b[j] as number)
    if (difference < 0) i += HOUR_WIDTH
    else if (difference > 0) j += HOUR_WIDTH
    else {
      const x = a[i + 3] as number
      const y = b[j + 3] as number
      i += HOUR_WIDTH
      j += HOUR_WIDTH
      if (x === NO_RETURN || y === NO_RETURN) continue
      n += 1
      sumA += x
      sumB += y
      squareA += x * x
      squareB += y * y
      product += x * y
    }
  }
  if (n < CORRELATION_HOURS_MIN) return null
  const spread = Math.sqrt((n * squareA - sumA * sumA) * (n * squareB - sumB * sumB))
  return spread > 0 ? Math.max(-1, Math.min(1, (n * product - sumA * sumB) / spread)) : null
}

/** What `correlationOf` says of one market and each other one with a position or on its way into one, by instrument id; null where there is none or it is not known. */
export const correlationsOf = (books: readonly Book[], book: Book): readonly (number | null)[] => {
  const found: (number | null)[] = []
  for (const other of books)
    found.push((other.position === null && other.state === 'FLAT') || other.symbol === book.symbol ? null : correlationOf(book, other))
  return found
}
