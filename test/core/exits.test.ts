import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equityOf } from '../../engine/core/equity.ts'
import { EXIT_RETRY_MS, EXIT_TRIES_MAX } from '../../engine/core/exits.ts'
import type { Rules } from '../../engine/core/rules.ts'
import type { State } from '../../engine/core/state.ts'
import { BREAKERS } from '../../src/contracts/breaker.ts'
import { ENGINE_STATES } from '../../src/contracts/engine.ts'
import type { Order } from '../../src/contracts/order.ts'
import { fill, fresh, type Machine, MINUTE, machine, managedRules, openLong, plainExits, rules, T0 } from '../helpers/engine-fixture.ts'

type Effects = ReturnType<Machine['give']>['effects']

const sentIn = (effects: Effects): Order[] => effects.flatMap((effect) => (effect.kind === 'submit' ? [effect.order] : []))
const positionOf = (world: Machine) => world.state().books[0]?.position ?? null
const one = (orders: readonly Order[]): Order => {
  expect(orders).toHaveLength(1)
  return orders[0] as Order
}

let venueSequence = 50_000
const ended = (world: Machine, kind: 'rejected' | 'cancelled', { clientOrderId }: Order) =>
  world.report({ kind, venueSequence: ++venueSequence, clientOrderId, reason: 'no', at: world.now(), barSequence: world.state().barSequence })
const filled = (world: Machine, order: Order, price = 10_000, quantity = order.quantity - order.filled, complete = true) =>
  world.report({ ...fill(order.clientOrderId, quantity, price, world.state().barSequence, { complete }), at: world.now() })
const flatten = (world: Machine) =>
  world.give({
    kind: 'command',
    now: world.now(),
    commandId: 'c-12345678',
    actor: 'maria',
    reason: 'out',
    command: { kind: 'flatten', symbol: null },
  })

/** Parts leave at R1 (105) and R2 (110); nothing else of the managed rules is in the way. */
const parting: Rules = { ...rules, exits: { ...plainExits, partialFraction: 0.5 } }
const noTarget = { target: null }

const openWith = (own: Rules, over: object = noTarget): Machine => {
  const world = machine(fresh(), own)
  world.started()
  world.bar(1)
  filled(world, one(sentIn(world.signal(1, 'long', over).effects)))
  return world
}

const next = (world: Machine, prices: Parameters<Machine['bar']>[1] = {}) => world.bar(world.state().barSequence + 1, prices)

