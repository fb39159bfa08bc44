import { checkedLength, type Indicator } from './indicator.ts'
import { smoothedRange } from './smoothed-range.ts'
import type { Range } from './true-range.ts'
import { wilder } from './wilder.ts'

/**
 * Average true range after Wilder: true ranges from the second candle on, the mean of the first `length` of them as seed, then
 * Wilder's smoothing; null for the first `length` candles (as TA-Lib's ATR).
 */
export const atr = (length: number): Indicator<Range> => smoothedRange(wilder(checkedLength('atr', length)))
