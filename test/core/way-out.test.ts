import { describe, expect, test } from 'vitest'
import type { Order } from '../../src/contracts/order.ts'
import { fill, fresh, type Machine, machine, plainExits, rules } from '../helpers/engine-fixture.ts'

type Effects = ReturnType<Machine['give']>['effects']

const sentIn = (effects: Effects): Order[] => effects.flatMap((effect) => (effect.kind === 'submit' ? [effect.order] : []))
const cancelledIn = (effects: Effects): string[] => effects.flatMap((effect) => (effect.kind === 'cancel' ? [effect.clientOrderId] : []))
const one = (orders: readonly Order[]): Order => {
  expect(orders).toHaveLength(1)
  return orders[0] as Order
}
const filled = (world: Machine, order: Order, price: number, quantity = order.quantity) =>
  world.report({ ...fill(order.clientOrderId, quantity, price, world.state().barSequence), at: world.now() })

describe('a signal to leave', () => {
  test('that comes while a part leaves is not lost: the rest follows the part', () => {
    const world = machine(fresh(), { ...rules, exits: { ...plainExits, partialFraction: 0.5 } })
    world.started()
    world.bar(1)
    filled(world, one(sentIn(world.signal(1, 'long', { target: null }).effects)), 10_000)
    const part = one(sentIn(world.bar(2, { high: 105, close: 104 }).effects))
    expect(part).toMatchObject({ reason: 'partial at R1' })
    expect(cancelledIn(world.signal(2, 'flat').effects)).toEqual([part.clientOrderId])
    const rest = one(sentIn(filled(world, part, 10_400).effects))
    expect(rest).toMatchObject({ purpose: 'exit', reason: 'signal' })
    filled(world, rest, 10_300)
    expect(world.state().books[0]).toMatchObject({ state: 'FLAT', position: null })
  })
})

describe.each([
  { first: 'long', second: 'short' },
  { first: 'short', second: 'long' },
] as const)('a signal for the $second side', ({ first, second }) => {
  test(`takes back a ${first} entry that nothing was bought of yet`, () => {
    const world = machine()
    world.started()
    world.bar(1)
    const entry = one(sentIn(world.signal(1, first).effects))
    world.bar(2)
    expect(cancelledIn(world.signal(2, second).effects)).toEqual([entry.clientOrderId])
    expect(world.state().books[0]).toMatchObject({ state: 'EXITING' })
  })

  test(`leaves again what a ${first} entry bought before it could be taken back`, () => {
    const world = machine()
    world.started()
    world.bar(1)
    const entry = one(sentIn(world.signal(1, first).effects))
    world.bar(2)
    world.signal(2, second)
    const out = one(sentIn(filled(world, entry, 10_000).effects))
    expect(out).toMatchObject({ purpose: 'exit', reason: 'opposite signal', quantity: entry.quantity, side: first === 'long' ? 'sell' : 'buy' })
  })
})

test('a signal for the same side leaves a working entry alone', () => {
  const world = machine()
  world.started()
  world.bar(1)
  world.signal(1, 'long')
  world.bar(2)
  expect(cancelledIn(world.signal(2, 'long').effects)).toEqual([])
  expect(world.state().books[0]).toMatchObject({ state: 'ENTERING' })
})
