import { type CommandName, type KeyRow, rowFor } from '../keymap.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow, shownColumns, shownRows } from '../lists/list.ts'
import { LEVEL_NAMES, LEVELS, levelName } from '../logs/line.ts'
import { densityRows } from '../present/density.ts'
import { helpOffsetMax } from '../present/help.ts'
import type { KeyEvent, Typed } from '../terminal/key-event.ts'
import { correlationOf } from './correlate.ts'
import { editText, openDialog, pressInDialog } from './dialog.ts'
import { areaOf } from './layout.ts'
import { point } from './point.ts'
import { acts, does, type Effect, NOTHING, type Pressed } from './pressed.ts'
import { FILTER_LENGTH_MAX, inPrompt, promptOf } from './prompt.ts'
import { type Action, reduce } from './reduce.ts'
import { scrolledDetail, scrolledSideways } from './scroll.ts'
import { areasNow } from './select.ts'
import type { ConsoleState, Dialog, FleetEngine } from './state.ts'
import { isDetailPane, isListPane, VIEWS, type ViewName } from './views.ts'

const MESSAGE_MS = 5_000
const HALF_PAGE_MIN = 1
/** More moves in one chunk are a paste. */
const MOVES_MAX = 64

const hint = (state: ConsoleState, text: string): Pressed =>
  acts({ kind: 'message', message: { text, tone: 'warning', until: state.monotonic + MESSAGE_MS } })

/** What a key, a burst or a paste does now. Pure: the caller carries it out. */
export const press = (state: ConsoleState, event: KeyEvent): Pressed => {
  if (event.kind === 'mouse') return state.settings.mouse ? point(state, event) : NOTHING
  const row = event.kind === 'key' ? rowFor(state, event.name) : null
  if (row?.context === 'everywhere') return everywhere(state, row.command, event)
  if (state.dialog !== null) return inDialog(state, state.dialog, event)
  if (state.prompt !== null) return inPrompt(state, state.prompt, row, event)
  if (state.help?.typing === true) return inHelpFilter(state, state.help.filter, row, event)

  if (event.kind === 'paste') return hint(state, 'pasted text does nothing here')
  if (event.kind === 'text') return inBurst(state, event.text)
  if (row === null) return hint(state, `${event.name} does nothing here; ? shows the keys`)
  if (event.count > 1 && row.repeats !== true) return hint(state, `${event.name} was pressed ${event.count} times at once and does nothing then`)
  const reason = row.unavailable(state)
  if (reason !== null) return hint(state, `${row.key}: ${reason}`)
  return state.help === null ? inMain(state, row.command, event.count) : inHelp(state, row.command, event.count)
}

/** Keys that only move may come together, as they do over a slow line; anything else has to come alone. */
const inBurst = (state: ConsoleState, text: string): Pressed => {
  const keys = [...text]
  const rows = keys.map((key) => rowFor(state, key))
  if (keys.length <= MOVES_MAX && rows.every((row) => row?.repeats === true)) {
    const actions: Action[] = []
    const effects: Effect[] = []
    let moved = state
    for (const name of keys) {
      const pressed = press(moved, { kind: 'key', name, count: 1 })
      actions.push(...pressed.actions)
      effects.push(...pressed.effects)
      moved = pressed.actions.reduce(reduce, moved)
    }
    return { actions, effects }
  }
  return hint(
    state,
    keys.length === 1
      ? `${keys[0]} came too close to other characters and does nothing: press it again`
      : `${keys.length} characters at once do nothing here: press keys one by one`,
  )
}

const everywhere = (state: ConsoleState, command: CommandName, event: Typed): Pressed => {
  if (command === 'repaint') return does({ kind: 'repaint' })
  if (command === 'suspend') return does({ kind: 'suspend' })
  if (state.dialog !== null) return inDialog(state, state.dialog, event)
  if (state.prompt !== null) return acts({ kind: 'prompt', prompt: null })
  if (state.help !== null) return acts({ kind: 'help', help: null })
  return does({ kind: 'detach' })
}

const inDialog = (state: ConsoleState, dialog: Dialog, event: Typed): Pressed => {
  const answer = pressInDialog(state, dialog, event)
  const actions: readonly Action[] = answer.dialog === dialog ? [] : [{ kind: 'dialog', dialog: answer.dialog }]
  return { actions, effects: answer.send ? [{ kind: 'send', dialog }] : [] }
}

