import { DETAILS } from '../details/index.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow, columnOffset, shownColumns } from '../lists/list.ts'
import { lineWidth } from '../present/line.ts'
import { cellsOver } from '../present/logs.ts'
import { columnOffsetMax } from '../present/table.ts'
import { areaOf } from './layout.ts'
import { acts, type Effect, type Pressed } from './pressed.ts'
import type { Action } from './reduce.ts'
import { areasNow, detailRows } from './select.ts'
import type { ConsoleState } from './state.ts'
import { type DetailPane, isListPane, type ListPane, type PaneName, VIEW_DEFINITIONS } from './views.ts'

/** Cells of a long line that one key goes over. */
const SIDE_CELLS = 20

/** Moves a detail by rows, or to one of its ends. Whoever reads on in it stays with its row: where the newest is followed, that row is chosen. */
export const scrolledDetail = (state: ConsoleState, pane: DetailPane, rows: number | 'first' | 'last'): Pressed => {
  const { width, height } = areaOf(areasNow(state), pane) ?? { width: state.size.columns, height: 1 }
  const lines = DETAILS[pane](state, width).lines.length
  const last = detailRows({ ...state, shifts: { [pane]: { rows: lines, columns: 0 } } }, pane, lines, height).from
  const from = detailRows(state, pane, lines, height).from
  const to = Math.max(0, Math.min(rows === 'first' ? 0 : rows === 'last' ? last : from + rows, last))
  const shift: Action = { kind: 'shift', pane, changes: { rows: to } }
  return to === 0 ? acts(shift) : { actions: [shift, ...stay(state)], effects: stayInLog(state, pane) }
}

const stay = (state: ConsoleState): readonly Action[] => {
  const of = VIEW_DEFINITIONS[state.view].detail?.of
  if (of === undefined || !isListPane(of) || state.lists[of].selected !== null) return []
  const row: unknown = chosenRow(LISTS[of], state)
  return row === null ? [] : [{ kind: 'list', pane: of, changes: { selected: LISTS[of].key(row) } }]
}

/** The first move up in the log freezes it and chooses the newest line, which is the one that is read. */
const stayInLog = ({ logs }: ConsoleState, pane: DetailPane): readonly Effect[] =>
  pane === 'line' && logs.following ? [{ kind: 'chooseLog', rows: -1 }] : []

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
