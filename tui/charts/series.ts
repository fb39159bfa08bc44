import type { TradeLine } from '../../src/contracts/stream.ts'
import type { ConsoleState, Series } from '../store/state.ts'

/** What a chart is made of. Every chart has the same figures as a table. */
export type Chart =
  | {
      readonly kind: 'line'
      readonly name: string
      readonly unit: string
      readonly series: readonly { readonly name: string; readonly points: Series }[]
    }
  | {
      readonly kind: 'bars'
      readonly name: string
      readonly unit: string
      readonly bars: readonly { readonly label: string; readonly value: number }[]
    }
  | { readonly kind: 'share'; readonly name: string; readonly parts: readonly { readonly label: string; readonly value: number }[] }

/** Trades that booked something, oldest first. */
const closed = (state: ConsoleState): readonly TradeLine[] =>
  state.records.trades.rows.filter(({ net_profit_loss }) => net_profit_loss !== null).toReversed()

const within = (points: Series, windowMs: number): Series => {
  const last = points.at(-1)
  return last === undefined || windowMs === 0 ? points : points.filter(({ at }) => at >= last.at - windowMs)
}

/** Booked results added up: a curve that also stands when no engine runs. */
const booked = (state: ConsoleState): Series => {
  let sum = 0
  return closed(state).map((trade) => {
    sum += Number(trade.net_profit_loss)
    return { at: Date.parse(trade.timestamp), value: sum }
  })
}

/** How far below its best the curve is, as a share of it; in money where the best is not above zero. */
const drawdown = (points: Series): Series => {
  let best = Number.NEGATIVE_INFINITY
  return points.map(({ at, value }) => {
    best = Math.max(best, value)
    return { at, value: best > 0 ? (value - best) / best : value - best }
  })
}

/** Every chart there is, in their order, of the window that was chosen. */
export const charts = (state: ConsoleState): readonly Chart[] => {
  const { windowMs } = state.chart
  const equity = within(state.equitySeries, windowMs)
  const profit = within(booked(state), windowMs)
  const trades = closed(state)
  const won = trades.filter(({ outcome }) => outcome === 'win').length
  const lost = trades.filter(({ outcome }) => outcome === 'loss').length
  const guards = state.snapshot?.guards ?? []
  return [
    { kind: 'line', name: 'Equity', unit: state.snapshot?.account.currency ?? '', series: [{ name: 'equity, as heard here', points: equity }] },
    { kind: 'line', name: 'Booked profit', unit: state.snapshot?.account.currency ?? '', series: [{ name: 'booked', points: profit }] },
    { kind: 'line', name: 'Drawdown', unit: 'share', series: [{ name: 'of equity', points: drawdown(equity) }] },
    {
      kind: 'line',
      name: 'Cycle latency',
      unit: 'ms',
      series: [{ name: 'duration', points: state.cycles.map(({ at, durationMs }) => ({ at, value: durationMs })).toReversed() }],
    },
    {
      kind: 'bars',
      name: 'Blocks by guard',
      unit: 'signals',
      bars: guards
        .filter(({ blocked }) => blocked > 0)
        .sort((a, b) => b.blocked - a.blocked)
        .slice(0, 12)
        .map(({ guard, blocked }) => ({ label: guard, value: blocked })),
    },
    {
      kind: 'share',
      name: 'Won and lost',
      parts: [
        { label: 'won', value: won },
        { label: 'lost', value: lost },
      ],
    },
  ]
}
