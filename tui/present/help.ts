import type { KeyContext, KeyRow } from '../keymap.ts'
import { hasTabs } from '../store/layout.ts'
import type { ConsoleState } from '../store/state.ts'
import { cell, type Line, plainText } from './line.ts'
import { count } from './number.ts'
import { titleLine } from './pane.ts'

const HEADINGS: Readonly<Record<KeyContext, string>> = {
  main: 'In every view',
  log: 'In the log pane',
  overview: 'In the overview',
  signals: 'In the view of signals',
  breakers: 'In the view of breakers',
  positions: 'In the view of positions',
  audit: 'In the view of the audit trail',
  logs: 'In the view of logs',
  charts: 'In the view of charts',
  fleet: 'In the view of the fleet',
  help: 'In this help',
  prompt: 'In a text field',
  dialog: 'In a dialog',
  everywhere: 'Everywhere',
}

/** What works where the person is comes first. */
const orderFor = (state: ConsoleState): readonly KeyContext[] => [
  state.view,
  ...(state.pane === 'logs' ? (['log'] as const) : []),
  'main',
  'everywhere',
  'dialog',
  'prompt',
  'help',
]
const KEYS_WIDTH = 24

/** The whole help: the table of keys, printed, with the reason where a key does nothing now. */
export const helpLines = (state: ConsoleState): readonly Line[] => {
  const wanted = (state.help?.filter ?? '').toLowerCase()
  const lines: Line[] = []
  for (const context of orderFor(state)) {
    const rows = state.keys
      .filter((row) => row.context === context)
      .map((row) => rowLine(row, state))
      .filter((line) => wanted === '' || plainText(line).toLowerCase().includes(wanted))
    if (rows.length === 0) continue
    if (lines.length > 0) lines.push([])
    lines.push([{ text: `  ${HEADINGS[context]}`, tone: 'heading' }], ...rows)
  }
  return lines.length === 0 ? [[{ text: `  no key has ${JSON.stringify(wanted)}`, tone: 'muted' }]] : lines
}

const rowLine = (row: KeyRow, state: ConsoleState): Line => {
  // Reasons of a dialog or a field would speak of a state that is not there while the help is open.
  const reason = row.context === 'help' || row.context === 'prompt' || row.context === 'dialog' ? null : row.unavailable(state)
  return [
    { text: `  ${cell([row.key, ...(row.also ?? [])].join(' '), KEYS_WIDTH)}`, tone: reason === null ? 'key' : 'muted' },
    { text: row.does, tone: reason === null ? 'text' : 'muted' },
    ...(reason === null ? [] : ([{ text: `  (not now: ${reason})`, tone: 'warning' }] as const)),
  ]
}

/** The largest offset that still fills the screen. */
export const helpOffsetMax = (state: ConsoleState): number => Math.max(0, helpLines(state).length - helpSpace(state))

/** Rows between the title of the help and the two lines below it; the tabs take one where there are any. */
const helpSpace = ({ size }: ConsoleState): number => Math.max(1, size.rows - 4 - (hasTabs(size) ? 1 : 0))

export const presentHelp = (state: ConsoleState, width: number, height: number): readonly Line[] => {
  const lines = helpLines(state)
  const space = Math.max(1, height - 1)
  const offset = Math.min(state.help?.offset ?? 0, Math.max(0, lines.length - space))
  const hidden = lines.length - offset - space
  const note = `${state.help?.filter === '' ? '' : `/${state.help?.filter}  `}${offset > 0 ? `${count(offset)} above  ` : ''}${hidden > 0 ? `${count(hidden)} below` : 'end'}`
  return [titleLine({ name: 'Keys', focused: true, width, note: [{ text: note, tone: 'muted' }] }), ...lines.slice(offset, offset + space)]
}
