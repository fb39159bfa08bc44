import { describe, expect, test } from 'vitest'
import { LISTS } from '../../tui/lists/index.ts'
import { chosenIndex } from '../../tui/lists/list.ts'
import { isUrgent, reduce } from '../../tui/store/reduce.ts'
import { controlsOff, dataAgeMs } from '../../tui/store/select.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { attached, freshState, given, later, live, lost } from '../helpers/console-state.ts'
import { cycleFixture, FIXTURE_NOW, haltedFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const selectCycles = ({ cycles }: ConsoleState) => cycles
const selectGuards = ({ snapshot }: ConsoleState) => snapshot?.guards
const selectedIndex = (state: ConsoleState, pane: 'cycles' | 'positions'): number => chosenIndex(LISTS[pane], state)

describe('how far the figures can be believed', () => {
  test('begins with waiting', () => {
    expect(freshState().freshness).toBe('waiting')
  })
  test('is fresh while the engine is heard', () => {
    expect(attached().freshness).toBe('fresh')
    expect(later(attached(), 1_800).freshness).toBe('fresh')
  })
  test('is stale after two silent intervals, and fresh again with the next word', () => {
    const stale = later(attached(), 2_001)
    expect(stale.freshness).toBe('stale')
    expect(given(stale, { kind: 'link', state: live(stale.now) }).freshness).toBe('fresh')
  })
  test('is lost with the link; the last figures stay', () => {
    const state = given(attached(), { kind: 'link', state: lost() })
    expect(state.freshness).toBe('lost')
    expect(state.snapshot?.instance).toBe('eu-1')
    expect(dataAgeMs(later(state, 12_000))).toBe(12_000)
  })
  test('is past for what was read from the files, and that never takes the place of what the engine said', () => {
    const past = given(freshState(), { kind: 'link', state: lost() }, { kind: 'past', snapshot: snapshotFixture(), problem: null })
    expect(past.freshness).toBe('past')
    expect(dataAgeMs(past)).toBe(200)
    const met = given(past, { kind: 'link', state: live() }, { kind: 'snapshot', snapshot: snapshotFixture({ mode: 'paper' }), sequence: 9 })
    expect(met.freshness).toBe('fresh')
    expect(given(met, { kind: 'past', snapshot: snapshotFixture(), problem: null })).toBe(met)
  })
})

describe('changes', () => {
  test('take the place of their members only; the others stay the very same, so nothing else is drawn', () => {
    const before = attached()
    const state = given(before, { kind: 'changes', changes: { cycles: [cycleFixture(1_000)] }, sequence: 2 })
    expect(selectCycles(state).map(({ number }) => number)).toEqual([1_000])
    expect(selectGuards(state)).toBe(selectGuards(before))
    expect(state.sequence).toBe(2)
  })
  test('before any snapshot are nothing', () => {
    const state = freshState()
    expect(given(state, { kind: 'changes', changes: {}, sequence: 2 })).toBe(state)
  })
  test('keep since when a list is empty', () => {
    const empty = later(given(attached(), { kind: 'changes', changes: { positions: [] }, sequence: 2 }), 5_000)
    const again = given(empty, { kind: 'changes', changes: { positions: [] }, sequence: 3 })
    expect(again.emptySince.positions).toBe(FIXTURE_NOW)
    expect(given(again, { kind: 'changes', changes: { positions: snapshotFixture().positions }, sequence: 4 }).emptySince.positions).toBeUndefined()
  })
})

test('the newest cycle stands before the recorded ones while it is a quiet one', () => {
  const quiet = given(attached(), { kind: 'changes', changes: { cycle: cycleFixture(1_005, { stateHash: null }) }, sequence: 2 })
  expect(
    selectCycles(quiet)
      .map(({ number }) => number)
      .slice(0, 3),
  ).toEqual([1_005, 999, 998])
  const other = given(quiet, { kind: 'changes', changes: { positions: [] }, sequence: 3 })
  expect(selectCycles(other)).toBe(selectCycles(quiet))
})

test('no signal in any state is no signal', () => {
  const none = { signals: { total: 0, byState: { blocked: 0 }, lastAt: null, pipeline: null } }
  const state = later(given(attached(), { kind: 'changes', changes: none, sequence: 2 }), 9_000)
  expect(given(state, { kind: 'changes', changes: none, sequence: 3 }).emptySince.pipeline).toBe(FIXTURE_NOW)
})

describe('the choice in a list', () => {
  test('stays on its row when newer ones come before it', () => {
    const chosen = given(attached(), { kind: 'choose', pane: 'cycles', by: 2 })
    expect(chosen.lists.cycles.selected).toBe('997')
    const state = given(chosen, { kind: 'changes', changes: { cycles: [cycleFixture(1_000), ...selectCycles(chosen)] }, sequence: 2 })
    expect(selectedIndex(state, 'cycles')).toBe(3)
  })
  test('follows the newest from the first row, and never leaves the list', () => {
    const state = given(attached(), { kind: 'choose', pane: 'cycles', by: 100 })
    expect(selectedIndex(state, 'cycles')).toBe(19)
    expect(given(state, { kind: 'choose', pane: 'cycles', by: -100 }).lists.cycles.selected).toBeNull()
  })
  test('falls back to the first row when its own is gone', () => {
    const state = given(attached(), { kind: 'choose', pane: 'positions', by: 1 }, { kind: 'changes', changes: { positions: [] }, sequence: 2 })
    expect(selectedIndex(state, 'positions')).toBe(0)
  })
})

describe('what is shown at once', () => {
  const urgent = (state = attached(), action: Parameters<typeof reduce>[1]): boolean => isUrgent(state, reduce(state, action), action)
  test.each([
    { says: 'a breaker that latched', action: { kind: 'snapshot', snapshot: haltedFixture(), sequence: 2 } as const, urgent: true },
    { says: 'a lost link', action: { kind: 'link', state: lost() } as const, urgent: true },
    { says: 'a key', action: { kind: 'stepPane', by: 1 } as const, urgent: true },
    { says: 'a newer cycle', action: { kind: 'changes', changes: { cycle: cycleFixture(1_000) }, sequence: 2 } as const, urgent: false },
    { says: 'a heartbeat', action: { kind: 'link', state: live(FIXTURE_NOW + 900) } as const, urgent: false },
    { says: 'the clock', action: { kind: 'tick', now: FIXTURE_NOW + 1_000, monotonic: 11_000 } as const, urgent: false },
  ])('$says: $urgent', ({ action, urgent: expected }) => {
    expect(urgent(attached(), action)).toBe(expected)
  })
  test('a process that is stuck, also where nothing else changes', () => {
    const processes = snapshotFixture().processes.map((each) => (each.name === 'brain' ? { ...each, state: 'stuck' as const } : each))
    expect(urgent(attached(), { kind: 'changes', changes: { processes }, sequence: 2 })).toBe(true)
  })
  test('an alert that is new, and not one that somebody marked as seen', () => {
    const alert = { id: 7, at: FIXTURE_NOW, level: 'critical' as const, text: 'the disk is full', acknowledgedBy: null }
    const told = given(attached(), { kind: 'changes', changes: { alerts: [alert] }, sequence: 2 })
    expect(urgent(attached(), { kind: 'changes', changes: { alerts: [alert] }, sequence: 2 })).toBe(true)
    expect(urgent(told, { kind: 'changes', changes: { alerts: [{ ...alert, acknowledgedBy: 'somebody' }] }, sequence: 3 })).toBe(false)
  })
  test('a pause of somebody else', () => {
    const { engine } = snapshotFixture()
    expect(urgent(attached(), { kind: 'changes', changes: { engine: { ...engine, desired: 'paused', state: 'paused' } }, sequence: 2 })).toBe(true)
  })
})

test.each([
  {
    says: 'read-only',
    state: given(freshState(undefined, true), { kind: 'link', state: live() }, { kind: 'snapshot', snapshot: snapshotFixture(), sequence: 1 }),
    why: /only watches/,
  },
  { says: 'observer', state: given(attached(), { kind: 'link', state: live(FIXTURE_NOW, 'observer') }), why: /observer/ },
  { says: 'lost', state: given(attached(), { kind: 'link', state: lost() }), why: /lost/ },
  { says: 'silent for more than 5 s', state: later(attached(), 5_001), why: /nothing for 5 s/ },
  { says: 'not connected', state: freshState(), why: /not connected/ },
])('controls are off and say why: $says', ({ state, why }) => {
  expect(controlsOff(state)).toMatch(why)
})

test('controls are on at a live engine, and still 5 s after its last word', () => {
  expect(controlsOff(attached())).toBeNull()
  expect(controlsOff(later(attached(), 5_000))).toBeNull()
})

test('a message goes by itself', () => {
  const state = given(attached(), { kind: 'message', message: { text: 'x', tone: 'text', until: 10_500 } })
  expect(later(state, 499).message).not.toBeNull()
  expect(later(state, 500).message).toBeNull()
})
