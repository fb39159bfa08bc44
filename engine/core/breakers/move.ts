import { BREAKERS, type BreakerName, type BreakerState } from '../../../src/contracts/breaker.ts'
import { type Draft, record } from '../draft.ts'
import { equityOf } from '../equity.ts'
import { exit } from '../exits.ts'
import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'
import { type Measure, recordOf } from './breaker.ts'
import { forgiven } from './forgive.ts'
import { breakers } from './index.ts'

const MINUTE_MS = 60_000
/** Shortest wait before an open breaker tries again, whatever its settings say: two facts a minute are enough of it. */
const COOLDOWN_MS_MIN = 60_000

/** What a breaker reads off now, with what another process said of it. */
export const measureOf = (rules: Rules, state: State, name: BreakerName, now: number): Measure => {
  const measure = breakers[name].measure(rules, state, now)
  const trouble = state.risk.troubles[name]
  return trouble === undefined || measure.tripped ? measure : { ...measure, tripped: true, reason: trouble, distance: 0 }
}

/** The same once the breaker has forgotten what it forgets on that move: what is left would trip it again at once. */
export const measureAfter = (draft: Draft, name: BreakerName, to: BreakerState, equity: State['risk']['peak'] | null): Measure => {
  const { rules, state, now } = draft
  return measureOf(rules, { ...state, risk: { ...state.risk, ...forgiven(state, name, to, equity) } }, name, now)
}

/** Looks at every breaker. */
export const moveAll = (draft: Draft): void => moveBreakers(draft, BREAKERS)

/** Looks at these breakers and moves those that have to; each move is a fact before anything acts on it. */
export const moveBreakers = (draft: Draft, names: readonly BreakerName[]): void => {
  for (const name of names) look(draft, name)
  flattenOnDrawdown(draft)
}

const look = (draft: Draft, name: BreakerName): void => {
  const { state, until } = recordOf(draft.state, name)
  if (state === 'latched') return
  if (state === 'closed') {
    const measure = measureOf(draft.rules, draft.state, name, draft.now)
    if (measure.tripped) trip(draft, name, measure)
  } else if (state === 'open') {
    if (until !== null && draft.now < until) return
    // It tries again only where nothing speaks against it: an outage of days is not a fact a minute.
    const measure = measureAfter(draft, name, 'halfOpen', null)
    if (!measure.tripped) move(draft, name, 'halfOpen', measure, { reason: 'its cool-down is over and it measures fine' })
  } else {
    const measure = measureOf(draft.rules, draft.state, name, draft.now)
    if (measure.tripped) trip(draft, name, measure)
    else move(draft, name, 'closed', measure, { reason: 'it measured fine twice' })
  }
}

const trip = (draft: Draft, name: BreakerName, measure: Measure): void => {
  const { rearm, cooldownMinutes } = draft.rules.breakers[name]
  if (rearm === 'person' && !measure.unknown) move(draft, name, 'latched', measure, { reason: measure.reason })
  else {
    const until = draft.now + Math.max(cooldownMinutes * MINUTE_MS, COOLDOWN_MS_MIN)
    move(draft, name, 'open', measure, { reason: measure.reason, until })
  }
}

type Move = { readonly reason: string; readonly until?: number; readonly actor?: string }

export const move = (draft: Draft, name: BreakerName, to: BreakerState, { value, limit, unit }: Measure, about: Move): void =>
  record(draft, {
    kind: 'breakerMoved',
    breaker: name,
    from: recordOf(draft.state, name).state,
    to,
    value,
    limit,
    unit,
    reason: about.reason,
    actor: about.actor ?? null,
    until: about.until ?? null,
    equity: equityOf(draft.rules.scales, draft.state),
  })

/** True where a measured drawdown is to empty the books. One that a person tripped, or that cannot be read, has no value and only stops entries. */
export const flattens = (rules: Rules, state: State): boolean => {
  if (!rules.breakers.drawdown.flatten) return false
  const { state: now, value } = recordOf(state, 'drawdown')
  return (now === 'open' || now === 'latched') && value !== null
}

/** Every open book leaves, and again after an exit that the venue refused. */
const flattenOnDrawdown = (draft: Draft): void => {
  if (!flattens(draft.rules, draft.state)) return
  for (const book of draft.state.books) if (book.state === 'OPEN' || book.state === 'ENTERING') exit(draft, book, 'drawdown')
}
