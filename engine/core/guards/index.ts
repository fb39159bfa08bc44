import { breakers } from './breakers.ts'
import { buyingPower } from './buying-power.ts'
import { dataFreshness } from './data-freshness.ts'
import { degradation } from './degradation.ts'
import { engineState } from './engine-state.ts'
import type { Guard } from './guard.ts'
import { mode } from './mode.ts'
import { onePositionPerSymbol } from './one-position-per-symbol.ts'
import { phase } from './phase.ts'
import { positionCount } from './position-count.ts'
import { positionSize } from './position-size.ts'
import { profitLock } from './profit-lock.ts'

/** In the order in which they are shown; the first that refuses is named the blocker, and all that refuse are kept. */
export const guards: readonly Guard[] = [
  mode,
  breakers,
  degradation,
  profitLock,
  phase,
  engineState,
  dataFreshness,
  onePositionPerSymbol,
  positionCount,
  positionSize,
  buyingPower,
]
