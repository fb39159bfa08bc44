import { describe, expect, test } from 'vitest'
import { KEYMAP } from '../../tui/keymap.ts'
import { helpLines } from '../../tui/present/help.ts'
import { plainText } from '../../tui/present/line.ts'
import { press } from '../../tui/store/press.ts'
import { type Action, reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { type PaneName, panesOf, VIEWS, type ViewName } from '../../tui/store/views.ts'
import { attached, given, live, lost } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { recordsFixture } from '../helpers/records-fixture.ts'
import { haltedFixture } from '../helpers/snapshot-fixture.ts'

const key = (state: ConsoleState, name: string) => press(state, { kind: 'key', name, count: 1 })
const keys = (state: ConsoleState, ...names: readonly string[]): ConsoleState =>
  names.reduce((now, name) => key(now, name).actions.reduce(reduce, now), state)
const opened = (state: ConsoleState): ConsoleState => given(state, { kind: 'help', help: { offset: 0, filter: '', typing: false } })

/** Every key that any row of the table names, and every other that a keyboard has a letter for. */
const ALL_KEYS: readonly string[] = [
  ...new Set([
    ...KEYMAP.flatMap(({ key: name, also = [] }) => [name, ...also]),
    ...Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index)),
    ...Array.from({ length: 26 }, (_, index) => `Ctrl-${String.fromCharCode(0x41 + index)}`),
    ...['Space', 'Left', 'Right', 'Delete', 'Insert', ...Array.from({ length: 12 }, (_, index) => `F${index + 1}`)],
  ]),
]

/** What the help shows of the place it was opened in: each key with the reason why it does nothing now. */
const shownIn = (state: ConsoleState): ReadonlyMap<string, string | null> => {
  const shown = new Map<string, string | null>()
  for (const line of helpLines(opened(state)).map(plainText)) {
    const row = /^ {2}(?!In |Everywhere)(\S.{23})(.*)$/.exec(line)
    if (row === null) {
      // What holds in dialogs, fields and the help itself stands below what holds here.
      if (/^ {2}In (?:a|this) /.test(line)) break
      continue
    }
    const [, names = '', says = ''] = row
    for (const name of names.trim().split(/ +/)) shown.set(name, /\(not now: (.*)\)$/.exec(says)?.[1] ?? null)
  }
  return shown
}

/** What a key does in the same place: nothing, a refusal with its reason, or something. */
const reactionTo = (
  state: ConsoleState,
  name: string,
): { readonly kind: 'nothing' | 'acts' } | { readonly kind: 'refuses'; readonly why: string } => {
  const { actions, effects } = key(state, name)
  const [only] = actions
  const said = actions.length === 1 && effects.length === 0 && only?.kind === 'message' ? (only.message?.text ?? '') : null
  if (said === null) return { kind: 'acts' }
  return said.includes('does nothing here') ? { kind: 'nothing' } : { kind: 'refuses', why: said.replace(/^[^ ]+: /, '') }
}

const filled = (state: ConsoleState): ConsoleState =>
  given(state, { kind: 'records', records: recordsFixture() }, { kind: 'logs', window: { ...state.logs, kept: 1 }, asked: false })
const SITUATIONS: readonly { readonly says: string; readonly state: ConsoleState }[] = [
  { says: 'running', state: filled(attached()) },
  { says: 'halted', state: filled(attached(undefined, haltedFixture())) },
  { says: 'lost', state: given(filled(attached()), { kind: 'link', state: lost() }) },
  { says: 'watched', state: given(filled(attached()), { kind: 'link', state: live(undefined, 'observer') }) },
  { says: 'empty', state: attached() },
]

const places = VIEWS.flatMap((view) => panesOf(view, true).map((pane) => ({ view, pane })))
const at = (state: ConsoleState, view: ViewName, pane: PaneName): ConsoleState =>
  given(state, { kind: 'view', view }, { kind: 'detail', on: true }, { kind: 'pane', pane } satisfies Action)

