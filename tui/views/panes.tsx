import { presentCharts } from '../charts/present.ts'
import { DETAILS } from '../details/index.ts'
import { LISTS } from '../lists/index.ts'
import { presentList } from '../lists/list.ts'
import { Rows } from '../parts/rows.tsx'
import { densityRows } from '../present/density.ts'
import { oldNote } from '../present/empty.ts'
import { type Line, shiftLine } from '../present/line.ts'
import { presentLogs } from '../present/logs.ts'
import { titleLine } from '../present/pane.ts'
import type { Area } from '../store/layout.ts'
import { detailRows, isOld } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import { type ConsoleStore, useConsole, type ViewProps } from '../store/use-console.ts'
import { isDetailPane, isListPane } from '../store/views.ts'

export type PaneProps = ViewProps & { readonly area: Area }

/** The lines of one pane. Pure, so that a pane is tested without a terminal. */
export const presentPane = (state: ConsoleState, { pane, width, height }: Area): readonly Line[] => {
  const focused = state.pane === pane
  if (isListPane(pane)) {
    return presentList(LISTS[pane], state, { width, height, focused, old: isOld(state), oldNote: oldNote(state) })
  }
  if (isDetailPane(pane)) {
    const { name, note, lines } = DETAILS[pane](state, width)
    const { from, to } = detailRows(state, pane, lines.length, height)
    const right = state.shifts[pane]?.columns ?? 0
    const whole = from === 0 && to === lines.length
    const where = [...(whole || height <= 1 ? [] : [`${from + 1}-${to} of ${lines.length}`]), ...(right === 0 ? [] : [`${right} cells to the left`])]
    const place: Line = where.length === 0 ? [] : [{ text: `${where.join('  ')}${note.length === 0 ? '' : '  '}`, tone: 'key' }]
    return [titleLine({ name, note: [...place, ...note], focused, width }), ...lines.slice(from, to).map((line) => shiftLine(line, right))]
  }
  if (pane === 'charts') return presentCharts(state, { width, height, focused })
  return presentLogs(state.logs, state.logSource, {
    width,
    height,
    focused,
    live: state.link.kind === 'live',
    wrap: state.wrap,
    right: state.shifts.logs?.columns ?? 0,
    densityAt: densityRows(state.view, height) === 0 ? null : state.now,
  })
}

/** One pane is drawn again only when its own lines differ: the lines are compared as text, which is cheaper than drawing them. */
export const Pane = ({ store, area }: PaneProps) => {
  const lines = useLines(store, area)
  return <Rows lines={lines} width={area.width} height={area.height} />
}

type Cached = { readonly state: ConsoleState; readonly lines: readonly Line[]; readonly text: string }
const cache = new WeakMap<ConsoleStore, Map<string, Cached>>()

const useLines = (store: ConsoleStore, area: Area): readonly Line[] => useConsole(store, (state) => linesOf(store, state, area))

/** The same array for the same picture, as `useSyncExternalStore` asks for. */
const linesOf = (store: ConsoleStore, state: ConsoleState, area: Area): readonly Line[] => {
  const panes = cache.get(store) ?? new Map<string, Cached>()
  cache.set(store, panes)
  const key = `${area.pane} ${area.width} ${area.height}`
  const before = panes.get(key)
  if (before?.state === state) return before.lines
  const lines = presentPane(state, area)
  const text = JSON.stringify(lines)
  const kept = before !== undefined && before.text === text ? before.lines : lines
  if (panes.size > 64) panes.clear() // sizes of a terminal that is being resized
  panes.set(key, { state, lines: kept, text })
  return kept
}