describe('a part of a position', () => {
  test('leaves at R1, another at R2, and the rest at the stop: together they are the whole', () => {
    const world = openWith(parting)
    const bought = positionOf(world)?.quantity ?? 0
    const first = one(sentIn(next(world, { high: 105, close: 104 }).effects))
    expect(first).toMatchObject({ purpose: 'exit', reason: 'partial at R1', quantity: bought / 2 })
    filled(world, first, 10_400)
    expect(world.state().books[0]).toMatchObject({ state: 'OPEN', position: { partials: 1 } })
    const second = one(sentIn(next(world, { high: 110, close: 109 }).effects))
    filled(world, second, 10_900)
    const rest = one(sentIn(next(world, { low: 94, close: 94 }).effects))
    filled(world, rest, 9_400)
    expect(first.quantity + second.quantity + rest.quantity).toBe(bought)
    const closed = world.events.find((event) => event.kind === 'tradeClosed')
    expect(closed).toMatchObject({ quantity: bought, reason: 'stop' })
    expect(closed?.kind === 'tradeClosed' && closed.net).toBe(world.state().cash - 100_000_000_000)
  })

  test.each(['rejected', 'cancelled'] as const)('that is %s is not tried again, and the position stays open', (kind) => {
    const world = openWith(parting)
    ended(world, kind, one(sentIn(next(world, { high: 105, close: 104 }).effects)))
    expect(world.state().books[0]).toMatchObject({ state: 'OPEN', wantedExit: null, position: { partials: 1 } })
    expect(next(world, { high: 106, close: 105 }).effects).toEqual([])
  })

  describe('that is on its way when the stop is touched', () => {
    const between = () => {
      const world = openWith(parting)
      const part = one(sentIn(next(world, { high: 105, close: 104 }).effects))
      const { effects } = next(world, { low: 90, close: 96 })
      return { world, part, effects }
    }

    test('is asked to be cancelled, once', () => {
      const { world, part, effects } = between()
      expect(effects).toEqual([{ kind: 'cancel', clientOrderId: part.clientOrderId }])
      expect(next(world, { low: 90, close: 96 }).effects).toEqual([])
    })

    test.each([
      { says: 'filled', end: (world: Machine, part: Order) => filled(world, part), left: 0.5 },
      { says: 'rejected', end: (world: Machine, part: Order) => ended(world, 'rejected', part), left: 1 },
      { says: 'cancelled', end: (world: Machine, part: Order) => ended(world, 'cancelled', part), left: 1 },
      {
        says: 'filled in part and cancelled',
        end: (world: Machine, part: Order) => {
          filled(world, part, 10_000, part.quantity / 2, false)
          return ended(world, 'cancelled', part)
        },
        left: 0.75,
      },
      {
        says: 'found never to have arrived',
        end: (world: Machine, { clientOrderId }: Order) => world.give({ kind: 'neverArrived', now: world.now(), clientOrderId }),
        left: 1,
      },
    ])('and then $says: the rest leaves at once, for the stop', ({ end, left }) => {
      const { world, part } = between()
      const bought = positionOf(world)?.quantityMax ?? 0
      const rest = one(sentIn(end(world, part).effects))
      expect(rest).toMatchObject({ reason: 'stop', quantity: bought * left })
      filled(world, rest)
      expect(world.state().books[0]).toMatchObject({ state: 'FLAT', position: null, wantedExit: null })
    })

    test('is asked to be cancelled again after a new start', () => {
      const { world, part } = between()
      const { scales: _, ...own } = parting
      const { effects } = world.give({ kind: 'started', now: world.now(), mode: 'simulate', rules: own, configHash: 'hash' })
      expect(effects).toContainEqual({ kind: 'cancel', clientOrderId: part.clientOrderId })
    })
  })

  test('that is on its way when a person flattens: the rest leaves with it', () => {
    const world = openWith(parting)
    const part = one(sentIn(next(world, { high: 105, close: 104 }).effects))
    flatten(world)
    expect(one(sentIn(ended(world, 'cancelled', part).effects))).toMatchObject({ reason: 'flatten' })
  })

  test('that is on its way at a new start stays a part: the rest is not wanted out', () => {
    const world = openWith(parting)
    const part = one(sentIn(next(world, { high: 105, close: 104 }).effects))
    const { scales: _, ...own } = parting
    world.give({ kind: 'started', now: world.now(), mode: 'simulate', rules: own, configHash: 'hash' })
    expect(sentIn(filled(world, part, 10_400).effects)).toEqual([])
    expect(world.state().books[0]).toMatchObject({ state: 'OPEN' })
  })
})

describe('an entry that is left while it works', () => {
  test.each([
    { says: 'a flatten', leave: flatten, reason: 'flatten' },
    { says: 'a flat signal', leave: (world: Machine) => world.signal(1, 'flat', { id: `BTCUSD_${T0}_00000002` }), reason: 'signal' },
  ])('$says: what was bought leaves under the reason that it was wanted for', ({ leave, reason }) => {
    const world = machine()
    world.started()
    world.bar(1)
    const entry = one(sentIn(world.signal(1, 'long').effects))
    filled(world, entry, 10_000, 10, false)
    leave(world)
    const exit = one(sentIn(ended(world, 'cancelled', entry).effects))
    expect(exit).toMatchObject({ purpose: 'exit', reason, quantity: 10 })
    filled(world, exit)
    expect(world.events.find((event) => event.kind === 'tradeClosed')).toMatchObject({ reason })
  })
})