describe.each(SITUATIONS)('an engine that is $says', ({ state }) => {
  test.each(places)('$view, $pane: the help lists the keys that act, and no other', ({ view, pane }) => {
    const here = at(state, view, pane)
    expect(here.pane).toBe(pane)
    const shown = shownIn(here)
    const acting = ALL_KEYS.filter((name) => reactionTo(here, name).kind !== 'nothing')
    expect([...shown.keys()].sort()).toEqual(acting.sort())
  })

  test.each(places)('$view, $pane: what the help calls possible is possible, and what it does not call so says the same reason', ({ view, pane }) => {
    const here = at(state, view, pane)
    const wrong: string[] = []
    for (const [name, reason] of shownIn(here)) {
      const reaction = reactionTo(here, name)
      const why = reaction.kind === 'refuses' ? reaction.why : null
      if (why !== reason) wrong.push(`${name}: the help says ${reason ?? 'it works'}, the key says ${why ?? 'nothing'}`)
      const { actions, effects } = key(here, name)
      // Where nothing is open to be left, there is nothing to go back from.
      if (reason === null && name !== 'Esc' && actions.length + effects.length === 0) wrong.push(`${name} is silent`)
    }
    expect(wrong).toEqual([])
  })
})

test.each(places)('the place of the help is that of the person: $view, $pane', ({ view, pane }) => {
  const here = at(attached(), view, pane)
  const help = keys(here, '?')
  expect(help.help).not.toBeNull()
  expect(helpLines(help)).toEqual(helpLines(opened(here)))
  expect(keys(help, 'Esc')).toMatchObject({ help: null, view, pane })
})

/** The lines between the title of the help and the keys below it, without the blanks at their ends. */
const body = (state: ConsoleState): readonly string[] => {
  const lines = draw(state).map((line) => line.trimEnd())
  const title = lines.findIndex((line) => /^== Keys /.test(line))
  expect(title).toBeGreaterThanOrEqual(0)
  return lines.slice(title + 1, -2)
}

describe('at 80x24', () => {
  test.each(places)('every line of the help of $view, $pane can be scrolled to, one by one and by half pages', ({ view, pane }) => {
    const start = keys(at(attached(), view, pane), '?')
    const all = helpLines(start).map((line) => plainText(line).trimEnd())
    for (const step of ['j', 'PageDown']) {
      const seen: string[] = []
      let now = start
      for (let guard = 0; guard <= all.length; guard += 1) {
        const shown = body(now)
        const offset = now.help?.offset ?? 0
        for (const [index, line] of shown.entries()) if (index + offset < all.length) seen[index + offset] = line
        const next = keys(now, step)
        if (next.help?.offset === offset) break
        now = next
      }
      expect(seen).toHaveLength(all.length)
      // A line that is too long ends in a sign that there is more of it.
      for (const [index, line] of seen.entries())
        expect(line.endsWith('…') ? all[index]?.startsWith(line.slice(0, -1)) : line === all[index], `${index}: ${line}`).toBe(true)
    }
    expect(keys(start, 'G', 'g').help?.offset).toBe(0)
  })

  test('typed letters leave the lines that have them; Enter keeps the filter, Esc takes it off, and nothing else is lost', () => {
    const open = keys(attached(), '?', '/')
    const typed = keys(open, ...'halt')
    expect(typed.help).toEqual({ offset: 0, filter: 'halt', typing: true })
    const left = body(typed).filter((line) => line !== '' && !/^ {2}(?:In|Everywhere)/.test(line))
    expect(left).toEqual([expect.stringMatching(/^ {2}K +halt: stop entries/)])
    expect(draw(typed).some((line) => line.startsWith('== Keys') && line.includes('/halt'))).toBe(true)
    expect(keys(typed, 'Enter').help).toEqual({ offset: 0, filter: 'halt', typing: false })
    expect(keys(typed, 'Esc').help).toEqual({ offset: 0, filter: '', typing: false })
    expect(body(keys(open, ...'zzz')).join('')).toContain('no key has "zzz"')
    // q closes the help, and is a letter where a filter is typed.
    expect(keys(open, 'q').help?.filter).toBe('q')
    expect(keys(attached(), '?', 'q').help).toBeNull()
  })

  test('a filter finds a key by its own name too', () => {
    const found = body(keys(attached(), '?', '/', ...'PageUp')).join('\n')
    expect(found).toContain('half a page up')
  })
})
