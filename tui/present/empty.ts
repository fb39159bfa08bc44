import { isEngineAbsent, linkProblem } from '../store/select.ts'
import type { ConsoleState, ListPane } from '../store/state.ts'
import { age, timeOfDay } from './time.ts'

const NOTHING: Readonly<Record<ListPane, string>> = {
  cycles: 'no recorded cycle',
  processes: 'no process',
  positions: 'no open position',
  guards: 'no guard was asked yet',
  signals: 'no signal yet',
}

/** What an empty list says: that it is empty since when, or why nothing is known. */
export const emptyText = (state: ConsoleState, pane: ListPane): string => {
  if (state.snapshot !== null) return `${NOTHING[pane]}, empty since ${timeOfDay(state.emptySince[pane] ?? state.now)} as seen from here`
  if (state.pastProblem !== null && state.link.kind === 'lost') return state.pastProblem
  if (isEngineAbsent(state)) return 'source missing: no engine runs'
  return `${linkProblem(state) ?? 'waiting for the engine'}, since ${timeOfDay(state.startedAt)}`
}

/** Said in the title of a pane whose figures may no longer be so. */
export const oldNote = (state: ConsoleState): string => {
  switch (state.freshness) {
    case 'stale':
      return state.link.kind === 'live' ? `stale ${age(state.now - state.link.lastHeardAt)}` : 'stale'
    case 'lost':
      return state.link.kind === 'lost' ? `LOST ${age(state.now - state.link.since)}` : 'LOST'
    case 'past':
      return 'past'
    default:
      return ''
  }
}
