import { describe, expect, test } from 'vitest'
import { emptyBook } from '../../engine/core/state.ts'
import {
  agreementOf,
  atrOf,
  barsSinceGap,
  changeOverDay,
  correlationOf,
  nextHours,
  nextStats,
  regimeOf,
  relativeVolumeOf,
  volatilityOf,
  volumeOverDay,
} from '../../engine/core/stats.ts'
import { type Bar, BarFlag } from '../../src/contracts/market.ts'
import { seeded } from '../../src/random.ts'
import { bar, MINUTE } from '../helpers/engine-fixture.ts'

const HOUR_BARS = 60

/** A book that has seen these bars, as a mark leaves it. */
const seen = (bars: readonly Bar[]) => {
  let book = emptyBook('BTCUSD')
  for (const each of bars)
    book = { ...book, bars: book.bars + 1, timeframeMs: MINUTE, stats: nextStats(book.stats, each), hours: nextHours(book, each) }
  return book
}

const market = (count: number, close: (minute: number) => number, over: (minute: number) => Partial<Bar> = () => ({})): Bar[] =>
  Array.from({ length: count }, (_, minute) => ({
    ...bar(minute + 1, { close: close(minute), open: close(Math.max(0, minute - 1)) }),
    ...over(minute),
  }))

test('the average true range is the mean of the ranges until there are 14, and then Wilder’s', () => {
  const ranges = (count: number) =>
    market(
      count,
      () => 100,
      (minute) => ({ high: 100 + minute + 1, low: 100 }),
    )
  expect(atrOf(seen(ranges(13)))).toBeNull()
  const mean = (14 * 15) / 2 / 14
  expect(atrOf(seen(ranges(14)))).toBeCloseTo(mean, 12)
  expect(atrOf(seen(ranges(15)))).toBeCloseTo((mean * 13 + 15) / 14, 12)
  expect(volatilityOf(seen(ranges(14)))).toBeCloseTo(mean / 100, 12)
})

test('a gap between two bars counts into the range', () => {
  const jumped = seen(
    market(20, (minute) => (minute < 10 ? 100 : 110)).map((each) => ({ ...each, open: each.close, high: each.close, low: each.close })),
  )
  expect(atrOf(jumped)).toBeGreaterThan(0.3)
})

test('bars since a gap of the source begin again at each gap', () => {
  const gapAt = (at: number) =>
    seen(
      market(
        30,
        () => 100,
        (minute) => ({ flags: BarFlag.closed | (minute === at ? BarFlag.afterGap : 0) }),
      ),
    )
  expect(barsSinceGap(gapAt(-1))).toBe(30)
  expect(barsSinceGap(gapAt(27))).toBe(3)
})

test('relative volume is twenty bars against four hundred, and unknown before a hundred', () => {
  const traded = (count: number) =>
    seen(
      market(
        count,
        () => 100,
        (minute) => ({ volume: minute >= count - 20 ? 3 : 1 }),
      ),
    )
  expect(relativeVolumeOf(traded(99))).toBeNull()
  expect(relativeVolumeOf(traded(500))).toBeGreaterThan(1.5)
  expect(
    relativeVolumeOf(
      seen(
        market(
          200,
          () => 100,
          () => ({ volume: 0 }),
        ),
      ),
    ),
  ).toBeNull()
})

describe('the last day', () => {
  const day = (to: number) =>
    seen(
      market(
        25 * HOUR_BARS + 1,
        (minute) => (minute < HOUR_BARS ? 100 : to),
        () => ({ volume: 2 }),
      ),
    )
  test('is a change against the price of a day ago, and a volume', () => {
    expect(changeOverDay(day(110))).toBeCloseTo(0.1, 12)
    expect(volumeOverDay(day(110))).toBe(24 * HOUR_BARS * 2 + 2)
    expect(changeOverDay(seen(market(600, () => 100)))).toBeNull()
  })
  test.each([
    { to: 111, regime: 'highVolatility' },
    { to: 89, regime: 'highVolatility' },
    { to: 94, regime: 'bearish' },
    { to: 106, regime: 'bullish' },
    { to: 103, regime: 'sideways' },
    { to: 97, regime: 'sideways' },
  ])('to $to from 100 is $regime', ({ to, regime }) => expect(regimeOf(day(to), { bearish: 0.05, wild: 0.1 })).toBe(regime))
  test('nobody knows is unknown', () => expect(regimeOf(seen([]), { bearish: 0.05, wild: 0.1 })).toBe('unknown'))
})

test('timeframes agree with the side that all their averages are left on', () => {
  const rising = seen(market(200, (minute) => 100 + minute * 0.1))
  expect(agreementOf(rising, 'long')).toBe(1)
  expect(agreementOf(rising, 'short')).toBe(0)
  expect(agreementOf(seen(market(59, (minute) => 100 + minute)), 'long')).toBeNull()
})

describe('correlation', () => {
  const walk = (seed: number): number[] => {
    const random = seeded(seed)
    let price = 100
    return Array.from({ length: 50 }, () => (price *= Math.exp(0.01 * random.normal())))
  }
  const hourly = (prices: readonly number[], over: (minute: number) => Partial<Bar> = () => ({})) =>
    seen(market(prices.length * HOUR_BARS, (minute) => prices[Math.floor(minute / HOUR_BARS)] as number, over))
  test('of a market with itself is 1, with its mirror -1, with a stranger far from both', () => {
    const one = hourly(walk(1))
    expect(correlationOf(one, one)).toBeCloseTo(1, 9)
    expect(correlationOf(one, hourly(walk(1).map((price) => 10_000 / price)))).toBeCloseTo(-1, 9)
    expect(Math.abs(correlationOf(one, hourly(walk(2))) ?? 1)).toBeLessThan(0.5)
  })
  test('is unknown below a day of common hours, and where a market does not move', () => {
    expect(correlationOf(hourly(walk(1)), hourly(walk(1).slice(0, 20)))).toBeNull()
    expect(correlationOf(hourly(walk(1)), hourly(walk(1).map(() => 100)))).toBeNull()
  })
})