describe('an exit that the venue refuses', () => {
  const refusedOnce = () => {
    const world = machine()
    openLong(world)
    const exit = one(sentIn(world.bar(3, { low: 90, close: 96 }).effects))
    ended(world, 'rejected', exit)
    return world
  }

  test('is tried again with the next bar, also where the price has come back, under the same reason', () => {
    const world = refusedOnce()
    expect(one(sentIn(world.bar(4, { close: 100 }).effects))).toMatchObject({ reason: 'stop' })
  })

  test('is not tried by a bar of another instrument, nor twice in one bar', () => {
    const world = refusedOnce()
    expect(world.bar(4, { instrument: 1 }).effects).toEqual([])
  })

  test(`is an alarm after ${EXIT_TRIES_MAX} tries, and tried once in a while from then on`, () => {
    const world = refusedOnce()
    for (let tries = 1; tries < EXIT_TRIES_MAX; tries += 1) {
      expect(world.events.filter((event) => event.kind === 'stopEvent' && event.type === 'STOP_SUBMIT_BLOCKED')).toEqual([])
      ended(world, 'rejected', one(sentIn(next(world).effects)))
    }
    expect(world.events.filter((event) => event.kind === 'stopEvent' && event.type === 'STOP_SUBMIT_BLOCKED')).toMatchObject([{ basis: 'stop' }])
    const triedAt = world.now()
    while (world.now() < triedAt + EXIT_RETRY_MS - MINUTE) expect(sentIn(next(world).effects)).toEqual([])
    expect(one(sentIn(next(world).effects))).toMatchObject({ reason: 'stop' })
  })

  test('is tried at once where a person asks for it', () => {
    const world = refusedOnce()
    expect(one(sentIn(flatten(world).effects))).toMatchObject({ reason: 'flatten' })
  })

  test('after a part of it was filled is tried with what is left', () => {
    const world = machine()
    openLong(world)
    const exit = one(sentIn(world.bar(3, { low: 90, close: 96 }).effects))
    filled(world, exit, 9_500, exit.quantity - 7, false)
    ended(world, 'cancelled', exit)
    expect(one(sentIn(world.bar(4).effects))).toMatchObject({ reason: 'stop', quantity: 7 })
  })

  test('and one that could not be sent at all waits for the next bar too, instead of being sent without end', () => {
    const world = machine()
    openLong(world)
    const { clientOrderId } = one(sentIn(world.bar(3, { low: 90, close: 96 }).effects))
    expect(world.give({ kind: 'neverArrived', now: world.now(), clientOrderId }).effects).toEqual([])
    expect(one(sentIn(world.bar(4).effects))).toMatchObject({ reason: 'stop' })
  })

  test('is sent again at once after a new start that could not tell whether it had left', () => {
    const world = machine()
    openLong(world)
    const { clientOrderId } = one(sentIn(world.bar(3, { low: 90, close: 96 }).effects))
    const { scales: _, ...own } = rules
    world.give({ kind: 'started', now: world.now(), mode: 'simulate', rules: own, configHash: 'hash' })
    expect(sentIn(world.give({ kind: 'neverArrived', now: world.now(), clientOrderId }).effects)).toMatchObject([{ clientOrderId }])
  })
})

