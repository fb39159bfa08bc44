import type { RecordWindow } from '../records/window.ts'
import { isEngineAbsent, linkProblem } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { ListPane } from '../store/views.ts'
import { age, timeOfDay } from './time.ts'

/** What an empty list says: that it is empty since when, or why nothing is known. */
export const emptyText = (state: ConsoleState, pane: ListPane, nothing: string): string => {
  if (state.snapshot !== null) return `${nothing}, empty since ${timeOfDay(state.emptySince[pane] ?? state.now)} as seen from here`
  if (state.pastProblem !== null && state.link.kind === 'lost') return state.pastProblem
  if (isEngineAbsent(state)) return 'source missing: no engine runs'
  return `${linkProblem(state) ?? 'waiting for the engine'}, since ${timeOfDay(state.startedAt)}`
}

/** The same for a list that is read from files. */
export const recordsText = (state: ConsoleState, { source, rejected, problem }: RecordWindow<unknown>, nothing: string): string => {
  if (source.kind === 'closed') return 'opening the file'
  if (source.kind === 'missing') return `source missing: ${source.path}`
  if (source.kind === 'error') return `error: ${source.path}: ${source.message}`
  if (rejected > 0) return `error: ${rejected} lines of ${source.path} are none of ours: ${problem ?? ''}`
  return `${nothing}, empty since ${timeOfDay(state.startedAt)} as seen from here`
}

/** The file of trades begins with the first fill: where the account never had one, nothing is missing. */
export const tradesText = (state: ConsoleState, nothing: string): string => {
  const { trades } = state.records
  const { snapshot } = state
  const untouched =
    snapshot !== null && snapshot.positions.length === 0 && Number(snapshot.account.fees) === 0 && Number(snapshot.account.realised) === 0
  return trades.source.kind === 'missing' && untouched
    ? recordsText(state, { ...trades, source: { kind: 'reading', path: trades.source.path } }, nothing)
    : recordsText(state, trades, nothing)
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
