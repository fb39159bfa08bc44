import type { Ended } from './history.ts'

export type StrategyRow = {
  readonly strategy: string
  readonly trades: number
  readonly profitable: number
  readonly losing: number
  readonly totalPnl: number
  readonly avgPnlRatio: number | null
  /** Of the trades that won or lost; null where none did. */
  readonly winRate: number | null
  /** Money a trade. */
  readonly expectancy: number
  /** Deepest fall of the running result from its peak, in money. */
  readonly drawdown: number
}

/** Strategies by what they earned, best first. */
export const leaderboard = (trades: readonly Ended[]): StrategyRow[] => {
  const byStrategy = Map.groupBy(trades, ({ strategy }) => strategy)
  return [...byStrategy].map(([strategy, own]) => rowOf(strategy, own)).sort((a, b) => b.totalPnl - a.totalPnl || (a.strategy < b.strategy ? -1 : 1))
}

const rowOf = (strategy: string, trades: readonly Ended[]): StrategyRow => {
  const { profitable, losing, winRate } = winsOf(trades)
  const ratios = trades.flatMap(({ pnlRatio }) => (pnlRatio === null ? [] : [pnlRatio]))
  const totalPnl = trades.reduce((sum, { pnl }) => sum + pnl, 0)
  return {
    strategy,
    trades: trades.length,
    profitable,
    losing,
    totalPnl,
    avgPnlRatio: meanOf(ratios),
    winRate,
    expectancy: totalPnl / trades.length,
    drawdown: drawdownOf(trades),
  }
}

/** A result of exactly zero is neither a win nor a loss. */
export const winsOf = (trades: readonly Pick<Ended, 'pnl'>[]) => {
  const profitable = trades.filter(({ pnl }) => pnl > 0).length
  const losing = trades.filter(({ pnl }) => pnl < 0).length
  return { profitable, losing, winRate: profitable + losing === 0 ? null : profitable / (profitable + losing) }
}

export const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

const drawdownOf = (trades: readonly Ended[]): number => {
  let [sum, peak, deepest] = [0, 0, 0]
  for (const { pnl } of trades) {
    sum += pnl
    peak = Math.max(peak, sum)
    deepest = Math.max(deepest, peak - sum)
  }
  return deepest
}
