/** Most values that one indicator may look back on; a strategy that asks for more has mistaken a unit. */
export const LENGTH_MAX = 10_000

/** A streaming indicator: one value in, one out, at the same cost however long it has run. */
export type Indicator<Input = number> = {
  /** Takes the next value. @returns the indicator after it, or null until it is warm. @throws RangeError where the value is not finite. */
  readonly push: (value: Input) => number | null
  /** What the last `push` returned; null before the first. */
  readonly value: number | null
}

/** A length that came from outside, checked where the indicator is made, so that the error points at the strategy's own line. */
export const checkedLength = (name: string, length: number): number => {
  if (Number.isInteger(length) && length >= 1 && length <= LENGTH_MAX) return length
  throw new RangeError(`${name}: the length is a whole number from 1 to ${LENGTH_MAX}, got ${length}`)
}

/** One NaN would poison a running sum for ever, so it is refused where it comes in. */
export const checkedValue = (name: string, value: number): number => {
  if (Number.isFinite(value)) return value
  throw new RangeError(`${name}: takes finite numbers, got ${value}`)
}
