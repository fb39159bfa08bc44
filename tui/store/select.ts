import type { PositionView } from '../../src/contracts/account.ts'
import type { BreakerView, GuardTally } from '../../src/contracts/breaker.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import { HEARTBEAT_MS } from '../../src/contracts/protocol.ts'
import type { ProcessView, Snapshot } from '../../src/contracts/snapshot.ts'
import type { ConsoleState, ListPane } from './state.ts'

/** Silence after which the figures count as old: the engine says something every second. */
export const STALE_MS = 2 * HEARTBEAT_MS
/** Silence after which nothing may be asked of the engine. */
export const CONTROL_STALE_MS = 5 * HEARTBEAT_MS

const NONE: readonly never[] = []

export const selectCycles = ({ cycles }: ConsoleState): readonly Cycle[] => cycles
export const selectProcesses = ({ snapshot }: ConsoleState): readonly ProcessView[] => snapshot?.processes ?? NONE
export const selectPositions = ({ snapshot }: ConsoleState): readonly PositionView[] => snapshot?.positions ?? NONE
export const selectGuards = ({ snapshot }: ConsoleState): readonly GuardTally[] => snapshot?.guards ?? NONE
export const selectSnapshot = ({ snapshot }: ConsoleState): Snapshot | null => snapshot
export const selectBreakers = ({ snapshot }: ConsoleState): readonly BreakerView[] => snapshot?.breakers ?? NONE

/** Milliseconds since the figures on the screen were true; null without any. */
export const dataAgeMs = (state: ConsoleState): number | null => {
  if (state.snapshot === null) return null
  if (state.link.kind === 'live') return Math.max(0, state.now - state.link.lastHeardAt)
  if (state.freshness === 'past') return Math.max(0, state.now - state.snapshot.asOf)
  return state.link.kind === 'lost' ? Math.max(0, state.now - state.link.since) : null
}

/** True where figures are shown that may no longer be so. */
export const isOld = ({ freshness }: ConsoleState): boolean => freshness !== 'fresh' && freshness !== 'waiting'

/** Why the link is gone, in words; null while it is not. */
export const linkProblem = ({ link }: ConsoleState): string | null => {
  if (link.kind !== 'lost') return null
  return typeof link.reason === 'string' ? link.reason : link.reason.message
}

/** True where there is nobody at the other end at all, so that starting an engine is what helps. */
export const isEngineAbsent = ({ link }: ConsoleState): boolean =>
  link.kind === 'lost' && typeof link.reason !== 'string' && (link.reason.kind === 'absent' || link.reason.kind === 'refused')

/** Why nothing may be asked of the engine now; null where it may. */
export const controlsOff = (state: ConsoleState): string | null => {
  if (state.identity.readOnly) return 'this console only watches (--read-only)'
  if (state.link.kind === 'connecting') return 'not connected yet'
  if (state.link.kind === 'lost') return `the link to the engine is lost: ${linkProblem(state)}`
  if (state.link.hello.role === 'observer') return 'this connection may only watch (observer)'
  const silence = state.now - state.link.lastHeardAt
  if (silence > CONTROL_STALE_MS) return `the engine has said nothing for ${Math.floor(silence / 1_000)} s`
  if (state.snapshot === null) return 'the state of the engine is not known yet'
  return null
}

/** Keys of a list's rows, in the order of the screen. */
export const rowKeys = (state: ConsoleState, pane: ListPane): readonly string[] => {
  switch (pane) {
    case 'cycles':
      return selectCycles(state).map(({ number }) => String(number))
    case 'processes':
      return selectProcesses(state).map(({ name }) => name)
    case 'positions':
      return selectPositions(state).map(({ symbol }) => symbol)
    case 'guards':
      return selectGuards(state).map(({ guard }) => guard)
    case 'signals':
      return Object.keys(state.snapshot?.signals.byState ?? {})
  }
}

/** Index of the chosen row; the first where none was chosen or it is gone. */
export const selectedIndex = (state: ConsoleState, pane: ListPane): number => {
  const key = state.selected[pane]
  return key === null ? 0 : Math.max(0, rowKeys(state, pane).indexOf(key))
}
