import { describe, expect, test } from 'vitest'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { lightsOf } from '../../tui/lists/lights.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { attached, given } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { recordsFixture, windowOf } from '../helpers/records-fixture.ts'
import { haltedFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const base = snapshotFixture()
const state = (changes: Partial<Snapshot> = {}, records = recordsFixture()): ConsoleState =>
  given(attached({ columns: 160, rows: 48 }, snapshotFixture(changes)), { kind: 'records', records })
const light = (part: string, of: ConsoleState) => lightsOf(of).find((each) => each.part === part)
const process = (name: string, changes: object): Partial<Snapshot> => ({
  processes: base.processes.map((each) => (each.name === name ? { ...each, ...changes } : each)),
})

test('an engine in order has seven green lights, in the order in which a bar goes', () => {
  const rows = lightsOf(state())
  expect(rows.map(({ part }) => part)).toEqual(['feed', 'ring', 'decision', 'execution', 'safety', 'journal', 'shadow'])
  expect(rows.filter((each) => each.light !== 'green')).toEqual([])
})

describe('each light goes out', () => {
  const [instrument, ...others] = base.feed.instruments
  const [position] = base.positions
  if (instrument === undefined || position === undefined) throw new Error('the fixture has both')
  test.each([
    { part: 'feed', light: 'red', why: 'FAILED', changes: process('feed', { state: 'failed', reason: 'no such file' }) },
    { part: 'feed', light: 'yellow', why: 'STARTING', changes: process('feed', { state: 'starting' }) },
    { part: 'feed', light: 'red', why: 'failed: EIO', changes: { feed: { ...base.feed, state: 'failed: EIO' } } },
    { part: 'feed', light: 'yellow', why: 'ended', changes: { feed: { ...base.feed, state: 'ended' } } },
    {
      part: 'feed',
      light: 'red',
      why: 'stale: BTCUSD',
      changes: { feed: { ...base.feed, instruments: [{ ...instrument, stale: true }, ...others] } },
    },
    { part: 'ring', light: 'yellow', why: '2,000 bars wait', changes: { feed: { ...base.feed, consumed: 1_000 } } },
    { part: 'ring', light: 'yellow', why: '1,001 bars wait', changes: { feed: { ...base.feed, decided: 1_999 } } },
    { part: 'decision', light: 'red', why: 'brain STUCK', changes: process('brain', { state: 'stuck', reason: '' }) },
    {
      part: 'decision',
      light: 'yellow',
      why: 'sma-cross stopped: threw in line 3',
      changes: { strategies: base.strategies.map((each) => ({ ...each, state: 'stopped' as const, reason: 'threw in line 3' })) },
    },
    { part: 'execution', light: 'red', why: 'orchestrator DOWN', changes: process('orchestrator', { state: 'down', reason: '' }) },
    { part: 'execution', light: 'red', why: 'no stop protects BTCUSD', changes: { positions: [{ ...position, stop: null }] } },
    { part: 'execution', light: 'yellow', why: 'PAUSED', changes: { engine: { ...base.engine, state: 'paused' as const } } },
    { part: 'safety', light: 'red', why: 'lock', changes: { singleton: { ...base.singleton, held: false } } },
    { part: 'safety', light: 'red', why: 'halt LATCHED', changes: { breakers: haltedFixture().breakers } },
    { part: 'safety', light: 'red', why: '1 illegal move', changes: { illegalMoves: 1 } },
    {
      part: 'safety',
      light: 'yellow',
      why: 'halt HALF-OPEN',
      changes: { breakers: base.breakers.map((each) => ({ ...each, state: 'halfOpen' as const })) },
    },
    { part: 'journal', light: 'red', why: 'ledger: disk full', changes: { ledger: { ...base.ledger, state: 'disk full' } } },
  ])('$part is $light: $why', ({ part, light: wanted, why, changes }) => {
    expect(light(part, state(changes))).toMatchObject({ light: wanted, reason: expect.stringContaining(why) })
  })
  test('shadow, by its file', () => {
    const of = (change: object) => light('shadow', state({}, { ...recordsFixture(), shadows: { ...windowOf([]), ...change } }))
    expect(of({ source: { kind: 'error', path: '/x', message: 'EACCES' } })).toMatchObject({ light: 'red', reason: '/x: EACCES' })
    expect(of({ rejected: 2, problem: 'no JSON' })).toMatchObject({ light: 'red', reason: '2 lines are none: no JSON' })
    expect(of({ source: { kind: 'missing', path: '/x' } })).toMatchObject({ light: 'yellow' })
  })
})

test('the pane tells the worst ones in its title, and what is behind an engine that was never met', () => {
  const shown = given(state(process('brain', { state: 'stuck', reason: 'no progress for 3 s' })), { kind: 'view', view: 'breakers' })
  expect(draw(shown).find((line) => line.includes('-- Lights'))).toContain('decision RED')
  expect(draw(shown).find((line) => line.includes('decision '))).toBeDefined()
})
