import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { Series } from '../store/state.ts'

/** Points that are kept of each price, and instruments whose prices are: together some megabytes. */
export const PRICE_POINTS_MAX = 2_048
export const PRICE_SYMBOLS_MAX = 32
/** Cycles whose duration is kept. */
export const LATENCY_POINTS_MAX = 4_096

type Point = Series[number]

/** With one point more. Where there are too many, pairs of the older half become one, so that the series reaches back ever further. */
export const grown = (series: Series, point: Point, max: number, keep: (a: Point, b: Point) => Point): Series => {
  if (series.length < max) return [...series, point]
  const half = max >> 1
  const thinned: Point[] = []
  for (let at = 0; at < half; at += 2) {
    const [a, b] = [series[at], series[at + 1]]
    if (a !== undefined) thinned.push(b === undefined || at + 1 >= half ? a : keep(a, b))
  }
  return [...thinned, ...series.slice(half), point]
}

/** So far back no clock of a feed goes by itself: it is another feed, and what was heard of the one before is no past of it. */
const BACK_MS = 86_400_000
/** Whether a point of this time belongs to another feed than the series does. */
export const isOfAnother = (series: Series, at: number): boolean => at < (series.at(-1)?.at ?? Number.NEGATIVE_INFINITY) - BACK_MS

const later = (_: Point, b: Point): Point => b
/** A peak is what a curve of durations is looked at for. */
const longer = (a: Point, b: Point): Point => (b.value >= a.value ? b : a)

export type Heard = { readonly priceSeries: Readonly<Record<string, Series>>; readonly latencySeries: Series }
export const NOTHING_HEARD: Heard = { priceSeries: {}, latencySeries: [] }

/** What charts are drawn from beside the snapshot itself, after one more snapshot; the same objects where it brought nothing new. */
export const heardNext = ({ priceSeries, latencySeries }: Heard, before: Snapshot | null, snapshot: Snapshot | null): Heard => ({
  priceSeries: snapshot === null || before?.feed === snapshot.feed ? priceSeries : withPrices(priceSeries, snapshot),
  latencySeries: snapshot === null ? latencySeries : withCycles(latencySeries, snapshot),
})

const withPrices = (before: Heard['priceSeries'], { feed }: Snapshot): Heard['priceSeries'] => {
  let series = before
  for (const { symbol, lastPrice, lastAt } of feed.instruments) {
    const known = lastAt !== null && isOfAnother(series[symbol] ?? [], lastAt) ? [] : series[symbol]
    const value = Number(lastPrice)
    if (lastPrice === null || lastAt === null || !Number.isFinite(value) || lastAt <= (known?.at(-1)?.at ?? Number.NEGATIVE_INFINITY)) continue
    if (known === undefined && Object.keys(series).length >= PRICE_SYMBOLS_MAX) continue
    series = { ...series, [symbol]: grown(known ?? [], { at: lastAt, value }, PRICE_POINTS_MAX, later) }
  }
  return series
}

const withCycles = (before: Series, { cycle, cycles }: Snapshot): Series => {
  let series = before
  const newest = before.at(-1)?.at ?? Number.NEGATIVE_INFINITY
  for (const { at, durationMs } of [...cycles.toReversed(), ...(cycle === null ? [] : [cycle])])
    if (at > newest && at > (series.at(-1)?.at ?? Number.NEGATIVE_INFINITY) && Number.isFinite(durationMs))
      series = grown(series, { at, value: durationMs }, LATENCY_POINTS_MAX, longer)
  return series
}
