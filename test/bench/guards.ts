/** Figures of the guard chain alone, in one process: `node test/bench/guards.ts` under Node 24. No file, no clock but the one that measures. */

import { draftOf } from '../../engine/core/draft.ts'
import { guards } from '../../engine/core/guards/index.ts'
import { moneyFrom, scaleOf } from '../../engine/core/money.ts'
import { contextOf, judge } from '../../engine/core/on-signal.ts'
import { type Rules, rulesFrom } from '../../engine/core/rules.ts'
import { type Book, emptyState, type State } from '../../engine/core/state.ts'
import { Config } from '../../src/contracts/config.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import { seeded } from '../../src/random.ts'
import { fill, MINUTE, machine, signal, T0 } from '../helpers/engine-fixture.ts'
import { percentile, printFigures } from './table.ts'

const BATCHES = 50
const SIGNALS = 5_000
const WARM_UP = 10

const SYMBOLS = ['AAPL', 'AMD', 'INTC', 'KO', 'MSFT', 'PEP', 'TSLA', 'XOM']
const OPEN = 4
const WORKING = 3
/** Minutes until 16:00 UTC of a Wednesday, late in the morning in New York: more hours than are kept. */
const BARS = 64 * 60

const instruments: Instrument[] = SYMBOLS.map((symbol, id) => ({
  id,
  symbol,
  tick: '0.01',
  lot: '1',
  minNotional: '5',
  calendar: 'XNYS',
  sector: id % 4 === 0 ? 'technology' : `sector-${id}`,
}))

/** Every guard has something to look at: a list that is asked for, delays that are waited, times that are kept. */
const settings = Config.parse({
  risk: { positionsMax: 10, positionFractionMax: 0.05 },
  guards: {
    settleDelay: { minutes: 5 },
    universe: { allow: SYMBOLS, deny: ['GME'] },
    watchlist: { required: true },
    cooldown: { minutes: 10 },
    sectorExposure: { positions: 5 },
    timeframeAgreement: { limit: 0 },
    confidence: { limit: 0.5 },
  },
})

const own: Rules = { ...rulesFrom(settings, instruments, instruments.map(scaleOf)), costBps: 2, feeBps: 5 }

/** An account with positions, working orders, a past in every book, and a market in which an entry is let through by all. */
const busy = (): State => {
  const initial = emptyState({ ledgerId: 'led', mode: 'simulate', cash: moneyFrom('100000'), symbols: SYMBOLS })
  const world = machine(initial, own)
  world.started()
  const random = SYMBOLS.map((_, id) => seeded(id + 1))
  const closes = SYMBOLS.map(() => 100)
  let sequence = 0
  for (let minute = 1; minute <= BARS; minute += 1) {
    for (const [instrument, draw] of random.entries()) {
      sequence += 1
      const open = closes[instrument] as number
      const close = Math.round((open + (draw.next() - 0.5) * 0.06) * 100) / 100
      closes[instrument] = close
      const time = T0 + (minute - 1) * MINUTE
      world.give({
        kind: 'bar',
        bar: {
          sequence,
          instrument,
          timeframeMs: MINUTE,
          flags: 1,
          time,
          eventTime: time + MINUTE,
          ingestTime: time + MINUTE,
          open,
          high: Math.max(open, close) + 0.01,
          low: Math.min(open, close) - 0.01,
          close,
          volume: 1_000 + draw.next(),
          row: sequence,
        },
      })
    }
  }
  const now = world.now()
  world.give({
    kind: 'references',
    now,
    watchlist: { day: '2026-01-07', madeAt: now - MINUTE, symbols: SYMBOLS, rows: SYMBOLS.length },
    earnings: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, ['2025-10-28', '2026-01-27', '2026-04-28', '2026-07-28']])),
    problems: [],
  })
  for (let id = 0; id < OPEN + WORKING; id += 1) {
    const wish = wishFor(world.state(), id)
    const { effects } = world.give({ kind: 'signal', now: world.now(), signal: wish })
    const sent = effects.find((effect) => effect.kind === 'submit')
    if (sent?.kind !== 'submit')
      throw new Error(`no order for ${SYMBOLS[id]}: ${JSON.stringify(world.events.findLast((event) => event.kind === 'signalDecided'))}`)
    const book = world.state().books[id] as Book
    const { clientOrderId, quantity } = sent.order
    if (id < OPEN) world.report({ ...fill(clientOrderId, quantity, book.mark as number, 1), at: world.now(), barSequence: sequence })
  }
  return world.state()
}

const wishFor = (state: State, id: number): Signal => {
  const close = (state.books[id] as Book).stats[1] as number
  const symbol = SYMBOLS[id] as string
  return {
    ...signal(state.barSequence, 'long'),
    id: `${symbol}_${state.clock}_0000000${id}`,
    symbol,
    at: state.clock,
    price: close,
    stop: close * 0.98,
    target: close * 1.03,
  }
}

/** The same account an hour later for the market: what is kept of hours is new, and nothing computed of it is known yet. */
const nextHour = (state: State): State => ({ ...state, books: state.books.map((book) => ({ ...book, hours: book.hours.slice() })) })

const state = busy()
const drafts = Array.from({ length: SIGNALS }, () => draftOf(own, nextHour(state), state.clock))
const wishes = SYMBOLS.slice(OPEN + WORKING).map((_, index) => wishFor(state, OPEN + WORKING + index))
const [wish] = wishes
if (wish === undefined) throw new Error('no symbol is free')
const id = SYMBOLS.indexOf(wish.symbol)

const refused = judge(contextOf(draftOf(own, state, state.clock), wish, id)).filter(({ verdict }) => verdict !== 'pass')
if (refused.length > 0)
  throw new Error(`the bench measures an entry that ${refused.map(({ guard, reason }) => `${guard} stops (${reason})`).join(', ')}`)

/** Microseconds of a signal in one batch. The processor's time of this thread and not the wall's: on a busy machine it waits for others. */
const batch = (ask: (index: number) => unknown): number => {
  const began = process.threadCpuUsage()
  for (let index = 0; index < SIGNALS; index += 1) if (ask(index) === undefined) throw new Error('no answer')
  const { user, system } = process.threadCpuUsage(began)
  return (user + system) / SIGNALS
}

const measured = (ask: (index: number) => unknown): number => {
  for (let round = 0; round < WARM_UP; round += 1) batch(ask)
  return percentile(
    Array.from({ length: BATCHES }, () => batch(ask)),
    0.5,
  )
}

const context = contextOf(draftOf(own, state, state.clock), wish, id)
const chain = measured(() => judge(context))
const whole = measured((index) => judge(contextOf(drafts[index] as (typeof drafts)[number], wish, id)))
printFigures('The guards', [
  {
    what: `all ${guards.length} guards for one entry, ${OPEN} positions and ${WORKING} orders beside it`,
    value: `${chain.toFixed(2)} µs`,
    aim: '≤ 3 µs',
    met: chain <= 3,
  },
  { what: 'the same with its size and all else they look at', value: `${whole.toFixed(2)} µs`, aim: '', met: true },
])
