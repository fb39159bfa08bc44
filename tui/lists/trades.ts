import type { TradeLine } from '../../src/contracts/stream.ts'
import { tradesText } from '../present/empty.ts'
import type { Line } from '../present/line.ts'
import { amount, count, digits, direction, signed } from '../present/number.ts'
import { HEAD_ROWS } from '../present/pane.ts'
import type { Column } from '../present/table.ts'
import { age, timeText, timeWidth } from '../present/time.ts'
import { closedTrades, isClosed, rounded } from '../records/closed-trades.ts'
import { feedNow } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import { ends, type ListDefinition } from './list.ts'

const OUTCOMES: Readonly<Record<string, Tone>> = { win: 'gain', loss: 'loss', breakeven: 'muted' }

/** What a fill cost against the price that was decided on, in basis points of its value; null where that is not known. */
const slippageBps = ({ slippage, total_value: value }: TradeLine): number | null =>
  slippage === null || Number(value) === 0 ? null : (Number(slippage) / Number(value)) * 10_000

const numeric = (text: string | null): number | null => (text === null ? null : Number(text))

const columns = (state: ConsoleState): readonly Column<TradeLine>[] => [
  {
    head: 'TIME',
    width: timeWidth(
      ends(state.records.trades.rows).map(({ timestamp }) => Date.parse(timestamp)),
      state.clock,
      feedNow(state),
    ),
    keep: 8,
    text: ({ timestamp }) => timeText(Date.parse(timestamp), state.clock, feedNow(state)),
    sort: ({ timestamp }) => Date.parse(timestamp),
  },
  { head: 'SYMBOL', width: 9, keep: 9, text: ({ symbol }) => symbol },
  { head: 'SIDE', width: 4, keep: 8, text: ({ action }) => action.toLowerCase() },
  { head: 'QUANTITY', width: 11, keep: 5, right: true, text: ({ quantity }) => digits(quantity), sort: ({ quantity }) => Number(quantity) },
  { head: 'PRICE', width: 10, keep: 7, right: true, text: ({ price }) => digits(price), sort: ({ price }) => Number(price) },
  { head: 'FEE', width: 8, keep: 3, right: true, text: ({ commission }) => amount(commission), sort: ({ commission }) => numeric(commission) },
  {
    head: 'SLIP BPS',
    width: 8,
    keep: 3,
    right: true,
    text: (trade) => slippageBps(trade)?.toFixed(1) ?? 'unknown',
    sort: slippageBps,
  },
  {
    head: 'NET',
    width: 11,
    keep: 9,
    right: true,
    text: ({ net_profit_loss: net }) => (net === null ? '-' : signed(net)),
    tone: ({ net_profit_loss: net }) => direction(net),
    sort: ({ net_profit_loss: net }) => numeric(net),
  },
  {
    head: 'OUTCOME',
    width: 9,
    keep: 6,
    // The record of an entry says for ever what was so when it was written.
    text: ({ outcome, order_id: id }) => (outcome === 'open' && isClosed(state.records.trades.rows, id) ? 'closed' : (outcome ?? 'unknown')),
    tone: ({ outcome }) => OUTCOMES[outcome ?? ''] ?? 'text',
  },
  {
    head: 'HELD',
    width: 7,
    keep: 4,
    right: true,
    text: ({ hold_duration_seconds: held }) => (held === null ? '-' : age(held * 1_000)),
    sort: ({ hold_duration_seconds: held }) => held,
  },
  { head: 'STRATEGY', width: 12, keep: 4, text: ({ strategy_name }) => strategy_name },
  { head: 'WHY', width: 8, keep: 2, text: ({ exit_reasoning, decision_reasoning }) => exit_reasoning ?? decision_reasoning },
]

/** What the trades come to whose fills were read: of an account's whole past `report` tells. */
export type Performance = {
  readonly closed: number
  readonly won: number
  readonly lost: number
  /** In the account's currency, after the fees of both ends; null without a closed trade. */
  readonly net: number | null
  readonly best: number | null
  readonly worst: number | null
  /** Of the fills that tell it, in basis points; null where none does. */
  readonly slippage: { readonly fills: number; readonly mean: number; readonly most: number; readonly dear: number } | null
}

