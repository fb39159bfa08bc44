import { BREAKERS, type BreakerName, type BreakerState, type BreakerView } from '../../../src/contracts/breaker.ts'
import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'
import { recordOf } from './breaker.ts'
import { measureOf } from './move.ts'

const DAY_MS = 86_400_000

export type OpenBreaker = { readonly name: BreakerName; readonly state: BreakerState; readonly reason: string }

/** What can pass its limit by time alone. Everything else was looked at after the bar or the input that changed it. */
const MOVED_BY_TIME: readonly BreakerName[] = ['apiErrorRate', 'staleFeed', 'unprotected']
const LOOKED_AT = BREAKERS.map((name) => ({ name, byTime: MOVED_BY_TIME.includes(name) }))

/**
 * What refuses new risk at a time (feed clock, ms): every breaker that is not closed, also one that is trying again, and every closed
 * one that time has taken past its limit since it was looked at, so that nothing is entered between a cause and its fact.
 */
export const openBreakers = (state: State, rules: Rules, now: number): readonly OpenBreaker[] => {
  const open: OpenBreaker[] = []
  for (const { name, byTime } of LOOKED_AT) {
    const record = recordOf(state, name)
    if (record.state !== 'closed') {
      open.push({ name, state: record.state, reason: record.reason })
      continue
    }
    if (!byTime) continue
    const measure = measureOf(rules, state, name, now)
    if (measure.tripped) open.push({ name, state: 'open', reason: measure.reason })
  }
  return open
}

/** Every breaker of the core as it is shown, in their order. */
export const breakerStatuses = (rules: Rules, state: State, now: number): BreakerView[] =>
  BREAKERS.map((name) => {
    const record = recordOf(state, name)
    const { value, limit, unit, distance } = measureOf(rules, state, name, now)
    return {
      name,
      state: record.state,
      reason: record.reason,
      since: record.since === 0 ? null : record.since,
      value,
      limit,
      distance,
      unit,
      trips: record.trips.filter((trip) => trip > now - DAY_MS).length,
      needsPerson: record.state === 'latched',
      until: record.until,
    }
  })
