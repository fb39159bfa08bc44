import { assert } from '../../src/assert.ts'
import type { Bar, Candle } from '../../src/contracts/market.ts'

/** Closed bars that are kept for a look back. */
export const KEPT_BARS = 500

/** A bar of a strategy's own timeframe, closed for good. */
export type ClosedBar = Candle & {
  /** How many bars of this timeframe have closed since the brain began to read, this one included. */
  readonly count: number
  /** Base bars that its interval should have had and did not. */
  readonly missing: number
  /** Whole intervals between the bar before and this one for which nothing came at all. */
  readonly skipped: number
}

export type Aggregator = {
  /** Takes the next base bar; at most two bars close on it: one that a gap left open, and its own. */
  readonly push: (bar: Bar) => void
  /** The bar that is still growing, apart from the closed ones; null between intervals. */
  readonly forming: () => Candle | null
  /** The closed bar so many before the newest (0 is the newest); null where it is not kept. */
  readonly closed: (ago: number) => ClosedBar | null
}

/**
 * Closed base bars in, closed bars of a longer timeframe out, on the UTC grid. A bar closes at once on the last base bar of its
 * interval; where that one is missing, it closes when a later interval starts. The first interval counts only if it was seen
 * from its beginning, since half a bar looks like a whole one to a strategy.
 */
export const aggregate = (baseMs: number, timeframeMs: number, onClose: (bar: ClosedBar) => void): Aggregator => {
  assert(timeframeMs >= baseMs && timeframeMs % baseMs === 0, 'a timeframe is a multiple of its base bars')
  const perBar = timeframeMs / baseMs
  // One object for every interval: a base bar that closes nothing allocates nothing. NaN makes every field a double from the start.
  const now = { start: Number.NaN, end: Number.NaN, open: Number.NaN, high: Number.NaN, low: Number.NaN, close: Number.NaN, volume: Number.NaN }
  const kept: ClosedBar[] = []
  let seen = 0 // base bars in the growing bar; 0 between intervals
  let from = Number.NaN // start of the first interval that can be whole
  let count = 0
  let lastStart = Number.NaN

  const close = (): void => {
    const skipped = count === 0 ? 0 : (now.start - lastStart) / timeframeMs - 1
    count += 1
    const { start: time, open, high, low, close: last, volume } = now
    // Frozen, because every strategy on this timeframe gets the same one.
    const bar: ClosedBar = Object.freeze({ time, open, high, low, close: last, volume, count, missing: perBar - seen, skipped })
    kept[(count - 1) % KEPT_BARS] = bar
    lastStart = time
    seen = 0
    onClose(bar)
  }

  const start = (bar: Bar): void => {
    now.start = Math.floor(bar.time / timeframeMs) * timeframeMs
    now.end = now.start + timeframeMs
    now.open = bar.open
    now.high = bar.high
    now.low = bar.low
    now.volume = 0
  }

  return {
    push: (bar) => {
      if (!(bar.time >= from)) {
        if (!Number.isNaN(from)) return
        from = Math.ceil(bar.time / timeframeMs) * timeframeMs
        if (bar.time < from) return
      }
      if (seen > 0 && bar.time >= now.end) close()
      if (seen === 0) start(bar)
      else {
        if (bar.high > now.high) now.high = bar.high
        if (bar.low < now.low) now.low = bar.low
      }
      now.close = bar.close
      now.volume += bar.volume
      seen += 1
      if (bar.time + baseMs >= now.end) close()
    },
    forming: () => {
      const { start: time, open, high, low, close: last, volume } = now
      return seen === 0 ? null : { time, open, high, low, close: last, volume }
    },
    closed: (ago) => (Number.isInteger(ago) && ago >= 0 && ago < Math.min(count, KEPT_BARS) ? (kept[(count - 1 - ago) % KEPT_BARS] ?? null) : null),
  }
}
