import { equityOf } from '../equity.ts'
import { against, type Breaker, percent, quiet, unknowable } from './breaker.ts'
import { unmarkedTooLong } from './unknown-equity.ts'

/** Fall of equity from its peak since the ledger began, or since a person re-armed this. */
export const drawdown: Breaker = {
  name: 'drawdown',
  says: 'Fall of equity from its highest value.',
  measure: (rules, state, now) => {
    const { limit } = rules.breakers.drawdown
    const { peak } = state.risk
    const equity = equityOf(rules.scales, state)
    if (equity === null) {
      const symbol = unmarkedTooLong(rules, state, now)
      return symbol === null ? quiet(limit, 'share') : unknowable(limit, 'share', `equity is unknown: ${symbol} has no price`)
    }
    const depth = peak > 0 ? (peak - equity) / peak : 1
    return against(depth, limit, 'share', () => `equity is ${percent(depth)} below its peak, the limit is ${percent(limit)}`)
  },
}
