import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blankPosition, opened } from '../../engine/core/apply.ts'
import { manage } from '../../engine/core/manage.ts'
import { notional, type Scale } from '../../engine/core/money.ts'
import type { Rules, Traits } from '../../engine/core/rules.ts'
import type { Book, Position } from '../../engine/core/state.ts'
import { nextStats } from '../../engine/core/stats.ts'
import { type StopMove, stopMove } from '../../engine/core/stops.ts'
import { type Money, type Price, quantity } from '../../src/units.ts'
import { bar, fresh, MINUTE, managedRules, T0 } from '../helpers/engine-fixture.ts'

const scale = managedRules.scales[0] as Scale
const ALWAYS: Traits = { symbol: 'BTCUSD', calendar: '24x7', sector: null }
const free: Rules = { ...managedRules, feeBps: 0, costBps: 0 }
const withExits = (exits: Partial<Rules['exits']>, base = free): Rules => ({ ...base, exits: { ...base.exits, ...exits } })

/** One unit from 100.00 with a stop at 95.00: one R is 5.00. */
const held = (over: Partial<Position> = {}): Position => {
  const side = over.side ?? 'long'
  const stop = (side === 'long' ? 9_500 : 10_500) as Price
  const blank = blankPosition({
    side,
    stop,
    target: null,
    strategy: 'test',
    signalId: null,
    entryOrderId: 'led-1',
    openedAt: T0,
    at: 10_000 as Price,
  })
  const lots = quantity(100_000_000)
  const value = notional(scale, 10_000 as Price, lots, 'up')
  return { ...opened(blank, { lots, value, fee: 0 as Money, entryPrice: 10_000 as Price }), ...over }
}

const bookAt = (mark: number, atr: number | null): Book => {
  const base = fresh().books[0] as Book
  const stats = base.stats.slice()
  stats[0] = atr === null ? 1 : 100
  stats[2] = atr ?? 0
  return { ...base, state: 'OPEN', mark: mark as Price, markAt: T0, timeframeMs: MINUTE, bars: 100, stats }
}

type Seen = {
  readonly rules?: Rules
  readonly position?: Partial<Position>
  readonly mark: number
  readonly best?: number
  readonly atr?: number | null
  readonly ageMinutes?: number
}

const move = ({ rules = free, position = {}, mark, best = mark, atr = 1, ageMinutes = 10 }: Seen): StopMove | null =>
  stopMove(rules, scale, bookAt(mark, atr), held({ ...position, best: best as Price }), T0 + ageMinutes * MINUTE)

const to = (level: number, basis: string) => ({ kind: 'stop', to: level, basis })

describe('a stop', () => {
  const even = withExits({ trailing: [] })
  test.each([
    { says: 'stays before anything is earned', seen: { mark: 10_100 }, is: null },
    { says: 'stays a tick short of R1', seen: { mark: 10_400, best: 10_499 }, is: null },
    { says: 'goes to the entry at R1', seen: { rules: even, mark: 10_400, best: 10_500 }, is: to(10_000, 'breakEven') },
    { says: 'of a short too', seen: { rules: even, position: { side: 'short' as const }, mark: 9_600, best: 9_500 }, is: to(10_000, 'breakEven') },
    {
      says: 'goes to the entry at once where that is asked for sooner',
      seen: { rules: withExits({ trailing: [], breakEvenR: 0.5 }), mark: 10_200, best: 10_250 },
      is: to(10_000, 'breakEven'),
    },
    {
      says: 'does not go to the entry where that is off',
      seen: { rules: withExits({ trailing: [], breakEvenR: 0 }), mark: 10_400, best: 10_500 },
      is: null,
    },
    { says: 'follows the best price by three ATR', seen: { mark: 10_700, best: 10_800 }, is: to(10_500, 'trailing') },
    { says: 'of a short follows it from above', seen: { position: { side: 'short' as const }, mark: 9_300, best: 9_200 }, is: to(9_500, 'trailing') },
    { says: 'stays further behind when it is older', seen: { mark: 10_700, best: 10_800, ageMinutes: 120 }, is: to(10_400, 'trailing') },
    { says: 'and further still', seen: { mark: 10_700, best: 10_800, ageMinutes: 240 }, is: to(10_300, 'trailing') },
    { says: 'rounds towards the market', seen: { mark: 10_700, best: 10_800, atr: 1.00001 }, is: to(10_500, 'trailing') },
    { says: 'of a short as well', seen: { position: { side: 'short' as const }, mark: 9_300, best: 9_200, atr: 1.00001 }, is: to(9_500, 'trailing') },
    { says: 'does not trail what has no known range, but breaks even', seen: { mark: 10_700, best: 10_800, atr: null }, is: to(10_000, 'breakEven') },
    {
      says: 'does not move back where the market got wilder',
      seen: { position: { stop: 10_500 as Price }, mark: 10_700, best: 10_800, atr: 2 },
      is: null,
    },
    { says: 'does not move by less than a quarter of R', seen: { position: { stop: 10_376 as Price }, mark: 10_700, best: 10_800 }, is: null },
    { says: 'moves by exactly that', seen: { position: { stop: 10_375 as Price }, mark: 10_700, best: 10_800 }, is: to(10_500, 'trailing') },
    { says: 'may stand a tick behind the market', seen: { mark: 10_501, best: 10_800 }, is: to(10_500, 'trailing') },
  ])('$says', ({ seen, is }) => {
    expect(move(seen)).toEqual(is)
  })

  test('at the entry covers what both sides cost, rounded towards the market', () => {
    const paid = withExits({ trailing: [] }, { ...managedRules, feeBps: 5, costBps: 2.005 })
    expect(move({ rules: paid, mark: 10_400, best: 10_500 })).toEqual(to(10_015, 'breakEven'))
    expect(move({ rules: paid, position: { side: 'short' }, mark: 9_600, best: 9_500 })).toEqual(to(9_985, 'breakEven'))
  })

  test.each([10_500, 10_499, 9_600])('is never put where the market is or beyond it (%i), which is told once', (mark) => {
    expect(move({ mark, best: 10_800 })).toMatchObject({ kind: 'skip', type: 'STOP_TOO_CLOSE_SKIPPED', to: 10_500 })
    expect(move({ mark, best: 10_800, position: { stopSkipped: 'STOP_TOO_CLOSE_SKIPPED' } })).toBeNull()
  })

  test('that should trail a market of unknown range and has nothing else to do is told once', () => {
    const rules = withExits({ breakEvenR: 0 })
    expect(move({ rules, mark: 10_700, best: 10_800, atr: null })).toMatchObject({ kind: 'skip', type: 'STOP_SKIP_HELD' })
    expect(move({ rules, mark: 10_700, best: 10_800, atr: null, position: { stopSkipped: 'STOP_SKIP_HELD' } })).toBeNull()
  })

  test.each([
    { says: 'from the entry', mark: 10_100, is: 9_800 },
    { says: 'from the market where that has passed it', mark: 9_700, is: 9_500 },
  ])('is made $says where a position has none', ({ mark, is }) => {
    expect(move({ position: { stop: null, firstStop: null }, mark, best: 10_100 })).toEqual(to(is, 'initial'))
  })

  test('does not move where nothing is one R', () => {
    expect(move({ position: { firstStop: 10_100 as Price, stop: 10_100 as Price }, mark: 11_000 })).toBeNull()
    expect(move({ position: { firstStop: null }, mark: 11_000 })).toBeNull()
  })
})

