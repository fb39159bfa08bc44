import { checkedLength, checkedValue, type Indicator } from './indicator.ts'
import { runningSum } from './running-sum.ts'

/**
 * Simple moving average: the mean of the last `length` values, null before there are as many (as TA-Lib's SMA).
 * It is a function of those values alone, to the last bit, so it never drifts and a restart finds it unchanged.
 */
export const sma = (length: number): Indicator => {
  const size = checkedLength('sma', length)
  const last = new Float64Array(size)
  const sum = runningSum()
  let count = 0
  let slot = 0
  let value: number | null = null

  return {
    push: (next) => {
      sum.add(checkedValue('sma', next))
      if (count === size) sum.add(-(last[slot] ?? 0))
      else count += 1
      last[slot] = next
      slot = slot + 1 === size ? 0 : slot + 1
      value = count === size ? sum.total() / size : null
      return value
    },
    get value() {
      return value
    },
  }
}
