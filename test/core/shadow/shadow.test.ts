import { describe, expect, test } from 'vitest'
import { apply } from '../../../engine/core/apply.ts'
import { mark } from '../../../engine/core/on-bar.ts'
import type { Rules } from '../../../engine/core/rules.ts'
import { EngineEvent } from '../../../src/contracts/event.ts'
import type { Bar } from '../../../src/contracts/market.ts'
import { type rules as Base, bar, carelessRules, fresh, MINUTE, machine, signal, T0 } from '../../helpers/engine-fixture.ts'

type Prices = Parameters<typeof bar>[1]

/** One stop, one target and nothing else that ends a position: what a test is about stands in the test. */
const plain: typeof Base = {
  ...carelessRules,
  exits: { ...carelessRules.exits, armingSeconds: 0, breakEvenR: 0, partialFraction: 0, trailing: [], timeTiers: [] },
}

const shadowRules = (over: Partial<Rules['shadow']>, own: Rules = plain): Rules => ({ ...own, shadow: { ...own.shadow, ...over } })

const started = (own: Rules = plain) => {
  const world = machine(fresh(), own)
  world.started()
  world.bar(1)
  return world
}

/** A signal while the engine is paused: one guard refuses it, whatever the others say. */
const refused = (world: ReturnType<typeof machine>, ...wish: Parameters<typeof world.signal>) => {
  const want = (desired: 'paused' | 'running') =>
    world.give({ kind: 'desired', now: world.now(), desired, reason: 'test', actor: 'test', commandId: null })
  want('paused')
  const told = world.signal(...wish)
  want('running')
  return told
}

const of = <Kind extends EngineEvent['kind']>(world: ReturnType<typeof machine>, kind: Kind) =>
  world.events.filter((event): event is Extract<EngineEvent, { kind: Kind }> => event.kind === kind)

const openOf = (world: ReturnType<typeof machine>) => world.state().books[0]?.shadows ?? []
const closed = (world: ReturnType<typeof machine>) => of(world, 'shadowClosed').map(({ outcome }) => outcome)

describe('opening', () => {
  test('each decision has one shadow trade, approved or blocked, with its blockers', () => {
    const world = started()
    world.signal(1, 'long')
    world.bar(2)
    refused(world, 2, 'long')
    const opened = of(world, 'shadowOpened')
    expect(opened.map(({ shadow }) => [shadow.shadowId, shadow.decision])).toEqual([
      [`shadow_${signal(1, 'long').id}`, 'APPROVED'],
      [`shadow_${signal(2, 'long').id}`, 'BLOCKED'],
    ])
    const decided = of(world, 'signalDecided')
    expect(opened.map(({ shadow }) => shadow.blockers)).toEqual(decided.map(({ blockers }) => blockers))
    expect(opened.map(({ shadow }) => shadow.blocker)).toEqual(decided.map(({ blocker }) => blocker))
    expect(world.state().shadowOpen).toBe(2)
  })

  test('a signal told twice has no second one, and one to leave has none', () => {
    const world = started()
    world.signal(1, 'long')
    world.signal(1, 'long')
    world.signal(1, 'flat', { id: `BTCUSD_${T0}_ffffffff` })
    expect(of(world, 'shadowOpened')).toHaveLength(1)
  })

  test('it takes the size of the entry, and that of the settings where there is none', () => {
    const world = started()
    world.signal(1, 'long')
    const [intended] = of(world, 'orderIntended')
    expect(of(world, 'shadowOpened')[0]?.shadow.quantity).toBe(intended?.order.quantity)

    const poor = machine(fresh({ cash: 0 as never }), shadowRules({ notional: '1000' }))
    poor.started()
    poor.bar(1, { close: 100 })
    poor.signal(1, 'long')
    // 1,000 at a price of 100 are 10 units of 100,000,000 lots.
    expect(of(poor, 'shadowOpened')[0]?.shadow.quantity).toBe(1_000_000_000)
  })

  test.each([
    ['one more than the limit', shadowRules({ openMax: 1 }), true, '1 shadow trades are open already'],
    ['no price yet', plain, false, 'no price yet'],
  ])('%s: it is counted, and the blocked signal has nothing left to wait for', (_, own, priced, reason) => {
    const world = machine(fresh(), own)
    world.started()
    if (priced) {
      world.bar(1)
      refused(world, 1, 'long', { id: `BTCUSD_${T0}_00000aaa` })
    }
    const { events } = refused(world, 1, 'long')
    expect(events).toContainEqual(expect.objectContaining({ kind: 'shadowSkipped', signalId: signal(1, 'long').id, reason }))
    expect(events.at(-1)).toMatchObject({ kind: 'signalStateChanged', from: 'blocked', to: 'learned', reason: `no shadow trade: ${reason}` })
    expect(world.state().counts.shadowsSkipped).toBe(1)
  })
})

