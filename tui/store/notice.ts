import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { isKilled } from './select.ts'
import type { ConsoleState } from './state.ts'

/** What a person who looks elsewhere has to hear of, between two states; null where there is nothing. Pure, so that it is told once. */
export const noticeOf = (before: ConsoleState, after: ConsoleState, ownPauses: boolean): string | null => {
  const name = after.snapshot?.instance ?? after.identity.instance
  if (before.link.kind === 'live' && after.link.kind === 'lost') return `${name}: the engine is lost`
  if (before.snapshot === null || after.snapshot === null || before.snapshot === after.snapshot) return null
  const tripped = after.snapshot.breakers.find(({ name: breaker, state }) => {
    const was = before.snapshot?.breakers.find((each) => each.name === breaker)?.state
    return (state === 'open' || state === 'latched') && was !== 'open' && was !== 'latched'
  })
  if (tripped !== undefined) return `${name}: breaker ${tripped.name} ${tripped.state}: ${tripped.reason}`
  const known = Math.max(0, ...before.snapshot.alerts.map(({ id }) => id))
  const alert = after.snapshot.alerts.find(({ id, level, acknowledgedBy }) => id > known && level !== 'info' && acknowledgedBy === null)
  if (alert !== undefined) return `${name}: ${alert.text}`
  const allowed = entriesAllowed(after.snapshot)
  if (allowed && !entriesAllowed(before.snapshot) && !ownPauses) return `${name}: entries are possible again`
  const stopped = before.snapshot.engine.desired === 'running' && after.snapshot.engine.desired !== 'running'
  return stopped && !ownPauses ? `${name}: ${after.snapshot.engine.desired} by somebody else: ${after.snapshot.engine.reason}` : null
}

/** Nothing shuts the door for new positions. */
const entriesAllowed = (snapshot: Snapshot): boolean =>
  snapshot.engine.state === 'running' && snapshot.breakers.every(({ state }) => state === 'closed' || state === 'halfOpen') && !isKilled(snapshot)

/** What stands in the title of the terminal: who, what, and how many breakers are not closed. */
export const titleOf = ({ snapshot, identity, link }: ConsoleState): string => {
  const name = snapshot?.instance ?? identity.instance
  if (snapshot === null) return `aegis ${name}`
  const tripped = snapshot.breakers.filter(({ state }) => state !== 'closed').length
  const state = link.kind === 'live' ? snapshot.engine.state.toUpperCase() : 'LOST'
  return `aegis ${name} ${snapshot.mode === 'live' ? 'LIVE ' : ''}${state}${isKilled(snapshot) ? ' KILL' : ''}${tripped === 0 ? '' : ` brk:${tripped}`}`
}
