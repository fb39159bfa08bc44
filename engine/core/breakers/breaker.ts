import type { BreakerName, BreakerRecord } from '../../../src/contracts/breaker.ts'
import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'

/** What a breaker reads off now. `value` and `limit` are null where they are not known or there is nothing to count. */
export type Measure = {
  readonly value: number | null
  readonly limit: number | null
  readonly unit: string
  readonly tripped: boolean
  /** Why, in words for an operator; empty while it is not tripped. */
  readonly reason: string
  /** How much of the limit is left: 1 is untouched, 0 is reached; null where the value is unknown. */
  readonly distance: number | null
  /** Tripped because the value cannot be known: that ends by itself once it can, so it never latches. */
  readonly unknown: boolean
}

/** One thing that stops new risk. Pure: the same rules, state and time (feed clock, ms) always measure the same. */
export type Breaker = {
  readonly name: BreakerName
  /** What it watches, in a sentence that an operator understands. */
  readonly says: string
  readonly measure: (rules: Rules, state: State, now: number) => Measure
}

/** A value against its limit: a limit that is reached trips. The reason is only asked for then, because most looks trip nothing. */
export const against = (value: number, limit: number, unit: string, reason: () => string): Measure => {
  const tripped = value >= limit
  const distance = limit > 0 ? Math.min(1, Math.max(0, 1 - value / limit)) : 0
  return { value, limit, unit, tripped, reason: tripped ? reason() : '', distance, unknown: false }
}

/** Nothing to count yet, which is no reason to stop. */
export const quiet = (limit: number | null, unit: string): Measure => ({
  value: null,
  limit,
  unit,
  tripped: false,
  reason: '',
  distance: null,
  unknown: false,
})

/** A value that has to be known and is not. */
export const unknowable = (limit: number | null, unit: string, reason: string): Measure => ({
  value: null,
  limit,
  unit,
  tripped: true,
  reason,
  distance: null,
  unknown: true,
})

export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`

const UNREADABLE: BreakerRecord = { state: 'latched', since: 0, reason: 'its state could not be read', value: null, until: null, trips: [] }

/** What is known of a breaker. One of which nothing is known counts as latched. */
export const recordOf = (state: State, name: BreakerName): BreakerRecord => state.risk.breakers[name] ?? UNREADABLE