describe('a golden round trip by hand, at 2 bps of costs and 5 bps of fees', () => {
  // Decided at 100.00; bought at the open of 101 plus 2 bps = 101.0202, so 101.03.
  const trip = (prices: readonly Prices[], side: 'long' | 'short' = 'long', own: Rules = shadowRules({ notional: '1000' })) => {
    const poor = machine(fresh({ cash: 0 as never }), own)
    poor.started()
    poor.bar(1, { close: 100 })
    poor.signal(1, side, { stop: side === 'long' ? 95 : 105, target: side === 'long' ? 110 : 90 })
    for (const [index, next] of prices.entries()) poor.bar(2 + index, next)
    return poor
  }

  test('the target is reached within a bar and sold at the next open', () => {
    const world = trip([{ open: 101, low: 99, high: 102, close: 101 }, { open: 105, high: 111, low: 104, close: 109 }, { open: 108 }])
    // Ten units: cost 1,010.30, sold at 108 less 2 bps = 107.9784, so 107.97: 1,079.70; fees 0.50515 and 0.53985.
    expect(closed(world)).toEqual([
      {
        entryPrice: 10_103,
        exitPrice: 10_797,
        enteredAt: T0 + 2 * MINUTE,
        exitedAt: T0 + 4 * MINUTE,
        pnl: 69_400_000 - 505_150 - 539_850,
        fees: 505_150 + 539_850,
        // 1.03 on the way in; 1.03 below the 109 at which it was decided on the way out.
        slippage: 10_300_000 + 10_300_000,
        pnlRatio: (69_400_000 - 1_045_000) / 1_010_300_000,
        reason: 'target',
        bestRatio: (11_100 - 10_103) / 10_103,
        worstRatio: (9_900 - 10_103) / 10_103,
      },
    ])
    expect(world.state().shadowOpen).toBe(0)
    expect(world.state().books[0]?.shadows).toEqual([])
  })

  test('a short pays for what rises', () => {
    const world = trip([{ open: 100 }, { open: 104, high: 106, close: 104 }, { open: 104 }], 'short')
    // Sold at 99.98, bought back at 104.0208, so 104.03.
    expect(closed(world)).toMatchObject([{ entryPrice: 9_998, exitPrice: 10_403, reason: 'stop' }])
    expect(closed(world)[0]?.pnl).toBe(999_800_000 - 1_040_300_000 - 499_900 - 520_150)
    expect(closed(world)[0]?.bestRatio).toBe(0)
    expect(closed(world)[0]?.worstRatio).toBeCloseTo(-(10_600 - 9_998) / 9_998, 12)
  })

  test('the stop counts where one bar reaches both', () => {
    const world = trip([{ open: 100 }, { open: 100, high: 120, low: 90 }, { open: 100 }])
    expect(closed(world)).toMatchObject([{ reason: 'stop' }])
  })

  test('the bars of another instrument are not its bars', () => {
    const world = trip([{ instrument: 1, open: 1, close: 1 }])
    expect(openOf(world)[0]?.position).toBeNull()
    world.bar(3)
    expect(openOf(world)[0]?.position?.openedAt).toBe(T0 + 3 * MINUTE)
  })

  test('parts leave at R1, the rest later, and the result is that of all of it', () => {
    const parts: Rules = { ...plain, exits: { ...plain.exits, partialFraction: 0.5, partialR1: 1, partialR2: 50 } }
    const world = trip(
      [{ open: 100 }, { open: 100, high: 106, close: 104 }, { open: 104, close: 104 }, { open: 104, low: 94 }, { open: 98 }],
      'long',
      parts,
    )
    const [outcome] = closed(world)
    // Ten units in at 100.02; five out at 103.97 (104 less 2 bps), five at 97.98.
    const fees = 500_100 + Math.ceil(519_850_000 * 0.0005) + Math.ceil(489_900_000 * 0.0005)
    expect(outcome).toMatchObject({ reason: 'stop', fees, pnl: 519_850_000 + 489_900_000 - 1_000_200_000 - fees })
    expect(outcome?.exitPrice).toBe(Math.round((10_397 + 9_798) / 2))
  })

  test.each([
    ['a signal to leave', 'flat', 'signal'],
    ['one for the other side', 'short', 'opposite signal'],
  ] as const)('%s ends it at the next bar', (_, side, reason) => {
    const world = trip([{ open: 100 }])
    world.signal(2, side)
    expect(closed(world)).toEqual([])
    world.bar(3, { open: 100 })
    expect(closed(world)).toMatchObject([{ reason, exitPrice: 9_998 }])
  })

  test('left before it was filled it has no prices and no result', () => {
    const world = trip([])
    world.signal(1, 'flat', { id: `BTCUSD_${T0}_ffffffff` })
    world.bar(2)
    expect(closed(world)).toMatchObject([{ entryPrice: null, exitPrice: null, enteredAt: null, pnl: 0, pnlRatio: null, reason: 'signal' }])
  })
})

