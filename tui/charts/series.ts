import { recordsText, tradesText } from '../present/empty.ts'
import { counted } from '../present/number.ts'
import { dayAndTime, dayOf, timeIn, timeOfDay, timeText } from '../present/time.ts'
import { type ClosedTrade, closedTrades, rounded } from '../records/closed-trades.ts'
import { savedByGuard } from '../records/saved.ts'
import { decidedAt, feedNow, isEngineAbsent, linkProblem } from '../store/select.ts'
import type { ConsoleState, Series } from '../store/state.ts'
import type { BarsChart, Chart, ChartOptions, LineChart, Mark, ShareChart } from './chart.ts'
import { before, durations, sampled } from './sampled.ts'

/** Guards that a chart of bars shows at most, those with most first. */
const BARS_MAX = 24

/** Every chart there is, in their order, of the window that was chosen; each is made when it is asked for, because few of many are looked at. */
export const chartMakers = (state: ConsoleState): readonly (() => Chart)[] => [
  () => equity(state),
  () => drawdown(state),
  () => booked(state),
  ...prices(state),
  () => latency(state),
  () => saved(state),
  () => blocks(state),
  () => outcomes(state),
]

export const charts = (state: ConsoleState): readonly Chart[] => chartMakers(state).map((make) => make())

/** From here on the same day may be that of two years. */
const MONTHS_MS = 25_920_000_000
const DAYS_MS = 129_600_000
const MINUTES_MS = 1_200_000

/** Now, for the times of a chart: cycles are of the wall's clock, and what an account and its markets were worth is of the feed's. */
export const chartNow = (state: Clocks, chart: Chart): number => (chart.kind === 'line' && chart.clock === 'wall' ? state.now : feedNow(state))

type Clocks = Pick<ConsoleState, 'clock' | 'now' | 'snapshot'>

/** How a moment is written below a chart that covers so many milliseconds: no finer than it can be read off. */
export const chartTime =
  (state: Clocks, chart: Chart): ChartOptions['time'] =>
  (at, spanMs) => {
    const { clock } = state
    const now = chartNow(state, chart)
    if (clock === 'relative') return timeText(at, clock, now)
    if (spanMs > MONTHS_MS) return dayOf(at, clock)
    if (spanMs > DAYS_MS) return dayAndTime(at, clock)
    // A single moment has no other one beside it that would tell the day.
    if (spanMs < MINUTES_MS && spanMs > 0) return timeIn(at, clock)
    const text = timeText(at, clock, now)
    return spanMs > 0 && text === timeIn(at, clock) ? text.slice(0, 5) : text
  }

/** What sums are of, where they are of the newest records only. */
const byNewest = (unit: string, { rows }: { readonly rows: readonly unknown[] }, what: string): string =>
  rows.length === 0 ? unit : `${unit}, by ${counted(rows.length, `newest ${what}`)}`

const currency = (state: ConsoleState): string => state.snapshot?.account.currency ?? ''

/** Why a chart of what the engine says has nothing to show. */
const unheard = (state: ConsoleState, nothing: string): string => {
  if (state.snapshot !== null) return `${nothing}, empty since ${timeOfDay(state.startedAt)} as seen from here`
  if (isEngineAbsent(state)) return 'source missing: no engine runs'
  return `${linkProblem(state) ?? 'waiting for the engine'}, since ${timeOfDay(state.startedAt)}`
}

/** What is no number is left out: a picture has no place for it. */
const inWindow = (points: Series, windowMs: number, end = points.at(-1)?.at ?? 0): Series =>
  points.filter(({ at, value }) => Number.isFinite(value) && Number.isFinite(at) && (windowMs === 0 || at >= end - windowMs))

/** What the engine sampled before this console heard anything, and then what it heard. */
const equityHistory = ({ records, equitySeries }: ConsoleState): Series => before(sampled(records.equity.rows).equity, equitySeries)

const equity = (state: ConsoleState): LineChart => {
  const known = equityHistory(state)
  const points = inWindow(known, state.chart.windowMs)
  return {
    kind: 'line',
    clock: 'feed',
    name: 'Equity',
    unit: currency(state),
    tone: 'key',
    base: null,
    points,
    earlier: known.length - points.length,
    marks: [],
    empty: unheard(state, 'no equity was told yet'),
  }
}

/** How far equity is below its best, in percent of it; a best that is not above zero has no percent. */
const drawdown = (state: ConsoleState): LineChart => {
  let best = Number.NEGATIVE_INFINITY
  const known = equityHistory(state)
  const points = inWindow(known, state.chart.windowMs).map(({ at, value }) => {
    best = Math.max(best, value)
    return { at, value: best > 0 ? ((value - best) / best) * 100 : Number.NaN }
  })
  return {
    kind: 'line',
    clock: 'feed',
    name: 'Drawdown',
    unit: '% of the best equity in the window',
    tone: 'loss',
    base: 0,
    points: points.filter(({ value }) => Number.isFinite(value)),
    earlier: known.length - points.length,
    marks: [],
    empty: unheard(state, 'no equity was told yet'),
  }
}

/** Oldest first. */
const closed = (state: ConsoleState): readonly ClosedTrade[] => closedTrades(state.records.trades.rows).toSorted((a, b) => a.at - b.at)

