import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Management, manage } from '../../engine/core/manage.ts'
import { notional, type Scale } from '../../engine/core/money.ts'
import type { Rules, Traits } from '../../engine/core/rules.ts'
import type { Book, Position } from '../../engine/core/state.ts'
import { type Money, type Price, type Quantity, quantity } from '../../src/units.ts'
import { bar, fresh, MINUTE, managedRules, T0 } from '../helpers/engine-fixture.ts'

const scale = managedRules.scales[0] as Scale
const ALWAYS: Traits = { symbol: 'BTCUSD', calendar: '24x7', sector: null }
const STOCKS: Traits = { symbol: 'BTCUSD', calendar: 'XNYS', sector: null }

const withExits = (exits: Partial<Rules['exits']>): Rules => ({ ...managedRules, exits: { ...managedRules.exits, ...exits } })

/** No costs, so that levels are round. */
const free: Rules = { ...managedRules, feeBps: 0, costBps: 0 }

/** One unit from 100.00 with a stop at 95.00: one R is 5.00. */
const held = (over: Partial<Position> = {}): Position => {
  const side = over.side ?? 'long'
  const lots = over.quantity ?? quantity(100_000_000)
  const at = (over.entryPrice ?? 10_000) as Price
  return {
    side,
    quantity: lots,
    quantityMax: lots,
    cost: notional(scale, at, lots, side === 'long' ? 'up' : 'down'),
    costMax: notional(scale, at, lots, 'up'),
    entryPrice: at,
    stop: (side === 'long' ? 9_500 : 10_500) as Price,
    firstStop: (side === 'long' ? 9_500 : 10_500) as Price,
    target: null,
    best: at,
    partials: 0,
    booked: 0 as Money,
    fees: 0 as Money,
    strategy: 'test',
    signalId: null,
    entryOrderId: 'led-1',
    openedAt: T0,
    unprotectedSince: null,
    stopSkipped: null,
    ...over,
  }
}

type Seen = {
  readonly rules?: Rules
  readonly position?: Position
  readonly traits?: Traits
  readonly low?: number
  readonly high?: number
  readonly close?: number
  readonly ageMinutes?: number
  readonly now?: number
  readonly atr?: number | null
}

/** One bar over a position, its best already moved by it as a mark moves it. */
const look = ({ rules = free, traits = ALWAYS, close = 100, ageMinutes = 10, atr = 1, ...seen }: Seen): Management | null => {
  const before = seen.position ?? held()
  const prices = { close, low: seen.low ?? close, high: seen.high ?? close }
  const ticks = (value: number) => Math.round(value * 100)
  const best = before.side === 'long' ? Math.max(before.best, ticks(prices.high)) : Math.min(before.best, ticks(prices.low))
  const position = { ...before, best: best as Price }
  const base = fresh().books[0] as Book
  const stats = base.stats.slice()
  stats[0] = atr === null ? 1 : 100
  stats[1] = close
  stats[2] = atr ?? 0
  const book: Book = { ...base, state: 'OPEN', mark: ticks(close) as Price, markAt: T0, timeframeMs: MINUTE, bars: 100, stats, position }
  return manage(rules, { scale, traits, book, position, bar: bar(1, prices), now: seen.now ?? before.openedAt + ageMinutes * MINUTE })
}

const whole = (reason: string) => ({ kind: 'exit', reason, quantity: held().quantity })
const short = (over: Partial<Position> = {}) => held({ side: 'short', ...over })

