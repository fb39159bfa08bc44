import { type BreakerName, DEGRADATION, type Degradation } from '../../../src/contracts/breaker.ts'
import { recordOf } from '../breakers/breaker.ts'
import { type Draft, record } from '../draft.ts'
import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'

type Cause = { readonly level: Degradation; readonly reason: string }

/** Breakers that take the engine down a step while they are not closed. */
const STEPS: readonly { readonly level: Degradation; readonly breakers: readonly BreakerName[]; readonly latchedOnly: boolean }[] = [
  { level: 'safe', breakers: ['reconciliation', 'ledgerTrouble', 'restartStorm'], latchedOnly: true },
  { level: 'paperOnly', breakers: ['apiErrors', 'apiErrorRate', 'orderRejects', 'clockSkew'], latchedOnly: false },
]

/** The lowest step that something asks for now, with what asks for it. */
export const causeOf = (state: State): Cause => {
  for (const { level, breakers, latchedOnly } of STEPS) {
    for (const name of breakers) {
      const { state: now, reason } = recordOf(state, name)
      if (now === 'latched' || (!latchedOnly && now !== 'closed')) return { level, reason: `${name}: ${reason}` }
    }
  }
  if (state.brain === 'failed') return { level: 'baseline', reason: 'the brain has failed' }
  const [stopped] = state.risk.stoppedStrategies
  if (stopped !== undefined) return { level: 'baseline', reason: `strategy ${stopped} was stopped` }
  const feed = recordOf(state, 'staleFeed')
  if (feed.state !== 'closed') return { level: 'cached', reason: `staleFeed: ${feed.reason}` }
  return { level: 'full', reason: 'nothing asks for less' }
}

const depth = (level: Degradation): number => DEGRADATION.indexOf(level)

/** Goes down by itself and never up. */
export const watchDegradation = (draft: Draft): void => {
  const from = draft.state.risk.degradation.level
  const { level: to, reason } = causeOf(draft.state)
  if (depth(to) > depth(from)) record(draft, { kind: 'degradationChanged', from, to, reason, actor: null })
}

/** What sizes are multiplied by; 0 where no entry may be sent at all. */
export const degradationFactor = (rules: Rules, state: State): number => {
  const { level } = state.risk.degradation
  if (level === 'full') return 1
  return degradationRefusal(state) === null ? rules.controls.degradation.factor : 0
}

/** Why no entry may be sent, or null: `paperOnly` lets a venue that is our own trade on, `safe` lets nothing. */
export const degradationRefusal = (state: State): string | null => {
  const { level, reason } = state.risk.degradation
  if (level === 'safe') return `degraded to safe: ${reason}`
  const real = state.mode === 'live' || state.mode === 'manual'
  return level === 'paperOnly' && real ? `degraded to paper only: ${reason}` : null
}

type Outcome = { readonly outcome: 'accepted' | 'refused'; readonly message: string }

/** Up to what its causes allow, by a person; refused while the cause of the step lasts. */
export const rearmDegradation = (draft: Draft, actor: string, reason: string): Outcome => {
  const from = draft.state.risk.degradation.level
  if (from === 'full') return { outcome: 'refused', message: 'nothing is degraded' }
  const cause = causeOf(draft.state)
  if (depth(cause.level) >= depth(from)) return { outcome: 'refused', message: `its cause lasts: ${cause.reason}` }
  record(draft, { kind: 'degradationChanged', from, to: cause.level, reason, actor })
  return { outcome: 'accepted', message: cause.level === 'full' ? 'nothing is degraded any more' : `up to ${cause.level}: ${cause.reason}` }
}
