import { z } from 'zod'
import { Count, SymbolName, Timestamp } from './names.ts'

const Day = z.string().regex(/^\d{4}-\d\d-\d\d$/, 'a day is YYYY-MM-DD')

/** Candidates that a scan left, as `watchlist.json` has them. Freshness is what it says of itself, never the file's time. */
export const Watchlist = z.strictObject({
  /** Exchange day that it was made for. */
  day: Day,
  madeAt: Timestamp,
  symbols: z.array(SymbolName).max(10_000),
  /** Rows that its maker says it wrote: another number of symbols means that it was cut. */
  rows: Count,
})
export type Watchlist = z.infer<typeof Watchlist>

/** Days on which companies report, as `earnings.json` has them, by symbol. */
export const Earnings = z.record(SymbolName, z.array(Day).max(200))
export type Earnings = z.infer<typeof Earnings>
