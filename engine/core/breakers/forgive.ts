import type { BreakerName, BreakerState } from '../../../src/contracts/breaker.ts'
import { type Money, money } from '../../../src/units.ts'
import type { RiskState, State } from '../state.ts'

/**
 * What a breaker forgets when it tries again or closes, so that the same past does not trip it again at once. `equity` is set
 * where a person re-armed it: losses count from there.
 */
export const forgiven = (state: State, breaker: BreakerName, to: BreakerState, equity: Money | null): Partial<RiskState> => {
  if (to !== 'halfOpen' && to !== 'closed') return {}
  const { [breaker]: _, ...troubles } = state.risk.troubles
  return { troubles, ...own(state, breaker, to, equity) }
}

const own = (state: State, breaker: BreakerName, to: BreakerState, equity: Money | null): Partial<RiskState> => {
  const { risk } = state
  switch (breaker) {
    case 'consecutiveLosses':
      return { losses: 0 }
    case 'reconciliation':
      return { differences: [] }
    case 'orderRejects':
      return to === 'closed' ? { orderEnds: [] } : {}
    case 'badData': {
      const base = { row: state.row, sequence: state.barSequence }
      return to === 'closed' || equity !== null ? { rowBase: base, rowBaseBefore: base } : {}
    }
    case 'drawdown':
      return equity === null ? {} : { peak: equity }
    case 'dailyLoss':
      return equity === null || risk.day === null ? {} : { day: { ...risk.day, equity, best: money(0) } }
    case 'clockSkew':
      return equity === null ? {} : { wallClock: { skewMs: null, jumpMs: null } }
    default:
      return {}
  }
}
