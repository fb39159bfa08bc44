/**
 * A sum that values join and leave, in double-double arithmetic (Knuth's TwoSum; Dekker 1971). Prices of one instrument span
 * far fewer than the 106 bits it holds, so adding and later subtracting a value is exact: the sum does not drift, and it
 * depends on the values in it alone, not on what came before. That is why a restart finds the very same average.
 */
export type RunningSum = {
  readonly add: (value: number) => void
  /** The sum, correctly rounded. */
  readonly total: () => number
}

export const runningSum = (): RunningSum => {
  let high = 0
  let low = 0
  return {
    add: (value) => {
      const sum = high + value
      const part = sum - high
      low += high - (sum - part) + (value - part)
      high = sum + low
      low -= high - sum
    },
    total: () => high,
  }
}
