import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { killSwitchText } from '../../src/kill-switch-text.ts'

/**
 * Why an engine is not healthy; empty where it is. Healthy is: the engine is running (not paused, safe, degraded …), every
 * process is ready, no instrument is stale, no breaker is open or latched, the ledger is in order, the account is held, and
 * no kill switch is on, and nothing critical is on the board that nobody has acknowledged. What the board says of a reason
 * that is named already is not said again.
 */
export const complaints = (snapshot: Snapshot): string[] => [...new Set(reasons(snapshot))]

const reasons = (snapshot: Snapshot): string[] => [
  ...(snapshot.engine.state === 'running' ? [] : [`engine is ${snapshot.engine.state}: ${snapshot.engine.reason}`]),
  ...snapshot.processes.filter(({ state }) => state !== 'ready').map(({ name, state, reason }) => `${name} is ${state}: ${reason}`),
  ...(snapshot.feed.state.startsWith('failed') ? [`feed: ${snapshot.feed.state}`] : []),
  ...snapshot.feed.instruments
    .filter(({ stale }) => stale)
    .map(({ symbol, ageMs }) => `${symbol} is stale, its newest price is ${ageMs ?? 'an unknown number of'} ms old`),
  ...snapshot.breakers.filter(({ state }) => state !== 'closed').map(({ name, state, reason }) => `breaker ${name} is ${state}: ${reason}`),
  ...(snapshot.ledger.state === 'ok' ? [] : [`ledger: ${snapshot.ledger.state}`]),
  ...(snapshot.singleton.held ? [] : ['the lock on the account is not held']),
  ...(snapshot.risk?.killSwitches ?? []).map(({ origin, reason }) => killSwitchText(origin, true, reason)),
  ...snapshot.alerts.filter(({ level, acknowledgedBy }) => level === 'critical' && acknowledgedBy === null).map(({ text }) => text),
]
