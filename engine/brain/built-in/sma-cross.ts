import { defineStrategy, meanRange, sma, squash, z } from '../strategy.ts'

/**
 * Decimal prices are no exact doubles, so two averages that are equal on paper differ by about 1e-16 of the price in memory.
 * Anything nearer than this share of the slow average is a tie, and a tie changes nothing.
 */
const TIE = 1e-12

/**
 * Two simple moving averages: long when the fast one crosses above the slow one; when it crosses below, close or go short.
 * Confidence is how far the close lies beyond the slow average in the direction of the crossing, in average ranges, squashed
 * to d / (1 + d), and half a certainty is the crossing itself: (1 + that) / 2. One that the price has already left behind gets a half.
 */
export const smaCross = defineStrategy({
  id: 'sma-cross',
  params: z
    .strictObject({
      fast: z.int().min(1).max(5_000).default(20),
      slow: z.int().min(2).max(10_000).default(50),
      /** What a crossing below asks for. */
      below: z.enum(['flat', 'short']).default('flat'),
      /** Bars whose mean true range is the measure of the stop. */
      range: z.int().min(1).max(1_000).default(14),
      /** Distance of the stop in ranges. */
      stop: z.number().positive().max(100).default(3),
      /** Distance of the target in units of the stop's distance; none where it is null. */
      target: z.number().positive().max(100).nullable().default(null),
    })
    .refine(({ fast, slow }) => fast < slow, { path: ['fast'], message: 'fast is less than slow' }),
  timeframe: '1h',
  warmup: ({ slow, range }) => Math.max(slow, range) + 1,
  create: ({ params }) => ({ fast: sma(params.fast), slow: sma(params.slow), range: meanRange(params.range), above: null as boolean | null }),

  onBar(bar, { state, params, emit }) {
    const fast = state.fast.push(bar.close)
    const slow = state.slow.push(bar.close)
    const range = state.range.push(bar)
    if (fast === null || slow === null) return
    if (Math.abs(fast - slow) <= TIE * slow) return
    const above = fast > slow
    const before = state.above
    state.above = above
    if (before === null || before === above || range === null) return

    const values = { fast, slow, range }
    const distance = range === 0 ? 0 : (bar.close - slow) / range
    const risk = params.stop * range
    if (above) {
      // A stop at or below zero is none, and without a range there is nothing to measure it with.
      if (risk === 0 || bar.close <= risk) return
      const target = params.target === null ? null : bar.close + params.target * risk
      emit({
        side: 'long',
        stop: bar.close - risk,
        target,
        confidence: (1 + squash(distance)) / 2,
        reason: 'fast average crossed above the slow one',
        values,
      })
    } else {
      const told = { confidence: (1 + squash(-distance)) / 2, reason: 'fast average crossed below the slow one', values }
      if (params.below === 'flat') return emit({ side: 'flat', ...told })
      if (risk === 0) return
      const target = params.target === null ? null : bar.close - params.target * risk
      emit({ side: 'short', stop: bar.close + risk, target: target !== null && target > 0 ? target : null, ...told })
    }
  },
})