describe('leaves', () => {
  test.each([
    { says: 'at the stop', seen: { low: 95 }, is: whole('stop') },
    { says: 'not a tick above it', seen: { low: 95.01 }, is: null },
    { says: 'a short at its stop', seen: { position: short(), high: 105 }, is: whole('stop') },
    { says: 'a short not a tick below it', seen: { position: short(), high: 104.99 }, is: null },
    { says: 'under another name at a stop that has moved', seen: { position: held({ stop: 9_900 as Price }), low: 99 }, is: whole('moved stop') },
    { says: 'at the target', seen: { position: held({ target: 10_400 as Price }), high: 104 }, is: whole('target') },
    { says: 'a short at its target', seen: { position: short({ target: 9_600 as Price }), low: 96 }, is: whole('target') },
    { says: 'not a tick short of it', seen: { position: held({ target: 10_400 as Price }), high: 103.99 }, is: null },
    { says: 'at the stop where one bar reaches both', seen: { position: held({ target: 10_400 as Price }), low: 94, high: 106 }, is: whole('stop') },
    { says: 'at a loss of a fifth of its cost', seen: { position: held({ stop: 5_000 as Price }), low: 80, close: 99 }, is: whole('catastrophic') },
    { says: 'not at a tick less', seen: { position: held({ stop: 5_000 as Price }), low: 80.01, close: 99 }, is: null },
    { says: 'a short at such a loss', seen: { position: short({ stop: 20_000 as Price }), high: 120 }, is: whole('catastrophic') },
  ])('$says', ({ seen, is }) => {
    expect(look(seen)).toEqual(is)
  })
})

describe('before the exits are armed', () => {
  const young = { ageMinutes: 1.99 }
  test.each([
    { says: 'the catastrophic stop acts', seen: { low: 80 }, is: whole('catastrophic') },
    { says: 'the target is taken', seen: { position: held({ target: 10_400 as Price }), high: 104 }, is: whole('target') },
    { says: 'no age ends it', seen: { rules: withExits({ timeTiers: [{ afterMinutes: 0, gain: null }] }) }, is: null },
    { says: 'no part leaves and no stop moves', seen: { high: 112, close: 111 }, is: null },
  ])('$says', ({ seen, is }) => {
    expect(look({ ...seen, ...young })).toEqual(is)
  })

  test('a stop that is touched is told once, and acts from then on', () => {
    expect(look({ low: 94, ...young })).toMatchObject({ kind: 'skip', type: 'STOP_TOO_EARLY_SKIPPED', to: 9_500 })
    expect(look({ position: held({ stopSkipped: 'STOP_TOO_EARLY_SKIPPED' }), low: 94, ...young })).toBeNull()
    expect(look({ low: 94, ageMinutes: 2 })).toEqual(whole('stop'))
  })

  test('a bar that touches the stop too is no gain', () => {
    expect(look({ position: held({ target: 10_400 as Price }), low: 95, high: 106, ...young })).toMatchObject({ kind: 'skip' })
  })
})

describe('the end of the day', () => {
  const on = (local: string): number => Date.parse(local)
  const opened = { position: held({ openedAt: on('2026-03-09T14:00:00Z') }), rules: withExits({ timeTiers: [] }) }
  test.each([
    // New York is four hours behind from 8 March 2026 on.
    { says: 'closes five minutes before the exchange does', at: '2026-03-09T19:55:00Z', is: whole('end of day') },
    { says: 'not a minute earlier', at: '2026-03-09T19:54:00Z', is: null },
    { says: 'and still where it was missed', at: '2026-03-09T20:30:00Z', is: whole('end of day') },
    { says: 'comes early on a half day', at: '2026-11-27T17:55:00Z', is: whole('end of day') },
    { says: 'is none before the exchange opens', at: '2026-03-10T13:00:00Z', is: null },
    { says: 'is none on a Sunday', at: '2026-03-15T19:58:00Z', is: null },
  ])('$says', ({ at, is }) => {
    expect(look({ ...opened, traits: STOCKS, now: on(at) })).toEqual(is)
  })

  test('is none where the market never closes, nor where positions are held overnight', () => {
    const now = on('2026-03-09T19:58:00Z')
    expect(look({ ...opened, now })).toBeNull()
    expect(look({ ...opened, traits: STOCKS, rules: withExits({ endOfDayMinutes: 0, timeTiers: [] }), now })).toBeNull()
  })

  test('of currencies is on Friday only', () => {
    const traits: Traits = { ...ALWAYS, calendar: 'FX' }
    expect(look({ ...opened, traits, now: on('2026-03-12T03:58:00Z') })).toBeNull()
    expect(look({ ...opened, traits, now: on('2026-03-13T20:55:00Z') })).toEqual(whole('end of day'))
  })
})

