import { expect, test } from 'vitest'
import { blankPosition } from '../../engine/core/apply.ts'
import { moneyFrom } from '../../engine/core/money.ts'
import { emptyState, type State } from '../../engine/core/state.ts'
import { breakerViews, orderView, positionViews } from '../../engine/orchestrator/view.ts'
import { BreakerView } from '../../src/contracts/breaker.ts'
import type { Order } from '../../src/contracts/order.ts'
import { money, type Price, quantity } from '../../src/units.ts'
import { instruments, T0 } from '../helpers/engine-fixture.ts'
import { rules } from './world.ts'

const calm = emptyState({ ledgerId: 'led', mode: 'simulate', cash: moneyFrom('100000'), symbols: instruments.map(({ symbol }) => symbol) })
const wanting = (desired: State['engine']['desired'], since: number): State => ({
  ...calm,
  engine: { ...calm.engine, desired, since, reason: 'news' },
})
const haltOf = (state: State, now: number): BreakerView | undefined => breakerViews(rules, state, now).find(({ name }) => name === 'halt')

test('the latch of a halted engine says since when and why, and how often is not known', () => {
  expect(haltOf(wanting('halted', T0), T0 + 172_800_000)).toMatchObject({ state: 'latched', since: T0, reason: 'news', trips: null })
})

test('a latch that was let go of a moment ago does not say that it never was', () => {
  expect(haltOf(wanting('paused', T0), T0 + 1)).toMatchObject({ state: 'closed', trips: null })
})

test('what is counted is a number, and all of it is what a console takes', () => {
  const views = breakerViews(rules, calm, T0)
  expect(views.filter(({ trips }) => trips === null).map(({ name }) => name)).toEqual(['halt', 'safe'])
  for (const view of views) expect(BreakerView.safeParse(view).success).toBe(true)
})

test('a position tells where its stop stands and where it stood first', () => {
  const [book, ...others] = calm.books
  if (book === undefined) throw new Error('the fixture has an instrument')
  const price = (ticks: number) => ticks as Price
  const about = { side: 'long', stop: price(9_500), target: null, strategy: 'x', signalId: null, entryOrderId: 'l-1', openedAt: T0 } as const
  const opened = { ...blankPosition({ ...about, at: price(10_000) }), quantity: quantity(1), cost: money(1) }
  const state: State = { ...calm, books: [{ ...book, position: { ...opened, stop: price(10_050) } }, ...others] }
  const [shown] = positionViews(rules, state)
  expect([shown?.firstStop, shown?.stop].map(Number)).toEqual([95, 100.5])
})

test('the average of fills at two prices is told to the nearest tick', () => {
  const [instrument] = instruments
  if (instrument === undefined) throw new Error('the fixture has an instrument')
  const fills = [
    { price: 10_000, lots: 1 },
    { price: 10_001, lots: 2 },
  ]
  const order = {
    clientOrderId: 'l-1',
    signalId: null,
    symbol: instrument.symbol,
    side: 'buy',
    purpose: 'entry',
    reason: 'x',
    type: 'market',
    quantity: quantity(3),
    decisionPrice: 10_000 as Price,
    state: 'filled',
    filled: quantity(3),
    filledValue: String(fills.reduce((sum, { price, lots }) => sum + price * lots, 0)),
    fee: money(0),
    venueOrderId: null,
    intendedAt: T0,
    updatedAt: T0,
  } satisfies Order
  expect(Number(orderView(rules, order).averagePrice)).toBe(100.01)
})
