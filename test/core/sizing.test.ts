import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { feeOf, moneyFrom, notional, type Scale, scaleOf } from '../../engine/core/money.ts'
import type { Rules } from '../../engine/core/rules.ts'
import { type Entry, sizeEntry } from '../../engine/core/sizing.ts'
import type { Book, State } from '../../engine/core/state.ts'
import { correlationsOf } from '../../engine/core/stats.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import type { Money, Price } from '../../src/units.ts'
import { fresh, instruments, rules, signal } from '../helpers/engine-fixture.ts'

const scale = rules.scales[0] as Scale
const COUNT = 0
const CLOSE = 1
const ATR = 2

/** A book whose market was last at a price and moves by so much with each bar. */
const bookAt = (price: number, atr: number | null, over: Partial<Book> = {}): Book => {
  const base = fresh().books[0] as Book
  const stats = base.stats.slice()
  stats[COUNT] = atr === null ? 1 : 100
  stats[CLOSE] = price
  stats[ATR] = atr ?? 0
  return { ...base, mark: Math.round(price * 100) as Price, markAt: 1, timeframeMs: 60_000, bars: 100, stats, ...over }
}

const withRisk = (risk: Partial<Rules['risk']>, exits: Partial<Rules['exits']> = {}): Rules => ({
  ...rules,
  risk: { ...rules.risk, ...risk },
  exits: { ...rules.exits, ...exits },
})

const entry = (over: Partial<Entry> & { readonly wish?: Partial<Signal>; readonly side?: 'long' | 'short' } = {}): Entry => {
  const { book = bookAt(100, 1), state = fresh() } = over
  const correlations = correlationsOf(state.books, book)
  return { scale, book, signal: signal(1, over.side ?? 'long', over.wish), equity: moneyFrom('100000'), state, correlations, ...over }
}

const lotsOf = (units: number): number => Math.round(units * 1e8)

describe('the size', () => {
  test.each([
    { says: 'is what may be lost over the distance to the stop', risk: { riskFraction: 0.01, positionFraction: 1 }, stop: 95, units: 200 },
    { says: 'is the share of one position where the stop is near', risk: { riskFraction: 0.01, positionFraction: 0.05 }, stop: 99.5, units: 50 },
    { says: 'halves with the risk', risk: { riskFraction: 0.005, positionFraction: 1 }, stop: 95, units: 100 },
  ])('$says', ({ risk, stop, units }) => {
    expect(sizeEntry(withRisk(risk), entry({ wish: { stop } })).quantity).toBe(lotsOf(units))
  })

  test('is unknown, and not nothing, while the equity is', () => {
    expect(sizeEntry(rules, entry({ equity: null }))).toMatchObject({ price: 10_000, stop: 9_500, quantity: null, notional: null, costs: null })
  })

  test('is unknown without a price, and so is every level', () => {
    expect(sizeEntry(rules, entry({ book: fresh().books[0] as Book }))).toEqual({
      price: null,
      quantity: null,
      notional: null,
      costs: null,
      stop: null,
      target: null,
      factors: {},
    })
  })

  test.each([
    { says: 'a millionth more than the least that the venue takes is sent', equity: '100.00002', lots: 5_000_001 },
    { says: 'what is worth less than that is nothing', equity: '99.9999', lots: 0 },
  ])('$says', ({ equity, lots }) => {
    expect(sizeEntry(withRisk({ positionFraction: 0.05 }), entry({ equity: moneyFrom(equity) })).quantity).toBe(lots)
  })

  test('costs the fee and the way to the other side of the spread', () => {
    const { notional: value, costs } = sizeEntry(rules, entry())
    expect(costs).toBe(feeOf(value as Money, rules.feeBps) + feeOf(value as Money, rules.costBps))
  })
})

