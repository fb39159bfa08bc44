import type { SignalState } from '../../src/contracts/signal.ts'
import type { Draft } from './draft.ts'
import { moveSignal } from './move.ts'
import type { Rules } from './rules.ts'
import type { OpenSignal, State } from './state.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Longest stay of a signal in a state, in milliseconds of the feed's clock; null where it may stay for ever. */
export const stayMsMax = ({ signals }: Rules, state: SignalState): number | null => {
  switch (state) {
    // One decides the other in the same breath, so one deadline is enough for both.
    case 'generated':
    case 'evaluating':
      return signals.evaluatingSeconds * SECOND_MS
    case 'approved':
      return signals.approvedSeconds * SECOND_MS
    case 'executing':
      return signals.executingMinutes * MINUTE_MS
    case 'executed':
      return signals.executedDays * DAY_MS
    case 'blocked':
      return signals.blockedDays * DAY_MS
    case 'expired':
    case 'learned':
      return null
  }
}

/** Exactly at its deadline a signal is in time still. */
export const isOverdue = (rules: Rules, { state, since }: OpenSignal, now: number): boolean => {
  const max = stayMsMax(rules, state)
  return max !== null && now - since > max
}

/** States that a signal may leave by expiring. What was executed or blocked waits for its outcome and is stuck where none comes. */
const MAY_EXPIRE: ReadonlySet<SignalState> = new Set(['generated', 'evaluating', 'approved', 'executing'])

/** An order that may rest at the venue may still be filled: its signal is not over, however long it takes. */
const mayRest = (state: State, { clientOrderId }: OpenSignal): boolean => clientOrderId !== null && state.orders[clientOrderId] !== undefined

const canExpire = (rules: Rules, state: State, signal: OpenSignal, now: number): boolean =>
  MAY_EXPIRE.has(signal.state) && isOverdue(rules, signal, now) && !mayRest(state, signal)

/** Whether a bar has to look: the feed's clock is in another minute, and something is waiting that may expire. Asked for every bar. */
export const looksForOverdue = (before: number, { clock, signalCounts }: State): boolean =>
  signalCounts.executing + signalCounts.approved + signalCounts.evaluating + signalCounts.generated > 0 &&
  Math.floor(before / MINUTE_MS) !== Math.floor(clock / MINUTE_MS)

export const hasOverdue = (rules: Rules, state: State, now: number): boolean => {
  for (const id in state.signals) if (canExpire(rules, state, state.signals[id] as OpenSignal, now)) return true
  return false
}

/** Ends what waited too long and can no longer become anything. */
export const expireOverdue = (draft: Draft): void => {
  const now = Math.max(draft.now, draft.state.clock)
  for (const [id, signal] of Object.entries(draft.state.signals))
    if (canExpire(draft.rules, draft.state, signal, now)) moveSignal(draft, id, 'expired', `expired_in_${signal.state}`)
}
