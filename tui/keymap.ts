import type { OrderView } from '../src/contracts/account.ts'
import type { BreakerView } from '../src/contracts/breaker.ts'
import { LISTS } from './lists/index.ts'
import { chosenRow } from './lists/list.ts'
import { isWorking } from './lists/orders.ts'
import { correlationOf } from './store/correlate.ts'
import { CONFIRM_KEY } from './store/dialog.ts'
import { areaOf } from './store/layout.ts'
import { cellsBeyond, columnsBeyond } from './store/scroll.ts'
import { areasNow, controlsOff } from './store/select.ts'
import type { ConsoleState, DialogStage } from './store/state.ts'
import { isListPane, type ListPane, VIEW_DEFINITIONS, VIEWS, type ViewName } from './store/views.ts'

/** Where a key works: `main` in every view, a view's own name in that view, `log` where the log pane has the focus. */
export type KeyContext = 'everywhere' | 'main' | 'log' | ViewName | 'help' | 'prompt' | 'dialog'

export type CommandName =
  | 'view1'
  | 'view2'
  | 'view3'
  | 'view4'
  | 'view5'
  | 'view6'
  | 'view7'
  | 'view8'
  | 'previousView'
  | 'pauseResume'
  | 'halt'
  | 'flatten'
  | 'flattenOne'
  | 'cancelOrder'
  | 'rearm'
  | 'trip'
  | 'pauseMarked'
  | 'acknowledge'
  | 'nextPane'
  | 'previousPane'
  | 'down'
  | 'up'
  | 'left'
  | 'right'
  | 'first'
  | 'last'
  | 'halfDown'
  | 'halfUp'
  | 'zoom'
  | 'detail'
  | 'filter'
  | 'onlyOpen'
  | 'onlyBlocked'
  | 'palette'
  | 'sort'
  | 'sortReverse'
  | 'columns'
  | 'context'
  | 'processes'
  | 'wrap'
  | 'clock'
  | 'copy'
  | 'plain'
  | 'export'
  | 'correlate'
  | 'settings'
  | 'freeze'
  | 'moreLevels'
  | 'fewerLevels'
  | 'mark'
  | 'nextMark'
  | 'nextMatch'
  | 'previousMatch'
  | 'verify'
  | 'chartNext'
  | 'chartWindow'
  | 'chartCloser'
  | 'chartWider'
  | 'chartTable'
  | 'wallBoard'
  | 'attach'
  | 'reconnect'
  | 'help'
  | 'back'
  | 'accept'
  | 'confirm'
  | 'complete'
  | 'previousField'
  | 'repaint'
  | 'suspend'
  | 'leave'
  | 'detach'

/** One key. `unavailable` gives the reason to show, so that a key that does nothing explains itself. */
export type KeyRow = {
  readonly key: string
  /** Other keys that do the same. */
  readonly also?: readonly string[]
  readonly context: KeyContext
  /** For the help. */
  readonly does: string
  /** For the last line of the screen; left out where that has more important things to say. `..` means: opens a dialog. */
  readonly hint?: string | ((state: ConsoleState) => string)
  readonly command: CommandName
  readonly confirm?: 'dialog'
  /** Moves only: pressing it often is pressing it so many times. Any other key counts only when it comes alone. */
  readonly repeats?: true
  readonly unavailable: (state: ConsoleState) => string | null
}

const always = (): null => null

const pauseHint = ({ snapshot }: ConsoleState): string => {
  if (snapshot?.engine.desired === 'paused') return 'resume..'
  return snapshot === null || snapshot.engine.desired === 'running' ? 'pause..' : 're-arm..'
}

const whenFlat = (state: ConsoleState): string | null => controlsOff(state) ?? (state.snapshot?.positions.length === 0 ? 'no position is open' : null)

const whenHalted = (state: ConsoleState): string | null =>
  controlsOff(state) ?? (state.snapshot?.engine.desired === 'halted' ? 'it is halted already' : null)

const notLost = ({ link }: ConsoleState): string | null => (link.kind === 'lost' ? null : 'the link is not lost')

