import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply } from '../../engine/core/apply.ts'
import { equityOf } from '../../engine/core/equity.ts'
import { isOver } from '../../engine/core/machines.ts'
import { mark } from '../../engine/core/on-bar.ts'
import type { State } from '../../engine/core/state.ts'
import { EngineEvent } from '../../src/contracts/event.ts'
import { bar, fill, fresh, MINUTE, machine, openLong, rules, T0 } from '../helpers/engine-fixture.ts'

const desired = (world: ReturnType<typeof machine>, state: 'running' | 'paused' | 'halted' | 'safe') =>
  world.give({ kind: 'desired', now: world.now(), desired: state, reason: 'test', actor: 'maria', commandId: 'c-12345678' })

describe('an approved signal', () => {
  test('becomes an order under an id made from its own ledger sequence, asked for only as an effect', () => {
    const world = machine()
    world.started()
    world.bar(1)
    const { events, effects } = world.signal(1, 'long')
    const intended = events.find((event) => event.kind === 'orderIntended')
    expect(intended).toMatchObject({ order: { clientOrderId: `led-${intended?.sequence}`, state: 'intended', side: 'buy' } })
    expect(effects).toMatchObject([{ kind: 'submit', barSequence: 1 }])
    expect(world.state().books[0]?.state).toBe('ENTERING')
  })

  test('told twice counts once', () => {
    const world = machine()
    world.started()
    world.bar(1)
    world.signal(1, 'long')
    const { events, effects } = world.signal(1, 'long')
    expect(events.map((event) => event.kind)).toEqual(['signalDuplicated'])
    expect(effects).toEqual([])
  })

  test('in dry-run is decided and recorded and sent nowhere', () => {
    const world = machine(fresh({ mode: 'dry-run' }))
    world.started()
    world.bar(1)
    const { events, effects } = world.signal(1, 'long')
    expect(effects).toEqual([])
    expect(events).toContainEqual(expect.objectContaining({ kind: 'orderStateChanged', to: 'denied' }))
    expect(world.state().books[0]?.state).toBe('FLAT')
  })
})

