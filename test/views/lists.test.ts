import { describe, expect, test } from 'vitest'
import type { OrderView } from '../../src/contracts/account.ts'
import type { RiskView, Snapshot } from '../../src/contracts/snapshot.ts'
import { LISTS } from '../../tui/lists/index.ts'
import { shownRows } from '../../tui/lists/list.ts'
import type { RiskRow } from '../../tui/lists/risk.ts'
import type { SourceRow } from '../../tui/lists/sources.ts'
import { attached, freshState, given, later } from '../helpers/console-state.ts'
import { decisionFixture, recordsFixture, tradeFixture, windowOf } from '../helpers/records-fixture.ts'
import { cycleFixture, FIXTURE_NOW, riskFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const calm = riskFixture()
const withRisk = (risk: RiskView | null): Snapshot => snapshotFixture({ risk })
const rowsOf = <Row>(pane: 'risk' | 'sources', snapshot: Snapshot): readonly Row[] =>
  LISTS[pane].rows(attached(undefined, snapshot)) as readonly Row[]
const risk = (changes: Partial<RiskView>) =>
  Object.fromEntries(rowsOf<RiskRow>('risk', withRisk({ ...calm, ...changes })).map((row) => [row.name, row]))

describe('risk beside the breakers', () => {
  test('the day, the fall from the peak, the streak, the phase with what its gate lacks', () => {
    expect(risk({})).toMatchObject({
      'kill switch': { value: 'none' },
      day: { value: '-120.50', note: '2026-11-20  best 40.00  4 orders  2 entries  ends in 1h00m', tone: 'loss' },
      drawdown: { value: '-1.23%', note: 'from the peak of 100,200.00' },
      'in a row': { value: '2 won' },
      emotional: { value: 'calm' },
      'profit lock': { value: 'open', note: 'target 1,000.00, may give back 30.00%' },
      phase: { value: 'experience', note: 'proof needs: sessions 5, at least 20 is needed' },
      degradation: { value: 'full' },
    })
  })

  test('what shrinks or stops entries stands out', () => {
    const rows = risk({
      losses: 3,
      emotional: { ...calm.emotional, active: true, factor: 0.25, reason: '3 losses in a row', wins: 1 },
      profitLock: { ...calm.profitLock, locked: true },
      degradation: { level: 'safe', since: FIXTURE_NOW, reason: 'ledgerTrouble: cut', factor: 0 },
      killSwitches: [{ origin: 'file', at: FIXTURE_NOW, reason: 'KILL is there' }],
    })
    expect(rows).toMatchObject({
      'kill switch': { value: 'ON: file', note: 'KILL is there', tone: 'alarm' },
      'in a row': { value: '3 lost', tone: 'warning' },
      emotional: { value: 'sizes x 0.25', note: '3 losses in a row; 1 of 3 wins until whole sizes', tone: 'warning' },
      'profit lock': { value: 'LOCKED', tone: 'warning' },
      degradation: { value: 'safe', note: 'sizes x 0: ledgerTrouble: cut', tone: 'alarm' },
    })
  })

  test('what is unknown is never zero, and nothing is not shown as something', () => {
    expect(risk({ day: null, drawdown: null })).toMatchObject({ day: { value: 'unknown' }, drawdown: { value: 'unknown' } })
    expect(rowsOf('risk', withRisk(null))).toEqual([])
    expect(LISTS.risk.rows(freshState())).toEqual([])
  })
})

test('the feed: each instrument, rejects by their rule, the most first, and what waits in the rings', () => {
  const { feed } = snapshotFixture()
  const [first] = feed.instruments
  if (first === undefined) throw new Error('the fixture has an instrument')
  const changed = {
    ...feed,
    rows: 1_010,
    bars: 1_000,
    rejects: 10,
    rejectsByRule: { finite: 3, positive: 7 },
    consumed: 990,
    decided: 700,
    overruns: 2,
    gaps: 0,
    instruments: [{ ...first, stale: true, lastPrice: null }],
  }
  const rows = Object.fromEntries(rowsOf<SourceRow>('sources', snapshotFixture({ feed: changed })).map((row) => [row.name, row]))
  expect(rows).toMatchObject({
    [first.symbol]: { value: 'unknown', note: expect.stringContaining('STALE'), tone: 'danger' },
    rows: { value: '1,010', note: '1,000 bars and 10 rejects' },
    rejects: { value: '10', note: 'positive 7  finite 3', tone: 'warning' },
    'brain ring': { value: '10' },
    'engine ring': { value: '300' },
    overruns: { value: '2', tone: 'warning' },
    gaps: { value: '0', tone: 'text' },
  })
})

const ORDER: OrderView = {
  clientOrderId: 'led-1',
  signalId: null,
  symbol: 'BTCUSD',
  side: 'buy',
  purpose: 'entry',
  reason: '',
  state: 'filled',
  quantity: '1',
  filled: '1',
  averagePrice: '1.00',
  fee: '0',
  intendedAt: 0,
  updatedAt: 0,
}

test.each(['trades', 'decisions', 'orders', 'positions', 'breakers'] as const)('since: in the list of %s counts from the feed’s clock', (pane) => {
  const feedAt = Date.UTC(2018, 2, 1)
  const [position] = snapshotFixture().positions
  const [breaker] = snapshotFixture().breakers
  const [trade, decision] = [tradeFixture(1, null), decisionFixture(1)]
  if (position === undefined || breaker === undefined) throw new Error('the fixture has one of each')
  const ages = [60_000, 7_200_000]
  const told = snapshotFixture({
    cycle: cycleFixture(1_000, { feedAt }),
    orders: ages.map((age) => ({ ...ORDER, clientOrderId: `led-${age}`, intendedAt: feedAt - age })),
    positions: ages.map((age) => ({ ...position, symbol: `S${age}`, openedAt: feedAt - age })),
    breakers: ages.map((age) => ({ ...breaker, name: `b${age}`, since: feedAt - age })),
  })
  const trades = windowOf(ages.map((age, sequence) => ({ ...trade, sequence, timestamp: new Date(feedAt - age).toISOString() })))
  const decisions = windowOf(ages.map((age, sequence) => ({ ...decision, sequence, ts: (feedAt - age) / 1_000 })))
  const state = given(
    { ...attached(undefined, told), records: { ...recordsFixture(), trades, decisions } },
    { kind: 'list', pane, changes: { filter: 'since:10m' } },
  )
  expect(shownRows<unknown>(LISTS[pane], state)).toHaveLength(1)
})

describe('how long ago, of times of the feed', () => {
  const { feed, cycle, asOf } = snapshotFixture()
  const ago = (feedClock: number, laterMs: number): string => {
    const told = attached(
      undefined,
      snapshotFixture({ feed: { ...feed, clock: feedClock + 60_000 }, cycle: cycle === null ? null : { ...cycle, feedAt: feedClock } }),
    )
    const state = later({ ...told, clock: 'relative' }, asOf + laterMs - FIXTURE_NOW)
    return (
      LISTS.orders
        .columns(state)
        .find(({ head }) => head === 'TIME')
        ?.text({ intendedAt: feedClock - 300_000 }) ?? ''
    )
  }
  test.each([
    { says: 'by the clock of a replay, whose data is of another year', clock: Date.UTC(2018, 0, 1), laterMs: 0, text: '5m00s' },
    { says: 'and as much more as went by since it was told', clock: Date.UTC(2018, 0, 1), laterMs: 3_600_000, text: '1h05m' },
    { says: 'by the wall where the feed is of today, between two bars too', clock: asOf - 60_000, laterMs: 0, text: '6m00s' },
  ])('$says', ({ clock, laterMs, text }) => {
    expect(ago(clock, laterMs)).toBe(text)
  })
})
