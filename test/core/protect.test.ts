import { describe, expect, test } from 'vitest'
import { apply } from '../../engine/core/apply.ts'
import type { Rules } from '../../engine/core/rules.ts'
import type { Position, State } from '../../engine/core/state.ts'
import type { Price } from '../../src/units.ts'
import { fill, fresh, type Machine, MINUTE, machine, openLong, rules, T0 } from '../helpers/engine-fixture.ts'

const holding = (own: Rules = rules): Machine => {
  const world = machine(fresh(), own)
  openLong(world)
  world.bar(2)
  return world
}

const sinceIn = (world: Machine) => world.state().books[0]?.position?.unprotectedSince
const told = (world: Machine) =>
  world.events.flatMap((event) => (event.kind === 'protectionChanged' ? [{ since: event.unprotectedSince, reason: event.reason }] : []))
const timer = (world: Machine, now: number) => world.give({ kind: 'timer', now })

const withPosition = (state: State, over: Partial<Position>): State => ({
  ...state,
  books: state.books.map((book) => (book.position === null ? book : { ...book, position: { ...book.position, ...over } })),
})

test('a position with a stop and a fresh price is protected, and nothing is told', () => {
  const world = holding()
  for (let sequence = 3; sequence < 20; sequence += 1) world.bar(sequence)
  timer(world, world.now() + 1_000)
  expect(sinceIn(world)).toBeNull()
  expect(told(world)).toEqual([])
})

describe('a price that is too old for a stop to act', () => {
  const limit = rules.risk.dataAgeBarsMax * MINUTE
  test('leaves a position unprotected since the last one, noticed by the timer, until the next bar', () => {
    const world = holding()
    const last = world.now()
    timer(world, last + limit)
    expect(sinceIn(world)).toBeNull()
    timer(world, last + limit + 1)
    expect(sinceIn(world)).toBe(last)
    timer(world, last + limit + 60_000)
    world.bar(10)
    expect(told(world)).toEqual([
      { since: last, reason: 'its price is too old for its stop to act' },
      { since: null, reason: 'it is protected again' },
    ])
  })

  test('is noticed by the bars of another instrument too', () => {
    const world = holding()
    const last = world.now()
    for (let sequence = 3; sequence < 5; sequence += 1) world.bar(sequence, { instrument: 1 })
    expect(sinceIn(world)).toBeNull()
    world.bar(5, { instrument: 1 })
    expect(sinceIn(world)).toBe(last)
  })

  test.each([
    { says: 'is no gap while the exchange is shut', at: '2026-03-07T00:00:00Z', unprotected: false },
    { says: 'is none in the first minutes after it opens', at: '2026-03-09T13:31:59Z', unprotected: false },
    { says: 'is one when it has been open for longer', at: '2026-03-09T13:33:00Z', unprotected: true },
  ])('$says', ({ at, unprotected }) => {
    const world = holding()
    const friday = Date.parse('2026-03-06T20:59:00Z')
    const moved: State = {
      ...world.state(),
      clock: friday,
      books: world.state().books.map((book, id) => (id === 0 ? { ...book, markAt: friday } : book)),
    }
    const stocks: Rules = { ...rules, traits: rules.traits.map((traits) => ({ ...traits, calendar: 'XNYS' })) }
    const later = machine(moved, stocks)
    timer(later, Date.parse(at))
    expect(sinceIn(later) !== null).toBe(unprotected)
  })
})

describe('a position without any stop', () => {
  test('is unprotected as the next bar sees it, gets one by that bar, and is protected with the one after', () => {
    const world = machine(withPosition(holding().state(), { stop: null, firstStop: null }), rules)
    world.bar(3)
    expect(world.state().books[0]?.position).toMatchObject({ unprotectedSince: T0 + 3 * MINUTE, stop: 9_800 })
    expect(world.events).toContainEqual(expect.objectContaining({ kind: 'stopEvent', type: 'STOP_RESOLVED', basis: 'initial', to: 9_800 }))
    world.bar(4)
    expect(told(world).map(({ since }) => since)).toEqual([T0 + 3 * MINUTE, null])
  })

  test('or without a price is unprotected', () => {
    const { books, ...state } = holding().state()
    const world = machine({ ...state, books: books.map((book) => ({ ...book, mark: null, markAt: null })) }, rules)
    timer(world, world.now() + 1)
    expect(told(world)).toMatchObject([{ reason: 'its price is unknown' }])
  })
})

describe('an exit', () => {
  const leaving = () => {
    const world = holding()
    const effect = world.bar(3, { low: 95, close: 96 }).effects[0]
    if (effect?.kind !== 'submit') throw new Error('no exit')
    return { world, order: effect.order, at: world.now() }
  }

  test('that is young is no gap, and one that fills never becomes one', () => {
    const { world, order } = leaving()
    world.bar(4)
    world.report(fill(order.clientOrderId, order.quantity, 9_500, 4))
    world.bar(5)
    expect(told(world)).toEqual([])
  })

  test('that does not fill leaves the position unprotected since there was news of it, and its breaker trips', () => {
    const { world, at } = leaving()
    world.bar(4)
    world.bar(5)
    expect(told(world)).toEqual([])
    world.bar(6)
    expect(told(world)).toEqual([{ since: at, reason: 'its exit order had no news' }])
    world.bar(7)
    expect(world.state().risk.breakers.unprotected?.state).toBe('closed')
    world.bar(8)
    expect(world.state().risk.breakers.unprotected).toMatchObject({ state: 'latched', value: rules.breakers.unprotected.seconds })
  })

  test('that is filled in parts, one with every bar, is no gap', () => {
    const { world, order } = leaving()
    for (let sequence = 4; sequence < 12; sequence += 1) {
      world.bar(sequence)
      world.report(fill(order.clientOrderId, 10, 9_500, sequence, { complete: false }))
    }
    expect(told(world)).toEqual([])
  })

  test('that the venue refuses leaves it unprotected from then on, also while the next one is under way', () => {
    const { world, order, at } = leaving()
    const { clientOrderId } = order
    world.report({ kind: 'rejected', venueSequence: 90_000, clientOrderId, reason: 'no', at: world.now(), barSequence: 3 })
    timer(world, at + 1)
    world.bar(4)
    expect(world.state().books[0]?.state).toBe('EXITING')
    expect(told(world)).toEqual([{ since: at, reason: 'its exit was ended by the venue: stop' }])
  })
})

test('what is told of protection is what the state says when the facts are folded', () => {
  const world = holding()
  const before = world.state()
  const { events } = timer(world, world.now() + 10 * MINUTE)
  expect(events.map(({ kind }) => kind)).toContain('protectionChanged')
  expect(events.reduce(apply, before)).toEqual(world.state())
})

test('a position is left by its stop although it counts as unprotected', () => {
  const world = machine(withPosition(holding().state(), { stop: 9_700 as Price, unprotectedSince: T0 }), rules)
  expect(world.bar(3, { low: 96, close: 96 }).effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit', reason: 'moved stop' } }])
})
