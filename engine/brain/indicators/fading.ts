import { checkedValue, type Indicator } from './indicator.ts'
import { runningSum } from './running-sum.ts'

/** Averages that never quite forget: seeded with the plain mean of the first `length` values, then moved by `weight` of each difference. */
export const fading = (name: string, length: number, weight: number): Indicator => {
  const seed = runningSum()
  let count = 0
  let value: number | null = null

  return {
    push: (next) => {
      checkedValue(name, next)
      if (value !== null) {
        value += weight * (next - value)
        return value
      }
      seed.add(next)
      count += 1
      if (count === length) value = seed.total() / length
      return value
    },
    get value() {
      return value
    },
  }
}
