import { renderToString } from 'ink'
import { describe, expect, test } from 'vitest'
import type { BreakerView } from '../../src/contracts/breaker.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { App } from '../../tui/app.tsx'
import { LISTS } from '../../tui/lists/index.ts'
import { shownRows } from '../../tui/lists/list.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { isListPane, panesOf, VIEWS } from '../../tui/store/views.ts'
import { monoTheme, THEME_NAMES, THEMES } from '../../tui/theme.ts'
import { attached, given, later, live, lost } from '../helpers/console-state.ts'
import { draw, storeOf } from '../helpers/draw.tsx'
import { recordsFixture } from '../helpers/records-fixture.ts'
import { FIXTURE_NOW, haltedFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

/** What NO_COLOR leaves: no colour, and so nothing that only a colour would say. `draw` shows the text alone, without bold and inverse. */
const SIZE = { columns: 160, rows: 48 }
const base = snapshotFixture()
const screen = (state: ConsoleState): string => draw(state).join('\n')
const of = (changes: Partial<Snapshot>): ConsoleState => attached(SIZE, snapshotFixture(changes))
const breaker = (state: BreakerView['state']): ConsoleState =>
  of({ breakers: base.breakers.map((each) => (each.name === 'halt' ? { ...each, state } : each)) })

test('the theme without colours has none, in any tone', () => {
  for (const [tone, style] of Object.entries(monoTheme)) expect(style, tone).not.toHaveProperty('color')
})

test.each(THEME_NAMES)('the theme %s, set later, brings no colour back', (theme) => {
  const state = given(attached(SIZE, haltedFixture()), { kind: 'settings', changes: { theme } })
  const drawn = renderToString(<App store={storeOf(state)} palette={{ themes: THEMES, mono: true, ascii: false }} />, { columns: SIZE.columns })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(drawn).not.toMatch(/\u001b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]/)
})

describe('the selection', () => {
  const filled = given(
    attached(SIZE),
    { kind: 'records', records: recordsFixture() },
    {
      kind: 'fleet',
      fleet: {
        engines: ['eu-1', 'lab-2'].map((instance) => ({ instance, snapshot: base, link: { kind: 'live' as const, heardAt: 0, role: 'operator' } })),
        problem: null,
      },
    },
  )
  const lists = VIEWS.flatMap((view) =>
    panesOf(view, true)
      .filter(isListPane)
      .map((pane) => ({ view, pane })),
  )
  test.each(lists)('in $pane of $view is one row with a mark, and it moves', ({ view, pane }) => {
    const state = given(filled, { kind: 'view', view }, { kind: 'pane', pane })
    const count = shownRows(LISTS[pane], state).length
    const marked = (now: ConsoleState): string[] => screen(now).match(/> [^>\n]*/g) ?? []
    if (count === 0) return
    const before = marked(state)
    expect(before).toHaveLength(1)
    if (count === 1) return
    const after = marked(given(state, { kind: 'choose', pane, by: 1 }))
    expect(after).toHaveLength(1)
    expect(after).not.toEqual(before)
  })

  test.each(lists)('the pane with the focus, $pane of $view, has a title of its own', ({ view, pane }) => {
    const titles = screen(given(filled, { kind: 'view', view }, { kind: 'pane', pane })).match(/(?<!=)== [A-Z]/g)
    expect(titles).toHaveLength(1)
  })
})

/** States of one thing, each with what tells it apart from the others in the text. */
const STATES: readonly { readonly of: string; readonly states: Readonly<Record<string, ConsoleState>> }[] = [
  {
    of: 'the engine',
    states: Object.fromEntries(
      (['starting', 'running', 'degraded', 'paused', 'safe', 'halted', 'draining', 'stopped'] as const).map((state) => [
        state.toUpperCase(),
        of({ engine: { ...base.engine, state } }),
      ]),
    ),
  },
  {
    of: 'a breaker',
    states: { 'BRK ok': breaker('closed'), 'halt OPEN': breaker('open'), 'HALF-OPEN': breaker('halfOpen'), 'halt LATCHED': breaker('latched') },
  },
  {
    of: 'a process',
    states: Object.fromEntries(
      (['down', 'starting', 'ready', 'stuck', 'waiting', 'stopping', 'failed'] as const).map((state) => [
        state.toUpperCase(),
        of({ processes: base.processes.map((each) => (each.name === 'brain' ? { ...each, state } : each)) }),
      ]),
    ),
  },
  {
    of: 'the lock',
    states: { 'lock held': attached(SIZE), 'LOCK NOT HELD': of({ singleton: { ...base.singleton, held: false } }) },
  },
  { of: 'the link', states: { 'data 0s': attached(SIZE), LOST: later(given(attached(SIZE), { kind: 'link', state: lost() }), 3_000) } },
  { of: 'the data', states: { '+33.55': attached(SIZE), '~+33.55': later(attached(SIZE), 4_000) } },
  {
    of: 'the role',
    states: { 'p pause': attached(SIZE), 'watch only': given(attached(SIZE), { kind: 'link', state: live(undefined, 'observer') }) },
  },
  {
    of: 'profit and loss',
    states: {
      '+33.55': attached(SIZE),
      '-33.55': of({ positions: base.positions.map((each) => ({ ...each, unrealised: '-33.551765' })) }),
    },
  },
  {
    of: 'an alert',
    states: Object.fromEntries(
      (['info', 'warning', 'critical'] as const).map((level) => [
        level.toUpperCase(),
        of({ alerts: [{ id: 1, at: FIXTURE_NOW, level, text: 'something', acknowledgedBy: null }] }),
      ]),
    ),
  },
]

describe.each(STATES)('states of $of', ({ states }) => {
  test.each(Object.entries(states))('%s is a word or a sign', (sign, state) => {
    expect(screen(state)).toContain(sign)
  })
  test('no two of them look alike', () => {
    const screens = Object.values(states).map(screen)
    expect(new Set(screens).size).toBe(screens.length)
  })
})