describe('the stop of an entry', () => {
  test.each([
    { says: 'is the one that the signal names', side: 'long', stop: 95, is: 9_500, replaced: false },
    { says: 'of a long is rounded up, where it is hit sooner', side: 'long', stop: 95.001, is: 9_501, replaced: false },
    { says: 'of a short is rounded down', side: 'short', stop: 105.009, is: 10_500, replaced: false },
    { says: 'is two ATR away where none is named', side: 'long', stop: null, is: 9_800, replaced: false },
    { says: 'of a short stands above', side: 'short', stop: null, is: 10_200, replaced: false },
    { says: 'above the market is replaced for a long', side: 'long', stop: 101, is: 9_800, replaced: true },
    { says: 'at the market is replaced', side: 'long', stop: 100, is: 9_800, replaced: true },
    { says: 'that rounding moves to the market is replaced', side: 'long', stop: 99.999, is: 9_800, replaced: true },
    { says: 'below the market is replaced for a short', side: 'short', stop: 99, is: 10_200, replaced: true },
  ] as const)('$says', ({ side, stop, is, replaced }) => {
    const intent = sizeEntry(withRisk({}, { stopAtr: 2 }), entry({ side, wish: { stop } }))
    expect(intent.stop).toBe(is)
    expect('stopReplaced' in intent.factors).toBe(replaced)
  })

  test('is a share of the price while the range is unknown', () => {
    expect(sizeEntry(withRisk({}, { stopFraction: 0.02 }), entry({ book: bookAt(100, null), wish: { stop: null } })).stop).toBe(9_800)
  })

  test('is a tick away at least, however small the range', () => {
    expect(sizeEntry(rules, entry({ book: bookAt(100, 1e-9), wish: { stop: null } })).stop).toBe(9_999)
  })

  test('that has no tick left below the price leaves no size', () => {
    expect(sizeEntry(rules, entry({ book: bookAt(0.01, null), wish: { stop: null, price: 0.01, target: null } }))).toMatchObject({
      stop: null,
      quantity: null,
    })
  })
})

describe('what makes an entry smaller', () => {
  const half = sizeEntry(rules, entry()).quantity ?? 0
  const correlated = (sign: 1 | -1): State => {
    const hours = (direction: number): number[] => {
      let close = 100
      return Array.from({ length: 40 }, (_, hour) => {
        close *= 1 + direction * (hour % 3 === 0 ? 0.02 : -0.01)
        return [hour, close, hour]
      }).flat()
    }
    const state = fresh()
    const [one, other] = state.books as [Book, Book]
    return {
      ...state,
      books: [
        { ...one, ...bookAt(100, 1), hours: hours(1) },
        { ...other, hours: hours(sign), position: { side: 'long' } as Book['position'] },
      ],
    }
  }

  test.each([
    { says: 'nothing, where all is calm', over: {}, with: {}, factors: {}, share: 1 },
    { says: 'a market that moves twice as much as wanted', over: {}, with: { volatilityTarget: 0.005 }, factors: { volatility: 0.5 }, share: 0.5 },
    { says: 'not one that moves less', over: {}, with: { volatilityTarget: 0.05 }, factors: {}, share: 1 },
    { says: 'a price three ATR from the signal', over: { wish: { price: 97, stop: 95 } }, with: {}, factors: { distance: 0.5 }, share: 0.5 },
    { says: 'also on the other side of it', over: { wish: { price: 103, stop: 95 } }, with: {}, factors: { distance: 0.5 }, share: 0.5 },
    { says: 'down to a quarter', over: { wish: { price: 94, stop: 95 } }, with: {}, factors: { distance: 0.25 }, share: 0.25 },
    { says: 'to nothing beyond the limit', over: { wish: { price: 93.9, stop: 95 } }, with: {}, factors: { distance: 0 }, share: 0 },
    { says: 'not the distance where it is off', over: { wish: { price: 80, stop: 95 } }, with: { distanceAtrMax: 0 }, factors: {}, share: 1 },
  ])('$says', ({ over, with: risk, factors, share }) => {
    const intent = sizeEntry(withRisk(risk), entry(over))
    expect(intent.factors).toEqual(factors)
    expect(intent.quantity).toBe(Math.floor(half * share))
  })

  test('a distance in a market of unknown range leaves a quarter', () => {
    const intent = sizeEntry(rules, entry({ book: bookAt(100, null), wish: { price: 99.99 } }))
    expect(intent.factors).toEqual({ distance: 0.25 })
  })

  test('a volatility that is to be measured and is not known leaves no size', () => {
    expect(sizeEntry(withRisk({ volatilityTarget: 0.01 }), entry({ book: bookAt(100, null) })).quantity).toBeNull()
  })

  test('what moves with an open position, and not what moves against it', () => {
    const alike = correlated(1)
    const intent = sizeEntry(withRisk({ correlationPenalty: 0.5 }), entry({ state: alike, book: alike.books[0] as Book }))
    expect(intent.factors.correlation).toBeCloseTo(0.5, 9)
    const against = correlated(-1)
    expect(sizeEntry(rules, entry({ state: against, book: against.books[0] as Book })).factors).toEqual({})
  })

  test('losses that would make a person reckless, and a step of degradation, one on top of the other', () => {
    const state = fresh()
    const risk = {
      ...state.risk,
      emotional: { active: true, since: 0, reason: 'losses', wins: 0 },
      degradation: { level: 'cached' as const, since: 0, reason: 'feed' },
    }
    const intent = sizeEntry(rules, entry({ state: { ...state, risk } }))
    expect(intent.factors).toEqual({ emotional: 0.25, degradation: 0.5 })
    expect(intent.quantity).toBe(Math.floor(half / 8))
  })
})

