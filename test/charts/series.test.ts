import { describe, expect, test } from 'vitest'
import type { EquityLine } from '../../src/contracts/stream.ts'
import { type Chart, hasFigures } from '../../tui/charts/chart.ts'
import { charts, chartTime } from '../../tui/charts/series.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { attached, freshState, given, lost } from '../helpers/console-state.ts'
import { closedFixture, decisionFixture, recordsFixture, SIGNAL, tradeFixture, windowOf } from '../helpers/records-fixture.ts'
import { cycleFixture, FIXTURE_NOW, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const chart = (state: ConsoleState, name: string): Chart => {
  const found = charts(state).find((one) => one.name === name)
  if (found === undefined) throw new Error(`no chart ${name}; there are ${charts(state).map((one) => one.name)}`)
  return found
}
const line = (state: ConsoleState, name: string) => {
  const found = chart(state, name)
  if (found.kind !== 'line') throw new Error(`${name} is no line`)
  return found
}
const curve = (...values: number[]) => values.map((value, index) => ({ at: FIXTURE_NOW + index * 1_000, value }))

describe('what charts are made of', () => {
  test('drawdown is how far equity is below its best, in percent', () => {
    const state = { ...attached(), equitySeries: curve(100, 200, 150, 200, 300, 270) }
    expect(line(state, 'Drawdown').points.map(({ value }) => value)).toEqual([0, 0, -25, 0, 0, -10])
  })
  test('equity and prices reach back to what the engine sampled, and stand there without an engine', () => {
    const sample = (minutesAgo: number, equity: string | null, price: string): EquityLine => ({
      ts_utc: new Date(FIXTURE_NOW - minutesAgo * 60_000).toISOString(),
      ledger_sequence: 1,
      equity,
      realized_pnl: '0',
      prices: { BTCUSD: price },
    })
    const equity = windowOf([sample(-1, '99', '9'), sample(1, '130', '8'), sample(2, null, '7'), sample(3, '120', '6')])
    const alone = { ...freshState(), records: { ...recordsFixture(), equity } }
    expect(line(alone, 'Equity').points.map(({ value }) => value)).toEqual([120, 130, 99])
    expect(line(alone, 'Price BTCUSD').points.map(({ value }) => value)).toEqual([6, 7, 8, 9])
    // What is heard is finer, so it counts from where it begins.
    const both = { ...attached(), equitySeries: curve(100, 110), records: { ...recordsFixture(), equity } }
    expect(line(both, 'Equity').points.map(({ value }) => value)).toEqual([120, 130, 100, 110])
    expect(line(both, 'Drawdown').points[2]?.value).toBeCloseTo((-30 / 130) * 100)
  })
  test('a long past has every point of the equity, and the prices of each instrument thinned, the newest among them', () => {
    const rows = Array.from(
      { length: 10_000 },
      (_, minutesAgo): EquityLine => ({
        ts_utc: new Date(FIXTURE_NOW - minutesAgo * 60_000).toISOString(),
        ledger_sequence: 1,
        equity: String(minutesAgo),
        realized_pnl: '0',
        prices: { BTCUSD: String(minutesAgo), ETHUSD: '1' },
      }),
    )
    const whole = given({ ...freshState(), records: { ...recordsFixture(), equity: windowOf(rows) } }, { kind: 'chart', changes: { windowMs: 0 } })
    expect(line(whole, 'Equity').points).toHaveLength(10_000)
    const { points } = line(whole, 'Price BTCUSD')
    expect(points.length).toBeGreaterThan(1_500)
    expect(points.length).toBeLessThanOrEqual(2_048)
    expect(points.at(-1)).toEqual({ at: FIXTURE_NOW, value: 0 })
  })
  test('an account that never had anything has no percent of it', () => {
    expect(line({ ...attached(), equitySeries: curve(-5, -2, 0) }, 'Drawdown').points).toEqual([])
  })
  test('what is no number makes no point', () => {
    const state = { ...attached(), equitySeries: curve(1, Number.NaN, Number.POSITIVE_INFINITY, 2) }
    expect(line(state, 'Equity').points.map(({ value }) => value)).toEqual([1, 2])
  })
  test('booked results are added up, also without an engine', () => {
    const state = { ...freshState(), records: recordsFixture() }
    expect(line(state, 'Booked profit').points.map(({ value }) => value)).toEqual([28.4, 16.05])
  })
  test('sums of the newest records say of how many they are', () => {
    const state = { ...freshState(), records: recordsFixture() }
    const { trades, shadows } = state.records
    expect(chart(state, 'Booked profit').unit).toContain(`by ${trades.rows.length} newest fills`)
    expect(chart(state, 'Won and lost').unit).toBe(`trades, by ${trades.rows.length} newest fills`)
    expect(chart(state, 'Guards: saved and cost').unit).toContain(`by ${shadows.rows.length} newest outcome`)
  })
  test('what happened at a price stands in the order of its time, so that the last of it is the newest', () => {
    const { marks } = line({ ...freshState(), records: recordsFixture() }, 'Price BTCUSD')
    expect(marks.map(({ at }) => at)).toEqual(marks.map(({ at }) => at).toSorted((a, b) => a - b))
  })
  test('a price has its entries, exits and refused signals, also without an engine', () => {
    const { marks } = line({ ...freshState(), records: recordsFixture() }, 'Price BTCUSD')
    expect(marks.map(({ kind, value }) => `${kind} ${value}`).sort()).toEqual([
      'blocked 61118.5',
      'blocked 61118.5',
      'entry 61204.5',
      'entry 61204.5',
      'exit 61204.5',
      'exit 61204.5',
    ])
  })
  test('an approved signal is no mark, and a symbol with nothing but one has no chart', () => {
    const state = { ...freshState(), records: { ...recordsFixture(), decisions: windowOf([decisionFixture(1, false)]), trades: windowOf([]) } }
    expect(charts(state).map(({ name }) => name)).not.toContain('Price ETHUSD')
  })
  test('only the window that was chosen is shown', () => {
    const state = attached()
    const long = { ...state, equitySeries: Array.from({ length: 100 }, (_, index) => ({ at: FIXTURE_NOW + index * 60_000, value: index })) }
    const shown = (windowMs: number) => line({ ...long, chart: { ...long.chart, windowMs } }, 'Equity').points.length
    expect([shown(600_000), shown(0)]).toEqual([11, 100])
  })
  test('a guard saved what its refused signals lost, and cost what they won; what ran out unknown is neither', () => {
    const shadow = (blocker: string | null, pnl: string | null, decision = 'BLOCKED') => ({
      signal_id: SIGNAL,
      symbol: 'BTCUSD',
      pnl,
      pnl_pct: null,
      hold_time_seconds: null,
      was_profitable: null,
      original_decision: decision,
      blocker_component: blocker,
      ts: 1,
    })
    const shadows = windowOf([
      shadow('spread', '-10'),
      shadow('spread', '4'),
      shadow('cooldown', '-30'),
      shadow('spread', null),
      shadow('spread', '99', 'APPROVED'),
      shadow(null, '99'),
    ])
    const state = { ...attached(), records: { ...recordsFixture(), shadows } }
    expect(chart(state, 'Guards: saved and cost')).toMatchObject({
      bars: [
        { label: 'cooldown', values: [30, 0] },
        { label: 'spread', values: [10, 4] },
      ],
    })
  })
  test('a window ends now and not with the last trade, which may have been long ago', () => {
    const trades = windowOf(closedFixture(1, '5'))
    const later = snapshotFixture()
    const state = (hoursOn: number) => {
      const clock = FIXTURE_NOW + hoursOn * 3_600_000
      const snapshot = { ...later, cycle: cycleFixture(1_000, { feedAt: clock }) }
      return given(
        { ...attached(undefined, snapshot), records: { ...recordsFixture(), trades } },
        { kind: 'chart', changes: { windowMs: 6 * 3_600_000 } },
      )
    }
    expect(line(state(1), 'Booked profit')).toMatchObject({ points: [{ value: -0.1 }], earlier: 0 })
    const long = line(state(30), 'Booked profit')
    expect(long).toMatchObject({ points: [], earlier: 1, empty: 'no trade was closed in the window, 1 earlier: w widens it' })
    expect(hasFigures(long)).toBe(false)
  })
  test.each([
    { says: 'a short span of today', at: FIXTURE_NOW, spanMs: 60_000, text: '14:02:11' },
    { says: 'some hours of today', at: FIXTURE_NOW, spanMs: 3_600_000, text: '14:02' },
    { says: 'some hours of another day', at: FIXTURE_NOW - 30 * 86_400_000, spanMs: 3_600_000, text: '10-21 14:02' },
    { says: 'one moment of another day', at: FIXTURE_NOW - 30 * 86_400_000, spanMs: 0, text: '10-21 14:02' },
    { says: 'one moment of today', at: FIXTURE_NOW, spanMs: 0, text: '14:02:11' },
    { says: 'years', at: FIXTURE_NOW, spanMs: 730 * 86_400_000, text: '2026-11-20' },
    { says: 'many days', at: FIXTURE_NOW, spanMs: 7 * 86_400_000, text: '11-20 14:02' },
  ])('the axis of $says is written $text', ({ at, spanMs, text }) => {
    const state = attached()
    expect(chartTime({ ...state, clock: 'utc', now: FIXTURE_NOW }, line(state, 'Equity'))(at, spanMs)).toBe(text)
  })
  test('how long ago is told by the feed’s clock, and of cycles by the wall’s', () => {
    const { asOf } = snapshotFixture()
    const feedAt = Date.UTC(2018, 2, 1)
    const state = { ...attached(undefined, { ...snapshotFixture(), cycle: cycleFixture(1_000, { feedAt }) }), clock: 'relative', now: asOf } as const
    expect(chartTime(state, line(state, 'Equity'))(feedAt - 7_200_000, 1)).toBe('2h00m')
    expect(chartTime(state, line(state, 'Cycle latency'))(asOf - 7_200_000, 1)).toBe('2h00m')
  })
  test('won, lost and even are those of booked trades', () => {
    const trades = windowOf([
      ...closedFixture(8, '6'),
      ...closedFixture(6, '-2'),
      ...closedFixture(4, '8'),
      ...closedFixture(2, '5.1'),
      tradeFixture(0, null),
    ])
    expect(chart({ ...attached(), records: { ...recordsFixture(), trades } }, 'Won and lost')).toMatchObject({
      parts: [
        { label: 'won', value: 2 },
        { label: 'lost', value: 1 },
        { label: 'even', value: 1 },
      ],
    })
  })
})

describe('a chart without figures says why', () => {
  const absent = given(freshState(), { kind: 'link', state: lost() })
  test.each([
    { name: 'Equity', state: freshState(), why: /^waiting for the engine, since 14:02:11$/ },
    { name: 'Equity', state: absent, why: /^source missing: no engine runs$/ },
    { name: 'Price', state: absent, why: /^source missing/ },
    { name: 'Cycle latency', state: { ...attached(), latencySeries: [] }, why: /^no cycle was told yet, empty since 14:02:11/ },
    { name: 'Blocks by guard', state: { ...attached(), snapshot: null }, why: /^waiting for the engine/ },
    { name: 'Booked profit', state: attached(), why: /^opening the file$/ },
    {
      name: 'Won and lost',
      state: {
        ...attached(),
        records: { ...recordsFixture(), trades: { ...windowOf([]), source: { kind: 'missing', path: '/x/trades' } as const } },
      },
      why: /^source missing: \/x\/trades$/,
    },
    {
      name: 'Guards: saved and cost',
      state: { ...attached(), records: { ...recordsFixture(), shadows: windowOf([]) } },
      why: /^no refused signal has come to its end, empty since/,
    },
  ])('$name: $why', ({ name, state, why }) => {
    const found = chart(state, name)
    expect(hasFigures(found)).toBe(false)
    expect(found.empty).toMatch(why)
  })
})
