import { expect, test } from 'vitest'
import { grown, heardNext, LATENCY_POINTS_MAX, NOTHING_HEARD, PRICE_POINTS_MAX, PRICE_SYMBOLS_MAX } from '../../tui/charts/heard.ts'
import type { Series } from '../../tui/store/state.ts'
import { attached, given } from '../helpers/console-state.ts'
import { cycleFixture, FIXTURE_NOW, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const instrument = (symbol: string, lastPrice: string | null, lastAt: number | null) => ({
  symbol,
  timeframe: '1s',
  bars: 1,
  lastPrice,
  lastAt,
  ageMs: 0,
  stale: false,
})

test('a series keeps its beginning and its peaks however long it grows', () => {
  let series: Series = []
  for (let at = 0; at < 10_000; at += 1) series = grown(series, { at, value: at === 3_333 ? 99 : at % 3 }, 64, (a, b) => (b.value >= a.value ? b : a))
  expect(series.length).toBeLessThanOrEqual(64)
  expect(series.some(({ value }) => value === 99)).toBe(true)
  expect(series.at(-1)).toEqual({ at: 9_999, value: 0 })
  expect(series.map(({ at }) => at)).toEqual(series.map(({ at }) => at).toSorted((a, b) => a - b))
})

test('prices are kept as they are heard, by the time of their bar', () => {
  const base = snapshotFixture()
  const feed = (...instruments: ReturnType<typeof instrument>[]) => ({ ...base.feed, instruments })
  const state = given(
    attached({ columns: 80, rows: 24 }, snapshotFixture({ feed: feed(instrument('A', '10', 1_000), instrument('B', null, null)) })),
    { kind: 'changes', changes: { feed: feed(instrument('A', '11.5', 2_000), instrument('B', '3', 2_000)) }, sequence: 2 },
    { kind: 'changes', changes: { feed: feed(instrument('A', '12', 2_000)) }, sequence: 3 }, // the same bar
    { kind: 'changes', changes: { feed: feed(instrument('A', 'garbage', 3_000)) }, sequence: 4 },
    { kind: 'changes', changes: { equity: '1' }, sequence: 5 },
  )
  expect(state.priceSeries).toEqual({
    A: [
      { at: 1_000, value: 10 },
      { at: 2_000, value: 11.5 },
    ],
    B: [{ at: 2_000, value: 3 }],
  })
})

test('with a feed of another time curves begin anew; one that is behind by a little waits', () => {
  const base = snapshotFixture()
  const at = (clock: number, price: string, equity: string) => ({
    equity,
    cycle: cycleFixture(1_000, { feedAt: clock }),
    feed: { ...base.feed, clock, instruments: [instrument('A', price, clock)] },
  })
  const now = given(attached({ columns: 80, rows: 24 }, snapshotFixture(at(FIXTURE_NOW, '10', '100'))), {
    kind: 'changes',
    changes: at(FIXTURE_NOW - 60_000, '11', '101'),
    sequence: 2,
  })
  expect([now.equitySeries.at(-1), now.priceSeries.A?.at(-1)]).toMatchObject([{ at: FIXTURE_NOW }, { at: FIXTURE_NOW }])
  const earlier = FIXTURE_NOW - 365 * 86_400_000
  const other = given(now, { kind: 'changes', changes: at(earlier, '3', '50'), sequence: 3 })
  expect(other.equitySeries).toEqual([{ at: earlier, value: 50 }])
  expect(other.priceSeries.A).toEqual([{ at: earlier, value: 3 }])
})

test('prices are bounded in their number and in their instruments', () => {
  const base = snapshotFixture()
  let heard = NOTHING_HEARD
  const instruments = (at: number) => Array.from({ length: PRICE_SYMBOLS_MAX + 5 }, (_, index) => instrument(`S${index}`, '1', at))
  for (let at = 0; at < PRICE_POINTS_MAX + 50; at += 1)
    heard = heardNext(heard, null, { ...base, cycles: [], cycle: null, feed: { ...base.feed, instruments: instruments(at) } })
  const series = Object.values(heard.priceSeries)
  expect(series).toHaveLength(PRICE_SYMBOLS_MAX)
  expect(Math.max(...series.map(({ length }) => length))).toBeLessThanOrEqual(PRICE_POINTS_MAX)
})

test('a cycle is counted once, though every snapshot tells of the last twenty', () => {
  const state = attached()
  expect(state.latencySeries).toHaveLength(20)
  const again = given(state, {
    kind: 'changes',
    changes: { cycle: cycleFixture(1_000, { durationMs: 7 }), cycles: state.snapshot?.cycles ?? [] },
    sequence: 2,
  })
  expect(again.latencySeries).toHaveLength(21)
  expect(again.latencySeries.at(-1)).toEqual({ at: FIXTURE_NOW, value: 7 })
  expect(LATENCY_POINTS_MAX).toBeGreaterThan(again.latencySeries.length)
})
