import { checkedLength, type Indicator } from './indicator.ts'
import { sma } from './sma.ts'
import { smoothedRange } from './smoothed-range.ts'
import type { Range } from './true-range.ts'

/**
 * Average true range as the plain mean of the last `length` true ranges; null for the first `length` candles. Unlike `atr` it
 * has a finite memory, so a strategy that was restarted finds the very same value: the built-in strategies measure with it.
 */
export const meanRange = (length: number): Indicator<Range> => smoothedRange(sma(checkedLength('meanRange', length)))
