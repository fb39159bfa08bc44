import { z } from 'zod'
import { CALENDARS } from '../exchange-calendar.ts'
import { Count, SymbolName } from './names.ts'

const Decimal = z.string().regex(/^(?:0|[1-9]\d*)(?:\.\d{1,12})?$/, 'a decimal number in quotes, such as "0.01"')

/** What a venue says of an instrument. Prices are counted in ticks and quantities in lots of these sizes. */
export const InstrumentSpec = z.strictObject({
  symbol: SymbolName,
  /** Smallest price step, in the account's currency. */
  tick: Decimal,
  /** Smallest quantity step, in units of the instrument. */
  lot: Decimal,
  /** Smallest order value the venue takes, in the account's currency. */
  minNotional: Decimal.default('0'),
  /** When it trades, and in which zone its days are counted. */
  calendar: z.enum(CALENDARS).default('24x7'),
  /** What it shares its risk with: a group that the sector guard counts; null is a group of its own. */
  sector: z.string().min(1).max(40).nullable().default(null),
})
export type InstrumentSpec = z.infer<typeof InstrumentSpec>

/** An instrument with the number that the ring and the tape know it by. Numbers are given once and never reused. */
export const Instrument = InstrumentSpec.extend({ id: Count })
export type Instrument = z.infer<typeof Instrument>

export type Candle = {
  /** When the interval opened, UTC milliseconds. */
  readonly time: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Units of the instrument traded in the interval. */
  readonly volume: number
}

/** A closed candle as the feed hands it on: on the tape and in both rings it is the same 96 bytes. */
export type Bar = Candle & {
  /** Position among all bars of this instance, from 1, without holes. */
  readonly sequence: number
  /** `Instrument.id`. */
  readonly instrument: number
  readonly timeframeMs: number
  /** A sum of `BarFlag`. */
  readonly flags: number
  /** When the interval closed by the feed's own clock, UTC milliseconds: in a replay that clock is the data's. */
  readonly eventTime: number
  /** When our feed had it, UTC milliseconds of the wall clock with fractions. */
  readonly ingestTime: number
  /** Row of the source that it came from, from 1; 0 where the source has no rows. */
  readonly row: number
}

export const BarFlag = {
  closed: 1,
  /** The interval before it is missing at the source. */
  afterGap: 2,
  simulated: 4,
  replayed: 8,
  /** Last bar of a source that ends. */
  last: 16,
} as const

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `1s`, `5m`, `1h`, `1d` …; the text is kept, `timeframeMs` gives its length. */
export const Timeframe = z.string().regex(/^[1-9]\d{0,4}(?:ms|s|m|h|d)$/, 'a timeframe is a number and ms, s, m, h or d: 1m, 15m, 1h')
export type Timeframe = z.infer<typeof Timeframe>

/** Length of a timeframe in milliseconds. */
export const timeframeMs = (timeframe: Timeframe): number => {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(timeframe) ?? []
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

/** The shortest text for a length: 60000 is `1m`. */
export const timeframeText = (ms: number): Timeframe => {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`
  }
  return `${ms}ms`
}

/** Every rule of the data firewall, in the order in which a candle meets them. The position is the number on the tape. */
export const FIREWALL_RULES = [
  'structure', // a row that has not the columns it should have
  'type', // a field that is not a number
  'finite', // NaN or infinite
  'positive', // a price of zero or less
  'volume', // a negative volume
  'envelope', // high below open, close or low; low above open or close
  'past', // older than 365 days by the feed's clock, or in the first year of the epoch
  'future', // more than an hour ahead of the feed's clock; in a file, unless the next row confirms a gap
  'grid', // does not open on a multiple of its timeframe, or of a day where that is shorter
  'duplicate', // an interval that was already taken
  'order', // an interval older than the newest taken
  'jump', // further from the last close than the limit; the third in a row at one level is taken
  'symbol', // an instrument nobody configured
] as const
export type FirewallRule = (typeof FIREWALL_RULES)[number]
