import { expect, test } from 'vitest'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { DETAILS } from '../../tui/details/index.ts'
import { LISTS } from '../../tui/lists/index.ts'
import { plainText } from '../../tui/present/line.ts'
import type { ListPane } from '../../tui/store/views.ts'
import { presentPane } from '../../tui/views/panes.tsx'
import { attached, given } from '../helpers/console-state.ts'
import { cycleFixture, FIXTURE_NOW, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const MINUTE = 60_000
const base = snapshotFixture()
const position = base.positions[0]
const breaker = base.breakers[0]
if (position === undefined || breaker === undefined) throw new Error('the fixture has both')

const risk: Snapshot['risk'] = {
  day: { day: '2026-11-20', endsAt: FIXTURE_NOW + 3 * MINUTE, equity: '1', profit: '0', best: '0', orders: 0, entries: 0 },
  peak: '1',
  drawdown: 0,
  losses: 0,
  wins: 0,
  emotional: { active: false, since: null, reason: '', factor: 1, wins: 0, winsNeeded: 3 },
  profitLock: { locked: false, target: '0', giveBack: 0.3 },
  phase: { now: 'experience', since: null, next: null, gatePassed: false, failures: [], metrics: {} },
  degradation: { level: 'full', since: null, reason: '', factor: 1 },
  killSwitches: [],
}

/** A replay whose feed has read half a year further than the engine has decided. */
const behind = (decided: number): Snapshot => ({
  ...base,
  cycle: cycleFixture(1_000, { feedAt: decided }),
  feed: { ...base.feed, clock: FIXTURE_NOW + 180 * 86_400_000 },
  positions: [{ ...position, openedAt: FIXTURE_NOW - 5 * MINUTE }],
  orders: [
    {
      clientOrderId: 'l-9',
      signalId: null,
      symbol: 'BTCUSD',
      side: 'buy',
      purpose: 'entry',
      reason: 'sma-cross',
      state: 'acknowledged',
      quantity: '1',
      filled: '0',
      averagePrice: null,
      fee: '0',
      intendedAt: FIXTURE_NOW - 2 * MINUTE,
      updatedAt: FIXTURE_NOW,
    },
  ],
  breakers: [{ ...breaker, state: 'open', since: FIXTURE_NOW - MINUTE, until: FIXTURE_NOW + 4 * MINUTE, needsPerson: false }],
  signals: { ...base.signals, lastAt: FIXTURE_NOW - 3 * MINUTE },
  risk,
})
const state = attached({ columns: 250, rows: 70 }, behind(FIXTURE_NOW))
const shown = (pane: ListPane): string => presentPane(state, { pane, width: 200, height: 12 }).map(plainText).join('\n')

test.each<{ pane: ListPane; says: string }>([
  { pane: 'positions', says: '5m00s' },
  { pane: 'orders', says: '2m00s' },
  { pane: 'breakers', says: 'tries in 4m00s' },
  { pane: 'pipeline', says: 'last 3m00s ago' },
  { pane: 'risk', says: 'ends in 3m00s' },
])('ages in $pane are counted to where the engine has decided, and not to where its feed has read', ({ pane, says }) => {
  expect(shown(pane)).toContain(says)
})

test('so are those of a breaker’s detail', () => {
  const text = DETAILS.breaker({ ...state, view: 'breakers' }, 80).lines.map(plainText)
  expect(text.find((line) => line.includes('since'))).toContain('  1m00s')
  expect(text.find((line) => line.includes('next'))).toContain('4m00s')
})

test('equity is a point of the time that was decided, so that later ones are taken too', () => {
  const later = given(state, { kind: 'changes', changes: { ...behind(FIXTURE_NOW + MINUTE), equity: '77' }, sequence: 2 })
  expect(later.equitySeries.slice(-2)).toEqual([
    { at: FIXTURE_NOW, value: Number(base.equity) },
    { at: FIXTURE_NOW + MINUTE, value: 77 },
  ])
})

test('the end of the day comes nearer while nothing else of risk changes', () => {
  const end = (decided: number): string | undefined => {
    const found = LISTS.risk.rows(attached(undefined, behind(decided))).find((row) => (row as { name: string }).name === 'day')
    return (found as { note: string } | undefined)?.note
  }
  expect([end(FIXTURE_NOW), end(FIXTURE_NOW + MINUTE)]).toEqual([expect.stringContaining('ends in 3m00s'), expect.stringContaining('ends in 2m00s')])
})
