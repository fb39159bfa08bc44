import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { breakout } from '../../engine/brain/built-in/breakout.ts'
import { smaCross } from '../../engine/brain/built-in/sma-cross.ts'
import { createBrain, type LoadedStrategy } from '../../engine/brain/machine.ts'
import { defineStrategy, type Strategy, sma, z } from '../../engine/brain/strategy.ts'
import type { BrainRecord } from '../../engine/supervisor/messages.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { Signal } from '../../src/contracts/signal.ts'
import { BTC, bar, ETH, loaded, MINUTE, MONDAY, signalsOf, stopsOf, walk } from './make.ts'

const NONE = z.strictObject({})
const quick = [
  loaded(smaCross, { fast: 3, slow: 8, range: 5, below: 'short' }, { timeframe: '5m', timeframeMs: 5 * MINUTE }),
  loaded(breakout, { length: 6, range: 4 }, { timeframe: '15m', timeframeMs: 15 * MINUTE }),
]

const brainOf = (strategies: readonly LoadedStrategy[], feedTimeframeMs = MINUTE) =>
  createBrain({ instruments: [BTC, ETH], strategies, feedTimeframeMs })

/** Everything that live bars make; the ones before `liveFrom` warm up. */
const recordsOf = (strategies: readonly LoadedStrategy[], bars: readonly Bar[], liveFrom = 1): BrainRecord[] => {
  const records: BrainRecord[] = []
  const brain = brainOf(strategies)
  for (const each of bars) brain.onBar(each, (record) => records.push(record), each.sequence >= liveFrom)
  return records
}

/** A strategy that does one thing on every bar of one minute. */
const doing = (onBar: Parameters<typeof defineStrategy<typeof NONE>>[0]['onBar'], id = 'doing'): Strategy =>
  defineStrategy({ id, params: NONE, timeframe: '1m', warmup: 0, onBar })

const long = { side: 'long', stop: null, confidence: 0.5, reason: 'test' } as const
const fine = doing((_, { emit }) => emit(long), 'fine')

