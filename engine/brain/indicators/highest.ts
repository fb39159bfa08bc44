import { checkedLength, checkedValue, type Indicator } from './indicator.ts'

/**
 * The highest of the last `length` values, null before there are as many (as TA-Lib's MAX). A queue keeps only values that may
 * still become the highest, in falling order; each enters and leaves once, so a value costs O(1) on average.
 */
export const highest = (length: number): Indicator => {
  const size = checkedLength('highest', length)
  const values = new Float64Array(size)
  const positions = new Float64Array(size)
  let head = 0 // slot of the highest
  let queued = 0
  let position = 0
  let value: number | null = null
  const slot = (index: number): number => (head + index) % size

  return {
    push: (next) => {
      checkedValue('highest', next)
      if (queued > 0 && (positions[head] ?? 0) <= position - size) {
        head = slot(1)
        queued -= 1
      }
      while (queued > 0 && (values[slot(queued - 1)] ?? 0) <= next) queued -= 1
      values[slot(queued)] = next
      positions[slot(queued)] = position
      queued += 1
      position += 1
      value = position >= size ? (values[head] ?? null) : null
      return value
    },
    get value() {
      return value
    },
  }
}
