import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { atr } from '../../engine/brain/indicators/atr.ts'
import { ema } from '../../engine/brain/indicators/ema.ts'
import { highest } from '../../engine/brain/indicators/highest.ts'
import { LENGTH_MAX } from '../../engine/brain/indicators/indicator.ts'
import { lowest } from '../../engine/brain/indicators/lowest.ts'
import { meanRange } from '../../engine/brain/indicators/mean-range.ts'
import { sma } from '../../engine/brain/indicators/sma.ts'
import { wilder } from '../../engine/brain/indicators/wilder.ts'
import { seeded } from '../../src/random.ts'

const shared = process.env.AEGIS_SHARED
type Quote = { readonly high: number; readonly low: number; readonly close: number }
type Golden = {
  readonly functions: Record<string, { readonly params: { readonly timePeriod: number }; readonly outputs: { readonly output: (number | null)[] } }>
}

describe.skipIf(shared === undefined)('against TA-Lib (needs AEGIS_SHARED)', () => {
  const golden = (name: string) => join(shared ?? '', 'golden', name)
  const quotes = (): Quote[] =>
    readFileSync(golden('input_skender_default.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => {
        const [, , high, low, close] = line.split(',').map(Number)
        return { high: high ?? Number.NaN, low: low ?? Number.NaN, close: close ?? Number.NaN }
      })
  const expected = (name: string) => {
    const series = (JSON.parse(readFileSync(golden('talib_series.json'), 'utf8')) as Golden).functions[name]
    if (series === undefined) throw new Error(`no golden series ${name}`)
    return { length: series.params.timePeriod, output: series.outputs.output }
  }

  test.each([
    {
      name: 'SMA',
      make: (length: number) => {
        const it = sma(length)
        return (quote: Quote) => it.push(quote.close)
      },
    },
    {
      name: 'EMA',
      make: (length: number) => {
        const it = ema(length)
        return (quote: Quote) => it.push(quote.close)
      },
    },
    {
      name: 'MAX',
      make: (length: number) => {
        const it = highest(length)
        return (quote: Quote) => it.push(quote.close)
      },
    },
    {
      name: 'MIN',
      make: (length: number) => {
        const it = lowest(length)
        return (quote: Quote) => it.push(quote.close)
      },
    },
    {
      name: 'ATR',
      make: (length: number) => {
        const it = atr(length)
        return (quote: Quote) => it.push(quote)
      },
    },
    {
      name: 'MIDPRICE',
      make: (length: number) => {
        const [top, bottom] = [highest(length), lowest(length)]
        return (quote: Quote) => {
          const [high, low] = [top.push(quote.high), bottom.push(quote.low)]
          return high === null || low === null ? null : (high + low) / 2
        }
      },
    },
  ])('$name agrees to 1e-9, from its first value on', ({ name, make }) => {
    const { length, output } = expected(name)
    const push = make(length)
    const ours = quotes().map(push)
    expect(ours.length).toBe(output.length)
    expect(ours.filter((value) => value !== null).length).toBeGreaterThan(400)
    for (const [index, value] of ours.entries()) {
      const theirs = output[index] ?? null
      if (theirs === null || value === null) expect([index, value]).toEqual([index, theirs])
      else expect(Math.abs(value - theirs)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(theirs)))
    }
  })
})

test('wilder is seeded with a mean and then moves by one length-th of the difference', () => {
  const it = wilder(4)
  expect([2, 4, 6, 8, 9, 1].map(it.push)).toEqual([null, null, null, 5, 6, 4.75])
})

test('meanRange is the mean of the last true ranges, gaps included', () => {
  const it = meanRange(2)
  const candles = [
    { high: 10, low: 9, close: 9 },
    { high: 12, low: 11, close: 12 }, // gap up: 12 − 9
    { high: 12, low: 10, close: 10 }, // 2
    { high: 7, low: 6, close: 6 }, // gap down: 10 − 6
  ]
  expect(candles.map(it.push)).toEqual([null, null, 2.5, 3])
})

test('an average over 500,000 prices has not drifted from the direct sum', () => {
  const random = seeded(7)
  const length = 200
  const it = sma(length)
  const values: number[] = []
  for (let index = 0; index < 500_000; index += 1) {
    // From cents to hundreds of millions, which makes a plain running sum lose its low digits.
    const value = index % 10_000 < 300 ? random.next() * 3e8 : random.next() * 100
    values.push(value)
    it.push(value)
    if (index % 997 !== 0 || index < length) continue
    const window = values.slice(-length)
    const direct = window.sort((a, b) => a - b).reduce((sum, each) => sum + each, 0) / length
    expect(Math.abs((it.value ?? Number.NaN) - direct)).toBeLessThanOrEqual(1e-9 * direct)
  }
})

test('sma, highest, lowest and meanRange depend on their last values only, to the last bit', () => {
  const price = fc.integer({ min: 1, max: 10_000_000 }).map((cents) => cents / 100)
  fc.assert(
    fc.property(
      fc.array(price, { maxLength: 60 }),
      fc.array(price, { minLength: 9, maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      (past, recent, length) => {
        for (const make of [sma, highest, lowest]) {
          const [old, young] = [make(length), make(length)]
          past.forEach(old.push)
          expect(recent.map(old.push).at(-1)).toBe(recent.map(young.push).at(-1))
        }
        const candle = (close: number) => ({ high: close * 1.01, low: close * 0.99, close })
        const [old, young] = [meanRange(length), meanRange(length)]
        past.map(candle).forEach(old.push)
        expect(recent.map(candle).map(old.push).at(-1)).toBe(recent.map(candle).map(young.push).at(-1))
      },
    ),
  )
})

test('highest and lowest agree with looking at every value', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 200 }), fc.integer({ min: 1, max: 12 }), (values, length) => {
      const [top, bottom] = [highest(length), lowest(length)]
      for (const [index, value] of values.entries()) {
        const window = values.slice(Math.max(0, index + 1 - length), index + 1)
        const warm = window.length === length
        expect(top.push(value)).toEqual(warm ? Math.max(...window) : null)
        expect((bottom.push(value) ?? 0) + 0).toEqual(warm ? Math.min(...window) : 0)
      }
    }),
  )
})

test.each([sma, ema, wilder, atr, meanRange, highest, lowest])('%o refuses a length that is none, and a value that is not finite', (make) => {
  for (const length of [0, -1, 1.5, Number.NaN, LENGTH_MAX + 1]) expect(() => make(length)).toThrow(RangeError)
  const it = make(3) as { push: (value: never) => unknown }
  const broken = make === atr || make === meanRange ? { high: 1, low: 1, close: Number.NaN } : Number.NaN
  expect(() => it.push(broken as never)).toThrow(RangeError)
})
