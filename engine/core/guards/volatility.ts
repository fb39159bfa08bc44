import { volatilityOf } from '../stats.ts'
import { block, type Guard, pass } from './guard.ts'

export const volatility: Guard = {
  name: 'volatility',
  class: 'failClosed',
  unit: 'ratio of price',
  says: 'How far the price moves in one bar on average (ATR).',
  setting: 'guards.volatility.limit',
  evaluate: ({ book, rules }) => {
    const { limit } = rules.guards.volatility
    const value = volatilityOf(book)
    if (limit === 1) return pass(value, limit, 'any volatility is allowed')
    if (value === null) return block(null, limit, 'too few bars to know how far it moves')
    return value <= limit
      ? pass(value, limit, 'calm enough')
      : block(value, limit, `moves ${(value * 100).toFixed(2)} % a bar, ${limit * 100} % is the most`)
  },
}
