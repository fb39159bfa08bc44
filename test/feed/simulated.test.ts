import { describe, expect, test } from 'vitest'
import { FIELD, FIELDS } from '../../engine/feed/firewall.ts'
import { REAL_TIME_BARS_BEHIND } from '../../engine/feed/outlet.ts'
import { pacer } from '../../engine/feed/pacer.ts'
import { sampler } from '../../engine/feed/sampler.ts'
import { REGIMES, simulatedInstrument } from '../../engine/feed/simulated.ts'
import { fineWall } from '../../engine/feed/wall.ts'
import { BarFlag } from '../../src/contracts/market.ts'
import type { Millis } from '../../src/units.ts'
import { barsOn, type Disk, disk, fakeClock, instrument, rejectsOn, ringMemory, startFeed, takeFrom, WALL } from './fakes.ts'

const FIRST = WALL / 1_000
const BTC = instrument(1, 'BTCUSD')

/** `count` intervals of one instrument from a close on. */
const walk = (seed: number, count: number, { from = FIRST, close = Number.NaN, symbol = BTC } = {}) => {
  const market = simulatedInstrument(seed, symbol, 1_000)
  const values = new Float64Array(FIELDS)
  const bars: (readonly number[])[] = []
  let last = Number.isNaN(close) ? market.startPrice : close
  for (let number = from; number < from + count; number += 1) {
    if (!market.bar(number, last, values)) continue
    bars.push([...values])
    last = values[FIELD.close] as number
  }
  return { bars, last, market }
}

describe('the simulated market', () => {
  test('one seed is one market, another seed another', () => {
    expect(walk(1, 500).bars).toEqual(walk(1, 500).bars)
    expect(walk(2, 500).bars).not.toEqual(walk(1, 500).bars)
    expect(walk(1, 500, { symbol: instrument(2, 'ETHUSD') }).bars).not.toEqual(walk(1, 500).bars)
  })

  test('a bar depends on its number and the close before it alone, so a restart continues the very same market', () => {
    const whole = walk(7, 3_000)
    for (const cut of [1, 100, 511, 512, 513, 2_000]) {
      const before = walk(7, cut)
      const behind = walk(7, 3_000 - cut, { from: FIRST + cut, close: before.last })
      expect([...before.bars, ...behind.bars]).toEqual(whole.bars)
    }
  })

  test('prices stay on their ticks, inside their envelope and plausible over 50,000 bars', () => {
    for (const [symbol, tick] of [
      ['BTCUSD', '0.01'],
      ['XRPUSD', '0.0001'],
      ['ACME', '0.05'],
    ] as const) {
      const { bars, market } = walk(3, 50_000, { symbol: instrument(9, symbol, tick) })
      for (const [, open = 0, high = 0, low = 0, close = 0, volume = 0] of bars) {
        if (!(low > 0 && high >= Math.max(open, close) && low <= Math.min(open, close) && volume > 0))
          expect.fail(`${symbol} ${open} ${high} ${low} ${close} ${volume}`)
        const ticks = close / Number(tick)
        if (Math.abs(ticks - Math.round(ticks)) > 1e-6 * ticks) expect.fail(`${symbol} ${close} is on no tick`)
      }
      const last = bars.at(-1)?.[FIELD.close] ?? 0
      expect(last / market.startPrice).toBeGreaterThan(0.02)
      expect(last / market.startPrice).toBeLessThan(50)
    }
  })

  test('there are gaps, and every regime has its share and its unrest', () => {
    const count = 100_000
    const { bars, market } = walk(5, count)
    expect(count - bars.length).toBeGreaterThan(count / 1_000)
    expect(count - bars.length).toBeLessThan(count / 250)
    const squares = new Map<string, number[]>()
    for (const [time = 0, open = 1, , , close = 1] of bars) {
      const regime = market.regime(time / 1_000)
      const list = squares.get(regime) ?? []
      list.push(Math.log(close / open) ** 2)
      squares.set(regime, list)
    }
    for (const { name, volatility } of REGIMES) {
      const list = squares.get(name) ?? []
      expect(list.length).toBeGreaterThan(count / 50)
      const deviation = Math.sqrt(list.reduce((sum, square) => sum + square, 0) / list.length)
      expect(deviation / volatility).toBeGreaterThan(0.9)
      expect(deviation / volatility).toBeLessThan(1.1)
    }
  })
})

/** Runs the feed for so long on a clock that only its own sleeps move. */
const runFor = async (
  ms: number,
  world: { on?: Disk; from?: number; feed?: Record<string, unknown>; capacity?: number; reads?: boolean; held?: number } = {},
) => {
  const time = fakeClock(world.from ?? WALL)
  const brain = ringMemory(world.capacity ?? 1_024)
  const orchestrator = ringMemory(world.capacity ?? 1_024)
  const over = Promise.withResolvers<void>()
  let held = world.held ?? 0
  const onSleep = async (timeoutMs: number | undefined): Promise<void> => {
    if (world.reads !== false) {
      takeFrom(brain, 1_024)
      takeFrom(orchestrator, 1_024)
    }
    time.advance((timeoutMs ?? 0) + held)
    held = 0
    if (time.clock.monotonic() >= ms) over.resolve()
    await new Promise(setImmediate)
  }
  const on = world.on ?? disk()
  const run = await startFeed(
    { kind: 'simulated', symbols: ['BTCUSD', 'SOLUSD'], ...world.feed },
    { disk: on, brain, orchestrator, clock: time, onSleep },
  )
  await over.promise
  await run.handle.drain('asked')
  return { ...run, on, now: time.clock.now() }
}