describe('signals', () => {
  test('are whole, unique, on the right side of the price, and the same for the same bars', () => {
    const bars = walk({ seed: 5, bars: 20_000, instruments: 2, missing: 0.02 })
    const signals = signalsOf(recordsOf(quick, bars))
    expect(signals.length).toBeGreaterThan(100)
    for (const signal of signals) {
      expect(Signal.parse(signal)).toEqual(signal)
      const on = bars[signal.barSequence - 1]
      expect(signal).toMatchObject({ price: on?.close, at: on?.eventTime })
      expect(signal.id.startsWith(`${signal.symbol}_${on?.eventTime}_`)).toBe(true)
      if (signal.side !== 'flat' && signal.stop !== null) expect(signal.side === 'long').toBe(signal.stop < signal.price)
      expect(signal.confidence).toBeLessThan(1)
    }
    expect(new Set(signals.map(({ confidence }) => confidence)).size).toBeGreaterThan(signals.length / 2)
    expect(new Set(signals.map(({ id }) => id)).size).toBe(signals.length)
    expect(signalsOf(recordsOf(quick, bars))).toEqual(signals)
  })

  test('are the same after a restart in the middle, with the warm-up that the brain asks for', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 600, max: 2_900 }), (seed, cut) => {
        const bars = walk({ seed, bars: 3_000, instruments: 2, missing: 0.02 })
        const whole = signalsOf(recordsOf(quick, bars)).filter(({ barSequence }) => barSequence >= cut)
        // The whole need of the strategies, without the bars that are only read to refill what is kept.
        const needed = Math.max(...quick.map(({ warmup, timeframeMs }) => ((warmup + 2) * timeframeMs * 2) / MINUTE))
        expect(brainOf(quick).warmupBars()).toBeGreaterThanOrEqual(needed)
        const again = recordsOf(quick, bars.slice(Math.max(0, cut - 1 - needed)), cut)
        expect(signalsOf(again)).toEqual(whole)
      }),
      { numRuns: 50 },
    )
  })

  test('leave only live, and only once the strategy is warm', () => {
    const warm = defineStrategy({ id: 'warm', params: NONE, timeframe: '1m', warmup: 4, onBar: (_, { emit }) => emit(long) })
    const bars = walk({ seed: 1, bars: 8 })
    expect(signalsOf(recordsOf([loaded(warm)], bars)).map(({ barSequence }) => barSequence)).toEqual([4, 5, 6, 7, 8])
    expect(signalsOf(recordsOf([loaded(warm)], bars, 7)).map(({ barSequence }) => barSequence)).toEqual([7, 8])
  })

  test('of two settings of one strategy on one bar have different ids', () => {
    const one = defineStrategy({
      id: 'one',
      params: z.strictObject({ a: z.int().default(1) }),
      timeframe: '1m',
      warmup: 0,
      onBar: (_, { emit }) => emit(long),
    })
    const signals = signalsOf(recordsOf([loaded(one), loaded(one, { a: 2 })], walk({ seed: 1, bars: 1 })))
    expect(new Set(signals.map(({ id }) => id)).size).toBe(2)
  })

  test('of two bars that close on one base bar after a gap have different ids', () => {
    const two = loaded(fine, {}, { timeframe: '2m', timeframeMs: 2 * MINUTE })
    const signals = signalsOf(recordsOf([two], [bar({ sequence: 1, time: MONDAY }), bar({ sequence: 2, time: MONDAY + 3 * MINUTE })]))
    expect(signals.map(({ barSequence }) => barSequence)).toEqual([2, 2])
    expect(new Set(signals.map(({ id }) => id)).size).toBe(2)
  })

  test('whose stop the price passed in a gap are not made, and the view says so', () => {
    const stopped = doing((closed, { emit }) => emit({ ...long, stop: closed.close - 1 }))
    const records: BrainRecord[] = []
    const brain = brainOf([loaded(stopped, {}, { timeframe: '2m', timeframeMs: 2 * MINUTE })])
    for (const each of [bar({ sequence: 1, time: MONDAY, close: 100 }), bar({ sequence: 2, time: MONDAY + 2 * MINUTE, close: 98 })]) {
      brain.onBar(each, (record) => records.push(record), true)
    }
    expect(records).toEqual([])
    expect(brain.views()).toMatchObject([{ signals: 0, reason: expect.stringContaining('1 not made') }])
  })

  test('come only for the symbols of the setting and for instruments that are configured', () => {
    const bars = [0, 1, 7].map((id, index) => bar({ sequence: index + 1, instrument: id, time: MONDAY }))
    expect(signalsOf(recordsOf([loaded(fine)], bars)).map(({ symbol }) => symbol)).toEqual(['BTCUSD', 'ETHUSD'])
    expect(signalsOf(recordsOf([loaded(fine, {}, { symbols: ['ETHUSD'] })], bars)).map(({ symbol }) => symbol)).toEqual(['ETHUSD'])
  })
})

describe('state', () => {
  test('is made for each symbol apart', () => {
    const counts: string[] = []
    const counting = defineStrategy({
      id: 'counting',
      params: NONE,
      timeframe: '1m',
      warmup: 0,
      create: ({ symbol }) => ({ symbol, bars: 0 }),
      onBar: (_, { state, symbol }) => {
        state.bars += 1
        counts.push(`${state.symbol}=${symbol}:${state.bars}`)
      },
    })
    recordsOf(
      [loaded(counting)],
      [0, 1, 0].map((id, index) => bar({ sequence: index + 1, instrument: id, time: MONDAY + index * MINUTE })),
    )
    expect(counts).toEqual(['BTCUSD=BTCUSD:1', 'ETHUSD=ETHUSD:1', 'BTCUSD=BTCUSD:2'])
  })

  test('begins anew where the tape goes back in time or changes the length of its bars', () => {
    const counts: number[] = []
    const counting = doing((closed) => void counts.push(closed.count))
    const at = (sequence: number, minute: number, timeframeMs = MINUTE) => bar({ sequence, time: MONDAY + minute * MINUTE, timeframeMs })
    recordsOf([loaded(counting)], [at(1, 5), at(2, 6), at(3, 0), at(4, 1), at(5, 2, 30_000), at(6, 2.5, 30_000)])
    expect(counts).toEqual([1, 2, 1, 2, 1])
  })

  test('earlier bars can be looked back on', () => {
    const seen: unknown[] = []
    const looking = doing((_, { past }) => void seen.push([past(0)?.close, past(1)?.close, past(2)?.close]))
    recordsOf(
      [loaded(looking)],
      [7, 8, 9].map((close, index) => bar({ sequence: index + 1, time: MONDAY + index * MINUTE, close })),
    )
    expect(seen).toEqual([
      [undefined, undefined, undefined],
      [undefined, 7, undefined],
      [undefined, 8, 7],
    ])
  })

  test('is warming until every symbol seen has had its bars', () => {
    const warm = loaded(defineStrategy({ id: 'warm', params: NONE, timeframe: '1m', warmup: 2, onBar: () => undefined }))
    const brain = brainOf([warm])
    const states: string[] = []
    const at = (sequence: number, instrument: number) => bar({ sequence, instrument, time: MONDAY + sequence * MINUTE })
    for (const each of [at(1, 0), at(2, 0), at(3, 1), at(4, 1)]) {
      brain.onBar(each, () => undefined, true)
      states.push(`${brain.views()[0]?.state} ${brain.cold()}`)
    }
    expect(states).toEqual(['warming 1', 'ready 0', 'warming 1', 'ready 0'])
  })
})

