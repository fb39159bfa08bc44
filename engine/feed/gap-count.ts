import { BarFlag } from '../../src/contracts/market.ts'
import type { TapeReader } from '../tape/port.ts'

/** Bars looked at in one go; the rest comes with the next look. */
const SLICE_BARS = 100_000

/** Counts the gaps on a stretch of the tape a slice at a time, since nobody should wait for that at a start. */
export const gapCount = (reader: TapeReader, from: number, to: number) => {
  let next = from
  let gaps = 0
  return {
    /** Looks at one more slice. @returns the gaps found so far. */
    more: (): number => {
      if (next > to) return gaps
      const last = reader.read(next, Math.min(to, next + SLICE_BARS - 1), (bar) => {
        if ((bar.flags & BarFlag.afterGap) !== 0) gaps += 1
      })
      next = last < next ? to + 1 : last + 1
      return gaps
    },
  }
}
