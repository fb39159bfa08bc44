import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BrokerAnswer, PaperBroker, Recorded } from '../../engine/brokers/broker.ts'
import { openPaperVenue } from '../../engine/brokers/paper.ts'
import { fillAt } from '../../engine/brokers/paper-fill.ts'
import type { Order } from '../../src/contracts/order.ts'
import type { Quantity } from '../../src/units.ts'
import { bar, machine, rules } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

const terms = { feeBps: 5, spreadBps: 2, slippageBps: 1, partialFillChance: 0, seed: 1 }

const order = (id = 'led-1', over: Partial<Order> = {}): Recorded<Order> => {
  const world = machine()
  world.started()
  world.bar(1)
  const effect = world.signal(1, 'long').effects[0]
  if (effect?.kind !== 'submit') throw new Error('no order')
  return { ...effect.order, clientOrderId: id, ...over } as Recorded<Order>
}

const venue = (path = join(tempFolder(), 'venue.sqlite'), own = terms): { venue: PaperBroker; answers: BrokerAnswer[]; path: string } => {
  const opened = openPaperVenue(path, rules.scales, own)
  const answers: BrokerAnswer[] = []
  opened.connect(0, (answer) => void answers.push(answer))
  return { venue: opened, answers, path }
}

const reports = (answers: readonly BrokerAnswer[]) => answers.flatMap((answer) => (answer.kind === 'report' ? [answer.report] : []))

test('an order meets the next bar, never the one it was decided on', () => {
  const { venue: paper, answers } = venue()
  paper.see(bar(1, { open: 100 }))
  paper.submit(order(), 1)
  paper.see(bar(1, { open: 100 }))
  expect(reports(answers).map((report) => report.kind)).toEqual(['acknowledged'])
  paper.see(bar(2, { open: 101 }))
  // 101 × (1 + 0.01 % half spread + 0.01 % slippage) = 101.0202, rounded up to the cent
  expect(reports(answers)[1]).toMatchObject({ kind: 'filled', price: 10_103, complete: true, barSequence: 2 })
  paper.close()
})

test('a bar of another instrument fills nothing', () => {
  const { venue: paper, answers } = venue()
  paper.submit(order(), 1)
  paper.see(bar(2, { instrument: 1 }))
  expect(reports(answers)).toHaveLength(1)
  paper.close()
})

test('the same id sent twice is one order', () => {
  const { venue: paper, answers } = venue()
  paper.submit(order(), 1)
  paper.submit(order(), 1)
  paper.see(bar(2))
  paper.see(bar(3))
  expect(reports(answers).filter((report) => report.kind === 'filled')).toHaveLength(1)
  paper.close()
})

test('after a kill it knows every order it took, and tells what was missed', () => {
  const { venue: paper, path } = venue()
  paper.submit(order(), 1)
  paper.see(bar(2))
  const again = openPaperVenue(path, rules.scales, terms) // the first one never closed
  const missed: BrokerAnswer[] = []
  again.connect(1, (answer) => void missed.push(answer))
  expect(reports(missed)).toMatchObject([{ kind: 'filled', venueSequence: 2 }])
  again.query('led-1')
  expect(reports(missed).map((report) => report.kind)).toEqual(['filled', 'acknowledged', 'filled'])
  again.query('led-999')
  expect(missed.at(-1)).toEqual({ kind: 'neverArrived', clientOrderId: 'led-999' })
  again.close()
  paper.close()
})

test('partial fills add up to the order, each under an execution id of its own', () => {
  const { venue: paper, answers } = venue(undefined, { ...terms, partialFillChance: 0.9 })
  const asked = order()
  paper.submit(asked, 1)
  let sequence = 2
  const fills = () => reports(answers).flatMap((report) => (report.kind === 'filled' ? [report] : []))
  while (!fills().some((fill) => fill.complete) && sequence < 1_000) paper.see(bar(sequence++))
  expect(fills().reduce((sum, fill) => sum + fill.quantity, 0)).toBe(asked.quantity)
  expect(new Set(fills().map((fill) => fill.executionId)).size).toBe(fills().length)
  expect(fills().length).toBeGreaterThan(1)
  paper.close()
})