const noLine = ({ logs }: ConsoleState): string | null => (logs.kept === 0 ? 'there is no line yet' : null)
const inList = ({ pane }: ConsoleState): string | null => (isListPane(pane) ? null : 'this pane is no list')
const stays = ({ pane }: ConsoleState): string | null => (pane === 'charts' ? 'charts do not move; ] shows the next' : null)
const noSide = (state: ConsoleState): string | null => {
  if (state.pane === 'charts') return 'charts do not move sideways'
  if (state.pane === 'logs' && state.wrap) return 'long lines go on below (w)'
  if (!isListPane(state.pane))
    return (state.shifts[state.pane]?.columns ?? 0) === 0 && cellsBeyond(state, state.pane) === 0 ? 'no line is longer than the pane' : null
  return columnsBeyond(state, state.pane) === 0 ? 'all columns are on the screen' : null
}
const noFilter = (state: ConsoleState): string | null =>
  isListPane(state.pane) || areaOf(areasNow(state), 'logs') !== null ? null : 'this pane has nothing to filter'
const noId = (state: ConsoleState): string | null => (correlationOf(state) === null ? 'what is chosen has no id to follow' : null)
const noSort = (state: ConsoleState): string | null =>
  inList(state) ?? (isListPane(state.pane) && state.lists[state.pane].sort === null ? 's sorts by a column first' : null)
const noDetail = ({ view }: ConsoleState): string | null => (VIEW_DEFINITIONS[view].detail === null ? 'this view has no detail' : null)
const noPrevious = ({ previousView }: ConsoleState): string | null => (previousView === null ? 'no other view was open yet' : null)

const noRow =
  (pane: ListPane, what: string) =>
  (state: ConsoleState): string | null =>
    chosenRow(LISTS[pane], state) === null ? `no ${what} is chosen` : null

const ofOrder = (state: ConsoleState): string | null => {
  const order = chosenRow(LISTS.orders, state) as OrderView | null
  return controlsOff(state) ?? (order === null ? 'no order is chosen' : isWorking(order) ? null : `${order.clientOrderId} is ${order.state}`)
}
const ofPosition = (state: ConsoleState): string | null => controlsOff(state) ?? noRow('positions', 'position')(state)
const ofClosed = (state: ConsoleState): string | null => {
  const breaker = chosenRow(LISTS.breakers, state) as BreakerView | null
  return controlsOff(state) ?? (breaker === null ? 'no breaker is chosen' : breaker.state === 'closed' ? `${breaker.name} is closed` : null)
}
const ofTripped = (state: ConsoleState): string | null => {
  const breaker = chosenRow(LISTS.breakers, state) as BreakerView | null
  return controlsOff(state) ?? (breaker === null ? 'no breaker is chosen' : breaker.state === 'latched' ? `${breaker.name} is latched already` : null)
}
const noAlert = (state: ConsoleState): string | null =>
  controlsOff(state) ?? (state.snapshot?.alerts.some(({ acknowledgedBy }) => acknowledgedBy === null) ? null : 'no alert waits to be seen')
const noClipboard = ({ settings }: ConsoleState): string | null => (settings.clipboard ? null : 'copying is off: :set clipboard on')
const nothingMarked = ({ marked, identity }: ConsoleState): string | null =>
  identity.readOnly ? 'this console only watches (--read-only)' : marked.length === 0 ? 'nothing is marked (Space)' : null

/** A step of the dialog has its own keys; without one the help lists them all. */
const atStage =
  (...stages: readonly DialogStage[]) =>
  ({ dialog }: ConsoleState): string | null =>
    dialog === null || stages.includes(dialog.stage) ? null : 'not at this step'

const viewRow = (digit: number, view: ViewName): KeyRow => ({
  key: String(digit),
  context: 'main',
  does: `view: ${VIEW_DEFINITIONS[view].title}`,
  command: `view${digit}` as CommandName,
  unavailable: always,
})

/**
 * Every key of the console. Lower case looks, upper case opens a dialog. `H` and `F` are what a split escape sequence ends with, so
 * halt is `K` (kill switch) and flatten is `X` (exit all).
 */
