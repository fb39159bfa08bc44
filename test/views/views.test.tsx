import { describe, expect, test } from 'vitest'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { VIEW_DEFINITIONS, VIEWS, type ViewName } from '../../tui/store/views.ts'
import { attached, freshState, given, later, lost } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { recordsFixture, SIGNAL, windowOf } from '../helpers/records-fixture.ts'

const keys = (state: ConsoleState, ...names: readonly string[]): ConsoleState =>
  names.reduce((now, name) => press(now, { kind: 'key', name, count: 1 }).actions.reduce(reduce, now), state)

const type = (state: ConsoleState, text: string): ConsoleState =>
  keys(state, ...[...text].map((character) => (character === ' ' ? 'Space' : character)))

const filled = (size = { columns: 100, rows: 30 }): ConsoleState => given(attached(size), { kind: 'records', records: recordsFixture() })
const text = (state: ConsoleState): string => draw(state).join('\n')

describe('each view', () => {
  test.each(VIEWS.map((view, index) => ({ view, digit: String(index + 1) })))('$view is behind $digit, and its tab is marked', ({ view, digit }) => {
    const state = keys(filled(), digit)
    expect(state.view).toBe(view)
    expect(draw(state)[1]).toContain(`[${digit} ${VIEW_DEFINITIONS[view].title}]`)
    expect(state.pane).toBe(VIEW_DEFINITIONS[view].panes[0])
  })

  test.each(VIEWS)('%s says why it is empty, never just nothing', (view) => {
    const known = given(attached({ columns: 100, rows: 30 }), { kind: 'view', view: 'logs' }, { kind: 'view', view })
    const absent = given(freshState({ columns: 100, rows: 30 }), { kind: 'link', state: lost() }, { kind: 'view', view })
    expect(text(known)).toMatch(
      /empty since|source missing|opening the file|no figure yet|choose|no position|log files|is chosen|POSITION|PROCESS|BREAKER/,
    )
    expect(text(absent)).toMatch(/source missing|opening the file|no figure yet|opening the log files|empty since/)
  })

  test('Backspace goes back to the one before, Esc to the overview', () => {
    const there = keys(filled(), '3', '5')
    expect(keys(there, 'Backspace').view).toBe('breakers')
    expect(keys(there, 'Esc').view).toBe('overview')
    expect(keys(filled(), 'Esc').view).toBe('overview')
  })
})

test('why a signal was blocked: all guards in order, the first blocker, what happened then and the shadow trade', () => {
  const lines = draw(keys(filled({ columns: 160, rows: 48 }), '2'))
  const shown = lines.join('\n')
  expect(shown).toContain('BLOCKED: grossExposure, 61 % of equity')
  expect(shown).toContain('grossExposure, spread')
  expect(shown).toMatch(/learned at .*shadow trade closed: stop/)
  expect(shown).toMatch(/shadow +-12\.50 \(-0\.21%\) after 1260 s/)
  const order = ['mode', 'breakers', 'grossExposure', 'spread', 'earnings'].map((guard) =>
    lines.findIndex((line) => new RegExp(`\\d ${guard} `).test(line)),
  )
  expect([...order].sort((a, b) => a - b)).toEqual(order)
  expect(order.every((at) => at > 0)).toBe(true)
})

