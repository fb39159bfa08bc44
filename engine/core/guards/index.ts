import { breakers } from './breakers.ts'
import { buyingPower } from './buying-power.ts'
import { confidence } from './confidence.ts'
import { consumedEntries } from './consumed-entries.ts'
import { cooldown } from './cooldown.ts'
import { correlation } from './correlation.ts'
import { dataFreshness } from './data-freshness.ts'
import { degradation } from './degradation.ts'
import { duplicate } from './duplicate.ts'
import { earnings } from './earnings.ts'
import { engineState } from './engine-state.ts'
import { entryDelay } from './entry-delay.ts'
import { exchangeHealth } from './exchange-health.ts'
import { feeEdge } from './fee-edge.ts'
import { feedGap } from './feed-gap.ts'
import { grossExposure } from './gross-exposure.ts'
import type { Guard } from './guard.ts'
import { killSwitch } from './kill-switch.ts'
import { marketHours } from './market-hours.ts'
import { mode } from './mode.ts'
import { ordersPerDay } from './orders-per-day.ts'
import { phase } from './phase.ts'
import { positionCount } from './position-count.ts'
import { positionSize } from './position-size.ts'
import { priceDrift } from './price-drift.ts'
import { profitLock } from './profit-lock.ts'
import { regime } from './regime.ts'
import { relativeVolume } from './relative-volume.ts'
import { ringOverrun } from './ring-overrun.ts'
import { riskPerShare } from './risk-per-share.ts'
import { sectorExposure } from './sector-exposure.ts'
import { sessionPhase } from './session-phase.ts'
import { settleDelay } from './settle-delay.ts'
import { shorts } from './shorts.ts'
import { spread } from './spread.ts'
import { symbolExposure } from './symbol-exposure.ts'
import { symbolState } from './symbol-state.ts'
import { timeframeAgreement } from './timeframe-agreement.ts'
import { universe } from './universe.ts'
import { volatility } from './volatility.ts'
import { watchlist } from './watchlist.ts'

/** In the order in which they are shown; the first that refuses is named the blocker, and all that refuse are kept. */
export const guards: readonly Guard[] = [
  mode,
  killSwitch,
  breakers,
  engineState,
  degradation,
  phase,
  profitLock,
  marketHours,
  entryDelay,
  settleDelay,
  sessionPhase,
  dataFreshness,
  feedGap,
  ringOverrun,
  universe,
  watchlist,
  shorts,
  duplicate,
  symbolState,
  consumedEntries,
  cooldown,
  positionCount,
  grossExposure,
  symbolExposure,
  sectorExposure,
  correlation,
  buyingPower,
  positionSize,
  ordersPerDay,
  spread,
  feeEdge,
  volatility,
  regime,
  confidence,
  timeframeAgreement,
  riskPerShare,
  priceDrift,
  relativeVolume,
  earnings,
  exchangeHealth,
]
