import { type Draft, record } from '../draft.ts'
import { moveSignal } from '../move.ts'
import type { OpenShadow } from '../state.ts'

/** Whether a bar ended any of the shadow trades of a book. */
export const anyDone = (shadows: readonly OpenShadow[]): boolean => {
  for (let index = 0; index < shadows.length; index += 1) if ((shadows[index] as OpenShadow).done !== null) return true
  return false
}

/** Records how the shadow trades ended that the last bar ended; a blocked signal has taught then what it could. */
export const closeShadows = (draft: Draft, instrument: number): void => {
  for (const { trade, done } of draft.state.books[instrument]?.shadows ?? []) {
    if (done === null) continue
    record(draft, { kind: 'shadowClosed', shadow: trade, outcome: done })
    if (draft.state.signals[trade.signalId]?.state === 'blocked') moveSignal(draft, trade.signalId, 'learned', `shadow trade closed: ${done.reason}`)
  }
}
