import type { Command } from '../../src/contracts/command.ts'
import { Phase } from '../../src/contracts/rules.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { INSTANCE_NAME, INSTANCE_NAME_SAYS } from '../../src/instance-name.ts'
import { err, ok, type Result } from '../../src/result.ts'
import { parseFilter } from '../filter.ts'
import { type CommandName, KEYMAP, rowsNow } from '../keymap.ts'
import { LISTS } from '../lists/index.ts'
import { shownRows } from '../lists/list.ts'
import { openCommand } from './dialog.ts'
import { areaOf } from './layout.ts'
import { momentOf } from './moment.ts'
import { press } from './press.ts'
import type { Effect } from './pressed.ts'
import type { Action } from './reduce.ts'
import { areasNow, controlsOff, panesNow } from './select.ts'
import { type ConsoleState, SETTINGS, type Settings } from './state.ts'
import { isListPane, VIEW_DEFINITIONS, VIEWS, type ViewName } from './views.ts'

export type Ran = { readonly actions: readonly Action[]; readonly effects: readonly Effect[] }

type Word = {
  readonly name: string
  readonly also: readonly string[]
  /** What may come after it, for the completion and for the message where it is missing. */
  readonly takes: string
  readonly run: (state: ConsoleState, rest: string) => Result<Ran, string>
}

const OFFERS_MAX = 8
const DAY_MS = 86_400_000
const acts = (...actions: Action[]): Result<Ran, string> => ok({ actions, effects: [] })
const does = (...effects: Effect[]): Result<Ran, string> => ok({ actions: [], effects })

const SHORT: Readonly<Record<ViewName, string>> = {
  overview: 'ov',
  signals: 'sig',
  breakers: 'brk',
  positions: 'pos',
  audit: 'aud',
  logs: 'log',
  charts: 'cht',
  fleet: 'flt',
}

/** A view by its name, with a filter for its first list or for the log. */
const viewWord = (view: ViewName): Word => ({
  name: view,
  also: [SHORT[view]],
  takes: '[filter]',
  run: (state, rest) => {
    const filter = parseFilter(rest, state.now)
    if (!filter.ok) return filter
    const open: Action = { kind: 'view', view }
    if (rest === '') return acts(open)
    if (view === 'logs') return ok({ actions: [open], effects: [{ kind: 'filterLog', text: rest }] })
    const [pane] = VIEW_DEFINITIONS[view].panes
    return pane !== undefined && isListPane(pane)
      ? acts(open, { kind: 'list', pane, changes: { filter: filter.value.text, selected: null } })
      : acts(open)
  },
})

/** A command to the engine goes through the same dialog as its key, with the reason filled in where it was typed. */
const engineWord = (name: string, takes: string, commandOf: (operand: string) => Command | string): Word => ({
  name,
  also: [],
  takes,
  run: (state, rest) => {
    const off = KEYMAP.find(({ command }) => command === name && !takes.startsWith('<'))?.unavailable(state) ?? controlsOff(state)
    if (off !== null) return err(off)
    if (state.snapshot === null) return err('the state of the engine is not known yet')
    const needed = takes.startsWith('<')
    const [operand = '', ...words] = needed ? rest.split(/\s+/) : ['', rest]
    const command = commandOf(operand)
    if (typeof command === 'string') return err(command)
    const stranger = unknownTarget(command, state.snapshot)
    if (stranger !== null) return err(stranger)
    const dialog = openCommand(state, state.snapshot, command)
    return dialog.ok ? acts({ kind: 'dialog', dialog: { ...dialog.value, reason: words.join(' ').trim() } }) : dialog
  },
})

