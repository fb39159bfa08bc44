import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { breakout } from '../../engine/brain/built-in/breakout.ts'
import { smaCross } from '../../engine/brain/built-in/sma-cross.ts'
import { createBrain } from '../../engine/brain/machine.ts'
import type { Strategy } from '../../engine/brain/strategy.ts'
import type { BrainRecord } from '../../engine/supervisor/messages.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { timeframeText } from '../../src/contracts/market.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import { BTC, bar, loaded, MINUTE, MONDAY, signalsOf } from './make.ts'

const shared = process.env.AEGIS_SHARED

const signalsOn = (bars: readonly Bar[], strategy: Strategy, params: Record<string, unknown>, timeframeMs = MINUTE): Signal[] => {
  const records: BrainRecord[] = []
  const strategies = [loaded(strategy, params, { timeframe: timeframeText(timeframeMs), timeframeMs })]
  const brain = createBrain({ instruments: [BTC], strategies, feedTimeframeMs: timeframeMs })
  for (const each of bars) brain.onBar(each, (record) => records.push(record), true)
  expect(brain.views()[0]?.reason).toBe('')
  return signalsOf(records)
}

/** One bar a minute with these closes, each with a span of 2 around its close. */
const closing = (closes: readonly number[]): Bar[] =>
  closes.map((close, index) => bar({ sequence: index + 1, time: MONDAY + index * MINUTE, open: close, high: close + 1, low: close - 1, close }))
const sides = (signals: readonly Signal[]) => signals.map(({ side, barSequence }) => `${side} ${barSequence}`)

describe('sma-cross', () => {
  const params = { fast: 1, slow: 3, range: 2, stop: 2, target: 1.5 }

  test('is long on a crossing above and flat on one below, with stop and target in ranges', () => {
    const signals = signalsOn(closing([10, 9, 8, 7, 12, 13, 9, 8]), smaCross, params)
    expect(sides(signals)).toEqual(['long 5', 'flat 7'])
    // True ranges of the fourth and fifth bar: 2, and 6 from the close of 7 to the high of 13.
    expect(signals[0]).toMatchObject({
      price: 12,
      stop: 12 - 2 * 4,
      target: 12 + 1.5 * 2 * 4,
      values: { fast: 12, slow: 9, range: 4 },
      confidence: (1 + 3 / 4 / (1 + 3 / 4)) / 2,
    })
    expect(signals[1]).toMatchObject({ stop: null, target: null })
  })

  test('is short below where that is wanted, and drops a target that would be below zero', () => {
    const signals = signalsOn(closing([10, 11, 12, 13, 8]), smaCross, { ...params, below: 'short', target: 20 })
    expect(signals).toMatchObject([{ side: 'short', price: 8, stop: 8 + 2 * 4, target: null }])
  })

  test('a tie in between is no crossing', () => {
    expect(sides(signalsOn(closing([10, 9, 8, 12, 12, 12, 12, 13, 14]), smaCross, params))).toEqual(['long 4'])
  })

  test('goes nowhere without a range to measure the stop with', () => {
    const still = [10, 10, 10, 10, 10, 10].map((close, index) => bar({ sequence: index + 1, time: MONDAY + index * MINUTE, close }))
    expect(signalsOn(still, smaCross, params)).toEqual([])
  })

  test('takes no long whose stop would be below zero', () => {
    expect(sides(signalsOn(closing([10, 9, 8, 7, 12, 13, 9, 8]), smaCross, { ...params, stop: 3 }))).toEqual(['flat 7'])
  })
})

describe('breakout', () => {
  const params = { length: 3, range: 2, stop: 1, target: 2 }

  test('takes the first close beyond the channel of the bars before, either way', () => {
    const signals = signalsOn(closing([100, 100, 100, 100, 103, 105, 104, 95, 90, 96]), breakout, params)
    expect(sides(signals)).toEqual(['long 5', 'short 8'])
    // The channel's top is 101; true ranges 2 and 4 from the close of 100 to the high of 104.
    expect(signals[0]).toMatchObject({
      price: 103,
      stop: 100,
      target: 109,
      values: { top: 101, bottom: 99, range: 3 },
      confidence: (1 + 2 / 3 / (1 + 2 / 3)) / 2,
    })
  })

  test('only closes where that is wanted', () => {
    expect(signalsOn(closing([100, 100, 100, 100, 100, 95]), breakout, { ...params, below: 'flat' })).toMatchObject([{ side: 'flat', stop: null }])
  })
})

type Case = {
  readonly file: string
  readonly bars: number
  readonly fast: number
  readonly slow: number
  readonly closedTrades: number
  readonly tradesSha256: string
}

describe.skipIf(shared === undefined)('sma-cross in exact decimal arithmetic (needs AEGIS_SHARED)', () => {
  /** The rows of a file, each an hour or a minute after the other, since the rule knows rows and no gaps. */
  const rowsOf = (file: string, count: number): Bar[] => {
    const packed = readFileSync(join(shared ?? '', 'golden', file))
    const lines = (file.endsWith('.gz') ? gunzipSync(packed) : packed).toString().trim().split('\n')
    return lines.slice(1, count + 1).map((line, index) => {
      const [, open = 0, high = 0, low = 0, close = 0, volume = 0] = line.split(',').map(Number)
      return bar({ sequence: index + 1, time: MONDAY + index * MINUTE, open, high, low, close, volume })
    })
  }

  const tradesOf = ({ file, bars, fast, slow }: Case): string[] => {
    const rows = rowsOf(file, bars)
    const trades: string[] = []
    let entry: number | null = null
    for (const { side, barSequence } of signalsOn(rows, smaCross, { fast, slow, range: 14, stop: 0.001 })) {
      // A signal on row i (from 0) is filled on row i + 1, which is its sequence.
      if (barSequence === rows.length) continue
      if (side === 'long') {
        entry ??= barSequence
        continue
      }
      // The exact rule also buys where the first averages of all stand above; that is no crossing, so our first signal is its end.
      if (trades.length === 0) entry ??= slow
      if (entry !== null) {
        trades.push(`${entry},${barSequence}\n`)
        entry = null
      }
    }
    return trades
  }

  test('a million rows give every trade at its row', () => {
    const { cases } = JSON.parse(readFileSync(join(shared ?? '', 'golden', 'sma_cross_exact.json'), 'utf8')) as { readonly cases: Case[] }
    expect(cases.length).toBe(4)
    for (const each of cases) {
      const trades = tradesOf(each)
      expect(trades.length, each.file).toBe(each.closedTrades)
      expect(createHash('sha256').update(trades.join('')).digest('hex'), each.file).toBe(each.tradesSha256)
    }
  })
})
