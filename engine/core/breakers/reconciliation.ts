import { against, type Breaker } from './breaker.ts'

const DIFFERENCES_MAX = 1

export const reconciliation: Breaker = {
  name: 'reconciliation',
  says: 'Positions that the venue counts otherwise than we do.',
  measure: (_rules, state) => {
    const { differences } = state.risk
    return against(differences.length, DIFFERENCES_MAX, 'differences', () => differences.join('; ').slice(0, 300))
  },
}