/** Why there is nothing of that name; null where there is. */
const unknownTarget = (command: Command, { positions, orders, breakers }: Snapshot): string | null => {
  if (command.kind === 'flatten' && command.symbol !== null && !positions.some(({ symbol }) => symbol === command.symbol))
    return `no position in ${command.symbol}; open are ${positions.map(({ symbol }) => symbol).join(' ') || 'none'}`
  if (command.kind === 'cancel' && !orders.some(({ clientOrderId }) => clientOrderId === command.clientOrderId))
    return `no order ${command.clientOrderId}; see :positions`
  if ((command.kind === 'rearm' || command.kind === 'trip') && !breakers.some(({ name }) => name === command.breaker))
    return `no breaker ${command.breaker}; there are ${breakers.map(({ name }) => name).join(' ')}`
  return null
}

const needs = (operand: string, what: string, made: (value: string) => Command): Command | string =>
  operand === '' ? `which ${what}?` : made(operand)

const setWord: Word = {
  name: 'set',
  also: [],
  takes: `${Object.keys(SETTINGS).join('|')} VALUE`,
  run: (state, rest) => {
    const [name = '', value = ''] = rest.split(/\s+/)
    const changed = settingOf(state, name, value)
    return typeof changed === 'string' ? err(changed) : acts({ kind: 'settings', changes: changed })
  },
}

const ON: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['yes', true],
  ['true', true],
  ['off', false],
  ['no', false],
  ['false', false],
])

const settingOf = ({ themes }: ConsoleState, name: string, value: string): Partial<Settings> | string => {
  const oneOf = <Name extends keyof Settings>(field: Name, values: readonly Settings[Name][]): Partial<Settings> | string =>
    (values as readonly unknown[]).includes(value) ? ({ [field]: value } as unknown as Partial<Settings>) : `${name} is one of ${values.join(' ')}`
  switch (name) {
    case 'theme':
      return oneOf('theme', themes)
    case 'notify':
      return oneOf('notify', ['off', 'bell', 'osc9', 'osc777', 'auto'])
    case 'charts':
      return oneOf('charts', ['contrib', 'braille'])
    case 'fps': {
      const fps = Number(value)
      return Number.isInteger(fps) && fps >= 1 && fps <= 10 ? { fps } : 'fps is 1 to 10'
    }
    case 'lowBandwidth':
    case 'clipboard':
    case 'mouse':
      return ON.has(value) ? { [name]: ON.get(value) } : `${name} is on or off`
    default:
      return `no setting ${JSON.stringify(name)}; there are ${Object.keys(SETTINGS).join(' ')}`
  }
}

/** The last word is the file, so that a filter may stand before it; a name with blanks has to be alone. */
const exportWord = (state: ConsoleState, rest: string): Result<Ran, string> => {
  if (rest === '') return err('which file?')
  const [first = '', ...others] = rest.split(/\s+/)
  const panes = panesNow(state)
  const pane = panes.find((name) => name === first) ?? (first === state.view ? panes[0] : undefined)
  const path = others.at(-1)
  if (path === undefined || (pane === undefined && !isFilterWord(first))) {
    const view = VIEWS.find((name) => name === first)
    return view !== undefined && others.length > 0
      ? err(`open the view ${view} first: its files are read while it is shown`)
      : does({ kind: 'export', path: rest })
  }
  const text = (pane === undefined ? [first, ...others] : others).slice(0, -1).join(' ')
  const filter = parseFilter(text, state.now)
  if (!filter.ok) return filter
  const of = pane ?? state.pane
  if (text !== '' && !isListPane(of)) return err(`${of} is exported as it is shown: a filter goes before the file for lists only`)
  const focus: Action = { kind: 'pane', pane: of }
  const narrow: readonly Action[] =
    text === '' || !isListPane(of) ? [] : [{ kind: 'list', pane: of, changes: { filter: filter.value.text, selected: null } }]
  return ok({ actions: [focus, ...narrow], effects: [{ kind: 'export', path }] })
}

/** `since:24h`, `level>=warn`, `!text`, `/re/`: what no file is called. */
const isFilterWord = (word: string): boolean => /^[!/]|^\w+(?::|[<>]=?|=)/.test(word)