describe('exits go on', () => {
  const STOPPED = { low: 90, close: 94 }
  const desired = (world: Machine, state: 'paused' | 'halted' | 'safe') =>
    world.give({ kind: 'desired', now: world.now(), desired: state, reason: 'test', actor: 'maria', commandId: null })
  const cases: readonly { readonly says: string; readonly make: (world: Machine) => void }[] = [
    { says: 'while paused', make: (world) => desired(world, 'paused') },
    { says: 'while halted', make: (world) => desired(world, 'halted') },
    { says: 'in SAFE', make: (world) => desired(world, 'safe') },
    { says: 'while draining', make: (world) => world.give({ kind: 'drain', now: world.now(), reason: 'end', cancelEntries: true }) },
    { says: 'without a brain', make: (world) => world.give({ kind: 'brainState', now: world.now(), state: 'failed', reason: 'it died' }) },
    {
      says: 'with every breaker tripped',
      make: (world) => {
        for (const breaker of BREAKERS)
          world.give({
            kind: 'command',
            now: world.now(),
            commandId: 'c-12345678',
            actor: 'maria',
            reason: 'stop',
            command: { kind: 'trip', breaker },
          })
      },
    },
    {
      says: 'with the kill switch thrown',
      make: (world) => world.give({ kind: 'killSwitch', now: world.now(), origin: 'key', on: true, reason: 'stop', actor: 'maria' }),
    },
    {
      says: 'with a watchlist that does not name it any more',
      make: (world) => world.give({ kind: 'references', now: world.now(), watchlist: null, earnings: null, problems: ['it is stale'] }),
    },
  ]
  test.each(cases)('$says, while entries do not need to', ({ make }) => {
    const world = machine()
    openLong(world)
    make(world)
    expect(one(sentIn(next(world, STOPPED).effects))).toMatchObject({ purpose: 'exit', reason: 'stop' })
  })

  test.each(cases)('$says, and parts, moved stops and age with them', ({ make }) => {
    const world = openWith({ ...managedRules, exits: { ...managedRules.exits, armingSeconds: 0 } })
    make(world)
    const part = one(sentIn(next(world, { high: 105, close: 104 }).effects))
    expect(part).toMatchObject({ reason: 'partial at R1' })
    filled(world, part, 10_400)
    const { events } = next(world, { high: 106, close: 105 })
    expect(events.find((event) => event.kind === 'stopEvent')).toMatchObject({ type: 'STOP_RATCHET', basis: 'breakEven' })
    expect(one(sentIn(next(world, { low: 99, close: 99 }).effects))).toMatchObject({ reason: 'moved stop' })
  })

  test.each(ENGINE_STATES.map((state) => ({ state })))('in the engine state $state, on a bar and by a person', ({ state }) => {
    const world = machine()
    openLong(world)
    const held: State = { ...world.state(), engine: { ...world.state().engine, state } }
    expect(one(sentIn(machine(held).bar(3, STOPPED).effects))).toMatchObject({ reason: 'stop' })
    expect(one(sentIn(flatten(machine(held)).effects))).toMatchObject({ reason: 'flatten' })
  })
})

describe('stops are facts', () => {
  test('the first one as the entry is first filled, and not again with its next fill', () => {
    const world = machine()
    world.started()
    world.bar(1)
    const entry = one(sentIn(world.signal(1, 'long').effects))
    const { events } = filled(world, entry, 10_001, 10, false)
    expect(events.filter((event) => event.kind === 'stopEvent')).toMatchObject([
      { type: 'STOP_RESOLVED', basis: 'initial', from: null, to: 9_500, price: 10_001, quantity: 10 },
    ])
    expect(filled(world, entry, 10_001, entry.quantity - 10).events.filter((event) => event.kind === 'stopEvent')).toEqual([])
  })

  test('a skipped one is told once and not with every bar', () => {
    const world = openWith({ ...rules, exits: { ...plainExits, breakEvenR: 1 } })
    for (let again = 0; again < 3; again += 1) next(world, { high: 106, close: 99 })
    expect(world.events.filter((event) => event.kind === 'stopEvent').map((event) => event.kind === 'stopEvent' && event.type)).toEqual([
      'STOP_RESOLVED',
      'STOP_TOO_CLOSE_SKIPPED',
    ])
  })
})