const inHelpFilter = (state: ConsoleState, text: string, row: KeyRow | null, event: Typed): Pressed => {
  if (state.help === null) return NOTHING
  if (row?.command === 'back') return acts({ kind: 'help', help: { offset: 0, filter: '', typing: false } })
  if (row?.command === 'accept') return acts({ kind: 'help', help: { ...state.help, typing: false } })
  const edited = editText(text, event, FILTER_LENGTH_MAX)
  return edited === null ? NOTHING : acts({ kind: 'help', help: { offset: 0, filter: edited, typing: true } })
}

const inHelp = (state: ConsoleState, command: CommandName, times: number): Pressed => {
  const { help } = state
  if (help === null) return NOTHING
  const page = Math.max(HALF_PAGE_MIN, Math.floor((state.size.rows - 4) / 2))
  const end = helpOffsetMax(state)
  const to = (offset: number): Pressed => acts({ kind: 'help', help: { ...help, offset: Math.max(0, Math.min(offset, end)) } })
  switch (command) {
    case 'down':
      return to(help.offset + times)
    case 'up':
      return to(help.offset - times)
    case 'halfDown':
      return to(help.offset + times * page)
    case 'halfUp':
      return to(help.offset - times * page)
    case 'first':
      return to(0)
    case 'last':
      return to(end)
    case 'filter':
      return acts({ kind: 'help', help: { ...help, offset: 0, typing: true } })
    default:
      return acts({ kind: 'help', help: null })
  }
}

const VIEW_COMMAND = /^view(\d)$/

const inMain = (state: ConsoleState, command: CommandName, times: number): Pressed => {
  const digit = VIEW_COMMAND.exec(command)?.[1]
  if (digit !== undefined) return acts({ kind: 'view', view: VIEWS[Number(digit) - 1] ?? 'overview' })
  switch (command) {
    case 'previousView':
      return state.previousView === null ? NOTHING : acts({ kind: 'view', view: state.previousView })
    case 'pauseResume':
    case 'halt':
    case 'flatten':
    case 'flattenOne':
    case 'cancelOrder':
    case 'rearm':
    case 'trip':
    case 'pauseMarked':
    case 'acknowledge': {
      const dialog = openDialog(state, command)
      return dialog.ok ? acts({ kind: 'dialog', dialog: dialog.value }) : hint(state, dialog.error)
    }
    case 'nextPane':
      return acts({ kind: 'stepPane', by: 1 })
    case 'previousPane':
      return acts({ kind: 'stepPane', by: -1 })
    case 'zoom':
      return acts({ kind: 'zoom', on: !state.zoomed })
    case 'detail':
      return acts({ kind: 'detail', on: !state.details[state.view] })
    case 'filter':
      return openFilter(state)
    case 'onlyOpen':
    case 'onlyBlocked':
      return toggleFilter(state, ONLY[`${state.view} ${command}`] ?? null)
    case 'palette':
      return acts({ kind: 'prompt', prompt: promptOf(state, 'palette', '') })
    case 'settings':
      return acts({ kind: 'prompt', prompt: promptOf(state, 'palette', 'set ') })
    case 'sort':
      return sortBy(state, false)
    case 'sortReverse':
      return sortBy(state, true)
    case 'columns':
      return isListPane(state.pane)
        ? acts({
            kind: 'prompt',
            prompt: promptOf(
              state,
              'columns',
              shownColumns(LISTS[state.pane], state)
                .map(({ head }) => head)
                .join(' '),
            ),
          })
        : NOTHING
    case 'clock':
      return acts({ kind: 'clock' })
    case 'copy':
      return does({ kind: 'copy', text: chosenText(state) })
    case 'plain':
      return does({ kind: 'plain' })
    case 'export':
      return acts({ kind: 'prompt', prompt: promptOf(state, 'export', `${state.pane}.jsonl`) })
    case 'correlate':
      return correlate(state)
    case 'wallBoard':
      return does({ kind: 'wallBoard' })
    case 'verify':
      return does({ kind: 'verify' })
    case 'chartNext':
      return acts({ kind: 'chart', changes: { index: state.chart.index + 1 } })
    case 'chartWindow':
      return acts({ kind: 'chart', changes: { windowMs: WINDOWS_MS[(WINDOWS_MS.indexOf(state.chart.windowMs) + 1) % WINDOWS_MS.length] ?? 0 } })
    case 'chartCloser':
    case 'chartWider': {
      const windowMs = WINDOWS_MS[WINDOWS_MS.indexOf(state.chart.windowMs) + (command === 'chartWider' ? 1 : -1)]
      return windowMs === undefined
        ? hint(state, command === 'chartWider' ? 'all of the time is shown' : 'this is the shortest window')
        : acts({ kind: 'chart', changes: { windowMs } })
    }
    case 'left':
    case 'right':
      return acts(scrolledSideways(state, command === 'right' ? times : -times))
    case 'chartTable':
      return acts({ kind: 'chart', changes: { table: !state.chart.table } })
    case 'mark':
      return mark(state)
    case 'nextMark':
      return does({ kind: 'markLog', jump: true })
    case 'nextMatch':
      return does({ kind: 'searchLog', by: 1 })
    case 'previousMatch':
      return does({ kind: 'searchLog', by: -1 })
    case 'context':
      return does({ kind: 'contextLog' })
    case 'processes':
      return acts({ kind: 'prompt', prompt: promptOf(state, 'process', state.logs.only?.join(' ') ?? '') })
    case 'wrap':
      return acts({ kind: 'wrap', on: !state.wrap })
    case 'attach': {
      const chosen = chosenRow<FleetEngine>(LISTS.fleet, state)
      return chosen === null ? NOTHING : does({ kind: 'attach', instance: chosen.instance })
    }
    case 'freeze':
      return does({ kind: 'freezeLog' })
    case 'moreLevels':
    case 'fewerLevels':
      return stepLevel(state, command === 'moreLevels' ? -1 : 1)
    case 'reconnect':
      return does({ kind: 'reconnect' })
    case 'help':
      return acts({ kind: 'help', help: { offset: 0, filter: '', typing: false } })
    case 'back':
      return goBack(state)
    case 'detach':
      return does({ kind: 'detach' })
    default:
      return move(state, command, times)
  }
}