describe('a strategy that goes wrong is stopped alone, with file and line', () => {
  const here = import.meta.filename
  const lineOf = (mark: string) =>
    readFileSync(here, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(`// ${mark}`)) + 1
  const hostile = {
    toString: () => {
      throw new Error('no text')
    },
  }

  test.each([
    {
      says: 'throws',
      mark: 'bad-throw',
      reason: 'boom',
      wrong: doing(() => {
        throw new Error('boom') // bad-throw
      }),
    },
    {
      says: 'emits twice',
      mark: 'bad-twice',
      reason: 'at most one',
      wrong: doing((_, { emit }) => {
        emit(long)
        emit(long) // bad-twice
      }),
    },
    {
      says: 'emits nonsense',
      mark: 'bad-wish',
      reason: 'confidence',
      wrong: doing((_, { emit }) => {
        emit({ ...long, confidence: 2 }) // bad-wish
      }),
    },
    {
      says: 'emits a value that is no number',
      mark: 'bad-value',
      reason: 'values.a',
      wrong: doing((_, { emit }) => {
        emit({ ...long, values: { a: Number.NaN } }) // bad-value
      }),
    },
    {
      says: 'puts the stop of a long above the price',
      mark: 'bad-stop',
      reason: 'wrong side',
      wrong: doing((closed, { emit }) => {
        emit({ ...long, stop: closed.close + 1 }) // bad-stop
      }),
    },
    {
      says: 'puts the target of a short above the price',
      mark: 'bad-target',
      reason: 'wrong side',
      wrong: doing((closed, { emit }) => {
        emit({ ...long, side: 'short', target: closed.close + 1 }) // bad-target
      }),
    },
    {
      says: 'feeds an indicator nonsense',
      mark: 'bad-sma',
      reason: 'finite',
      wrong: doing(() => {
        sma(3).push(Number.NaN) // bad-sma
      }),
    },
    {
      says: 'changes a bar that others see too',
      mark: 'bad-bar',
      reason: 'read only',
      wrong: doing((closed) => {
        Object.assign(closed, { close: 0 }) // bad-bar
      }),
    },
  ])('$says', ({ wrong, reason, mark }) => {
    const records = recordsOf([loaded(wrong), loaded(fine)], walk({ seed: 1, bars: 3 }))
    const stops = stopsOf(records)
    expect(stops).toMatchObject([{ id: 'doing', symbol: 'BTCUSD', barSequence: 1 }])
    expect(stops[0]?.reason).toContain(reason)
    expect(stops[0]?.reason).toContain(`(${here}:${lineOf(mark)})`)
    expect(signalsOf(records).map(({ strategy }) => strategy)).toEqual(['fine', 'fine', 'fine'])
  })

  test.each([
    {
      says: 'throws something that is no error',
      wrong: doing(() => {
        throw 'bare'
      }),
      reason: 'threw bare',
    },
    {
      says: 'throws something without a text',
      wrong: doing(() => {
        throw hostile
      }),
      reason: 'no text',
    },
    {
      says: 'throws escape sequences',
      wrong: doing(() => {
        throw new Error('\u001b[2J')
      }),
      reason: '\\x1b[2J',
    },
    {
      says: 'returns a promise, even one that fails',
      wrong: doing((async () => {
        throw new Error('late')
      }) as never),
      reason: 'promise',
    },
    {
      says: 'throws when it makes its state',
      wrong: defineStrategy({ id: 'doing', params: NONE, timeframe: '1m', warmup: 0, create: () => sma(0), onBar: () => undefined }),
      reason: 'length',
    },
    {
      says: 'wants half a base bar',
      wrong: defineStrategy({ id: 'doing', params: NONE, timeframe: '90s', warmup: 0, onBar: () => undefined }),
      reason: "not a multiple of the feed's 1m",
    },
  ])('$says', ({ wrong, reason }) => {
    const records = recordsOf([loaded(wrong), loaded(fine)], walk({ seed: 1, bars: 3 }))
    expect(stopsOf(records)).toMatchObject([{ id: 'doing', symbol: 'BTCUSD', barSequence: 1, reason: expect.stringContaining(reason) }])
    expect(signalsOf(records).length).toBe(3)
  })

  test('it stays stopped on every symbol, and its view says why', () => {
    let calls = 0
    const once = doing(() => {
      calls += 1
      throw new Error('boom')
    })
    const brain = brainOf([loaded(once)])
    for (const each of walk({ seed: 1, bars: 6, instruments: 2 })) brain.onBar(each, () => undefined, true)
    expect(calls).toBe(1)
    expect(brain.views()).toMatchObject([{ state: 'stopped', reason: expect.stringContaining('boom') }])
  })

  test('emit does nothing after the bar', () => {
    let kept: (() => void) | null = null
    const late = doing((_, { emit }) => {
      if (kept === null) kept = () => emit(long)
      else kept()
    })
    expect(signalsOf(recordsOf([loaded(late)], walk({ seed: 1, bars: 2 }))).length).toBe(1) // the context is one, so this is a signal of the second bar
    expect(() => kept?.()).toThrow(/only while onBar runs/)
  })
})