/** To a time in the list that has the focus, else in the log. */
const gotoWord = (state: ConsoleState, rest: string): Result<Ran, string> => {
  const { pane } = state
  const local = state.clock === 'local'
  if (!isListPane(pane)) {
    const time = momentOf(rest, state.now, local)
    if (!time.ok) return time
    const open: readonly Action[] = areaOf(areasNow(state), 'logs') === null ? [{ kind: 'view', view: 'logs' }] : [{ kind: 'pane', pane: 'logs' }]
    return ok({ actions: open, effects: [{ kind: 'timeLog', time: time.value }] })
  }
  const list = LISTS[pane]
  const rows = shownRows(list, state).flatMap((row) => {
    const at = list.time(row)
    return at === null ? [] : [{ at, key: list.key(row) }]
  })
  if (rows.length === 0) return err(`${list.name} has no row with a time; Tab goes to another pane`)
  const newest = rows.reduce((most, { at }) => Math.max(most, at), Number.NEGATIVE_INFINITY)
  // The times of a replay are not of today. Else the day is that of the clock: what comes after the newest row is not a day before it.
  const time = momentOf(rest, Math.abs(state.now - newest) < DAY_MS ? Math.max(state.now, newest) : newest, local)
  if (!time.ok) return time
  const nearest = rows.reduce((best, row) => (Math.abs(row.at - time.value) < Math.abs(best.at - time.value) ? row : best))
  return acts({ kind: 'list', pane, changes: { selected: nearest.key } })
}

const WORDS: readonly Word[] = [
  ...VIEWS.map(viewWord),
  engineWord('pause', '[reason]', () => ({ kind: 'pause' })),
  engineWord('resume', '[reason]', () => ({ kind: 'resume' })),
  engineWord('halt', '[reason]', () => ({ kind: 'halt' })),
  engineWord('flatten', '[reason]', () => ({ kind: 'flatten', symbol: null })),
  engineWord('flatten-one', '<SYMBOL> [reason]', (symbol) => needs(symbol, 'symbol', (value) => ({ kind: 'flatten', symbol: value }))),
  engineWord('cancel', '<ORDER> [reason]', (order) => needs(order, 'order', (value) => ({ kind: 'cancel', clientOrderId: value }))),
  engineWord('rearm', '<BREAKER> [reason]', (breaker) => needs(breaker, 'breaker', (value) => ({ kind: 'rearm', breaker: value }))),
  engineWord('trip', '<BREAKER> [reason]', (breaker) => needs(breaker, 'breaker', (value) => ({ kind: 'trip', breaker: value }))),
  engineWord('reload', '[reason]', () => ({ kind: 'reload' })),
  engineWord('stop', '[reason]', () => ({ kind: 'stop', now: false })),
  engineWord('kill-switch', '<on|off> [reason]', (word) => {
    const on = ON.get(word)
    return on === undefined ? 'on or off?' : { kind: 'killSwitch', on, origin: 'key' }
  }),
  engineWord('phase', '<PHASE> [reason]', (word) => {
    const phase = Phase.safeParse(word)
    return phase.success ? { kind: 'phase', to: phase.data, force: false } : `which phase? ${Phase.options.join(', ')}`
  }),
  setWord,
  { name: 'theme', also: [], takes: '<NAME>', run: (state, rest) => setWord.run(state, `theme ${rest}`) },
  {
    name: 'export',
    also: [],
    takes: '[PANE] [filter] <FILE.jsonl|.csv|.txt|.md>',
    run: exportWord,
  },
  { name: 'goto', also: [], takes: '<TIME>', run: gotoWord },
  { name: 'diag', also: [], takes: '', run: () => does({ kind: 'diagnose' }) },
  {
    name: 'attach',
    also: [],
    takes: '<INSTANCE>',
    run: (_, rest) => {
      if (rest === '') return err('which instance?')
      return INSTANCE_NAME.test(rest) ? does({ kind: 'attach', instance: rest }) : err(`${JSON.stringify(rest)}: ${INSTANCE_NAME_SAYS}`)
    },
  },
  { name: 'detach', also: ['q', 'quit'], takes: '', run: () => does({ kind: 'detach' }) },
]

