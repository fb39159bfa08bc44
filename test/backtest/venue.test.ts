import { join } from 'node:path'
import { expect, test } from 'vitest'
import { memoryVenue } from '../../engine/backtest/venue.ts'
import type { BrokerAnswer, PaperBroker, Recorded } from '../../engine/brokers/broker.ts'
import { openPaperVenue } from '../../engine/brokers/paper.ts'
import type { Order } from '../../src/contracts/order.ts'
import { seeded } from '../../src/random.ts'
import { bar, machine, rules } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

const terms = { feeBps: 5, spreadBps: 2, slippageBps: 1, partialFillChance: 0.5, seed: 3 }

const template = (): Order => {
  const world = machine()
  world.started()
  world.bar(1)
  const effect = world.signal(1, 'long').effects[0]
  if (effect?.kind !== 'submit') throw new Error('no order')
  return effect.order
}

/** The same requests and bars, drawn from a seed; what the venue answered to them. */
const answersOf = (venue: PaperBroker, seed: number): BrokerAnswer[] => {
  const random = seeded(seed)
  const order = template()
  const answers: BrokerAnswer[] = []
  const pick = (): string => `led-${Math.floor(random.next() * 40)}` // often one it knows, often one it does not
  venue.connect(0, (answer) => void answers.push(answer))
  for (let sequence = 1; sequence <= 300; sequence += 1) {
    venue.see(bar(sequence, { open: 100 + 10 * random.next(), instrument: random.next() < 0.8 ? 0 : 1 }))
    const draw = random.next()
    const [id, side, quantity] = [pick(), random.next() < 0.5 ? 'buy' : 'sell', 1 + Math.floor(random.next() * 1_000_000)] as const
    if (draw < 0.4) {
      venue.submit({ ...order, clientOrderId: id, side, quantity } as Recorded<Order>, sequence)
      if (draw < 0.1) venue.cancel(id) // before any bar could fill it
    } else if (draw < 0.5) venue.cancel(id)
    else if (draw < 0.6) venue.query(id)
  }
  venue.connect(5, (answer) => void answers.push(answer)) // a listener that has heard the first five
  return answers
}

test.each([1, 2, 3])('the venue in memory answers as the one on disk (seed %i)', (seed) => {
  const onDisk = openPaperVenue(join(tempFolder(), 'venue.sqlite'), rules.scales, terms)
  const expected = answersOf(onDisk, seed)
  onDisk.close()
  expect(answersOf(memoryVenue(rules.scales, terms), seed)).toEqual(expected)
  const kinds = new Set(expected.map((answer) => (answer.kind === 'report' ? answer.report.kind : answer.kind)))
  expect([...kinds].sort()).toEqual(['acknowledged', 'cancelled', 'filled', 'neverArrived', 'sent'])
})
