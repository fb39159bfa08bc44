import { against, type Breaker } from './breaker.ts'

export const consecutiveLosses: Breaker = {
  name: 'consecutiveLosses',
  says: 'Trades in a row that ended with a loss.',
  measure: (rules, state) => {
    const { limit } = rules.breakers.consecutiveLosses
    const { losses } = state.risk
    return against(losses, limit, 'losses', () => `${losses} losses in a row, the limit is ${limit}`)
  },
}
