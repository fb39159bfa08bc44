import type { BreakerName } from '../../../src/contracts/breaker.ts'
import { watchDegradation } from '../controls/degradation.ts'
import { watchEmotional } from '../controls/emotional.ts'
import { watchProfitLock } from '../controls/profit-lock.ts'
import type { Draft } from '../draft.ts'
import { moveAll, moveBreakers } from './move.ts'

/** After every input: the breakers look at what it changed, then the controls at what the breakers did. */
export const watchBreakers = (draft: Draft): void => {
  moveAll(draft)
  watchControls(draft)
}

/** The same after a bar that `barTrips` found something in. */
export const watchBar = (draft: Draft, names: readonly BreakerName[]): void => {
  moveBreakers(draft, names)
  watchControls(draft)
}

const watchControls = (draft: Draft): void => {
  watchEmotional(draft)
  watchProfitLock(draft)
  watchDegradation(draft)
}