test('over any way of the price a stop never goes back, never reaches the market, and moves by its step at least', () => {
  fc.assert(
    fc.property(
      fc.record({
        side: fc.constantFrom('long' as const, 'short' as const),
        bars: fc.array(fc.record({ close: fc.double({ min: -0.03, max: 0.03, noNaN: true }), wick: fc.double({ min: 0, max: 0.02, noNaN: true }) }), {
          minLength: 20,
          maxLength: 200,
        }),
        drift: fc.double({ min: -0.005, max: 0.01, noNaN: true }),
        ratchetStepR: fc.double({ min: 0.01, max: 2, noNaN: true }),
        breakEvenR: fc.constantFrom(0, 0.3, 1),
        partialR1: fc.double({ min: 0.1, max: 2, noNaN: true }),
        trailing: fc.array(fc.record({ afterMinutes: fc.nat(100), atr: fc.double({ min: 0.1, max: 8, noNaN: true }) }), { maxLength: 4 }),
      }),
      ({ side, bars, drift, ...exits }) => {
        const rules = withExits({ ...exits, partialFraction: 0, timeTiers: [], catastrophicFraction: 1, armingSeconds: 0 }, managedRules)
        const sign = side === 'long' ? 1 : -1
        let position = held({ side })
        let book = bookAt(10_000, null)
        let price = 100
        for (const [index, each] of bars.entries()) {
          const close = Math.max(1, price * (1 + each.close + sign * drift))
          const next = bar(index + 1, {
            open: price,
            close,
            high: Math.max(price, close) * (1 + each.wick),
            low: Math.min(price, close) * (1 - each.wick),
          })
          price = close
          const reached = side === 'long' ? Math.floor(next.high * 100) : Math.ceil(next.low * 100)
          const best = (side === 'long' ? Math.max(position.best, reached) : Math.min(position.best, reached)) as Price
          position = { ...position, best }
          book = { ...book, mark: Math.round(close * 100) as Price, stats: nextStats(book.stats, next), position }
          const found = manage(rules, { scale, traits: ALWAYS, book, position, bar: next, now: T0 + (index + 1) * MINUTE })
          if (found?.kind === 'exit') return
          if (found?.kind === 'skip') position = { ...position, stopSkipped: found.type }
          if (found?.kind !== 'stop') continue
          const before = position.stop as number
          const risk = Math.abs(10_000 - (position.firstStop as number))
          expect(sign * (found.to - before)).toBeGreaterThanOrEqual(exits.ratchetStepR * risk)
          expect(sign * ((book.mark as number) - found.to)).toBeGreaterThanOrEqual(1)
          position = { ...position, stop: found.to, stopSkipped: null }
        }
      },
    ),
    { numRuns: 500, seed: 11 },
  )
})