/** Keys are actions too: each can be named by what its command is called, and does what it does in the pane that has the focus. */
const keyWord = (command: CommandName): Word => ({
  name: command,
  also: [],
  takes: '',
  run: (state) => {
    const here = { ...state, prompt: null }
    const row = rowsNow(here).find((each) => each.command === command)
    if (row === undefined) return err(`${command} works in ${placesOf(command)}`)
    const reason = row.unavailable(here)
    return reason === null ? ok(press(here, { kind: 'key', name: row.key, count: 1 })) : err(reason)
  },
})

const placesOf = (command: CommandName): string =>
  KEYMAP.filter((row) => row.command === command)
    .map(({ context }) => (context === 'log' ? 'the log pane' : `the view ${context}`))
    .join(' and ')

/** Every word of the palette once: the words above, and the commands of all keys that have none. */
const allWords = ({ keys }: ConsoleState): readonly Word[] => {
  const known = new Set(WORDS.flatMap(({ name, also }) => [name, ...also]))
  const rows = keys.filter(({ context, command }) => context !== 'help' && context !== 'prompt' && context !== 'dialog' && !known.has(command))
  return [...WORDS, ...[...new Set(rows.map(({ command }) => command))].map(keyWord)]
}

/** Letters of what was typed in their order somewhere in the name; the earlier and the tighter the better. */
const fits = (name: string, typed: string): number | null => {
  let at = -1
  let spread = 0
  for (const letter of typed.toLowerCase()) {
    const next = name.toLowerCase().indexOf(letter, at + 1)
    if (next < 0) return null
    spread += next - at - 1
    at = next
  }
  return spread
}

/** Whole lines that what was typed may become, the best first. */
export const completions = (state: ConsoleState, text: string): readonly string[] => {
  const [typed = '', ...rest] = text.split(/\s+/)
  if (rest.length === 0) {
    return allWords(state)
      .map(({ name }) => ({ name, rank: fits(name, typed) }))
      .filter((each): each is { name: string; rank: number } => each.rank !== null)
      .sort((a, b) => a.rank - b.rank || a.name.length - b.name.length)
      .slice(0, OFFERS_MAX)
      .map(({ name }) => name)
  }
  const last = rest.at(-1) ?? ''
  const values = operandsOf(state, typed, rest.length)
  return values
    .filter((value) => value.toLowerCase().startsWith(last.toLowerCase()))
    .slice(0, OFFERS_MAX)
    .map((value) => [typed, ...rest.slice(0, -1), value].join(' '))
}

const operandsOf = (state: ConsoleState, word: string, place: number): readonly string[] => {
  if (word === 'set') return place === 1 ? Object.keys(SETTINGS) : ['on', 'off', ...state.themes]
  if (place !== 1) return []
  switch (word) {
    case 'theme':
      return state.themes
    case 'rearm':
    case 'trip':
      return (state.snapshot?.breakers ?? []).map(({ name }) => name)
    case 'flatten-one':
      return (state.snapshot?.positions ?? []).map(({ symbol }) => symbol)
    case 'cancel':
      return (state.snapshot?.orders ?? []).map(({ clientOrderId }) => clientOrderId)
    case 'export':
      return panesNow(state)
    case 'attach':
      return state.fleet.engines.map(({ instance }) => instance)
    default:
      return []
  }
}

/** What a line of the palette does; an error says what is wrong with it. There is no way from here to a shell. */
export const runPalette = (state: ConsoleState, text: string): Result<Ran, string> => {
  const line = text.trim().replace(/^:/, '')
  const [typed = '', ...rest] = line.split(/\s+/)
  if (typed === '') return err('a name, such as logs, pause or theme')
  const word = allWords(state).find(({ name, also }) => name === typed || also.includes(typed))
  if (word === undefined) return err(`no ${JSON.stringify(typed)}${nearest(state, typed)}`)
  return word.run(state, rest.join(' '))
}

const nearest = (state: ConsoleState, typed: string): string => {
  const [first] = completions(state, typed)
  return first === undefined ? '' : `; did you mean ${first}?`
}