test('no size passes any cap, whatever the market, the settings and the wish', () => {
  const tiny = scaleOf({ ...instruments[0], id: 0, symbol: 'PENNY', tick: '0.0001', lot: '1', minNotional: '1' } as never)
  fc.assert(
    fc.property(
      fc.record({
        own: fc.constantFrom(scale, tiny),
        ticks: fc.integer({ min: 2, max: 20_000_000 }),
        atrShare: fc.option(fc.double({ min: 0, max: 0.2, noNaN: true })),
        equity: fc.integer({ min: 1, max: 2_000_000_000_000 }),
        side: fc.constantFrom('long' as const, 'short' as const),
        stopShare: fc.option(fc.double({ min: 0.5, max: 1.5, noNaN: true })),
        signalShare: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
        riskFraction: fc.double({ min: 0.0001, max: 1, noNaN: true }),
        positionFraction: fc.double({ min: 0.0001, max: 1, noNaN: true }),
        volatilityTarget: fc.constantFrom(0, 0.001, 0.5),
        distanceAtrMax: fc.constantFrom(0, 1, 6),
        active: fc.boolean(),
      }),
      (drawn) => {
        const { own, equity, side } = drawn
        const at = drawn.ticks * own.tick
        const book = { ...bookAt(at, drawn.atrShare === null ? null : drawn.atrShare * at), mark: drawn.ticks as Price }
        const state = fresh()
        const risk = { ...state.risk, emotional: { ...state.risk.emotional, active: drawn.active } }
        const settings = withRisk(drawn)
        const wish = { price: at * drawn.signalShare, stop: drawn.stopShare === null ? null : at * drawn.stopShare, target: null }
        const intent = sizeEntry(settings, {
          scale: own,
          book,
          signal: signal(1, side, wish),
          equity: equity as Money,
          state: { ...state, risk },
          correlations: [null, null],
        })
        if (intent.stop !== null) expect(side === 'long' ? intent.stop < drawn.ticks : intent.stop > drawn.ticks).toBe(true)
        if (intent.quantity === null || intent.quantity === 0) return
        const product = Object.entries(intent.factors).reduce((left, [name, factor]) => (name === 'stopReplaced' ? left : left * factor), 1)
        const share = (fraction: number) => Math.round(fraction * 1e6) / 1e6
        const loss = notional(own, Math.abs(drawn.ticks - (intent.stop as number)) as Price, intent.quantity, 'up')
        expect(Number.isInteger(intent.quantity)).toBe(true)
        expect(product).toBeLessThanOrEqual(1)
        expect(loss).toBeLessThanOrEqual(Math.ceil(equity * share(drawn.riskFraction) * product))
        expect(intent.notional).toBeLessThanOrEqual(Math.ceil(equity * share(drawn.positionFraction) * product))
        expect(intent.notional).toBeGreaterThanOrEqual(own.minNotional)
      },
    ),
    { numRuns: 2_000, seed: 20_260_105 },
  )
})
