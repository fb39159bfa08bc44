import { block, type Guard, pass } from './guard.ts'

/** Everything at work, this entry and all working ones included, as a share of equity. */
export const grossExposure: Guard = {
  name: 'grossExposure',
  class: 'failClosed',
  unit: 'ratio of equity',
  says: 'How much of the equity would be at work.',
  setting: 'guards.grossExposure.limit',
  evaluate: ({ equity, exposure, pending, intent, rules }) => {
    const { limit } = rules.guards.grossExposure
    if (equity === null || exposure === null || intent.notional === null) return block(null, limit, 'exposure is unknown')
    if (equity <= 0) return block(null, limit, 'equity is not above zero')
    const share = (exposure + pending + intent.notional) / equity
    return share <= limit
      ? pass(share, limit, 'within the share that may be at work')
      : block(share, limit, `${(share * 100).toFixed(1)} % of equity would be at work, ${limit * 100} % is the most`)
  },
}
