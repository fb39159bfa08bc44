import type { Indicator } from './indicator.ts'
import { type Range, trueRange } from './true-range.ts'

/** True ranges, smoothed by the average given. */
export const smoothedRange = (average: Indicator): Indicator<Range> => {
  const range = trueRange()
  return {
    push: (candle) => {
      const next = range.push(candle)
      return next === null ? null : average.push(next)
    },
    get value() {
      return average.value
    },
  }
}
