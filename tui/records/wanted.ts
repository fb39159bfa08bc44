import type { ConsoleState } from '../store/state.ts'
import type { ViewName } from '../store/views.ts'
import type { RecordName } from './record.ts'

/** What each view reads from files. */
export const VIEW_RECORDS: Readonly<Record<ViewName, readonly RecordName[]>> = {
  overview: [],
  signals: ['decisions', 'moves', 'trades', 'shadows'],
  breakers: ['shadows'],
  positions: ['trades'],
  audit: ['audit'],
  logs: [],
  charts: ['equity', 'cycles', 'trades', 'shadows', 'decisions'],
  fleet: [],
}

/** What is to be read now: cycles older than those that the engine tells of only for somebody who looks for them. */
export const recordsWanted = ({ view, lists, pane, zoomed }: ConsoleState): readonly RecordName[] => {
  const { selected, filter, sort } = lists.cycles
  const looksBack = selected !== null || filter !== '' || sort !== null || (zoomed && pane === 'cycles')
  return view === 'overview' && looksBack ? ['cycles'] : VIEW_RECORDS[view]
}