describe('lists', () => {
  const decisions = (state: ConsoleState): string[] => draw(state).filter((line) => /APPROVED|BLOCKED/.test(line) && !line.includes('result'))

  test('are filtered by what stands in a column, and Esc shows all again', () => {
    const state = keys(type(keys(filled(), '2', '/'), 'symbol:eth'), 'Enter')
    expect(decisions(state)).toHaveLength(1)
    expect(text(state)).toContain('/symbol:eth  1 of 3')
    expect(decisions(keys(state, 'Esc'))).toHaveLength(3)
  })
  test('f and b are filters behind one key', () => {
    expect(decisions(keys(filled(), '2', 'b'))).toHaveLength(2)
    expect(decisions(keys(filled(), '2', 'f'))).toHaveLength(1)
    expect(decisions(keys(filled(), '2', 'f', 'f'))).toHaveLength(3)
  })
  test('a filter that cannot be read is refused where it is typed', () => {
    const state = keys(type(keys(filled(), '2', '/'), 'level>=loud'), 'Enter')
    expect(state.prompt?.problem).toContain('a level is one of')
  })
  test('nothing that matches says so', () => {
    expect(text(keys(type(keys(filled(), '2', '/'), 'zzz'), 'Enter'))).toContain('none of 3 matches zzz; Esc shows all')
  })
  test('are ordered by a column, the other way round, and by their source again', () => {
    const sorted = keys(filled(), '2', 's', 's')
    expect(sorted.lists.decisions.sort).toEqual({ head: 'SYMBOL', reverse: false })
    expect(decisions(sorted).map((line) => /BTCUSD|ETHUSD/.exec(line)?.[0])).toEqual(['BTCUSD', 'BTCUSD', 'ETHUSD'])
    expect(decisions(keys(sorted, 'S')).map((line) => /BTCUSD|ETHUSD/.exec(line)?.[0])).toEqual(['ETHUSD', 'BTCUSD', 'BTCUSD'])
    expect(keys(sorted, 's', 's', 's', 's', 's', 's', 's').lists.decisions.sort).toBeNull()
  })
  test('show the columns that were chosen, and a name that is none is refused', () => {
    const asked = keys(filled(), '2', 'c', 'Ctrl-U')
    const chosen = keys(type(asked, 'time decision'), 'Enter')
    expect(
      draw(chosen)
        .find((line) => line.includes('TIME'))
        ?.trim()
        .split(/\s+/),
    ).toEqual(['TIME', 'DECISION'])
    expect(keys(type(asked, 'nonsense'), 'Enter').prompt?.problem).toContain('no column NONSENSE')
  })
  test('keep the choice on its row while newer ones come before it', () => {
    const chosen = keys(filled(), '2', 'j')
    const { decisions: before } = chosen.records
    const newer = { ...(before.rows[0] as (typeof before.rows)[number]), sequence: 99 }
    const later = given(chosen, { kind: 'records', records: { decisions: windowOf([newer, ...before.rows]) } })
    expect(draw(later).find((line) => line.startsWith('> '))).toContain('ETHUSD')
  })
})

describe('jumping along one id', () => {
  test('from a signal to its lines of the log', () => {
    const { actions, effects } = press(keys(filled(), '2'), { kind: 'key', name: 'x', count: 1 })
    expect(actions).toContainEqual({ kind: 'view', view: 'logs' })
    expect(effects).toEqual([{ kind: 'filterLog', text: SIGNAL }])
  })
  test('from a line of the log to the signal it speaks of', () => {
    const line = { process: 'orchestrator', text: JSON.stringify({ msg: 'signal decided', signal: SIGNAL }), level: 30, time: 1, key: 1, arrival: 1 }
    const state = given(keys(filled(), '6'), {
      kind: 'logs',
      window: { ...filled().logs, lines: [line], following: false, chosen: line },
      asked: true,
    })
    const found = keys(state, 'x')
    expect(found.view).toBe('signals')
    expect(found.lists.decisions.filter).toBe(`corr:${SIGNAL}`)
    expect(text(found)).toContain('2 of 3')
  })
  test('and where there is none it says so', () => {
    expect(keys(filled(), 'x').message?.text).toContain('no id')
  })
})

test('old figures are marked in lists of the engine, and not in those that are read from files', () => {
  const stale = later(keys(filled(), '4'), 4_000)
  expect(text(stale)).toMatch(/~[+-]?\d/)
  expect(text(later(keys(filled(), '5'), 4_000))).not.toMatch(/~13:58:40/)
})

test('times are of UTC, of this host or relative', () => {
  const first = (state: ConsoleState): string => draw(state).find((line) => line.startsWith('> ')) ?? ''
  expect(first(keys(filled(), '5'))).toContain('13:58:40')
  expect(first(keys(filled(), '5', 't', 't'))).toMatch(/\d+m\d\ds/)
})

test.each(VIEWS)('pausing is one key away in %s at every size', (view: ViewName) => {
  for (const size of [
    { columns: 60, rows: 15 },
    { columns: 80, rows: 24 },
    { columns: 30, rows: 8 },
  ]) {
    const state = keys(given(filled(size), { kind: 'view', view }), 'p')
    expect(state.dialog?.command).toEqual({ kind: 'pause' })
  }
})
