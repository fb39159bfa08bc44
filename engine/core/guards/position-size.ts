import { block, type Guard, pass } from './guard.ts'

/** Value of the new position as a share of equity. Nothing to buy, or less than the venue takes, is refused here too. */
export const positionSize: Guard = {
  name: 'positionSize',
  class: 'failClosed',
  unit: 'ratio of equity',
  says: 'How much of the equity the new position would take.',
  setting: 'risk.positionFractionMax',
  evaluate: ({ intent, equity, rules, scale }) => {
    const limit = rules.risk.positionFractionMax
    if (equity === null) return block(null, limit, 'equity is unknown')
    if (equity <= 0) return block(null, limit, 'equity is not above zero')
    if (intent.quantity === null || intent.notional === null) return block(null, limit, 'size is unknown')
    const share = intent.notional / equity
    if (intent.quantity <= 0) return block(0, limit, 'the size rounds to nothing')
    if (intent.notional < scale.minNotional) return block(share, limit, 'the order is below the least the venue takes')
    return share <= limit
      ? pass(share, limit, 'small enough')
      : block(share, limit, `${(share * 100).toFixed(2)} % of equity, ${limit * 100} % is the most`)
  },
}
