import type { StrategyView } from '../../src/contracts/snapshot.ts'
import { emptyText } from '../present/empty.ts'
import { count, signed } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { closedTrades } from '../records/closed-trades.ts'
import type { ConsoleState } from '../store/state.ts'
import type { ListDefinition } from './list.ts'

/** A strategy with what its closed trades came to, as far as the console has read the file of trades. */
export type StrategyRow = StrategyView & {
  readonly trades: number
  readonly won: number
  /** Net of fees, in the account's currency; null where no trade of it was read. */
  readonly net: number | null
}

const COLUMNS: readonly Column<StrategyRow>[] = [
  { head: 'STRATEGY', width: 16, keep: 9, text: ({ id }) => id },
  {
    head: 'STATE',
    width: 8,
    keep: 8,
    figure: true,
    text: ({ state }) => (state === 'ready' ? state : state.toUpperCase()),
    tone: ({ state }) => (state === 'ready' ? 'good' : state === 'warming' ? 'warning' : 'danger'),
  },
  { head: 'BARS OF', width: 7, keep: 4, text: ({ timeframe }) => timeframe },
  { head: 'SIGNALS', width: 8, keep: 6, right: true, text: ({ signals }) => count(signals), sort: ({ signals }) => signals },
  { head: 'TRADES', width: 7, keep: 5, right: true, text: ({ trades }) => (trades === 0 ? '-' : count(trades)), sort: ({ trades }) => trades },
  {
    head: 'WON',
    width: 5,
    keep: 5,
    right: true,
    text: ({ trades, won }) => (trades === 0 ? '-' : `${Math.round((won / trades) * 100)}%`),
    sort: ({ trades, won }) => (trades === 0 ? null : won / trades),
  },
  {
    head: 'NET',
    width: 12,
    keep: 7,
    right: true,
    text: ({ net }) => (net === null ? '-' : signed(String(net))),
    tone: ({ net }) => (net === null || net === 0 ? 'text' : net > 0 ? 'gain' : 'loss'),
    sort: ({ net }) => net,
  },
  { head: 'WHY', width: 10, keep: 3, text: ({ reason, source }) => (reason === '' ? source : reason) },
]

type Trades = ConsoleState['records']['trades']
type Made = { readonly trades: Trades; readonly rows: readonly StrategyRow[] }
const NONE: readonly StrategyRow[] = []
const made = new WeakMap<readonly StrategyView[], Made>()

/** The best first, as a leaderboard; those without a trade in the engine's order. */
const rowsOf = ({ snapshot, records: { trades } }: ConsoleState): readonly StrategyRow[] => {
  if (snapshot === null) return NONE
  const known = made.get(snapshot.strategies)
  if (known?.trades === trades) return known.rows
  const rows = snapshot.strategies.map((strategy): StrategyRow => {
    const own = closedTrades(trades.rows).flatMap((trade) => (trade.strategy === strategy.id ? [trade.net] : []))
    const won = own.filter((net) => net > 0).length
    return { ...strategy, trades: own.length, won, net: own.length === 0 ? null : Math.round(own.reduce((sum, net) => sum + net, 0) * 100) / 100 }
  })
  const ranked = [...rows].sort((a, b) => (b.net ?? Number.NEGATIVE_INFINITY) - (a.net ?? Number.NEGATIVE_INFINITY) || 0)
  made.set(snapshot.strategies, { trades, rows: ranked })
  return ranked
}

export const strategies: ListDefinition<StrategyRow> = {
  pane: 'strategies',
  name: 'Strategies',
  rows: rowsOf,
  key: ({ id }) => id,
  columns: () => COLUMNS,
  note: ({ records }, rows) => {
    const stopped = rows.filter(({ state }) => state === 'stopped').length
    const read = records.trades.rows.length
    return [
      ...(stopped === 0 ? [] : [{ text: `${count(stopped)} STOPPED  `, tone: 'danger' as const }]),
      { text: read === 0 ? `${count(rows.length)} in all` : `${count(rows.length)} in all, by the ${count(read)} newest fills`, tone: 'muted' },
    ]
  },
  empty: (state) => emptyText(state, 'strategies', 'no strategy is loaded'),
  time: () => null,
  record: (row) => row,
  live: true,
}