/** An hour to a week; 0 is everything. */
export const WINDOWS_MS: readonly number[] = [3_600_000, 21_600_000, 86_400_000, 604_800_000, 0]

/** Filters behind one key: which list of the view, and what is typed for it. */
const ONLY: Readonly<Record<string, { readonly pane: 'cycles' | 'decisions' | 'breakers' | 'orders' | 'audit'; readonly filter: string }>> = {
  'overview onlyOpen': { pane: 'cycles', filter: '!result:ok' },
  'signals onlyOpen': { pane: 'decisions', filter: 'decision:approved' },
  'signals onlyBlocked': { pane: 'decisions', filter: 'decision:blocked' },
  'breakers onlyOpen': { pane: 'breakers', filter: '!state:closed' },
  'positions onlyOpen': { pane: 'orders', filter: '!state:filled !state:cancelled !state:expired !state:rejected !state:denied' },
  'audit onlyOpen': { pane: 'audit', filter: 'actor:op:' },
}

const toggleFilter = (state: ConsoleState, only: (typeof ONLY)[string] | null): Pressed => {
  if (only === null) return NOTHING
  const filter = state.lists[only.pane].filter === only.filter ? '' : only.filter
  return acts({ kind: 'pane', pane: only.pane }, { kind: 'list', pane: only.pane, changes: { filter, selected: null } })
}

const openFilter = (state: ConsoleState): Pressed => {
  if (isListPane(state.pane)) return acts({ kind: 'prompt', prompt: promptOf(state, 'filter', state.lists[state.pane].filter) })
  const inView = areaOf(areasNow(state), 'logs') !== null
  if (!inView) return hint(state, 'this pane has nothing to filter')
  return acts({ kind: 'pane', pane: 'logs' }, { kind: 'prompt', prompt: promptOf(state, 'filter', state.logs.filter) })
}

/** From the order of the source through each column and back. */
const sortBy = (state: ConsoleState, reverse: boolean): Pressed => {
  const { pane } = state
  if (!isListPane(pane)) return NOTHING
  const { sort } = state.lists[pane]
  const columns = shownColumns(LISTS[pane], state)
  if (reverse)
    return sort === null
      ? hint(state, 's sorts by a column first')
      : acts({ kind: 'list', pane, changes: { sort: { ...sort, reverse: !sort.reverse } } })
  const next = columns[sort === null ? 0 : columns.findIndex(({ head }) => head === sort.head) + 1]
  return acts({ kind: 'list', pane, changes: { sort: next === undefined ? null : { head: next.head, reverse: false } } })
}

