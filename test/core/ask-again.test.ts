import { expect, test } from 'vitest'
import { apply } from '../../engine/core/apply.ts'
import { ASK_AGAIN_MS, ASK_AGAIN_MS_MAX } from '../../engine/core/ask-again.ts'
import { fill, type Machine, machine, openLong, rules } from '../helpers/engine-fixture.ts'

const timer = (world: Machine, now: number) => world.give({ kind: 'timer', now }).effects.filter(({ kind }) => kind === 'query' || kind === 'cancel')

const restarted = (world: Machine): number => {
  const { scales: _, ...own } = rules
  const at = world.now()
  world.give({ kind: 'started', now: at, mode: 'simulate', rules: own, configHash: 'hash' })
  return at
}

/** An entry that left, a new start, and a venue that does not answer. */
const silent = () => {
  const world = machine()
  world.started()
  world.bar(1)
  const effect = world.signal(1, 'long').effects[0]
  if (effect?.kind !== 'submit') throw new Error('no entry')
  return { world, order: effect.order, at: restarted(world) }
}

test('an order of unknown fate is asked about again while the engine runs, and half as often each time', () => {
  const { world, order, at } = silent()
  const query = [{ kind: 'query', clientOrderId: order.clientOrderId }]
  expect(timer(world, at + ASK_AGAIN_MS - 1)).toEqual([])
  expect(timer(world, at + ASK_AGAIN_MS)).toEqual(query)
  expect(timer(world, at + 3 * ASK_AGAIN_MS - 1)).toEqual([])
  expect(timer(world, at + 3 * ASK_AGAIN_MS)).toEqual(query)
  expect(timer(world, at + 7 * ASK_AGAIN_MS - 1)).toEqual([])
  expect(timer(world, at + 7 * ASK_AGAIN_MS)).toEqual(query)
})

test('however long the venue is silent, it is asked again within minutes', () => {
  const { world, at } = silent()
  const asked: number[] = []
  for (let now = at; now < at + 60 * 60_000; now += 1_000) if (timer(world, now).length > 0) asked.push(now)
  const waits = asked.slice(1).map((now, index) => now - (asked[index] as number))
  expect(Math.max(...waits)).toBe(ASK_AGAIN_MS_MAX)
  expect(asked.length).toBeLessThan(20)
})

test('once the venue has answered nothing is asked any more, and what it filled is held', () => {
  const { world, order, at } = silent()
  expect(timer(world, at + ASK_AGAIN_MS)).toHaveLength(1)
  world.report({ ...fill(order.clientOrderId, order.quantity, 10_000, 1), at: at + ASK_AGAIN_MS })
  expect(world.state().books[0]).toMatchObject({ state: 'OPEN', position: { quantity: order.quantity } })
  expect(timer(world, at + 100 * ASK_AGAIN_MS)).toEqual([])
})

test('an exit whose fate is unknown is asked about too, and goes once more when it never arrived', () => {
  const world = machine()
  openLong(world)
  const exit = world.bar(3, { low: 90, close: 94 }).effects[0]
  if (exit?.kind !== 'submit') throw new Error('no exit')
  const { clientOrderId } = exit.order
  const at = restarted(world)
  expect(timer(world, at + ASK_AGAIN_MS)).toEqual([{ kind: 'query', clientOrderId }])
  expect(world.give({ kind: 'neverArrived', now: at + ASK_AGAIN_MS, clientOrderId }).effects).toMatchObject([
    { kind: 'submit', order: { clientOrderId } },
  ])
})

test('how often it was asked is a fact, so a new start goes on with the same wait', () => {
  const { world, order, at } = silent()
  const before = world.state()
  const { events } = world.give({ kind: 'timer', now: at + ASK_AGAIN_MS })
  expect(events.map(({ kind }) => kind)).toContain('orderAsked')
  expect(events.reduce(apply, before).orders[order.clientOrderId]?.asked).toEqual({ tries: 1, at: at + ASK_AGAIN_MS })
})

test('a cancelling that failed is tried again until the venue says how the order ended', () => {
  const world = machine()
  world.started()
  world.bar(1)
  const effect = world.signal(1, 'long').effects[0]
  if (effect?.kind !== 'submit') throw new Error('no entry')
  const { clientOrderId, quantity } = effect.order
  const now = world.now()
  world.give({ kind: 'sent', now, clientOrderId })
  const cancel = [{ kind: 'cancel', clientOrderId }]
  expect(timer(world, now + ASK_AGAIN_MS)).toEqual([]) // it is wanted
  expect(world.give({ kind: 'desired', now, desired: 'halted', reason: 'enough', actor: 'test', commandId: null }).effects).toEqual(cancel) // and the call fails
  expect(timer(world, now + ASK_AGAIN_MS)).toEqual(cancel)
  expect(timer(world, now + 2 * ASK_AGAIN_MS)).toEqual([])
  expect(timer(world, now + 3 * ASK_AGAIN_MS)).toEqual(cancel)
  world.report({ ...fill(clientOrderId, quantity, 10_000, 1), at: now + 3 * ASK_AGAIN_MS })
  expect(timer(world, now + 100 * ASK_AGAIN_MS)).toEqual([])
})