export const KEYMAP: readonly KeyRow[] = [
  {
    key: 'p',
    context: 'main',
    does: 'pause the engine, resume it, or let go of its latch',
    hint: pauseHint,
    command: 'pauseResume',
    confirm: 'dialog',
    unavailable: controlsOff,
  },
  {
    key: 'K',
    context: 'main',
    does: 'halt: stop entries and latch it (kill switch)',
    hint: 'halt..',
    command: 'halt',
    confirm: 'dialog',
    unavailable: whenHalted,
  },
  {
    key: 'X',
    context: 'main',
    does: 'flatten: close every open position (exit all)',
    hint: 'flatten..',
    command: 'flatten',
    confirm: 'dialog',
    unavailable: whenFlat,
  },
  ...VIEWS.map((view, index) => viewRow(index + 1, view)),
  { key: 'Backspace', context: 'main', does: 'the view before this one', command: 'previousView', unavailable: noPrevious },
  { key: 'Tab', context: 'main', does: 'next pane', hint: 'pane', command: 'nextPane', unavailable: always },
  { key: 'Shift-Tab', context: 'main', does: 'previous pane', command: 'previousPane', unavailable: always },
  { key: 'j', also: ['Down'], context: 'main', does: 'down', hint: 'down', command: 'down', repeats: true, unavailable: stays },
  {
    key: 'k',
    also: ['Up'],
    context: 'main',
    does: 'up; in the log it freezes and chooses a line',
    hint: 'up',
    command: 'up',
    repeats: true,
    unavailable: stays,
  },
  {
    key: 'h',
    also: ['Left'],
    context: 'main',
    does: 'columns, or long lines, to the left',
    command: 'left',
    repeats: true,
    unavailable: noSide,
  },
  {
    key: 'l',
    also: ['Right'],
    context: 'main',
    does: 'columns that did not fit, or the rest of long lines',
    command: 'right',
    repeats: true,
    unavailable: noSide,
  },
  { key: 'g', also: ['Home'], context: 'main', does: 'first row, oldest line', command: 'first', unavailable: stays },
  { key: 'G', also: ['End'], context: 'main', does: 'last row; in the log live again', command: 'last', unavailable: stays },
  { key: 'Ctrl-D', also: ['PageDown', 'Ctrl-F'], context: 'main', does: 'half a page down', command: 'halfDown', repeats: true, unavailable: stays },
  { key: 'Ctrl-U', also: ['PageUp'], context: 'main', does: 'half a page up', command: 'halfUp', repeats: true, unavailable: stays },
  { key: 'Enter', context: 'main', does: 'show or hide the detail of what is chosen', hint: 'detail', command: 'detail', unavailable: noDetail },
  { key: 'z', context: 'main', does: 'zoom the pane, or all panes again', hint: 'zoom', command: 'zoom', unavailable: always },
  {
    key: '/',
    context: 'main',
    does: 'filter this pane: text  !text  /re/  field:value  field>=n  level>=warn  since:10m',
    hint: 'filter',
    command: 'filter',
    unavailable: noFilter,
  },
  { key: ':', context: 'main', does: 'command palette: every action by its name', hint: 'command', command: 'palette', unavailable: always },
  { key: 's', context: 'main', does: 'sort by the next column', command: 'sort', unavailable: inList },
  { key: 'S', context: 'main', does: 'sort the other way round', command: 'sortReverse', unavailable: noSort },
  { key: 'c', context: 'main', does: 'choose the columns of this list', command: 'columns', unavailable: inList },
  { key: 't', context: 'main', does: 'times: UTC, local, how long ago', command: 'clock', unavailable: always },
  { key: 'y', context: 'main', does: 'copy the chosen row into the clipboard of the terminal (OSC 52)', command: 'copy', unavailable: noClipboard },
  { key: 'Y', context: 'main', does: 'show the pane without decoration, for copying by hand', command: 'plain', unavailable: always },
  { key: 'e', context: 'main', does: 'export this pane to a new file: .jsonl, .csv, .txt or .md', command: 'export', unavailable: always },
  { key: 'x', context: 'main', does: 'jump along one id: signal, log lines, audit record', command: 'correlate', unavailable: noId },
  {
    key: 'a',
    context: 'main',
    does: 'acknowledge the alerts; in their list the chosen one',
    hint: 'seen..',
    command: 'acknowledge',
    confirm: 'dialog',
    unavailable: noAlert,
  },
  { key: ',', context: 'main', does: 'settings: :set NAME VALUE', command: 'settings', unavailable: always },
  { key: 'W', context: 'main', does: 'wall board for a spare monitor; any key returns', command: 'wallBoard', unavailable: always },

  { key: 'f', context: 'overview', does: 'only cycles that failed or were slow', command: 'onlyOpen', unavailable: always },
  { key: 'f', context: 'signals', does: 'only approved signals', command: 'onlyOpen', unavailable: always },
  { key: 'b', context: 'signals', does: 'only blocked signals', command: 'onlyBlocked', unavailable: always },
  { key: 'R', context: 'breakers', does: 're-arm the chosen breaker', hint: 're-arm..', command: 'rearm', confirm: 'dialog', unavailable: ofClosed },
  { key: 'T', context: 'breakers', does: 'trip the chosen breaker', hint: 'trip..', command: 'trip', confirm: 'dialog', unavailable: ofTripped },
  { key: 'f', context: 'breakers', does: 'only breakers that are not closed', command: 'onlyOpen', unavailable: always },
  {
    key: 'Z',
    context: 'positions',
    does: 'flatten the chosen position only',
    hint: 'flatten one..',
    command: 'flattenOne',
    confirm: 'dialog',
    unavailable: ofPosition,
  },
  {
    key: 'E',
    context: 'positions',
    does: 'end (cancel) the chosen order',
    hint: 'end order..',
    command: 'cancelOrder',
    confirm: 'dialog',
    unavailable: ofOrder,
  },
  { key: 'f', context: 'positions', does: 'only orders that work', command: 'onlyOpen', unavailable: always },
  { key: 'v', context: 'audit', does: 'verify the chain of the trail', hint: 'verify', command: 'verify', unavailable: always },
  { key: 'f', context: 'audit', does: 'only what people did', command: 'onlyOpen', unavailable: always },
  { key: ']', context: 'charts', does: 'next chart', hint: 'next', command: 'chartNext', unavailable: always },
  { key: 'w', context: 'charts', does: 'window of time: 1 h, 6 h, 24 h, 7 d, all', hint: 'window', command: 'chartWindow', unavailable: always },
  { key: '+', context: 'charts', does: 'a shorter window of time', command: 'chartCloser', unavailable: always },
  { key: '-', context: 'charts', does: 'a longer window of time', command: 'chartWider', unavailable: always },
  { key: 'T', context: 'charts', does: 'figures as a table, or charts again', hint: 'table', command: 'chartTable', unavailable: always },
  {
    key: 'Space',
    context: 'fleet',
    does: 'mark the chosen instance',
    hint: 'mark',
    command: 'mark',
    repeats: true,
    unavailable: noRow('fleet', 'instance'),
  },
  {
    key: 'P',
    context: 'fleet',
    does: 'pause all marked engines',
    hint: 'pause marked..',
    command: 'pauseMarked',
    confirm: 'dialog',
    unavailable: nothingMarked,
  },
  {
    key: 'o',
    context: 'fleet',
    does: 'open the console on the chosen instance',
    hint: 'attach',
    command: 'attach',
    unavailable: noRow('fleet', 'instance'),
  },

  { key: 'Space', context: 'log', does: 'freeze the log, or let it follow again', hint: 'freeze', command: 'freeze', unavailable: always },
  { key: '+', context: 'log', does: 'show more levels', hint: 'more', command: 'moreLevels', unavailable: always },
  { key: '-', context: 'log', does: 'show fewer levels', hint: 'fewer', command: 'fewerLevels', unavailable: always },
  { key: 'n', context: 'log', does: 'next warning or error', command: 'nextMatch', unavailable: always },
  { key: 'N', context: 'log', does: 'previous warning or error', command: 'previousMatch', unavailable: always },
  {
    key: 'i',
    context: 'log',
    does: 'what stands around the chosen line, without the filters; again goes back',
    command: 'context',
    unavailable: noLine,
  },
  { key: 'o', context: 'log', does: 'choose the processes that are shown', command: 'processes', unavailable: noLine },
  { key: 'm', context: 'log', does: 'mark the place', command: 'mark', unavailable: always },
  { key: "'", context: 'log', does: 'next mark', command: 'nextMark', unavailable: always },
  { key: 'w', context: 'log', does: 'long lines go on below, or are cut', command: 'wrap', unavailable: always },

  { key: 'r', context: 'main', does: 'try to connect now', command: 'reconnect', unavailable: notLost },
  { key: '?', also: ['F1'], context: 'main', does: 'this help', hint: 'help', command: 'help', unavailable: always },
  { key: 'Esc', context: 'main', does: 'go back: filter off, zoom off, view before. It never leaves', command: 'back', unavailable: always },
  { key: 'q', context: 'main', does: 'detach; the engine keeps running', hint: 'detach', command: 'detach', unavailable: always },

  { key: 'j', also: ['Down'], context: 'help', does: 'down', hint: 'down', command: 'down', repeats: true, unavailable: always },
  { key: 'k', also: ['Up'], context: 'help', does: 'up', hint: 'up', command: 'up', repeats: true, unavailable: always },
  { key: 'Ctrl-D', also: ['PageDown', 'Ctrl-F'], context: 'help', does: 'half a page down', command: 'halfDown', repeats: true, unavailable: always },
  { key: 'Ctrl-U', also: ['PageUp'], context: 'help', does: 'half a page up', command: 'halfUp', repeats: true, unavailable: always },
  { key: 'g', also: ['Home'], context: 'help', does: 'to the top', command: 'first', unavailable: always },
  { key: 'G', also: ['End'], context: 'help', does: 'to the end', command: 'last', unavailable: always },
  { key: '/', context: 'help', does: 'show only keys with a text', hint: 'filter', command: 'filter', unavailable: always },
  { key: 'Esc', also: ['?', 'q'], context: 'help', does: 'close the help', hint: 'close', command: 'back', unavailable: always },

  { key: 'Enter', context: 'prompt', does: 'take the text', hint: 'take', command: 'accept', unavailable: always },
  { key: 'Tab', context: 'prompt', does: 'complete it, or the next completion', hint: 'complete', command: 'complete', unavailable: always },
  { key: 'Esc', context: 'prompt', does: 'close without it', hint: 'give up', command: 'back', unavailable: always },

  {
    key: 'Enter',
    also: ['Tab'],
    context: 'dialog',
    does: 'next step',
    hint: ({ dialog }) => (dialog?.stage === 'done' ? 'close' : 'next'),
    command: 'accept',
    unavailable: atStage('reason', 'name', 'done'),
  },
  { key: 'Shift-Tab', context: 'dialog', does: 'step before', hint: 'before', command: 'previousField', unavailable: atStage('name', 'confirm') },
  { key: CONFIRM_KEY, context: 'dialog', does: 'send it (last step)', hint: 'send', command: 'confirm', unavailable: atStage('confirm') },
  {
    key: 'Esc',
    context: 'dialog',
    does: 'close; nothing is sent',
    hint: ({ dialog }) => (dialog?.stage === 'sending' || dialog?.stage === 'done' ? 'close' : 'give up'),
    command: 'back',
    unavailable: always,
  },

  { key: 'Ctrl-L', context: 'everywhere', does: 'draw everything anew', command: 'repaint', unavailable: always },
  {
    key: 'Ctrl-Z',
    context: 'everywhere',
    does: 'suspend to the shell (fg comes back)',
    command: 'suspend',
    unavailable: () => (process.platform === 'win32' ? 'Windows has no job control' : null),
  },
  { key: 'Ctrl-C', context: 'everywhere', does: 'close what is open, otherwise detach', command: 'leave', unavailable: always },
]

