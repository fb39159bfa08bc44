import { block, type Guard, pass } from './guard.ts'

/** So many calls to the venue that failed one after the other: then it would not hear of an exit either. */
export const exchangeHealth: Guard = {
  name: 'exchangeHealth',
  class: 'failClosed',
  unit: 'failed calls',
  says: 'How many calls to the venue failed in a row.',
  setting: 'guards.exchangeHealth.limit',
  evaluate: ({ state, rules }) => {
    const { limit } = rules.guards.exchangeHealth
    const { failedInRow } = state.risk
    return failedInRow < limit ? pass(failedInRow, limit, 'the venue answers') : block(failedInRow, limit, `${failedInRow} calls in a row failed`)
  },
}