describe('the simulated feed', () => {
  test('a bar of each instrument whenever an interval of the wall clock closes', async () => {
    const { on, lastView } = await runFor(20_000, { from: WALL + 300 })
    const bars = barsOn(on)
    expect(bars.length).toBeGreaterThan(36)
    expect(new Set(bars.map(({ time }) => time % 1_000))).toEqual(new Set([0]))
    expect(bars.every(({ eventTime, ingestTime }) => ingestTime >= eventTime && ingestTime < eventTime + 1_000)).toBe(true)
    expect(bars.every(({ flags }) => (flags & (BarFlag.closed | BarFlag.simulated)) === (BarFlag.closed | BarFlag.simulated))).toBe(true)
    expect(rejectsOn(on)).toEqual([])
    expect(lastView()).toMatchObject({ source: 'simulated seed 1', rejects: 0, overruns: 0 })
    expect(lastView().instruments.map(({ stale }) => stale)).toEqual([false, false])
  })

  test('after a restart the prices go on from the tape, and the hole is marked', async () => {
    const { on, now } = await runFor(10_000)
    const before = barsOn(on).filter(({ instrument: id }) => id === 1)
    await runFor(10_000, { on, from: now + 60_000 })
    const behind = barsOn(on).filter(({ instrument: id, sequence }) => id === 1 && sequence > (before.at(-1)?.sequence ?? 0))
    expect(behind[0]?.open).toBe(before.at(-1)?.close)
    expect((behind[0]?.flags ?? 0) & BarFlag.afterGap).toBe(BarFlag.afterGap)
    expect(barsOn(on).map(({ sequence }) => sequence)).toEqual(barsOn(on).map((_, index) => index + 1))
  })

  test('a restart inside an interval makes no bar twice', async () => {
    const { on, now } = await runFor(5_000)
    const count = barsOn(on).length
    await runFor(10, { on, from: now })
    expect(rejectsOn(on)).toEqual([])
    expect(barsOn(on).length).toBeLessThanOrEqual(count + 2)
  })

  test('a feed that was held up leaves the lost time out instead of making it up in a burst', async () => {
    const { on, lines } = await runFor(40_000, { held: 20_000 })
    expect(lines.filter(({ text }) => /held up/.test(text))).toHaveLength(1)
    const times = barsOn(on)
      .filter(({ instrument: id }) => id === 1)
      .map(({ time }) => time)
    const longest = Math.max(...times.slice(1).map((time, index) => time - (times[index] as number)))
    expect(longest).toBeGreaterThan(15_000)
  })

  test('a full ring refuses and counts; the bars are on the tape', async () => {
    const { on, brain, orchestrator, lastView } = await runFor(20_000, { capacity: 8, reads: false })
    const bars = barsOn(on).length
    expect(bars).toBeGreaterThan(30)
    expect([brain.overruns, orchestrator.overruns]).toEqual([bars - 8, bars - 8])
    expect(lastView().overruns).toBe(2 * (bars - 8))
  })

  test('of a long stretch that a ring lacks only the newest come late, so that live bars find room', async () => {
    const { on, now } = await runFor(100_000)
    const end = barsOn(on).length
    const { brain } = await runFor(3_000, { on, from: now })
    expect(brain.taken[0]).toBe(end - REAL_TIME_BARS_BEHIND + 1)
    expect(brain.taken.at(-1)).toBe(barsOn(on).length)
  })

  test('a symbol that nobody configured is refused with what to do', async () => {
    await expect(startFeed({ kind: 'simulated', symbols: ['DOGEUSD'] })).rejects.toMatchObject({
      code: 78,
      remedy: expect.stringContaining('DOGEUSD'),
    })
  })
})

describe('pacer', () => {
  test('data time divided by the speed', () => {
    const pace = pacer(10)
    expect(pace.wait(1_000_000, 50)).toBe(0)
    expect(pace.wait(1_010_000, 50)).toBe(1_000)
    expect(pace.wait(1_010_000, 850)).toBe(200)
    expect(pace.wait(1_010_000, 1_100)).toBe(0)
    expect(pace.wait(1_020_000, 1_100)).toBe(950) // a little late is made up
  })

  test('very late, the plan moves: what follows comes at its pace and in no burst', () => {
    const pace = pacer(1)
    pace.wait(0, 0)
    expect(pace.wait(1_000, 60_000)).toBe(0)
    expect(pace.slips()).toBe(1)
    expect(pace.wait(2_000, 60_000)).toBe(1_000)
  })
})

test('one sample an interval, with the number of those passed over', () => {
  const samples = sampler(60_000)
  expect([0, 1, 59_999, 60_000, 60_001, 200_000].map((at) => samples.take(at))).toEqual([0, null, null, 2, null, 1])
})

test('wall time with fractions stays inside the millisecond that the clock shows, also when the clock is set', () => {
  let fine = 0.25
  let offset = WALL
  const wall = fineWall({ now: () => Math.floor(offset + fine) as Millis, monotonic: () => fine })
  const all: number[] = []
  for (let step = 0; step < 200; step += 1) {
    if (step === 100) offset -= 3_600_000
    fine += 0.17
    const at = wall()
    expect(Math.floor(at)).toBe(Math.floor(offset + fine))
    all.push(at)
  }
  expect(all.slice(50, 100).some((at) => at % 1 !== 0)).toBe(true)
})
