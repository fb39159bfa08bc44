import { LISTS } from '../lists/index.ts'
import { chosenIndex, rowAt } from '../lists/list.ts'
import { oldNote } from '../present/empty.ts'
import { helpOffsetMax } from '../present/help.ts'
import { presentTabs } from '../present/tabs.ts'
import type { MouseEvent } from '../terminal/key-event.ts'
import { hasTabs, type Place, placesOf } from './layout.ts'
import { NOTHING, type Pressed } from './pressed.ts'
import type { Action } from './reduce.ts'
import { scrolledDetail } from './scroll.ts'
import { areasNow, isOld } from './select.ts'
import type { ConsoleState } from './state.ts'
import { isDetailPane, isListPane, isMini, VIEWS } from './views.ts'

/** What one step of the wheel moves. */
const WHEEL_ROWS = 3
const IDENTITY_ROWS = 1

/** What a click or the wheel does: it looks, chooses and scrolls. It confirms nothing and opens no dialog, whatever is under it. */
export const point = (state: ConsoleState, { button, column, row }: MouseEvent): Pressed => {
  if (state.dialog !== null || state.prompt !== null || isMini(state.size)) return NOTHING
  const rows = button === 'left' ? 0 : button === 'wheelDown' ? WHEEL_ROWS : -WHEEL_ROWS
  if (state.help !== null) return rows === 0 ? NOTHING : scrollHelp(state, state.help, rows)
  const tabs = hasTabs(state.size)
  if (tabs && row === IDENTITY_ROWS) return rows === 0 ? openTab(state, column) : NOTHING
  const place = placesOf(areasNow(state), IDENTITY_ROWS + (tabs ? 1 : 0)).find(
    ({ left, top, width, height }) => column >= left && column < left + width && row >= top && row < top + height,
  )
  if (place === undefined) return NOTHING
  const focus: readonly Action[] = state.pane === place.pane ? [] : [{ kind: 'pane', pane: place.pane }]
  if (place.pane === 'logs') return { actions: focus, effects: rows === 0 ? [] : [{ kind: 'scrollLog', rows }] }
  if (isDetailPane(place.pane)) {
    const moved = rows === 0 ? NOTHING : scrolledDetail(state, place.pane, rows)
    return { ...moved, actions: [...focus, ...moved.actions] }
  }
  if (!isListPane(place.pane)) return { actions: focus, effects: [] }
  const by = rows === 0 ? stepsTo(state, place, row - place.top) : rows
  return { actions: by === 0 ? focus : [...focus, { kind: 'choose', pane: place.pane, by }], effects: [] }
}

const scrollHelp = (state: ConsoleState, help: NonNullable<ConsoleState['help']>, rows: number): Pressed => ({
  actions: [{ kind: 'help', help: { ...help, offset: Math.max(0, Math.min(help.offset + rows, helpOffsetMax(state))) } }],
  effects: [],
})

/** The tabs are drawn as three pieces for each view. */
const PIECES = 3

const openTab = (state: ConsoleState, column: number): Pressed => {
  let end = 0
  const index = presentTabs(state, state.size.columns).findIndex(({ text }) => {
    end += text.length
    return column < end
  })
  const view = VIEWS[Math.floor(index / PIECES)]
  return index < 0 || view === undefined || view === state.view ? NOTHING : { actions: [{ kind: 'view', view }], effects: [] }
}

/** From the chosen row to the one on this line of the pane; 0 where there is none. */
const stepsTo = (state: ConsoleState, { pane, width, height }: Place, line: number): number => {
  if (!isListPane(pane)) return 0
  const look = { width, height, focused: true, old: isOld(state), oldNote: oldNote(state) }
  const index = rowAt(LISTS[pane], state, look, line)
  return index === null ? 0 : index - chosenIndex(LISTS[pane], state)
}