/** Above so many basis points a fill counts as dear. */
const DEAR_BPS = 5

export const performanceOf = (trades: readonly TradeLine[]): Performance => {
  const nets = closedTrades(trades).map(({ net }) => net)
  const slips = trades.flatMap((trade) => slippageBps(trade) ?? [])
  return {
    closed: nets.length,
    won: nets.filter((net) => net > 0).length,
    lost: nets.filter((net) => net < 0).length,
    net: nets.length === 0 ? null : rounded(nets.reduce((sum, net) => sum + net, 0)),
    best: nets.length === 0 ? null : nets.reduce((most, net) => Math.max(most, net)),
    worst: nets.length === 0 ? null : nets.reduce((least, net) => Math.min(least, net)),
    slippage:
      slips.length === 0
        ? null
        : {
            fills: slips.length,
            mean: slips.reduce((sum, bps) => sum + bps, 0) / slips.length,
            most: slips.reduce((most, bps) => Math.max(most, bps)),
            dear: slips.filter((bps) => bps > DEAR_BPS).length / slips.length,
          },
  }
}

const figured = new WeakMap<readonly TradeLine[], Performance>()
const performanceNow = (trades: readonly TradeLine[]): Performance => {
  const known = figured.get(trades) ?? performanceOf(trades)
  figured.set(trades, known)
  return known
}

const signedOf = (value: number): string => signed(value.toFixed(2))

const wonLine = ({ closed, won, lost, net, best, worst }: Performance): Line => [
  { text: `  ${count(closed)} closed: ${count(won)} won, ${count(lost)} lost, ${Math.round((won / closed) * 100)}%  net `, tone: 'muted' },
  { text: signedOf(net ?? 0), tone: direction(String(net)) },
  { text: `  mean ${signedOf((net ?? 0) / closed)}  best ${signedOf(best ?? 0)}  worst ${signedOf(worst ?? 0)}`, tone: 'muted' },
]

const slippageLine = ({ fills, mean, most, dear }: NonNullable<Performance['slippage']>): Line => [
  {
    text: `  slippage of ${count(fills)} fills: mean ${mean.toFixed(1)} bps, most ${most.toFixed(1)}, ${Math.round(dear * 100)}% above ${DEAR_BPS}`,
    tone: 'muted',
  },
]

/** Fills, newest first, as the files of the newest days have them; below them what they come to. */
export const trades: ListDefinition<TradeLine> = {
  pane: 'trades',
  name: 'Trades',
  rows: ({ records }) => records.trades.rows,
  key: ({ sequence }) => String(sequence),
  columns,
  note: ({ records }, rows, { width }) => {
    const { closed, won, net } = performanceNow(rows)
    return [
      ...(closed === 0
        ? []
        : ([
            { text: `${count(closed)} closed, ${Math.round((won / closed) * 100)}% won, net `, tone: 'muted' },
            { text: signedOf(net ?? 0), tone: direction(String(net)) },
          ] as const)),
      ...(rows.length === 0 ? [] : [{ text: `  of ${width < 100 ? '' : 'the '}${count(rows.length)} newest fills`, tone: 'muted' as const }]),
      ...(records.trades.rejected === 0 ? [] : [{ text: `  ${count(records.trades.rejected)} lines are none`, tone: 'danger' as const }]),
    ]
  },
  empty: (state) => tradesText(state, 'no fill yet'),
  time: ({ timestamp }) => Date.parse(timestamp),
  ofFeed: true,
  record: (row) => row,
  foot: ({ records }, { height }) => {
    const { rows } = records.trades
    const performance = performanceNow(rows)
    const lines = [
      ...(performance.closed === 0 ? [] : [wonLine(performance)]),
      ...(performance.slippage === null ? [] : [slippageLine(performance.slippage)]),
    ]
    return height - HEAD_ROWS - Math.min(rows.length, ROWS_MIN) < lines.length ? [] : lines
  },
  live: false,
}
/** The sums take room only where so many rows keep theirs. */
const ROWS_MIN = 3
