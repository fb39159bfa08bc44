import type { EngineEvent, Fact } from '../../src/contracts/event.ts'
import { apply } from './apply.ts'
import type { Effect } from './effect.ts'
import type { Rules } from './rules.ts'
import type { State } from './state.ts'

/**
 * A decision in the making: each fact is applied as it is stated, so the next thought sees it. Mutable inside one call of
 * `step` and never seen outside; what leaves is the new state, the facts and the requests.
 */
export type Draft = {
  readonly rules: Rules
  readonly now: number
  state: State
  readonly events: EngineEvent[]
  readonly effects: Effect[]
}

export const draftOf = (rules: Rules, state: State, now: number): Draft => ({ rules, now, state, events: [], effects: [] })

/** Sequence that the next fact will have: client order ids are made from it. */
export const nextSequence = (draft: Draft): number => draft.state.sequence + 1

export const record = (draft: Draft, fact: Fact): void => {
  const event = { ...fact, sequence: nextSequence(draft), at: draft.now, barSequence: draft.state.barSequence } as EngineEvent
  draft.state = apply(draft.state, event)
  draft.events.push(event)
}
