import { describe, expect, test } from 'vitest'
import { KEYMAP, type KeyRow, keymapFaults, RESERVED_KEYS, rowFor, rowsNow } from '../../tui/keymap.ts'
import { helpLines } from '../../tui/present/help.ts'
import { plainText } from '../../tui/present/line.ts'
import { press } from '../../tui/store/press.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { attached, given, later, lost } from '../helpers/console-state.ts'

const row = (changes: Partial<KeyRow>): KeyRow => ({
  key: 'x',
  context: 'main',
  does: 'something',
  command: 'down',
  unavailable: () => null,
  ...changes,
})

test('the table has no conflict and no reserved key', () => {
  expect(keymapFaults(KEYMAP)).toEqual([])
})

describe('a fault is found', () => {
  test.each([
    { says: 'two meanings in one context', rows: [row({}), row({ does: 'else' })] },
    { says: 'one in main and one in the log, which hold together', rows: [row({}), row({ context: 'logs' })] },
    {
      says: 'one that always holds and one in the help',
      rows: [row({ key: 'Ctrl-X', context: 'everywhere' }), row({ key: 'Ctrl-X', context: 'help' })],
    },
    { says: 'another name of a key', rows: [row({ key: 'a' }), row({ key: 'b', also: ['a'] })] },
    { says: 'the prefix of screen', rows: [row({ key: 'Ctrl-A' })] },
    { says: 'the prefix of tmux', rows: [row({ key: 'Ctrl-B' })] },
    { says: 'flow control', rows: [row({ key: 'j', also: ['Ctrl-S'] })] },
    { says: 'a letter that would be typed nowhere any more', rows: [row({ context: 'everywhere' })] },
    { says: 'a key that is held down to move, before a dialog', rows: [row({ key: 'Down', confirm: 'dialog' })] },
    { says: 'what a split sequence ends with', rows: [row({ key: '[' })] },
  ])('$says', ({ rows }) => {
    expect(keymapFaults(rows)).toHaveLength(1)
  })
  test('but the same key may mean different things where never both hold', () => {
    expect(keymapFaults([row({}), row({ context: 'dialog' }), row({ context: 'help' })])).toEqual([])
  })
})

test('every letter that a split escape sequence can end with is reserved', () => {
  for (const key of ['[', 'O', '~', 'A', 'B', 'C', 'D', 'F', 'H']) expect(RESERVED_KEYS.has(key)).toBe(true)
})

test('keys that ask something of the engine open a dialog and are off, with a reason, when the link is lost', () => {
  const state = given(attached(), { kind: 'link', state: lost() })
  const dangerous = KEYMAP.filter(({ confirm }) => confirm === 'dialog')
  expect(dangerous.map(({ command }) => command)).toEqual([
    'pauseResume',
    'halt',
    'flatten',
    'acknowledge',
    'rearm',
    'trip',
    'flattenOne',
    'cancelOrder',
    'pauseMarked',
  ])
  // Marked engines have links of their own.
  for (const each of dangerous.filter(({ command }) => command !== 'pauseMarked')) expect(each.unavailable(state)).toContain('lost')
})

/** Contexts with a key that opens each. */
const PLACES: readonly { readonly says: string; readonly state: ConsoleState }[] = [
  { says: 'panes', state: attached() },
  { says: 'the log', state: given(attached(), { kind: 'pane', pane: 'logs' }) },
  { says: 'the help', state: given(attached(), { kind: 'help', help: { offset: 0, filter: '', typing: false } }) },
]

test.each(PLACES)('every key of the table does something in $says, and is found by each of its names', ({ state }) => {
  for (const each of rowsNow(state)) {
    for (const key of [each.key, ...(each.also ?? [])]) {
      expect(rowFor(state, key)).toBe(each)
      if (each.unavailable(state) !== null) continue
      // From the first row some moves change nothing; the other direction shows that the key is alive.
      const pressed = press(later(state, 500), { kind: 'key', name: key, count: 1 })
      expect(pressed.actions.length + pressed.effects.length, key).toBeGreaterThanOrEqual(each.command === 'back' ? 0 : 1)
    }
  }
})

test('the help is the table printed, with the reason for what does not work now', () => {
  const open = given(attached(), { kind: 'help', help: { offset: 0, filter: '', typing: false } })
  const text = helpLines(open).map(plainText)
  const shown: readonly string[] = ['main', 'everywhere', 'overview', 'dialog', 'prompt', 'help']
  for (const { does, context } of KEYMAP) expect(text.some((line) => line.includes(does))).toBe(shown.includes(context))
  expect(text.find((line) => line.includes('try to connect now'))).toContain('not now: the link is not lost')
  const found = helpLines(given(open, { kind: 'help', help: { offset: 0, filter: 'close every', typing: false } }))
  expect(found.map(plainText).filter((line) => line.includes('close every'))).toHaveLength(1)
})

test('letters that only move may come together; others, repeated or mixed, do nothing but say so', () => {
  const moved = press(attached(), { kind: 'text', text: 'jjk' })
  expect(moved.actions).toEqual([1, 1, -1].map((by) => ({ kind: 'choose', pane: 'cycles', by })))
  for (const event of [
    { kind: 'text', text: 'jq' } as const,
    { kind: 'text', text: 'pause\rq' } as const,
    { kind: 'key', name: 'q', count: 2 } as const,
    { kind: 'key', name: 'p', count: 3 } as const,
    { kind: 'paste', text: 'q', cut: false } as const,
  ]) {
    const { actions, effects } = press(attached(), event)
    expect(effects).toEqual([])
    expect(actions.map(({ kind }) => kind)).toEqual(['message'])
  }
})
