import { DETAILS } from '../details/index.ts'
import { LISTS } from '../lists/index.ts'
import { columnOffset, shownColumns } from '../lists/list.ts'
import { lineWidth } from '../present/line.ts'
import { cellsOver } from '../present/logs.ts'
import { columnOffsetMax } from '../present/table.ts'
import { areaOf } from './layout.ts'
import type { Action } from './reduce.ts'
import { areasNow, detailRows } from './select.ts'
import type { ConsoleState } from './state.ts'
import { type DetailPane, isListPane, type ListPane, type PaneName } from './views.ts'

/** Cells of a long line that one key goes over. */
const SIDE_CELLS = 20

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

/** How far the longest line on the screen goes on beyond its pane, in cells; 0 where all lines end in it. */
export const cellsBeyond = (state: ConsoleState, pane: DetailPane | 'logs'): number => {
  const width = widthOf(state, pane)
  const beyond =
    pane === 'logs'
      ? state.logs.lines.map((line) => cellsOver(state.logs, line, width))
      : DETAILS[pane](state, width).lines.map((line) => lineWidth(line) - width)
  return beyond.reduce((most, cells) => Math.max(most, cells), 0)
}

/** Moves by columns in a list, by cells in the log and in details; never beyond the end of the longest line. */
export const scrolledSideways = (state: ConsoleState, by: number): Action => {
  const { pane } = state
  if (isListPane(pane)) {
    const from = columnOffset(LISTS[pane], state, widthOf(state, pane))
    return { kind: 'shift', pane, changes: { columns: Math.max(0, Math.min(from + by, columnsBeyond(state, pane))) } }
  }
  const from = state.shifts[pane]?.columns ?? 0
  // Lines that became shorter leave it where it is: it is asked to move one way only.
  const most = pane === 'charts' || by < 0 ? from : Math.max(from, cellsBeyond(state, pane))
  return { kind: 'shift', pane, changes: { columns: Math.max(0, Math.min(from + by * SIDE_CELLS, most)) } }
}
