import { describe, expect, test } from 'vitest'
import { DETAILS } from '../../tui/details/index.ts'
import { LISTS } from '../../tui/lists/index.ts'
import { shownRows } from '../../tui/lists/list.ts'
import { plainText } from '../../tui/present/line.ts'
import { displayWidth } from '../../tui/present/width.ts'
import { areaOf } from '../../tui/store/layout.ts'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import { areasNow } from '../../tui/store/select.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { presentPane } from '../../tui/views/panes.tsx'
import { attached, given } from '../helpers/console-state.ts'
import { decisionFixture, recordsFixture, windowOf } from '../helpers/records-fixture.ts'

const keys = (state: ConsoleState, ...names: readonly string[]): ConsoleState =>
  names.reduce((now, name) => press(now, { kind: 'key', name, count: 1 }).actions.reduce(reduce, now), state)
const filled = (columns = 80, rows = 24): ConsoleState =>
  given(attached({ columns, rows }), { kind: 'records', records: recordsFixture() }, { kind: 'view', view: 'signals' })
const shown = (state: ConsoleState): readonly string[] => {
  const area = areaOf(areasNow(state), state.pane)
  return area === null ? [] : presentPane(state, area).map(plainText)
}

describe('a detail that is longer than its pane', () => {
  const why = (): ConsoleState => keys(filled(), 'Tab')
  const whole = (state: ConsoleState): readonly string[] => DETAILS.why(state, 80).lines.map(plainText)

  test('says which of its lines are shown, and how many there are', () => {
    const [title, ...lines] = shown(why())
    expect(why().pane).toBe('why')
    expect(title).toContain(` 1-${lines.length} of ${whole(why()).length}  corr `)
    expect(lines).toEqual(whole(why()).slice(0, lines.length))
  })

  test('is read to its last line with the keys that move, and not beyond it', () => {
    for (const end of [keys(why(), 'G'), keys(why(), ...Array<string>(40).fill('j')), keys(why(), ...Array<string>(9).fill('Ctrl-D'))]) {
      const [title, ...lines] = shown(end)
      expect(lines).toEqual(whole(end).slice(-lines.length))
      expect(title).toContain(`${whole(end).length} of ${whole(end).length}`)
      expect(shown(keys(end, 'k')).slice(1)).toEqual(whole(end).slice(-lines.length - 1, -1))
      expect(shown(keys(end, 'g'))).toEqual(shown(why()))
    }
  })

  test('is read to the end of its long lines, and every line keeps its place', () => {
    const narrow = keys(given(filled(60, 24)), 'Tab')
    const cut = shown(narrow).findIndex((line, row) => row > 0 && line.length > 60)
    expect(cut).toBeGreaterThan(0)
    const right = keys(narrow, 'l')
    expect(shown(right)[cut]).toBe(`…${shown(narrow)[cut]?.slice(21)}`)
    expect(shown(right)[0]).toContain('  20 cells to the left')
    expect(shown(keys(right, 'h', 'h', 'h'))).toEqual(shown(narrow))
  })

  test('is not moved beyond its longest line, where nothing would be left to see', () => {
    const end = keys(given(filled(60, 24)), 'Tab', ...Array<string>(30).fill('l'))
    expect(end.shifts.why?.columns).toBe(Math.max(...whole(end).map((line) => line.length)) - 60)
    expect(shown(end)).toContain('…')
    expect(keys(end, ...Array<string>(30).fill('h')).shifts.why?.columns).toBe(0)
    expect(keys(given(filled(160, 60)), 'Tab', 'z', 'l').message?.text).toBe('l: no line is longer than the pane')
  })

  test('begins at its top for another row', () => {
    expect(shown(keys(why(), 'G', 'Tab', 'Tab', 'j', 'Tab'))[0]).toMatch(/ 1-\d+ of/)
  })

  test('is that of the same row as long as it is read, however many newer ones come', () => {
    const newer = decisionFixture(99, false)
    const come = (state: ConsoleState): ConsoleState => {
      const records = { ...recordsFixture(), decisions: windowOf([newer, ...state.records.decisions.rows]) }
      return given(state, { kind: 'records', records })
    }
    const reading = keys(why(), 'j', 'j')
    expect(shown(come(reading))).toEqual(shown(reading))
    expect(shown(come(why()))[0]).not.toBe(shown(why())[0]) // at its top it follows the newest
    expect(keys(come(reading), 'Shift-Tab', 'g').lists.decisions.selected).toBeNull()
  })

  test('begins at its top where a filter or a time leads to another row', () => {
    const down = keys(why(), 'j', 'j')
    const [, , third] = shownRows(LISTS.decisions, down)
    for (const changes of [{ filter: 'sequence:1', selected: null }, { selected: third === undefined ? '' : LISTS.decisions.key(third) }])
      expect(shown(given(down, { kind: 'list', pane: 'decisions', changes }))[0]).toMatch(/ 1-\d+ of/)
    expect(shown(given(down, { kind: 'list', pane: 'decisions', changes: { filter: 'no such' } })).length).toBeGreaterThan(1)
  })

  test('of a log line holds the log at that line', () => {
    const logs = keys(given(filled(), { kind: 'view', view: 'logs' }), 'Enter')
    const line = { process: 'feed', text: JSON.stringify(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, at]))), level: 30 }
    const raw = { ...line, time: 0, key: 0, arrival: 1 }
    const state = keys(given(logs, { kind: 'logs', window: { ...logs.logs, lines: [raw], kept: 1 }, asked: false }), 'Tab')
    expect(state.pane).toBe('line')
    expect(press(state, { kind: 'key', name: 'j', count: 1 }).effects).toEqual([{ kind: 'chooseLog', rows: -1 }])
    const chosen = given(keys(state, 'j'), { kind: 'logs', window: { ...state.logs, following: false, chosen: raw }, asked: true })
    expect(shown(chosen)[0]).toMatch(/ 2-\d+ of 40/)
    const other = { ...raw, text: raw.text.replace('f0', 'g0'), arrival: 2 }
    expect(shown(given(chosen, { kind: 'logs', window: { ...chosen.logs, chosen: other }, asked: true }))[0]).toMatch(/ 1-\d+ of 40/)
  })

  test('never stands behind its end, also when it became shorter', () => {
    const tall = given(keys(why(), 'G'), { kind: 'size', size: { columns: 80, rows: 60 } })
    expect(shown(tall).slice(1)).toEqual(whole(tall))
    expect(shown(tall)[0]).not.toContain(' of ')
  })
})

