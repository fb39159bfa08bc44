import { agreementOf } from '../stats.ts'
import { abstain, block, type Guard, pass } from './guard.ts'

/** One hour weighs 0.4, 15 minutes 0.3, five 0.2 and one 0.1. */
export const timeframeAgreement: Guard = {
  name: 'timeframeAgreement',
  class: 'failOpen',
  unit: '0 to 1',
  says: 'How many of the timeframes 1h, 15m, 5m and 1m point the same way, by their weight.',
  setting: 'guards.timeframeAgreement.limit',
  evaluate: ({ book, signal, rules }) => {
    const { limit } = rules.guards.timeframeAgreement
    const value = agreementOf(book, signal.side === 'short' ? 'short' : 'long')
    if (value === null) return abstain(null, limit, 'less than an hour of bars')
    return value >= limit
      ? pass(value, limit, 'the timeframes agree')
      : block(value, limit, `only ${value} of the timeframes agree, ${limit} is the least`)
  },
}
