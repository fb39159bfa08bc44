import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import type { ConsoleState } from './state.ts'
import { isListPane } from './views.ts'

const SIGNAL_ID = /[A-Z0-9][A-Z0-9._/-]{0,19}_\d{1,16}_[0-9a-f]{8}/

/** The id that leads from what is chosen to everything else about it; null where it has none. */
export const correlationOf = (state: ConsoleState): string | null => {
  if (!isListPane(state.pane)) return SIGNAL_ID.exec((state.logChosen ?? state.logs.lines.at(-1))?.text ?? '')?.[0] ?? null
  const list = LISTS[state.pane]
  const row: unknown = chosenRow(list, state)
  if (row === null) return null
  const { corr, signalId } = list.record(row) as { readonly corr?: unknown; readonly signalId?: unknown }
  const id = corr ?? signalId
  return typeof id === 'string' && id !== '' ? id : null
}