describe('exits', () => {
  test.each([
    { says: 'a low at the stop', prices: { low: 95, close: 96 }, reason: 'stop' },
    { says: 'a high at the target', prices: { high: 110, close: 105 }, reason: 'target' },
    { says: 'a bar that reaches both counts as the stop', prices: { low: 90, high: 120, close: 100 }, reason: 'stop' },
  ])('$says leaves the whole position', ({ prices, reason }) => {
    const world = machine()
    openLong(world)
    const { effects } = world.bar(3, prices)
    expect(effects).toMatchObject([{ kind: 'submit', order: { side: 'sell', purpose: 'exit', reason } }])
    expect(world.state().books[0]?.state).toBe('EXITING')
  })

  test('a tick short of the stop does nothing', () => {
    const world = machine()
    openLong(world)
    expect(world.bar(3, { low: 95.01, close: 96 }).effects).toEqual([])
  })

  test.each(['paused', 'halted', 'safe'] as const)('go on while %s, and entries do not', (state) => {
    const world = machine()
    openLong(world)
    desired(world, state)
    expect(world.state().engine.state).toBe(state)
    expect(world.bar(3, { low: 90, close: 91 }).effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit' } }])
    expect(world.signal(3, 'long', { symbol: 'ETHUSD' }).effects).toEqual([])
  })

  test('an exit that the venue rejects is tried again at the next bar', () => {
    const world = machine()
    openLong(world)
    const effect = world.bar(3, { low: 90, close: 91 }).effects[0]
    if (effect?.kind !== 'submit') throw new Error('no exit')
    world.report({
      kind: 'rejected',
      venueSequence: 99,
      clientOrderId: effect.order.clientOrderId,
      reason: 'no',
      at: T0 + 3 * MINUTE,
      barSequence: 3,
    })
    expect(world.state().books[0]?.state).toBe('OPEN')
    expect(world.bar(4, { low: 90, close: 91 }).effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit' } }])
  })

  test('the opposite signal leaves, and does not turn the position in the same breath', () => {
    const world = machine()
    openLong(world)
    world.bar(3)
    const { effects, events } = world.signal(3, 'short')
    expect(effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit', side: 'sell' } }])
    expect(events.find((event) => event.kind === 'signalDecided')).toMatchObject({ decision: 'BLOCKED', blocker: 'duplicate' })
  })
})

describe('fills', () => {
  test('a round trip books price difference and fees to the millionth', () => {
    const world = machine()
    openLong(world)
    const before = world.state()
    const quantity = before.books[0]?.position?.quantity ?? 0
    const effect = world.bar(3, { high: 110, close: 110 }).effects[0]
    if (effect?.kind !== 'submit') throw new Error('no exit')
    world.report(fill(effect.order.clientOrderId, quantity, 11_000, 4, { fee: 2_000 }))
    const after = world.state()
    expect(after.books[0]).toMatchObject({ state: 'FLAT', position: null })
    const gain = (quantity * 1_000) / 10_000 // ticks × lots in millionths
    expect(after.realised).toBe(gain)
    expect(after.cash).toBe(100_000_000_000 + gain - 1_000 - 2_000)
    expect(equityOf(rules.scales, after)).toBe(after.cash)
  })

  test('a fill told twice is booked once', () => {
    const world = machine()
    world.started()
    world.bar(1)
    const effect = world.signal(1, 'long').effects[0]
    if (effect?.kind !== 'submit') throw new Error('no entry')
    const half = Math.floor(effect.order.quantity / 2)
    const report = fill(effect.order.clientOrderId, half, 10_000, 2, { complete: false, executionId: 'same' })
    world.report(report)
    const cash = world.state().cash
    world.report(report)
    expect(world.state().cash).toBe(cash)
    expect(world.state().counts.duplicates).toBe(1)
  })

  test('an entry cancelled after a partial fill leaves the part open', () => {
    const world = machine()
    world.started()
    world.bar(1)
    const effect = world.signal(1, 'long').effects[0]
    if (effect?.kind !== 'submit') throw new Error('no entry')
    const id = effect.order.clientOrderId
    world.report(fill(id, 10, 10_000, 2, { complete: false }))
    world.report({ kind: 'cancelled', venueSequence: 50, clientOrderId: id, reason: 'asked', at: T0 + 2 * MINUTE, barSequence: 2 })
    expect(world.state().books[0]).toMatchObject({ state: 'OPEN', position: { quantity: 10 } })
    expect(world.state().orders).toEqual({})
  })
})

describe('wanting out while an entry is partly filled', () => {
  const partly = () => {
    const world = machine()
    world.started()
    world.bar(1)
    const effect = world.signal(1, 'long').effects[0]
    if (effect?.kind !== 'submit') throw new Error('no entry')
    world.report(fill(effect.order.clientOrderId, 10, 10_000, 2, { complete: false }))
    return { world, id: effect.order.clientOrderId }
  }
  const flatten = {
    kind: 'command' as const,
    commandId: 'c-12345678',
    actor: 'maria',
    reason: 'r',
    command: { kind: 'flatten' as const, symbol: null },
  }
  const cancelled = (clientOrderId: string) =>
    ({ kind: 'cancelled', venueSequence: 50, clientOrderId, reason: 'asked', at: T0 + 2 * MINUTE, barSequence: 2 }) as const

  test('a flatten cancels the rest and, once the venue has said so, sells what was bought', () => {
    const { world, id } = partly()
    expect(world.give({ ...flatten, now: world.now() }).effects).toMatchObject([{ kind: 'cancel', clientOrderId: id }, { kind: 'answer' }])
    expect(world.report(cancelled(id)).effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit', side: 'sell', quantity: 10 } }])
  })

  test('a flatten that comes too late to cancel sells all of it', () => {
    const { world, id } = partly()
    world.give({ ...flatten, now: world.now() })
    const left = (world.state().orders[id]?.order.quantity ?? 0) - 10
    expect(world.report(fill(id, left, 10_000, 2)).effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit', quantity: left + 10 } }])
  })

  test('a stop that was touched counts, also where the price has come back by the time the rest is cancelled', () => {
    const { world, id } = partly()
    expect(world.bar(2, { low: 90, close: 100 }).effects).toEqual([{ kind: 'cancel', clientOrderId: id }])
    expect(world.report(cancelled(id)).effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit', quantity: 10 } }])
  })

  test('a restart asks for the cancelling again', () => {
    const { world, id } = partly()
    world.give({ ...flatten, now: world.now() })
    const { scales: _, ...own } = rules
    const restart = world.give({ kind: 'started', now: world.now(), mode: 'simulate', rules: own, configHash: 'hash' })
    expect(restart.effects).toContainEqual({ kind: 'cancel', clientOrderId: id })
  })

  test('an entry of which nothing was filled leaves the symbol flat', () => {
    const world = machine()
    world.started()
    world.bar(1)
    const effect = world.signal(1, 'long').effects[0]
    if (effect?.kind !== 'submit') throw new Error('no entry')
    world.give({ ...flatten, now: world.now() })
    expect(world.report(cancelled(effect.order.clientOrderId)).effects).toEqual([])
    expect(world.state().books[0]).toMatchObject({ state: 'FLAT', position: null })
  })
})

describe('after a crash', () => {
  const crashed = () => {
    const world = machine()
    world.started()
    world.bar(1)
    const effect = world.signal(1, 'long').effects[0]
    if (effect?.kind !== 'submit') throw new Error('no entry')
    const { scales: _, ...own } = rules
    const restart = world.give({ kind: 'started', now: world.now(), mode: 'simulate', rules: own, configHash: 'hash' })
    return { world, id: effect.order.clientOrderId, restart }
  }

  test('an order that may have been sent is unknown, the venue is asked, and its symbol takes no new risk', () => {
    const { world, id, restart } = crashed()
    expect(restart.effects).toEqual([{ kind: 'query', clientOrderId: id }])
    expect(world.state().orders[id]?.order.state).toBe('unknown')
    expect(world.signal(1, 'long', { id: 'BTCUSD_1_bbbbbbbb' }).effects).toEqual([])
  })

  test('an order that never arrived is sent again under the same id while its bar is the newest', () => {
    const { world, id } = crashed()
    expect(world.give({ kind: 'neverArrived', now: world.now(), clientOrderId: id }).effects).toMatchObject([
      { kind: 'submit', order: { clientOrderId: id } },
    ])
  })

  test.each(['paused', 'halted', 'safe'] as const)('an entry that never arrived is not sent again where a person wants %s', (wanted) => {
    const { world, id } = crashed()
    desired(world, wanted)
    expect(world.give({ kind: 'neverArrived', now: world.now(), clientOrderId: id }).effects).toEqual([])
    expect(world.state().orders).toEqual({})
    expect(world.state().books[0]?.state).toBe('FLAT')
  })

  test('nor where the kill switch was thrown in the meantime', () => {
    const { world, id } = crashed()
    world.give({ kind: 'killSwitch', now: world.now(), origin: 'file', on: true, reason: 'stop', actor: null })
    expect(world.give({ kind: 'neverArrived', now: world.now(), clientOrderId: id }).effects).toEqual([])
    expect(world.state().orders).toEqual({})
  })

  test('nor where a breaker opened in the meantime', () => {
    const { world, id } = crashed()
    world.give({ kind: 'trouble', now: world.now(), breaker: 'restartStorm', reason: 'again and again' })
    expect(world.give({ kind: 'neverArrived', now: world.now(), clientOrderId: id }).effects).toEqual([])
    expect(world.state().orders).toEqual({})
  })

  test('nor where no bar came for longer than a price may be old', () => {
    const { world, id } = crashed()
    const later = world.now() + rules.risk.dataAgeBarsMax * MINUTE
    const told = (now: number) => world.give({ kind: 'neverArrived', now, clientOrderId: id }).effects
    expect(told(later)).toMatchObject([{ kind: 'submit' }])
    expect(told(later + 1)).toEqual([])
    expect(world.state().orders).toEqual({})
  })

  test('nor where its symbol was flattened in the meantime', () => {
    const { world, id } = crashed()
    const command = { kind: 'flatten' as const, symbol: null }
    world.give({ kind: 'command', now: world.now(), commandId: 'c-12345678', actor: 'maria', reason: 'r', command })
    expect(world.give({ kind: 'neverArrived', now: world.now(), clientOrderId: id }).effects).toEqual([])
    expect(world.state().books[0]?.state).toBe('FLAT')
  })

  test('an entry that never arrived is over once another bar has passed', () => {
    const { world, id } = crashed()
    world.bar(2)
    expect(world.give({ kind: 'neverArrived', now: world.now(), clientOrderId: id }).effects).toEqual([])
    expect(world.state().books[0]?.state).toBe('FLAT')
    expect(world.state().orders).toEqual({})
  })
})

describe('the engine', () => {
  test('halted is latched: running is refused and counted, paused is the way out', () => {
    const world = machine()
    openLong(world)
    desired(world, 'halted')
    desired(world, 'running')
    expect(world.state().engine.state).toBe('halted')
    expect(world.state().counts.illegalMoves).toBeGreaterThan(0)
    desired(world, 'paused')
    expect(world.state().engine.state).toBe('paused')
  })

  test('a latch without a command still says why after a drain and a new start', () => {
    const world = machine()
    openLong(world)
    const latch = (): unknown =>
      world.give({ kind: 'desired', now: world.now(), desired: 'safe', reason: 'restart storm: brain', actor: 'engine', commandId: null })
    latch()
    world.give({ kind: 'drain', now: world.now(), reason: 'the supervisor is gone', cancelEntries: false })
    world.started()
    latch()
    expect(world.state().engine).toMatchObject({ state: 'safe', reason: 'restart storm: brain' })
  })

  test('halting asks the venue to cancel entries that still work', () => {
    const world = machine()
    world.started()
    world.bar(1)
    const effect = world.signal(1, 'long').effects[0]
    if (effect?.kind !== 'submit') throw new Error('no entry')
    expect(desired(world, 'halted').effects).toEqual([{ kind: 'cancel', clientOrderId: effect.order.clientOrderId }])
  })

  test('a stale instrument degrades it until the next bar', () => {
    const world = machine()
    world.started()
    world.bar(1)
    world.give({ kind: 'timer', now: T0 + 10 * MINUTE })
    expect(world.state().engine).toMatchObject({ state: 'degraded', reason: 'stale: BTCUSD' })
  })
})

/** Any story of signals, bars, fills, commands and restarts. */
const story = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('bar' as const),
        close: fc.integer({ min: 80, max: 125 }),
        instrument: fc.integer({ min: 0, max: 1 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('signal' as const),
        side: fc.constantFrom('long' as const, 'short' as const, 'flat' as const),
        symbol: fc.constantFrom('BTCUSD', 'ETHUSD'),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('venue' as const),
        what: fc.constantFrom('fill', 'part', 'reject', 'cancel', 'ack', 'twice', 'never'),
        pick: fc.nat(9),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('desired' as const),
        state: fc.constantFrom('running' as const, 'paused' as const, 'halted' as const, 'safe' as const),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'flatten' as const }) },
  ),
  { maxLength: 60 },
)

test('whatever happens: caps hold, no entry while shut, events fold to the same state, and every event fits its schema', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const world = machine()
      world.started()
      let sequence = 0
      let folded: State = world.events.reduce(apply, fresh())
      let seen = world.events.length
      for (const [index, move] of steps.entries()) {
        const before = world.state()
        const shut = ['paused', 'halted', 'safe'].includes(before.engine.state)
        const started = world.effects.length
        if (move.kind === 'bar') world.bar(++sequence, { close: move.close, instrument: move.instrument })
        else if (move.kind === 'signal')
          world.signal(Math.max(1, sequence), move.side, { symbol: move.symbol, id: `${move.symbol}_${index}_00000000` })
        else if (move.kind === 'desired') desired(world, move.state)
        else if (move.kind === 'flatten')
          world.give({ kind: 'command', now: world.now(), commandId: 'c', actor: 'a', reason: 'r', command: { kind: 'flatten', symbol: null } })
        else if (move.kind === 'restart') {
          const { scales: _, ...own } = rules
          world.give({ kind: 'started', now: world.now(), mode: 'simulate', rules: own, configHash: 'hash' })
        } else venue(world, move.what, move.pick, sequence)
        const effects = world.effects.slice(started)
        if (shut && move.kind === 'signal')
          expect(effects.filter((effect) => effect.kind === 'submit' && effect.order.purpose === 'entry')).toEqual([])
        // The fold of what was recorded, with marks where they stood, is the state.
        if (move.kind === 'bar') folded = mark(rules, folded, bar(sequence, { close: move.close, instrument: move.instrument }))
        for (const event of world.events.slice(seen)) {
          folded = apply(folded, event)
          expect(EngineEvent.safeParse(event).error).toBeUndefined()
        }
        seen = world.events.length
        for (const book of world.state().books) {
          const working = Object.values(world.state().orders).filter(({ order }) => order.symbol === book.symbol && !isOver(order.state))
          expect(working.length).toBeLessThanOrEqual(1)
          if (book.state === 'FLAT') expect(book.position).toBeNull()
        }
      }
      expect(folded).toEqual(world.state())
    }),
    { numRuns: 400 },
  )
})

const venue = (world: ReturnType<typeof machine>, what: string, pick: number, sequence: number): void => {
  const open = Object.values(world.state().orders)
  const order = open[pick % Math.max(1, open.length)]?.order
  if (order === undefined) return
  const at = world.now()
  const left = order.quantity - order.filled
  const base = { venueSequence: 1_000 + sequence, clientOrderId: order.clientOrderId, at, barSequence: sequence }
  if (what === 'fill') world.report(fill(order.clientOrderId, left, 10_000, sequence))
  else if (what === 'part' && left > 1) world.report(fill(order.clientOrderId, 1, 10_000, sequence, { complete: false }))
  else if (what === 'twice') {
    const report = fill(order.clientOrderId, left, 10_000, sequence)
    world.report(report)
    world.report(report)
  } else if (what === 'reject' && order.filled === 0) world.report({ ...base, kind: 'rejected', reason: 'no' })
  else if (what === 'cancel') world.report({ ...base, kind: 'cancelled', reason: 'asked' })
  else if (what === 'ack') world.report({ ...base, kind: 'acknowledged', venueOrderId: 'v' })
  else if (what === 'never') world.give({ kind: 'neverArrived', now: at, clientOrderId: order.clientOrderId })
}