/**
 * Keys that are never bound: terminals, flow control and multiplexers take them, they are other names of named keys, or a split
 * escape sequence ends with them.
 */
export const RESERVED_KEYS: ReadonlySet<string> = new Set([
  ...'ABGHIJMNOPQSTV'.split('').map((letter) => `Ctrl-${letter}`),
  'Ctrl-\\',
  '[',
  'O',
  '~',
  'A',
  'B',
  'C',
  'D',
  'F',
  'H',
])

/** Contexts whose keys work at the same time. */
const TOGETHER: Readonly<Record<KeyContext, readonly KeyContext[]>> = {
  everywhere: ['everywhere', 'main', 'log', ...VIEWS, 'help', 'prompt', 'dialog'],
  main: ['everywhere', 'main', 'log', ...VIEWS],
  log: ['everywhere', 'main', 'log', 'overview', 'logs'],
  overview: ['everywhere', 'main', 'log', 'overview'],
  signals: ['everywhere', 'main', 'signals'],
  breakers: ['everywhere', 'main', 'breakers'],
  positions: ['everywhere', 'main', 'positions'],
  audit: ['everywhere', 'main', 'audit'],
  logs: ['everywhere', 'main', 'log', 'logs'],
  charts: ['everywhere', 'main', 'charts'],
  fleet: ['everywhere', 'main', 'fleet'],
  help: ['everywhere', 'help'],
  prompt: ['everywhere', 'prompt'],
  dialog: ['everywhere', 'dialog'],
}