test('a cancel leaves what was filled and says so; a cancel too late says nothing new', () => {
  const { venue: paper, answers } = venue()
  paper.submit(order('led-1'), 1)
  paper.cancel('led-1')
  paper.see(bar(2))
  expect(reports(answers).map((report) => report.kind)).toEqual(['acknowledged', 'cancelled'])
  paper.submit(order('led-2'), 2)
  paper.see(bar(3))
  paper.cancel('led-2')
  expect(
    reports(answers)
      .filter((report) => report.clientOrderId === 'led-2')
      .map((report) => report.kind),
  ).toEqual(['acknowledged', 'filled'])
  paper.close()
})

test('fills depend on seed, symbol and bar alone, so a market replayed fills the same way', () => {
  const scale = rules.scales[0]
  if (scale === undefined) throw new Error('fixture')
  const once = fillAt(
    { ...terms, partialFillChance: 0.5 },
    scale,
    { side: 'sell', symbol: 'BTCUSD', left: 1_000 as Quantity, ordinal: 0 },
    bar(7, { open: 99.999 }),
  )
  const again = fillAt(
    { ...terms, partialFillChance: 0.5 },
    scale,
    { side: 'sell', symbol: 'BTCUSD', left: 1_000 as Quantity, ordinal: 0 },
    bar(7, { open: 99.999 }),
  )
  expect(again).toEqual(once)
  expect(once.price).toBeLessThanOrEqual(9_998) // a seller gets less, rounded down
})

test('calls are counted, and taken once', () => {
  const { venue: paper } = venue()
  paper.submit(order(), 1)
  paper.query('led-1')
  paper.cancel('led-1')
  expect(paper.takeCalls()).toEqual({ ok: 3, failed: 0, reason: null })
  expect(paper.takeCalls()).toEqual({ ok: 0, failed: 0, reason: null })
  paper.close()
})

test('a call that fails is counted with its reason and does nothing; what never left is said to have never arrived', () => {
  const path = join(tempFolder(), 'venue.sqlite')
  let broken = true
  const answers: BrokerAnswer[] = []
  const paper = openPaperVenue(path, rules.scales, terms, () => (broken ? 'no line' : null))
  paper.connect(0, (answer) => void answers.push(answer))
  paper.submit(order(), 1)
  expect(answers).toEqual([{ kind: 'neverArrived', clientOrderId: 'led-1' }])
  expect(paper.statement()).toBeNull()
  expect(paper.takeCalls()).toEqual({ ok: 0, failed: 2, reason: 'statement: no line' })
  broken = false
  paper.submit(order(), 1)
  broken = true
  paper.cancel('led-1')
  paper.see(bar(2))
  expect(reports(answers).map(({ kind }) => kind)).toEqual(['acknowledged', 'filled'])
  paper.close()
})

test('its statement is what its own record adds up to, after a kill too', () => {
  const { venue: paper, path } = venue()
  expect(paper.statement()).toEqual({ venueSequence: 0, positions: [] })
  paper.submit(order('led-1', { quantity: 700 }), 1)
  paper.submit(order('led-2', { quantity: 200, side: 'sell' }), 1)
  paper.submit(order('led-3', { quantity: 5, symbol: 'ETHUSD', side: 'sell' }), 1)
  paper.see(bar(2))
  paper.see(bar(3, { instrument: 1 }))
  const stated = {
    venueSequence: 6,
    positions: [
      { symbol: 'BTCUSD', quantity: 500 },
      { symbol: 'ETHUSD', quantity: -5 },
    ],
  }
  expect(paper.statement()).toEqual(stated)
  expect(openPaperVenue(path, rules.scales, terms).statement()).toEqual(stated)
  paper.submit(order('led-4', { quantity: 5, symbol: 'ETHUSD', side: 'buy' }), 3)
  paper.see(bar(4, { instrument: 1 }))
  expect(paper.statement()?.positions).toEqual([{ symbol: 'BTCUSD', quantity: 500 }])
  paper.close()
})
