import { describe, expect, test } from 'vitest'
import { LISTS } from '../../tui/lists/index.ts'
import { shownRows } from '../../tui/lists/list.ts'
import { recordsWanted } from '../../tui/records/wanted.ts'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { attached, freshState, given } from '../helpers/console-state.ts'
import { recordsFixture, windowOf } from '../helpers/records-fixture.ts'
import { cycleFixture } from '../helpers/snapshot-fixture.ts'

const keys = (state: ConsoleState, ...names: readonly string[]): ConsoleState =>
  names.reduce((now, name) => press(now, { kind: 'key', name, count: 1 }).actions.reduce(reduce, now), state)

/** What the file has, newest first: the last of it is told by the engine as well. */
const cycles = windowOf(Array.from({ length: 200 }, (_, at) => ({ ...cycleFixture(990 - at), mode: 'simulate' as const })))
const numbers = (state: ConsoleState): readonly number[] => shownRows(LISTS.cycles, state).map(({ number }) => number)

describe('cycles older than those that the engine tells of', () => {
  test('are read only for somebody who looks back', () => {
    expect(recordsWanted(attached())).toEqual([])
    for (const looking of [['j'], ['f'], ['s'], ['z']]) expect([looking, recordsWanted(keys(attached(), ...looking))]).toEqual([looking, ['cycles']])
    expect(recordsWanted(keys(attached(), 'j', 'g'))).toEqual([])
    expect(recordsWanted(keys(attached(), 'j', '5'))).toEqual(['audit'])
  })

  test('stand behind them, each once and without a hole', () => {
    const state = { ...attached(), records: { ...recordsFixture(), cycles } }
    const expected = Array.from({ length: 999 - 791 + 1 }, (_, at) => 999 - at)
    expect(numbers(state)).toEqual(expected)
    expect(numbers(given(state, { kind: 'list', pane: 'cycles', changes: { filter: 'result:slow' } })).every((number) => number % 13 === 0)).toBe(
      true,
    )
  })

  test('are there without an engine too', () => {
    expect(numbers({ ...freshState(), records: { ...recordsFixture(), cycles } })).toHaveLength(200)
  })
})
