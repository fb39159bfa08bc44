import type { Candle } from '../../../src/contracts/market.ts'
import { checkedValue, type Indicator } from './indicator.ts'

export type Range = Pick<Candle, 'high' | 'low' | 'close'>

/** The true range of each candle: its span, stretched to the close before it. Null for the first, which has no close before it (as TA-Lib's TRANGE). */
export const trueRange = (): Indicator<Range> => {
  let before: number | null = null
  let value: number | null = null

  return {
    push: ({ high, low, close }) => {
      value = before === null ? null : Math.max(high, before) - Math.min(low, before)
      before = checkedValue('trueRange', close)
      return value
    },
    get value() {
      return value
    },
  }
}