const keysOf = ({ key, also = [] }: KeyRow): readonly string[] => [key, ...also]

/** Commands that a fault is about, and what it is. */
export type KeyFault = { readonly commands: readonly CommandName[]; readonly message: string }

/** Keys that people hold down, or press without looking. */
const MOVING: ReadonlySet<string> = new Set('Up Down Left Right PageUp PageDown Home End Space Enter Tab Shift-Tab Backspace Delete'.split(' '))

/** What is wrong with a table of keys: two meanings for one key, a key that is not ours to take, or one that would also confirm its own dialog. */
export const keymapFaults = (rows: readonly KeyRow[]): readonly KeyFault[] => {
  const faults: KeyFault[] = []
  rows.forEach((row, index) => {
    const fault = (message: string, ...others: CommandName[]): void => void faults.push({ commands: [row.command, ...others], message })
    for (const key of keysOf(row)) {
      if (RESERVED_KEYS.has(key)) fault(`${key} (${row.context}: ${row.does}) is reserved for terminals and multiplexers`)
      const other = rows.slice(0, index).find((before) => TOGETHER[row.context].includes(before.context) && keysOf(before).includes(key))
      if (other !== undefined) fault(`${key} means both "${other.does}" and "${row.does}"`, other.command)
      if (row.context === 'everywhere' && !/^(?:Ctrl-.|F\d+)$/.test(key))
        fault(`${key} would be typed into no text any more: "${row.does}" takes only Ctrl or a function key`)
      if (row.confirm === 'dialog' && MOVING.has(key)) fault(`${key} is held down to move, so it opens no dialog ("${row.does}")`)
      if (row.confirm === 'dialog' && key === CONFIRM_KEY) fault(`${key} confirms dialogs, so it cannot open the one of "${row.does}"`)
    }
    if (new Set(keysOf(row)).size !== keysOf(row).length) fault(`${row.key} is named twice`)
  })
  return faults
}

/** The contexts that hold now, the nearest first. */
export const contextsNow = (state: ConsoleState): readonly KeyContext[] => {
  if (state.dialog !== null) return ['dialog', 'everywhere']
  if (state.prompt !== null || state.help?.typing === true) return ['prompt', 'everywhere']
  if (state.help !== null) return ['help', 'everywhere']
  return [...(state.pane === 'logs' ? (['log'] as const) : []), state.view, 'main', 'everywhere']
}

/** The rows that hold now, in the order of the table. */
export const rowsNow = (state: ConsoleState): readonly KeyRow[] => {
  const contexts = contextsNow(state)
  return state.keys.filter(({ context }) => contexts.includes(context))
}

/** What a key means now; null where it means nothing. */
export const rowFor = (state: ConsoleState, key: string): KeyRow | null => rowsNow(state).find((row) => keysOf(row).includes(key)) ?? null
