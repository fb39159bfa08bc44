import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { memoryLedger } from '../../engine/backtest/memory-ledger.ts'
import { readBars } from '../../engine/backtest/read-bars.ts'
import { type BacktestPorts, runBacktest } from '../../engine/backtest/run.ts'
import { moneyFrom } from '../../engine/core/money.ts'
import { openLedger } from '../../engine/ledger/ledger.ts'
import { systemClock } from '../../src/clock.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { canonical, hashOf } from '../../src/hash.ts'
import { instruments } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'
import { killer, live, loaded, market, rules, terms, wishes, world } from '../orchestrator/world.ts'

const ports: BacktestPorts = {
  rules,
  instruments,
  strategies: loaded.strategies,
  paper: terms,
  cash: moneyFrom('100000'),
  mode: 'simulate',
  ledgerId: 'led',
  told: { configHash: 'hash', actor: 'test', reason: 'new', ended: 'test' },
}

const backtest = (bars: Iterable<Bar>, over: Partial<BacktestPorts> = {}) => {
  const ledger = memoryLedger()
  const result = runBacktest({ ...ports, ...over }, bars, ledger.take)
  return { ...result, ledger }
}

/** The same bars through the orchestrator's own loop: its ledger, its venue, its rings. */
const engine = async (bars: readonly Bar[]) => {
  const place = world(tempFolder(), bars, wishes(bars))
  await live(place, killer(Number.POSITIVE_INFINITY))
  const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
  try {
    const events: EngineEvent[] = []
    for (let page = ledger.events(0); page.length > 0; page = ledger.events(events.length)) events.push(...page)
    return { events, checkpoint: ledger.latestCheckpoint() }
  } finally {
    ledger.close()
  }
}

const texts = (events: readonly EngineEvent[]): string[] => events.map(canonical)

const expectSame = async (bars: readonly Bar[]) => {
  const { events, checkpoint } = await engine(bars)
  const { ledger, state } = backtest(bars)
  expect(texts(ledger.events())).toEqual(texts(events))
  expect(hashOf(state)).toBe(checkpoint?.hash)
  return { events, state }
}

describe('a backtest decides what the engine decides', () => {
  test.each([1, 2, 3])('on a random market (seed %i)', async (seed) => {
    const { events } = await expectSame(market(seed, 1_500))
    const fills = events.filter((event) => event.kind === 'orderFilled')
    expect(fills.length).toBeGreaterThan(20)
    expect(fills.some(({ order }) => order.filled < order.quantity)).toBe(true)
  })

  const file = join(process.env.AEGIS_SHARED ?? '', 'data', 'crypto', 'bitfinex_BTCUSD_1m_2017.csv.gz')
  const missing = process.env.AEGIS_SHARED === undefined || !existsSync(file)
  test.skipIf(missing)(
    `on 20,000 real minutes${missing ? ' (skipped: AEGIS_SHARED does not say where the market data is)' : ''}`,
    { timeout: 120_000 },
    async () => {
      const { bars } = await readBars({ file: { kind: 'replay', file, speed: 'max' }, instruments, clock: systemClock, barsMax: 20_000 })
      expect(bars).toHaveLength(20_000)
      const { events, state } = await expectSame(bars)
      expect(events.filter((event) => event.kind === 'orderFilled').length).toBeGreaterThan(100)
      expect(state.counts.fills).toBeGreaterThan(100)
    },
  )
})

test('money and lots add up over all fills', () => {
  const { state, ledger } = backtest(market(4, 2_000))
  const fills = ledger.ofKind('orderFilled')
  expect(fills.length).toBeGreaterThan(20)
  const signed = (of: (fill: (typeof fills)[number]) => number) =>
    fills.reduce((sum, fill) => sum + (fill.order.side === 'buy' ? of(fill) : -of(fill)), 0)
  const fees = fills.reduce((sum, { fee }) => sum + fee, 0)
  expect(state.cash).toBe(ports.cash - signed(({ notional }) => notional) - fees)
  expect(state.fees).toBe(fees)
  const held = state.books.reduce((sum, { position }) => sum + (position?.side === 'short' ? -position.quantity : (position?.quantity ?? 0)), 0)
  expect(signed(({ quantity }) => quantity)).toBe(held)
})

test('one bar object for all bars gives what an object for each gives', () => {
  const bars = market(5, 1_000)
  const reused = { ...(bars[0] as Bar) }
  const one = function* (): Generator<Bar> {
    for (const bar of bars) yield Object.assign(reused, bar)
  }
  expect(texts(backtest(one()).ledger.events())).toEqual(texts(backtest(bars).ledger.events()))
})

test('two runs know nothing of each other', () => {
  const bars = market(6, 1_000)
  const first = backtest(bars)
  backtest(market(7, 500))
  expect(texts(backtest(bars).ledger.events())).toEqual(texts(first.ledger.events()))
})

test('facts are counted, and come to the sink in the order of their sequence', () => {
  const seen: number[] = []
  const { bars, events, state } = runBacktest(ports, market(8, 500), ({ sequence }) => void seen.push(sequence))
  expect({ bars, events }).toEqual({ bars: 500, events: state.sequence })
  expect(seen).toEqual(Array.from({ length: events }, (_, index) => index + 1))
})

test('entries that still work as the data ends are cancelled, and the engine is stopped', () => {
  const bars = market(9, 600)
  const submitted = backtest(bars)
    .ledger.ofKind('orderIntended')
    .find(({ order }) => order.purpose === 'entry')
  expect(submitted).toBeDefined()
  const { state, ledger } = backtest(bars.slice(0, submitted?.barSequence))
  expect(ledger.ofKind('orderStateChanged').at(-1)).toMatchObject({ to: 'cancelled' })
  expect(state.orders).toEqual({})
  expect(state.engine.state).toBe('stopped')
})

test('no bars make no facts', () => {
  expect(backtest([])).toMatchObject({ bars: 0, events: 0 })
})

test('dry-run decides and sends nothing', () => {
  const { state, ledger } = backtest(market(4, 1_000), { mode: 'dry-run' })
  expect(ledger.ofKind('orderIntended').length).toBeGreaterThan(0)
  expect(state.counts).toMatchObject({ submitted: 0, fills: 0 })
})
