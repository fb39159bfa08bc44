import { CONFIRM_KEY } from './store/dialog.ts'
import { controlsOff } from './store/select.ts'
import type { ConsoleState } from './store/state.ts'

/** Where a key works. `logs` and `main` hold together while the log pane has the focus; `everywhere` always holds. */
export type KeyContext = 'everywhere' | 'main' | 'logs' | 'help' | 'prompt' | 'dialog'

export type CommandName =
  | 'pauseResume'
  | 'halt'
  | 'flatten'
  | 'nextPane'
  | 'previousPane'
  | 'down'
  | 'up'
  | 'first'
  | 'last'
  | 'halfDown'
  | 'halfUp'
  | 'zoom'
  | 'filter'
  | 'freeze'
  | 'moreLevels'
  | 'fewerLevels'
  | 'reconnect'
  | 'help'
  | 'back'
  | 'accept'
  | 'confirm'
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
  { key: 'Tab', context: 'main', does: 'next pane', hint: 'pane', command: 'nextPane', unavailable: always },
  { key: 'Shift-Tab', context: 'main', does: 'previous pane', command: 'previousPane', unavailable: always },
  { key: 'j', also: ['Down'], context: 'main', does: 'down', hint: 'down', command: 'down', repeats: true, unavailable: always },
  { key: 'k', also: ['Up'], context: 'main', does: 'up; in the log it freezes', hint: 'up', command: 'up', repeats: true, unavailable: always },
  { key: 'g', also: ['Home'], context: 'main', does: 'first row, oldest line', command: 'first', unavailable: always },
  { key: 'G', also: ['End'], context: 'main', does: 'last row; in the log live again', command: 'last', unavailable: always },
  { key: 'Ctrl-D', also: ['PageDown', 'Ctrl-F'], context: 'main', does: 'half a page down', command: 'halfDown', repeats: true, unavailable: always },
  { key: 'Ctrl-U', also: ['PageUp'], context: 'main', does: 'half a page up', command: 'halfUp', repeats: true, unavailable: always },
  { key: 'z', context: 'main', does: 'zoom the pane, or all panes again', hint: 'zoom', command: 'zoom', unavailable: always },
  {
    key: '/',
    context: 'main',
    does: 'filter the log: text  !text  level>=warn  process:name',
    hint: 'filter',
    command: 'filter',
    unavailable: always,
  },
  { key: 'Space', context: 'logs', does: 'freeze the log, or let it follow again', hint: 'freeze', command: 'freeze', unavailable: always },
  { key: '+', context: 'logs', does: 'show more levels', hint: 'more', command: 'moreLevels', unavailable: always },
  { key: '-', context: 'logs', does: 'show fewer levels', hint: 'fewer', command: 'fewerLevels', unavailable: always },
  { key: 'r', context: 'main', does: 'try to connect now', command: 'reconnect', unavailable: notLost },
  { key: '?', context: 'main', does: 'this help', hint: 'help', command: 'help', unavailable: always },
  { key: 'Esc', context: 'main', does: 'go back: filter off, zoom off. It never leaves', command: 'back', unavailable: always },
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
  { key: 'Esc', context: 'prompt', does: 'close without it', hint: 'give up', command: 'back', unavailable: always },

  { key: 'Enter', also: ['Tab'], context: 'dialog', does: 'next step', hint: 'next', command: 'accept', unavailable: always },
  { key: 'Shift-Tab', context: 'dialog', does: 'step before', hint: 'before', command: 'previousField', unavailable: always },
  { key: CONFIRM_KEY, context: 'dialog', does: 'send it (last step)', hint: 'send', command: 'confirm', unavailable: always },
  { key: 'Esc', context: 'dialog', does: 'close; nothing is sent', hint: 'give up', command: 'back', unavailable: always },

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
  everywhere: ['everywhere', 'main', 'logs', 'help', 'prompt', 'dialog'],
  main: ['everywhere', 'main', 'logs'],
  logs: ['everywhere', 'main', 'logs'],
  help: ['everywhere', 'help'],
  prompt: ['everywhere', 'prompt'],
  dialog: ['everywhere', 'dialog'],
}

const keysOf = ({ key, also = [] }: KeyRow): readonly string[] => [key, ...also]

/** What is wrong with a table of keys: two meanings for one key, or a key that is not ours to take. */
export const keymapFaults = (rows: readonly KeyRow[]): readonly string[] => {
  const faults: string[] = []
  rows.forEach((row, index) => {
    for (const key of keysOf(row)) {
      if (RESERVED_KEYS.has(key)) faults.push(`${key} (${row.context}: ${row.does}) is reserved`)
      const other = rows.slice(0, index).find((before) => TOGETHER[row.context].includes(before.context) && keysOf(before).includes(key))
      if (other !== undefined) faults.push(`${key} means both "${other.does}" and "${row.does}"`)
    }
    if (new Set(keysOf(row)).size !== keysOf(row).length) faults.push(`${row.key} is named twice in one row`)
  })
  return faults
}

/** The contexts that hold now, the nearest first. */
export const contextsNow = (state: ConsoleState): readonly KeyContext[] => {
  if (state.dialog !== null) return ['dialog', 'everywhere']
  if (state.prompt !== null || state.help?.typing === true) return ['prompt', 'everywhere']
  if (state.help !== null) return ['help', 'everywhere']
  return state.pane === 'logs' ? ['logs', 'main', 'everywhere'] : ['main', 'everywhere']
}

/** The rows that hold now, in the order of the table. */
export const rowsNow = (state: ConsoleState): readonly KeyRow[] => {
  const contexts = contextsNow(state)
  return KEYMAP.filter(({ context }) => contexts.includes(context))
}

/** What a key means now; null where it means nothing. */
export const rowFor = (state: ConsoleState, key: string): KeyRow | null => rowsNow(state).find((row) => keysOf(row).includes(key)) ?? null