describe('the fixed profile', () => {
  const fixed = shadowRules({ profile: 'fixed', target: 0.02, stop: 0.015, holdMinutes: 240 })
  // Bought at 100.02: target 102.0204 → 102.03, stop 98.5197 → 98.52.
  test.each<[string, readonly Prices[], string | null]>([
    ['the target is reached', [{ open: 100 }, { open: 100, high: 102.03 }, {}], 'profit_target'],
    ['a tick short of the target', [{ open: 100 }, { open: 100, high: 102.02 }, {}], null],
    ['the stop is reached', [{ open: 100 }, { open: 100, low: 98.52 }, {}], 'stop_loss'],
    ['a tick short of the stop', [{ open: 100 }, { open: 100, low: 98.53 }, {}], null],
    ['four hours have passed', Array.from({ length: 242 }, () => ({})), 'max_hold_time'],
    ['one minute less has not', Array.from({ length: 241 }, () => ({})), null],
  ])('%s', (_, prices, reason) => {
    const world = started(fixed)
    world.signal(1, 'long')
    for (const [index, next] of prices.entries()) world.bar(2 + index, next)
    expect(closed(world).map((outcome) => outcome.reason)).toEqual(reason === null ? [] : [reason])
  })

  test('no signal ends it, and a profile that is changed is that of the next', () => {
    const world = started(fixed)
    refused(world, 1, 'long')
    world.bar(2)
    world.signal(2, 'flat')
    world.bar(3)
    expect(closed(world)).toEqual([])
    expect(openOf(world)[0]?.trade.profile).toBe('fixed')
  })
})

describe('learning', () => {
  test('a blocked signal is learned as its shadow trade closes, and an approved one is not', () => {
    const world = started()
    refused(world, 1, 'long')
    const approved = world.signal(1, 'long', { id: `BTCUSD_${T0}_00000bbb` })
    expect(approved.events).toContainEqual(expect.objectContaining({ kind: 'signalDecided', decision: 'APPROVED' }))
    world.bar(2)
    world.bar(3, { low: 94 })
    const { events } = world.bar(4, { open: 94 })
    expect(events.filter(({ kind }) => kind === 'shadowClosed')).toHaveLength(2)
    expect(events.filter(({ kind }) => kind === 'signalStateChanged')).toEqual([
      expect.objectContaining({ signalId: signal(1, 'long').id, from: 'blocked', to: 'learned', reason: 'shadow trade closed: stop' }),
    ])
    expect(world.state().signals[signal(1, 'long').id]).toBeUndefined()
  })
})

test('facts with the bars between them fold to the same state, at every bar, and each fact fits its schema', () => {
  const world = started({ ...carelessRules, exits: { ...carelessRules.exits, armingSeconds: 0 } })
  const bars: Bar[] = [bar(1)]
  const own: Rules = { ...carelessRules, exits: { ...carelessRules.exits, armingSeconds: 0 } }
  for (let sequence = 2; sequence < 120; sequence += 1) {
    const close = 100 + 4 * Math.sin(sequence / 7)
    const next = bar(sequence, { open: 100 + 4 * Math.sin((sequence - 1) / 7), close })
    bars.push(next)
    world.give({ kind: 'bar', bar: next })
    if (sequence % 9 === 0) refused(world, sequence, sequence % 2 === 0 ? 'long' : 'short', { price: close, stop: null, target: null })

    let folded = fresh()
    let upTo = 0
    const markTo = (wanted: number): void => {
      for (; upTo < wanted; upTo += 1) folded = mark(own, folded, bars[upTo] as Bar)
    }
    for (const event of world.events) {
      markTo(event.barSequence)
      folded = apply(folded, EngineEvent.parse(JSON.parse(JSON.stringify(event))))
    }
    markTo(sequence)
    expect(folded).toEqual(world.state())
  }
  expect(closed(world).length).toBeGreaterThan(5)
  expect(openOf(world).length).toBeGreaterThan(0)
})

test('a bar of a book without shadow trades leaves their array as it is, and so does one that changes nothing', () => {
  const world = started()
  const none = world.state().books[0]?.shadows
  world.bar(2)
  expect(world.state().books[0]?.shadows).toBe(none)
  refused(world, 2, 'long')
  world.bar(3, { open: 100, high: 101, low: 99 })
  const open = world.state().books[0]?.shadows
  world.bar(4, { open: 100, high: 100.5, low: 99.5 })
  expect(world.state().books[0]?.shadows).toBe(open)
})
