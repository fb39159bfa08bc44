import { highest } from './highest.ts'
import { checkedLength, type Indicator } from './indicator.ts'

const mirrored = (value: number | null): number | null => (value === null ? null : -value)

/** The lowest of the last `length` values, null before there are as many (as TA-Lib's MIN). */
export const lowest = (length: number): Indicator => {
  const mirror = highest(checkedLength('lowest', length))
  return {
    push: (next) => mirrored(mirror.push(-next)),
    get value() {
      return mirrored(mirror.value)
    },
  }
}