test('a flat signal has neither stop nor target', () => {
  const flat = doing((_, { emit }) => emit({ side: 'flat', confidence: 0.1, reason: 'enough' }))
  expect(signalsOf(recordsOf([loaded(flat)], walk({ seed: 1, bars: 1 })))).toMatchObject([{ side: 'flat', stop: null, target: null, values: {} }])
})

test('the bars to warm up on cover every strategy and leave room for the growing bar', () => {
  const own = (warmup: number, timeframe: string, timeframeMs: number) =>
    loaded(defineStrategy({ id: 'own', params: NONE, timeframe, warmup, onBar: () => undefined }), {}, { timeframe, timeframeMs })
  expect(createBrain({ instruments: [BTC], strategies: [own(50, '1h', 3_600_000)], feedTimeframeMs: MINUTE }).warmupBars()).toBe(502 * 60)
  expect(createBrain({ instruments: [BTC, ETH], strategies: [own(1_000, '1d', 86_400_000)], feedTimeframeMs: MINUTE }).warmupBars()).toBe(
    1_002 * 1_440 * 2,
  )
  expect(createBrain({ instruments: [BTC], strategies: [own(50, '1h', 3_600_000)], feedTimeframeMs: null }).warmupBars()).toBe(0)
  expect(createBrain({ instruments: [BTC], strategies: [], feedTimeframeMs: MINUTE }).warmupBars()).toBe(0)
})

describe.skipIf(process.env.AEGIS_SHARED === undefined)('on a year of BTCUSD (needs AEGIS_SHARED)', () => {
  const bars = (): Bar[] =>
    gunzipSync(readFileSync(join(process.env.AEGIS_SHARED ?? '', 'data', 'crypto', 'bitfinex_BTCUSD_1m_2018.csv.gz')))
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line, index) => {
        const [time = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = line.split(',').map(Number)
        return bar({ sequence: index + 1, time, open, high, low, close, volume })
      })

  test('the built-in strategies trade a few hundred times, and a restart anywhere changes nothing', () => {
    const year = bars()
    const strategies = [loaded(smaCross), loaded(breakout)]
    const signals = signalsOf(recordsOf(strategies, year))
    const entries = signals.filter(({ side }) => side !== 'flat')
    expect(entries.length).toBeGreaterThan(150)
    expect(entries.length).toBeLessThan(500)
    const needed = Math.max(...strategies.map(({ warmup, timeframeMs }) => ((warmup + 2) * timeframeMs) / MINUTE))
    for (const cut of [77_777, 250_001, 480_000]) {
      const again = recordsOf(strategies, year.slice(cut - 1 - needed), cut)
      expect(signalsOf(again)).toEqual(signals.filter(({ barSequence }) => barSequence >= cut))
    }
  })
})
