import { type CommandName, type KeyRow, rowFor } from '../keymap.ts'
import { parseFilter } from '../logs/filter.ts'
import { LEVEL_NAMES, LEVELS, levelName } from '../logs/line.ts'
import { helpOffsetMax } from '../present/help.ts'
import type { KeyEvent } from '../terminal/key-event.ts'
import { editText, openDialog, pressInDialog } from './dialog.ts'
import { areaOf, layout } from './layout.ts'
import { type Action, reduce } from './reduce.ts'
import { rowKeys } from './select.ts'
import type { ConsoleState, Dialog } from './state.ts'

const MESSAGE_MS = 5_000
const FILTER_LENGTH_MAX = 200
const HALF_PAGE_MIN = 1
/** More moves in one chunk are a paste. */
const MOVES_MAX = 64

/** What a key asks of the world outside the state. */
export type Effect =
  | { readonly kind: 'detach' }
  | { readonly kind: 'repaint' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'reconnect' }
  | { readonly kind: 'send'; readonly dialog: Dialog }
  | { readonly kind: 'scrollLog'; readonly rows: number }
  | { readonly kind: 'logEdge'; readonly to: 'first' | 'live' }
  | { readonly kind: 'freezeLog' }
  | { readonly kind: 'filterLog'; readonly text: string }
  | { readonly kind: 'levelLog'; readonly level: number }

export type Pressed = { readonly actions: readonly Action[]; readonly effects: readonly Effect[] }

const NOTHING: Pressed = { actions: [], effects: [] }
const acts = (...actions: Action[]): Pressed => ({ actions, effects: [] })
const does = (...effects: Effect[]): Pressed => ({ actions: [], effects })

const hint = (state: ConsoleState, text: string): Pressed =>
  acts({ kind: 'message', message: { text, tone: 'warning', until: state.monotonic + MESSAGE_MS } })

/** What a key, a burst or a paste does now. Pure: the caller carries it out. */
export const press = (state: ConsoleState, event: KeyEvent): Pressed => {
  const row = event.kind === 'key' ? rowFor(state, event.name) : null
  if (row?.context === 'everywhere') return everywhere(state, row.command, event)
  if (state.dialog !== null) return inDialog(state, state.dialog, event)
  if (state.prompt !== null) return inPrompt(state.prompt.text, row, event)
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
  return hint(state, `${keys.length} characters at once do nothing here: press keys one by one`)
}

const everywhere = (state: ConsoleState, command: CommandName, event: KeyEvent): Pressed => {
  if (command === 'repaint') return does({ kind: 'repaint' })
  if (command === 'suspend') return does({ kind: 'suspend' })
  if (state.dialog !== null) return inDialog(state, state.dialog, event)
  if (state.prompt !== null) return acts({ kind: 'prompt', prompt: null })
  if (state.help !== null) return acts({ kind: 'help', help: null })
  return does({ kind: 'detach' })
}

const inDialog = (state: ConsoleState, dialog: Dialog, event: KeyEvent): Pressed => {
  const answer = pressInDialog(state, dialog, event)
  const actions: readonly Action[] = answer.dialog === dialog ? [] : [{ kind: 'dialog', dialog: answer.dialog }]
  return { actions, effects: answer.send ? [{ kind: 'send', dialog }] : [] }
}

const inPrompt = (text: string, row: KeyRow | null, event: KeyEvent): Pressed => {
  if (row?.command === 'back') return acts({ kind: 'prompt', prompt: null })
  if (row?.command === 'accept') {
    const filter = parseFilter(text)
    if (!filter.ok) return acts({ kind: 'prompt', prompt: { text, problem: filter.error } })
    return { actions: [{ kind: 'prompt', prompt: null }], effects: [{ kind: 'filterLog', text }] }
  }
  const edited = editText(text, event, FILTER_LENGTH_MAX)
  return edited === null ? NOTHING : acts({ kind: 'prompt', prompt: { text: edited, problem: null } })
}

const inHelpFilter = (state: ConsoleState, text: string, row: KeyRow | null, event: KeyEvent): Pressed => {
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

const inMain = (state: ConsoleState, command: CommandName, times: number): Pressed => {
  switch (command) {
    case 'pauseResume':
    case 'halt':
    case 'flatten': {
      const dialog = openDialog(state, command)
      return dialog.ok ? acts({ kind: 'dialog', dialog: dialog.value }) : hint(state, dialog.error)
    }
    case 'nextPane':
      return acts({ kind: 'stepPane', by: 1 })
    case 'previousPane':
      return acts({ kind: 'stepPane', by: -1 })
    case 'zoom':
      return acts({ kind: 'zoom', on: !state.zoomed })
    case 'filter':
      return acts({ kind: 'pane', pane: 'logs' }, { kind: 'prompt', prompt: { text: state.logs.filter, problem: null } })
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

const stepLevel = (state: ConsoleState, by: 1 | -1): Pressed => {
  const index = LEVEL_NAMES.indexOf(levelName(state.logs.levelMin)) + by
  const name = LEVEL_NAMES[index]
  return name === undefined
    ? hint(state, by < 0 ? 'all levels are shown' : 'only fatal lines are shown')
    : does({ kind: 'levelLog', level: LEVELS[name] })
}

const goBack = (state: ConsoleState): Pressed => {
  if (state.message !== null) return acts({ kind: 'message', message: null })
  if (state.pane === 'logs' && state.logs.filter !== '') return does({ kind: 'filterLog', text: '' })
  if (state.pane === 'logs' && !state.logs.following) return does({ kind: 'logEdge', to: 'live' })
  return state.zoomed ? acts({ kind: 'zoom', on: false }) : NOTHING
}

const move = (state: ConsoleState, command: CommandName, times: number): Pressed => {
  const { pane } = state
  const page = Math.max(HALF_PAGE_MIN, Math.floor(paneRows(state) / 2))
  const rows = { down: times, up: -times, halfDown: times * page, halfUp: -times * page }[command as 'down'] as number | undefined
  if (pane === 'logs') {
    if (rows !== undefined) return does({ kind: 'scrollLog', rows })
    return does({ kind: 'logEdge', to: command === 'first' ? 'first' : 'live' })
  }
  if (rows !== undefined) return acts({ kind: 'choose', pane, by: rows })
  const all = rowKeys(state, pane).length
  return acts({ kind: 'choose', pane, by: command === 'first' ? -all : all })
}

/** Rows of the pane with the focus, without its title. */
export const paneRows = (state: ConsoleState): number => {
  const area = areaOf(layout(state.size, state.zoomed ? state.pane : null), state.pane)
  return area === null ? 1 : Math.max(1, area.height - 1)
}

/** Lines of the log that are on the screen now; some are kept even where the pane is only a title, so that it is never empty later. */
export const logRows = (state: ConsoleState): number => {
  const area = areaOf(layout(state.size, state.zoomed ? state.pane : null), 'logs')
  return area === null ? 1 : Math.max(1, area.height - 1)
}
