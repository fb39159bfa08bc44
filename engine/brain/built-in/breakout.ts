import { defineStrategy, highest, lowest, meanRange, squash, z } from '../strategy.ts'

/**
 * Donchian's breakout: a close above the highest high of the bars before it goes long, one below their lowest low goes short or
 * closes. Only the first such close of a run counts. Confidence is how far the close lies beyond the channel, in average
 * ranges, squashed to d / (1 + d), and half a certainty is the breakout itself: (1 + that) / 2.
 */
export const breakout = defineStrategy({
  id: 'breakout',
  params: z.strictObject({
    /** Bars of the channel, the current one not among them. */
    length: z.int().min(2).max(5_000).default(20),
    /** What a close below the channel asks for. */
    below: z.enum(['flat', 'short']).default('short'),
    /** Bars whose mean true range is the measure of the stop. */
    range: z.int().min(1).max(1_000).default(14),
    /** Distance of the stop in ranges. */
    stop: z.number().positive().max(100).default(2),
    /** Distance of the target in units of the stop's distance; none where it is null. */
    target: z.number().positive().max(100).nullable().default(3),
  }),
  timeframe: '4h',
  // The channel before the bar before, and that bar itself: whether this close is the first beyond its channel.
  warmup: ({ length, range }) => Math.max(length + 2, range + 1),
  create: ({ params }) => ({
    high: highest(params.length),
    low: lowest(params.length),
    range: meanRange(params.range),
    /** 1 above its channel, -1 below, 0 inside: where the bar before closed. */
    before: null as number | null,
  }),

  onBar(bar, { state, params, emit }) {
    const { value: top } = state.high
    const { value: bottom } = state.low
    state.high.push(bar.high)
    state.low.push(bar.low)
    const range = state.range.push(bar)
    if (top === null || bottom === null) return
    const side = bar.close > top ? 1 : bar.close < bottom ? -1 : 0
    const { before } = state
    state.before = side
    if (side === 0 || before === null || side === before || range === null || range === 0) return

    const beyond = side === 1 ? bar.close - top : bottom - bar.close
    const told = { confidence: (1 + squash(beyond / range)) / 2, values: { top, bottom, range } }
    if (side === -1 && params.below === 'flat') return emit({ side: 'flat', reason: `closed below the low of ${params.length} bars`, ...told })

    const risk = params.stop * range
    const stop = bar.close - side * risk
    if (stop <= 0) return // a stop at or below zero is none
    const wanted = params.target === null ? null : bar.close + side * params.target * risk
    const target = wanted !== null && wanted > 0 ? wanted : null
    const reason = `closed ${side === 1 ? 'above the high' : 'below the low'} of ${params.length} bars`
    emit({ side: side === 1 ? 'long' : 'short', stop, target, reason, ...told })
  },
})