/** The chosen row as its record, for the clipboard. */
export const chosenText = (state: ConsoleState): string => {
  if (!isListPane(state.pane)) return state.logChosen?.text ?? state.logs.lines.at(-1)?.text ?? ''
  const row: unknown = chosenRow(LISTS[state.pane], state)
  return row === null ? '' : JSON.stringify(LISTS[state.pane].record(row))
}

/** In the fleet an instance is marked, in the log a place. */
const mark = (state: ConsoleState): Pressed => {
  if (state.pane === 'logs') return does({ kind: 'markLog', jump: false })
  const chosen = chosenRow<FleetEngine>(LISTS.fleet, state)
  return chosen === null ? NOTHING : acts({ kind: 'mark', instance: chosen.instance }, { kind: 'choose', pane: 'fleet', by: 1 })
}

/** From what is chosen to the log lines with its id; from a log line to the signal it speaks of. */
const correlate = (state: ConsoleState): Pressed => {
  const found = correlationOf(state)
  if (found === null) return hint(state, 'what is chosen has no id to follow')
  if (state.pane !== 'logs') return { actions: [{ kind: 'view', view: 'logs' satisfies ViewName }], effects: [{ kind: 'filterLog', text: found }] }
  return acts({ kind: 'view', view: 'signals' }, { kind: 'list', pane: 'decisions', changes: { filter: `corr:${found}`, selected: null } })
}

const stepLevel = (state: ConsoleState, by: 1 | -1): Pressed => {
  const index = LEVEL_NAMES.indexOf(levelName(state.logs.levelMin)) + by
  const name = LEVEL_NAMES[index]
  return name === undefined
    ? hint(state, by < 0 ? 'all levels are shown' : 'only fatal lines are shown')
    : does({ kind: 'levelLog', level: LEVELS[name] })
}

const goBack = (state: ConsoleState): Pressed => {
  if (state.message !== null) return acts({ kind: 'message', message: null })
  if (isListPane(state.pane) && state.lists[state.pane].filter !== '') return acts({ kind: 'list', pane: state.pane, changes: { filter: '' } })
  if (state.pane === 'logs' && state.logs.context) return does({ kind: 'contextLog' })
  if (state.pane === 'logs' && state.logs.filter !== '') return does({ kind: 'filterLog', text: '' })
  if (state.pane === 'logs' && state.logs.only !== null) return does({ kind: 'processLog', only: null })
  if (state.pane === 'logs' && !state.logs.following) return does({ kind: 'logEdge', to: 'live' })
  if (state.zoomed) return acts({ kind: 'zoom', on: false })
  return state.view === 'overview' ? NOTHING : acts({ kind: 'view', view: 'overview' })
}

const move = (state: ConsoleState, command: CommandName, times: number): Pressed => {
  const { pane } = state
  const page = Math.max(HALF_PAGE_MIN, Math.floor(paneRows(state) / 2))
  const rows = { down: times, up: -times, halfDown: times * page, halfUp: -times * page }[command as 'down'] as number | undefined
  if (pane === 'logs') {
    if (rows !== undefined) return does({ kind: command === 'down' || command === 'up' ? 'chooseLog' : 'scrollLog', rows })
    return does({ kind: 'logEdge', to: command === 'first' ? 'first' : 'live' })
  }
  if (isDetailPane(pane)) return scrolledDetail(state, pane, rows ?? (command === 'first' ? 'first' : 'last'))
  if (!isListPane(pane)) return NOTHING
  if (rows !== undefined) return acts({ kind: 'choose', pane, by: rows })
  const all = shownRows(LISTS[pane], state).length
  return acts({ kind: 'choose', pane, by: command === 'first' ? -all : all })
}

/** Rows of the pane with the focus, without its title. */
export const paneRows = (state: ConsoleState): number => {
  const area = areaOf(areasNow(state), state.pane)
  return area === null ? 1 : Math.max(1, area.height - 1)
}

/** Lines of the log that are on the screen now; some are kept even where the pane is only a title, so that it is never empty later. */
export const logRows = (state: ConsoleState): number => {
  const area = areaOf(areasNow(state), 'logs')
  return area === null ? 1 : Math.max(1, area.height - 1 - densityRows(state.view, area.height))
}
