import { changeOverDay, regimeOf } from '../stats.ts'
import { abstain, block, type Guard, pass } from './guard.ts'

/** No longs into a falling market, and nothing into a wild one. */
export const regime: Guard = {
  name: 'regime',
  class: 'failOpen',
  unit: 'change over 24 h',
  says: 'What the last day was like: bullish, bearish, sideways, or too wild.',
  setting: 'guards.regime.bearish',
  evaluate: ({ book, signal, rules }) => {
    const limits = rules.guards.regime
    const change = changeOverDay(book)
    const now = regimeOf(book, limits)
    if (now === 'unknown' || change === null) return abstain(null, limits.bearish, 'no price of a day ago')
    if (now === 'highVolatility') return block(change, limits.wild, `${(change * 100).toFixed(1)} % in a day is too wild`)
    if (now === 'bearish' && signal.side === 'long')
      return block(change, limits.bearish, `${(change * 100).toFixed(1)} % in a day is no market for longs`)
    return pass(change, limits.bearish, 'the regime allows this side')
  },
}