describe('columns that do not fit', () => {
  const heads = (state: ConsoleState): readonly string[] => (shown(state)[1] ?? '').trim().split(/\s+/)

  test('are reached with l, beside the first one; h goes back', () => {
    const start = given(filled(), { kind: 'view', view: 'positions' })
    expect(heads(start)).not.toContain('STRATEGY')
    const right = keys(start, ...Array<string>(20).fill('l'))
    expect(heads(right)[0]).toBe('SYMBOL')
    expect(heads(right).at(-1)).toBe('STRATEGY')
    expect(shown(right)[0]).toMatch(/\d+ columns to the left/)
    expect(heads(keys(right, ...Array<string>(20).fill('h')))).toEqual(heads(start))
  })

  test('are all passed, one at a time, and each is seen', () => {
    let state = given(filled(60, 20), { kind: 'view', view: 'positions' })
    const seen = new Set(heads(state))
    for (let step = 0; step < 15; step += 1) {
      state = keys(state, 'l')
      for (const head of heads(state)) seen.add(head)
    }
    for (const head of ['SIDE', 'QUANTITY', 'ENTRY', 'MARK', 'UNREALISED', '%', 'R', 'STATE', 'STOP', 'TARGET', 'AGE', 'STRATEGY'])
      expect(seen).toContain(head)
  })

  test('where all fit, l says so', () => {
    const wide = given(filled(250, 70), { kind: 'view', view: 'positions' })
    expect(keys(wide, 'l').message?.text).toBe('l: all columns are on the screen')
  })

  test('no line is longer than the pane, wherever it was moved to', () => {
    let state = given(filled(60, 20), { kind: 'view', view: 'positions' })
    for (let step = 0; step < 15; step += 1) {
      state = keys(state, 'l')
      for (const line of shown(state).slice(1)) expect(line.length).toBeLessThanOrEqual(60)
    }
  })
})

test('the log is not moved beyond the longest line on the screen, with its wide characters', () => {
  const message = '約定'.repeat(60)
  const raw = { process: 'feed', text: JSON.stringify({ level: 30, time: 0, msg: message }), level: 30, time: 0, key: 0, arrival: 1 }
  const start = given(filled(), { kind: 'view', view: 'logs' })
  const log = given(start, { kind: 'logs', window: { ...start.logs, lines: [raw], kept: 1, matching: 1 }, asked: false })
  const end = keys(log, ...Array<string>(30).fill('l'))
  expect(shown(end).at(-1)).toMatch(/INFO +feed +…定(約定)+$/)
  expect(displayWidth(shown(end).at(-1) ?? '')).toBeGreaterThan(78)
})

test('a key that moves nothing says why', () => {
  expect(keys(given(filled(), { kind: 'view', view: 'charts' }), 'l').message?.text).toBe('l: charts do not move sideways')
  expect(keys(given(filled(), { kind: 'view', view: 'charts' }), 'j').message?.text).toBe('j: charts do not move; ] shows the next')
})

test('the window of the charts is made shorter and longer, and stops at both ends', () => {
  const charts = given(filled(), { kind: 'view', view: 'charts' })
  expect(keys(charts, '+').chart.windowMs).toBe(3_600_000)
  expect(keys(charts, '+', '+').message?.text).toBe('this is the shortest window')
  expect(keys(charts, '-', '-', '-').chart.windowMs).toBe(0)
  expect(keys(charts, '-', '-', '-', '-').message?.text).toBe('all of the time is shown')
})
