import { fading } from './fading.ts'
import { checkedLength, type Indicator } from './indicator.ts'

/**
 * Exponential moving average with weight 2 / (length + 1), seeded with the mean of the first `length` values and null before
 * (as TA-Lib's EMA in its default compatibility). Where it began still weighs e⁻² after `length` more values, e⁻⁴ after twice
 * as many; a strategy whose signals hang on it asks for a `warmup` of several lengths.
 */
export const ema = (length: number): Indicator => fading('ema', checkedLength('ema', length), 2 / (length + 1))
