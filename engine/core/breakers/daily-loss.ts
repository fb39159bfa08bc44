import { equityOf } from '../equity.ts'
import { against, type Breaker, percent, quiet, unknowable } from './breaker.ts'
import { unmarkedTooLong } from './unknown-equity.ts'

/** Realised and unrealised: what is left of the equity that the account's day began with. */
export const dailyLoss: Breaker = {
  name: 'dailyLoss',
  says: 'Loss of the exchange day, booked and not yet booked, as a share of the equity that the day began with.',
  measure: (rules, state, now) => {
    const { limit } = rules.breakers.dailyLoss
    const { day } = state.risk
    if (day === null) return quiet(limit, 'share')
    if (day.equity === null) return unknowable(limit, 'share', `the equity that ${day.day} began with is unknown`)
    const equity = equityOf(rules.scales, state)
    if (equity === null) {
      const symbol = unmarkedTooLong(rules, state, now)
      return symbol === null ? quiet(limit, 'share') : unknowable(limit, 'share', `equity is unknown: ${symbol} has no price`)
    }
    const loss = day.equity > 0 ? (day.equity - equity) / day.equity : 1
    return against(loss, limit, 'share', () => `${percent(loss)} of the equity that ${day.day} began with is lost, the limit is ${percent(limit)}`)
  },
}