test('whatever the price does and however the venue answers: what leaves adds up to what came, and so does the money', () => {
  const own: Rules = { ...managedRules, exits: { ...managedRules.exits, armingSeconds: 60 } }
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          move: fc.double({ min: -0.02, max: 0.025, noNaN: true }),
          answer: fc.constantFrom('filled', 'filled', 'part', 'rejected', 'cancelled', 'silent', 'neverArrived'),
          share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
          fee: fc.integer({ min: 0, max: 5_000_000 }),
          flatten: fc.constantFrom(false, false, false, false, false, false, false, true),
        }),
        { minLength: 10, maxLength: 60 },
      ),
      fc.constantFrom('long' as const, 'short' as const),
      (story, side) => {
        const world = machine(fresh(), own)
        world.started()
        world.bar(1)
        const levels = side === 'long' ? { stop: 97, target: 115 } : { stop: 103, target: 85 }
        const entry = one(sentIn(world.signal(1, side, levels).effects))
        filled(world, entry)
        const bought = positionOf(world)?.quantity ?? 0
        let close = 100
        let stop = positionOf(world)?.stop ?? null
        for (const each of story) {
          close = Math.max(1, close * (1 + each.move))
          next(world, { close, high: close * 1.004, low: close * 0.996 })
          if (each.flatten) flatten(world)
          const [open] = Object.values(world.state().orders)
          if (open !== undefined) {
            const { order } = open
            const left = order.quantity - order.filled
            const part = Math.max(1, Math.floor(left * each.share))
            const report = (lots: number, complete: boolean) =>
              world.report({
                ...fill(order.clientOrderId, lots, Math.round(close * 100), world.state().barSequence, { complete, fee: each.fee }),
                at: world.now(),
              })
            if (each.answer === 'filled') report(left, true)
            else if (each.answer === 'part' && part < left) report(part, false)
            else if (each.answer === 'rejected' && order.filled === 0) ended(world, 'rejected', order)
            else if (each.answer === 'cancelled') ended(world, 'cancelled', order)
            else if (each.answer === 'neverArrived' && order.filled === 0)
              world.give({ kind: 'neverArrived', now: world.now(), clientOrderId: order.clientOrderId })
          }
          const now = positionOf(world)
          expect(Object.keys(world.state().orders).length).toBeLessThanOrEqual(1)
          if (now === null) break
          if (stop !== null && now.stop !== null) expect(side === 'long' ? now.stop >= stop : now.stop <= stop).toBe(true)
          stop = now.stop
        }
        // Whatever came before, a person and a venue that fills can always end it.
        for (let again = 0; positionOf(world) !== null; again += 1) {
          expect(again).toBeLessThan(5)
          flatten(world)
          const [open] = Object.values(world.state().orders)
          if (open !== undefined) filled(world, open.order, Math.round(close * 100))
        }
        const exits = world.events.flatMap((event) => (event.kind === 'orderFilled' && event.order.purpose === 'exit' ? [event] : []))
        const fees = world.events.flatMap((event) => (event.kind === 'orderFilled' ? [event.fee] : [])).reduce((sum, fee) => sum + fee, 0)
        const realised = exits.reduce((sum, event) => sum + (event.realised ?? 0), 0)
        const closed = world.events.filter((event) => event.kind === 'tradeClosed')
        const cash = world.state().cash - 100_000_000_000
        expect(exits.reduce((sum, event) => sum + event.quantity, 0)).toBe(bought)
        expect(closed).toMatchObject([{ quantity: bought, net: cash, fees }])
        expect(realised - fees).toBe(cash)
        expect(equityOf(own.scales, world.state())).toBe(world.state().cash)
        expect(world.state().books[0]).toMatchObject({ state: 'FLAT', wantedExit: null })
        expect(world.events.filter((event) => event.kind === 'illegalMoveRefused')).toEqual([])
      },
    ),
    { numRuns: Number(process.env.AEGIS_RUNS ?? 300), seed: 20_260_106 },
  )
})
