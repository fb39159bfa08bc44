import { fading } from './fading.ts'
import { checkedLength, type Indicator } from './indicator.ts'

/**
 * Wilder's smoothing (also called RMA) with weight 1 / length, seeded with the mean of the first `length` values and null before
 * (J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; as TA-Lib does inside ATR, RSI and ADX).
 * It forgets half as fast as an `ema` of the same length.
 */
export const wilder = (length: number): Indicator => fading('wilder', checkedLength('wilder', length), 1 / length)
