import { parseFilter } from '../filter.ts'
import type { KeyRow } from '../keymap.ts'
import { LISTS } from '../lists/index.ts'
import type { Typed } from '../terminal/key-event.ts'
import { editText, notTaken } from './dialog.ts'
import { completions, runPalette } from './palette.ts'
import { acts, NOTHING, type Pressed } from './pressed.ts'
import type { Action } from './reduce.ts'
import type { ConsoleState, Prompt, PromptKind } from './state.ts'
import { isListPane } from './views.ts'

export const FILTER_LENGTH_MAX = 200

/** A fresh line of text to type. */
export const promptOf = (state: ConsoleState, kind: PromptKind, text: string): Prompt => ({
  kind,
  text,
  problem: null,
  offers: kind === 'palette' ? completions(state, text) : kind === 'process' ? processesFor(state, text) : [],
  offered: -1,
})

/** What a key does while a line is typed. */
export const inPrompt = (state: ConsoleState, prompt: Prompt, row: KeyRow | null, event: Typed): Pressed => {
  if (row?.command === 'back') return acts({ kind: 'prompt', prompt: null })
  if (row?.command === 'accept') return take(state, prompt)
  if (row?.command === 'complete') return acts({ kind: 'prompt', prompt: completed(prompt) })
  const edited = editText(prompt.text, event, FILTER_LENGTH_MAX)
  if (edited === null) return NOTHING
  return acts({ kind: 'prompt', prompt: { ...promptOf(state, prompt.kind, edited), problem: notTaken(prompt.text, event, FILTER_LENGTH_MAX) } })
}

/** The next completion of what was typed; the typed text itself comes round again. */
const completed = (prompt: Prompt): Prompt => {
  if (prompt.offers.length === 0) return { ...prompt, problem: 'nothing completes it' }
  const offered = (prompt.offered + 1) % prompt.offers.length
  return { ...prompt, text: prompt.offers[offered] ?? prompt.text, offered, problem: null }
}

const refused = (prompt: Prompt, problem: string): Pressed => acts({ kind: 'prompt', prompt: { ...prompt, problem } })
const CLOSE: Action = { kind: 'prompt', prompt: null }

const take = (state: ConsoleState, prompt: Prompt): Pressed => {
  switch (prompt.kind) {
    case 'filter':
      return takeFilter(state, prompt)
    case 'palette': {
      const ran = runPalette(state, prompt.text)
      return ran.ok ? { actions: [CLOSE, ...ran.value.actions], effects: ran.value.effects } : refused(prompt, ran.error)
    }
    case 'export':
      return prompt.text.trim() === ''
        ? refused(prompt, 'a name is needed')
        : { actions: [CLOSE], effects: [{ kind: 'export', path: prompt.text.trim() }] }
    case 'columns':
      return takeColumns(state, prompt)
    case 'process':
      return takeProcesses(state, prompt)
  }
}

const takeFilter = (state: ConsoleState, prompt: Prompt): Pressed => {
  const filter = parseFilter(prompt.text, state.now)
  if (!filter.ok) return refused(prompt, filter.error)
  if (isListPane(state.pane)) return acts(CLOSE, { kind: 'list', pane: state.pane, changes: { filter: filter.value.text, selected: null } })
  return { actions: [CLOSE], effects: [{ kind: 'filterLog', text: prompt.text }] }
}

/** Heads with a blank between; those that are not named are hidden, nothing named shows all. */
const takeColumns = (state: ConsoleState, prompt: Prompt): Pressed => {
  const { pane } = state
  if (!isListPane(pane)) return acts(CLOSE)
  const heads = LISTS[pane].columns(state).map(({ head }) => head)
  const wanted = prompt.text
    .toUpperCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '')
  const unknown = wanted.find((word) => !heads.includes(word))
  if (unknown !== undefined) return refused(prompt, `no column ${unknown}; there are ${heads.join(' ')}`)
  return acts(CLOSE, { kind: 'list', pane, changes: { hidden: wanted.length === 0 ? [] : heads.filter((head) => !wanted.includes(head)) } })
}

const wordsOf = (text: string): readonly string[] => text.split(/[\s,]+/).filter((word) => word !== '')

/** The last name completed by those that are not there yet. */
const processesFor = ({ logs }: ConsoleState, text: string): readonly string[] => {
  const words = wordsOf(text)
  const last = /[\s,]$/.test(text) ? '' : (words.at(-1) ?? '')
  const before = last === '' ? words : words.slice(0, -1)
  return logs.processes.filter((name) => name.startsWith(last) && !before.includes(name)).map((name) => [...before, name].join(' '))
}

/** Names with a blank between; none shows all. */
const takeProcesses = ({ logs }: ConsoleState, prompt: Prompt): Pressed => {
  const only = wordsOf(prompt.text)
  const unknown = only.find((name) => !logs.processes.includes(name))
  if (unknown !== undefined) return refused(prompt, `no log of ${unknown}; there are ${logs.processes.join(' ')}`)
  return { actions: [CLOSE], effects: [{ kind: 'processLog', only: only.length === 0 ? null : only }] }
}
