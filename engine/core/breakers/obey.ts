import { civilDayText, DAY_MS } from '../../../src/civil-day.ts'
import { BREAKERS, type BreakerName } from '../../../src/contracts/breaker.ts'
import type { Money } from '../../../src/units.ts'
import { rearmDegradation } from '../controls/degradation.ts'
import { rearmEmotional } from '../controls/emotional.ts'
import type { Draft } from '../draft.ts'
import { equityOf } from '../equity.ts'
import { recordOf } from './breaker.ts'
import { isBreaker } from './index.ts'
import { measureAfter, measureOf, move } from './move.ts'

type Person = { readonly actor: string; readonly reason: string }
type Outcome = { readonly outcome: 'accepted' | 'refused'; readonly message: string }

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

const refused = (message: string): Outcome => ({ outcome: 'refused', message })
const accepted = (message: string): Outcome => ({ outcome: 'accepted', message })
const NEEDS_REASON = 'a reason is needed: it stands in the audit for as long as the ledger does'

/** A person stops new risk; the breaker is latched whatever its own settings say. */
export const tripByPerson = (draft: Draft, name: string, { actor, reason }: Person): Outcome => {
  if (!isBreaker(name)) return refused(`no breaker ${name}; there are ${BREAKERS.join(', ')}`)
  if (reason.trim() === '') return refused(NEEDS_REASON)
  const before = recordOf(draft.state, name)
  if (before.state === 'latched') return refused(`${name} is latched already: ${before.reason}`)
  const measure = measureOf(draft.rules, draft.state, name, draft.now)
  // A value stands for what was measured to be too much; a person's latch on a closed breaker has none.
  const value = before.state === 'closed' ? null : before.value
  move(draft, name, 'latched', { ...measure, value }, { reason: `tripped by ${actor}: ${reason}`, actor })
  return accepted(`${name} is latched until somebody re-arms it`)
}

/** A person lets go of a breaker, of emotional control or of a step of degradation. */
export const rearmByPerson = (draft: Draft, name: string, person: Person): Outcome => {
  if (person.reason.trim() === '') return refused(NEEDS_REASON)
  if (name === 'degradation') return rearmDegradation(draft, person.actor, person.reason)
  if (name === 'emotional') {
    const message = rearmEmotional(draft, person.actor, person.reason)
    return message === null ? refused('emotional control is not active') : accepted(message)
  }
  if (!isBreaker(name)) return refused(`no breaker ${name}; there are ${[...BREAKERS, 'emotional', 'degradation'].join(', ')}`)
  return rearm(draft, name, person)
}

const rearm = (draft: Draft, name: BreakerName, { actor, reason }: Person): Outcome => {
  if (recordOf(draft.state, name).state === 'closed') return refused(`${name} is closed: there is nothing to re-arm`)
  const blockedUntil = name === 'drawdown' ? drawdownBlockedUntil(draft) : null
  if (blockedUntil !== null) return refused(`drawdown cannot be re-armed before ${instantText(blockedUntil)}`)
  const equity: Money | null = equityOf(draft.rules.scales, draft.state)
  if (equity === null) return refused('equity is unknown, so there is nothing to count losses from')
  const after = measureAfter(draft, name, 'closed', equity)
  if (after.tripped) return refused(`its cause lasts: ${after.reason}`)
  move(draft, name, 'closed', after, { reason, actor })
  return accepted(`${name} is closed; it counts from now`)
}

/** A drawdown that was measured blocks for some hours, so that nobody re-arms it in the heat of the moment. */
const drawdownBlockedUntil = ({ rules, state, now }: Draft): number | null => {
  const { value, since } = recordOf(state, 'drawdown')
  const until = since + rules.breakers.drawdown.blockHours * HOUR_MS
  return value !== null && now < until ? until : null
}

/** UTC to the minute, rounded up: asked again at that time it is not refused. */
const instantText = (at: number): string => {
  const minutes = Math.ceil(at / MINUTE_MS)
  const day = Math.floor((minutes * MINUTE_MS) / DAY_MS)
  const ofDay = minutes - (day * DAY_MS) / MINUTE_MS
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${civilDayText(day)} ${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)} UTC`
}
