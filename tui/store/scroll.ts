import { DETAILS } from '../details/index.ts'
import { LISTS } from '../lists/index.ts'
import { columnOffset, shownColumns } from '../lists/list.ts'
import { columnOffsetMax } from '../present/table.ts'
import { areaOf } from './layout.ts'
import type { Action } from './reduce.ts'
import { areasNow, detailRows } from './select.ts'
import type { ConsoleState } from './state.ts'
import { type DetailPane, isListPane, type ListPane, type PaneName } from './views.ts'

/** Cells of a long line that one key goes over. */
const SIDE_CELLS = 20
const SIDE_CELLS_MAX = 4_000

/** Moves a detail by rows, or to one of its ends. */
export const scrolledDetail = (state: ConsoleState, pane: DetailPane, rows: number | 'first' | 'last'): Action => {
  const { width, height } = areaOf(areasNow(state), pane) ?? { width: state.size.columns, height: 1 }
  const lines = DETAILS[pane](state, width).lines.length
  const last = detailRows({ ...state, shifts: { [pane]: { rows: lines, columns: 0 } } }, pane, lines, height).from
  const to = rows === 'first' ? 0 : rows === 'last' ? last : detailRows(state, pane, lines, height).from + rows
  return { kind: 'shift', pane, changes: { rows: Math.max(0, Math.min(to, last)) } }
}

/** How far the columns of a list can be moved; 0 where all are on the screen. */
export const columnsBeyond = (state: ConsoleState, pane: ListPane): number => columnOffsetMax(shownColumns(LISTS[pane], state), widthOf(state, pane))

const widthOf = (state: ConsoleState, pane: PaneName): number => areaOf(areasNow(state), pane)?.width ?? state.size.columns

/** Moves by columns in a list, by cells in the log and in details. */
export const scrolledSideways = (state: ConsoleState, by: number): Action => {
  const { pane } = state
  if (!isListPane(pane)) {
    const columns = Math.max(0, Math.min((state.shifts[pane]?.columns ?? 0) + by * SIDE_CELLS, SIDE_CELLS_MAX))
    return { kind: 'shift', pane, changes: { columns } }
  }
  const from = columnOffset(LISTS[pane], state, widthOf(state, pane))
  const columns = Math.max(0, Math.min(from + by, columnsBeyond(state, pane)))
  return { kind: 'shift', pane, changes: { columns } }
}
