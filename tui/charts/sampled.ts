import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EquityLine } from '../../src/contracts/stream.ts'
import type { Series } from '../store/state.ts'
import { PRICE_POINTS_MAX } from './heard.ts'

export type Sampled = { readonly equity: Series; readonly prices: ReadonlyMap<string, Series> }

/** Charts are drawn some times a second, and samples come once a minute. */
const cache = new WeakMap<readonly EquityLine[], Sampled>()

type Points = { at: number; value: number }[]

/** The engine's own samples as curves, oldest first; what was not known makes no point. */
export const sampled = (rows: readonly EquityLine[]): Sampled => {
  const known = cache.get(rows)
  if (known !== undefined) return known
  const equity: Points = []
  const prices = new Map<string, Points>()
  const lines = rows
    .map((line) => ({ at: Date.parse(line.ts_utc), line }))
    .filter(({ at }) => Number.isFinite(at))
    .sort((a, b) => a.at - b.at)
  // No picture is wider than that, and there may be many instruments; the newest price is among those that are kept.
  const every = Math.ceil(lines.length / PRICE_POINTS_MAX)
  lines.forEach(({ at, line }, index) => {
    if (line.equity !== null) equity.push({ at, value: Number(line.equity) })
    if ((lines.length - 1 - index) % every === 0) addPrices(prices, at, line)
  })
  const made = { equity, prices }
  cache.set(rows, made)
  return made
}

const addPrices = (curves: Map<string, Points>, at: number, { prices }: EquityLine): void => {
  for (const [symbol, price] of Object.entries(prices)) {
    const points = curves.get(symbol)
    if (points === undefined) curves.set(symbol, [{ at, value: Number(price) }])
    else points.push({ at, value: Number(price) })
  }
}

const durationCache = new WeakMap<readonly Cycle[], Series>()

/** How long each recorded cycle took, oldest first. */
export const durations = (cycles: readonly Cycle[]): Series => {
  const known = durationCache.get(cycles)
  if (known !== undefined) return known
  const made = cycles.map(({ at, durationMs }) => ({ at, value: durationMs })).sort((a, b) => a.at - b.at)
  durationCache.set(cycles, made)
  return made
}

/** What was sampled up to the first point that was heard, and from there on what was heard, which is finer. Both are in the order of their times. */
export const before = (samples: Series, heard: Series): Series => {
  const [first] = heard
  if (first === undefined || samples.length === 0) return samples.length === 0 ? heard : samples
  const older = samples.slice(0, indexFrom(samples, first.at))
  return older.length === 0 ? heard : [...older, ...heard]
}

/** Index of the first point that is not before this time. */
export const indexFrom = (points: Series, at: number): number => {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.at ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low
}
