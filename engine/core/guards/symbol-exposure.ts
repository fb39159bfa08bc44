import { marketValue } from '../equity.ts'
import { block, type Guard, pass } from './guard.ts'

export const symbolExposure: Guard = {
  name: 'symbolExposure',
  class: 'failClosed',
  unit: 'ratio of equity',
  says: 'How much of the equity would be in this one symbol.',
  setting: 'guards.symbolExposure.limit',
  evaluate: ({ equity, book, scale, intent, rules }) => {
    const { limit } = rules.guards.symbolExposure
    if (equity === null || intent.notional === null || book.mark === null) return block(null, limit, 'exposure is unknown')
    if (equity <= 0) return block(null, limit, 'equity is not above zero')
    const share = (Math.abs(marketValue(scale, book, book.mark)) + intent.notional) / equity
    return share <= limit
      ? pass(share, limit, 'within the share of one symbol')
      : block(share, limit, `${(share * 100).toFixed(1)} % of equity would be in ${book.symbol}, ${limit * 100} % is the most`)
  },
}