describe('age', () => {
  test.each([
    { says: 'young, whatever it loses', ageMinutes: 119.9, close: 99.4, is: null },
    { says: 'two hours, a loss of more than half a percent', ageMinutes: 120, close: 99.49, is: whole('time 120 min') },
    { says: 'a loss of exactly that stays', ageMinutes: 120, close: 99.5, is: null },
    { says: 'four hours, less than is asked for by then', ageMinutes: 240, close: 100.19, is: whole('time 240 min') },
    { says: 'exactly what is asked for stays', ageMinutes: 240, close: 100.2, is: null },
    { says: 'twelve hours, whatever it gains', ageMinutes: 720, close: 104, is: whole('time 720 min') },
  ])('$says', ({ ageMinutes, close, is }) => {
    expect(look({ ageMinutes, close })).toEqual(is)
  })

  test('a short gains where the price falls', () => {
    expect(look({ position: short(), ageMinutes: 240, close: 99.8 })).toBeNull()
    expect(look({ position: short(), ageMinutes: 240, close: 99.81 })).toEqual(whole('time 240 min'))
  })
})

describe('parts', () => {
  const half = quantity(50_000_000)
  test.each([
    { says: 'a half leaves at R1', seen: { high: 105, close: 104 }, is: { kind: 'exit', reason: 'partial at R1', quantity: half } },
    { says: 'of a short too', seen: { position: short(), low: 95, close: 96 }, is: { kind: 'exit', reason: 'partial at R1', quantity: half } },
    {
      says: 'a half of the rest leaves at R2',
      seen: { position: held({ partials: 1, quantity: half, quantityMax: quantity(100_000_000), stop: 10_400 as Price }), high: 110, close: 109 },
      is: { kind: 'exit', reason: 'partial at R2', quantity: quantity(25_000_000) },
    },
  ])('$says', ({ seen, is }) => {
    expect(look(seen)).toEqual(is)
  })

  test.each([
    { says: 'a tick short of R1', seen: { high: 104.99, close: 104 } },
    { says: 'where it is off', seen: { rules: { ...free, exits: { ...free.exits, partialFraction: 0 } }, high: 105, close: 104 } },
    { says: 'twice at R1', seen: { position: held({ partials: 1 }), high: 105, close: 104 } },
    { says: 'after R2', seen: { position: held({ partials: 2 }), high: 120, close: 119 } },
    // 0.099 units at 104 leave 5.15 each way: the venue takes 5.
    { says: 'where what stays would be dust', seen: { position: held({ quantity: quantity(9_600_000) }), high: 105, close: 104 } },
    { says: 'where one lot cannot be halved', seen: { position: held({ quantity: quantity(1) }), high: 105, close: 104 } },
    {
      says: 'where the entry was filled beyond its stop, so that nothing is one R',
      seen: { position: held({ firstStop: 10_100 as Price }), close: 111 },
    },
  ])('none leaves $says', ({ seen }) => {
    expect(look(seen)).not.toMatchObject({ kind: 'exit' })
  })

  test('just enough to be no dust leaves', () => {
    expect(look({ position: held({ quantity: quantity(9_800_000) }), high: 105, close: 104 })).toMatchObject({ reason: 'partial at R1' })
  })
})

test('a part is whole lots, less than is open, and neither it nor what stays is dust', () => {
  fc.assert(
    fc.property(
      fc.record({
        lots: fc.integer({ min: 1, max: 1_000_000_000 }),
        partials: fc.nat(2),
        fraction: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        high: fc.double({ min: 100, max: 130, noNaN: true }),
      }),
      ({ lots, partials, fraction, high }) => {
        const position = held({ quantity: lots as Quantity, quantityMax: (lots * 2) as Quantity, partials })
        const found = look({ position, high, close: high, rules: { ...free, exits: { ...free.exits, partialFraction: fraction } } })
        if (found?.kind !== 'exit') return
        const rest = (lots - found.quantity) as Quantity
        expect(Number.isInteger(found.quantity) && found.quantity > 0 && rest > 0).toBe(true)
        const mark = Math.round(high * 100) as Price
        for (const side of [found.quantity, rest]) expect(notional(scale, mark, side, 'down')).toBeGreaterThanOrEqual(scale.minNotional)
      },
    ),
    { numRuns: 1_000, seed: 7 },
  )
})