/** Booked results added up: a curve that also stands when no engine runs. */
const booked = (state: ConsoleState): LineChart => {
  let sum = 0
  const points = closed(state).map(({ at, net }) => {
    sum = rounded(sum + net)
    return { at, value: sum }
  })
  // The window ends now, and not with the last trade: that may have been weeks ago.
  const end = Math.max(
    (state.snapshot === null ? null : decidedAt(state.snapshot)) ?? Number.NEGATIVE_INFINITY,
    points.at(-1)?.at ?? Number.NEGATIVE_INFINITY,
  )
  const shown = inWindow(points, state.chart.windowMs, end)
  const earlier = points.length - shown.length
  return {
    kind: 'line',
    clock: 'feed',
    name: 'Booked profit',
    unit: byNewest(currency(state), state.records.trades, 'fill'),
    tone: 'gain',
    base: 0,
    points: shown,
    earlier,
    marks: [],
    empty: earlier > 0 ? `no trade was closed in the window, ${earlier} earlier: w widens it` : tradesText(state, 'no trade was closed yet'),
  }
}

/** One chart for each instrument, with what was done and refused at its prices. */
const prices = (state: ConsoleState): readonly (() => LineChart)[] => {
  const marks = marksOf(state)
  const symbols = [...new Set([...Object.keys(state.priceSeries), ...sampled(state.records.equity.rows).prices.keys(), ...marks.keys()])].sort()
  if (symbols.length === 0) return [() => priceChart(state, '', [])]
  return symbols.map((symbol) => () => priceChart(state, symbol, marks.get(symbol) ?? []))
}

const priceChart = (state: ConsoleState, symbol: string, marks: readonly Mark[]): LineChart => {
  const known = before(sampled(state.records.equity.rows).prices.get(symbol) ?? [], state.priceSeries[symbol] ?? [])
  const points = inWindow(known, state.chart.windowMs)
  const newest = Math.max(points.at(-1)?.at ?? Number.NEGATIVE_INFINITY, ...marks.map(({ at }) => at))
  const from = state.chart.windowMs === 0 ? Number.NEGATIVE_INFINITY : newest - state.chart.windowMs
  return {
    kind: 'line',
    clock: 'feed',
    name: symbol === '' ? 'Price' : `Price ${symbol}`,
    unit: '^ entry  v exit  x blocked',
    tone: 'text',
    base: null,
    points: points.filter(({ at }) => at >= from),
    earlier: known.length - points.length,
    marks: marks.filter(({ at }) => at >= from),
    empty: unheard(state, 'no price was told yet'),
  }
}

/** What happened at which price, by instrument, oldest first. */
const marksOf = ({ records }: ConsoleState): ReadonlyMap<string, readonly Mark[]> => {
  const found = new Map<string, Mark[]>()
  const add = (symbol: string, mark: Mark): void => {
    if (!Number.isFinite(mark.at) || !Number.isFinite(mark.value)) return
    const marks = found.get(symbol)
    if (marks === undefined) found.set(symbol, [mark])
    else marks.push(mark)
  }
  for (const { decision, signal_metadata: signal } of records.decisions.rows.toReversed())
    if (decision === 'BLOCKED') add(signal.symbol, { at: signal.at, value: signal.price, kind: 'blocked' })
  for (const { symbol, timestamp, price, net_profit_loss } of records.trades.rows.toReversed())
    add(symbol, { at: Date.parse(timestamp), value: Number(price), kind: net_profit_loss === null ? 'entry' : 'exit' })
  for (const marks of found.values()) marks.sort((a, b) => a.at - b.at)
  return found
}

const latencies = ({ records, latencySeries }: ConsoleState): Series => before(durations(records.cycles.rows), latencySeries)

const latency = (state: ConsoleState): LineChart => ({
  kind: 'line',
  name: 'Cycle latency',
  unit: 'ms',
  tone: 'warning',
  clock: 'wall',
  base: 0,
  points: inWindow(latencies(state), state.chart.windowMs),
  earlier: latencies(state).length - inWindow(latencies(state), state.chart.windowMs).length,
  marks: [],
  empty: unheard(state, 'no cycle was told yet'),
})

/** What the refused signals came to, by the guard that refused them first. */
const saved = (state: ConsoleState): BarsChart => {
  return {
    kind: 'bars',
    name: 'Guards: saved and cost',
    unit: byNewest(currency(state), state.records.shadows, 'outcome'),
    of: [
      { name: 'avoided loss', tone: 'gain' },
      { name: 'missed profit', tone: 'loss' },
    ],
    bars: [...savedByGuard(state.records.shadows)]
      .sort(([, a], [, b]) => b.avoided + b.missed - a.avoided - a.missed)
      .slice(0, BARS_MAX)
      .map(([label, { avoided, missed }]) => ({ label, values: [avoided, missed] })),
    empty: recordsText(state, state.records.shadows, 'no refused signal has come to its end'),
  }
}

const blocks = (state: ConsoleState): BarsChart => ({
  kind: 'bars',
  name: 'Blocks by guard',
  unit: 'signals',
  of: [{ name: 'blocked', tone: 'warning' }],
  bars: (state.snapshot?.guards ?? [])
    .filter(({ blocked }) => blocked > 0)
    .sort((a, b) => b.blocked - a.blocked)
    .slice(0, BARS_MAX)
    .map(({ guard, blocked }) => ({ label: guard, values: [blocked] })),
  empty: unheard(state, 'no guard has blocked anything'),
})

const outcomes = (state: ConsoleState): ShareChart => {
  const trades = closed(state)
  const withSign = (sign: number): number => trades.filter(({ net }) => Math.sign(net) === sign).length
  return {
    kind: 'share',
    name: 'Won and lost',
    unit: byNewest('trades', state.records.trades, 'fill'),
    parts: [
      { label: 'won', value: withSign(1), tone: 'gain' },
      { label: 'lost', value: withSign(-1), tone: 'loss' },
      { label: 'even', value: withSign(0), tone: 'muted' },
    ],
    empty: tradesText(state, 'no trade was closed yet'),
  }
}
