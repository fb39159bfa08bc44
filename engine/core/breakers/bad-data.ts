import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'
import { against, type Breaker, percent, quiet } from './breaker.ts'

/**
 * Rows of the source that became no bar. The window is between half and the whole of `rows` long; a shorter one at the start
 * counts as half, so that one bad row among the first ten is not a tenth.
 */
export const badShare = (rules: Rules, state: State): number => {
  const before = state.risk.rowBaseBefore
  const rows = state.row - before.row
  const refused = rows - (state.barSequence - before.sequence)
  return refused <= 0 ? 0 : refused / Math.max(rows, rules.breakers.badData.rows / 2)
}

export const badData: Breaker = {
  name: 'badData',
  says: 'Share of the newest rows of the source that the data firewall refused.',
  measure: (rules, state) => {
    const { limit } = rules.breakers.badData
    if (state.row === 0) return quiet(limit, 'share')
    const share = badShare(rules, state)
    return against(share, limit, 'share', () => `${percent(share)} of the newest rows were refused, the limit is ${percent(limit)}`)
  },
}
