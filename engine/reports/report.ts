import { moneyText } from '../core/money.ts'
import type { Interval } from './bootstrap.ts'
import { biasWarnings, decayOf, shadowAgainstReal } from './checks.ts'
import { blockedCost, type Effect, guardEffects } from './guards.ts'
import type { History } from './history.ts'
import { leaderboard, type StrategyRow, winsOf } from './strategies.ts'

const HOUR_MS = 3_600_000

/** Seed of every interval, so that a report made twice says the same. */
export const REPORT_SEED = 1

/** Amounts as decimal text; money between two millionths goes to the nearest. */
const money = (amount: number): string => moneyText(Math.round(amount))
const moneyInterval = (interval: Interval | null) => (interval === null ? null : { low: money(interval.low), high: money(interval.high) })

const effectJson = ({ n, wouldWin, wouldLose, missedProfit, avoidedLoss, net, interval, verdict }: Effect) => ({
  n,
  would_win: wouldWin,
  would_lose: wouldLose,
  missed_profit: money(missedProfit),
  avoided_loss: money(avoidedLoss),
  net: money(net),
  interval: moneyInterval(interval),
  verdict,
})

const rowJson = (row: StrategyRow) => ({
  strategy: row.strategy,
  trades: row.trades,
  profitable: row.profitable,
  losing: row.losing,
  total_pnl: money(row.totalPnl),
  avg_pnl_pct: row.avgPnlRatio,
  win_rate: row.winRate,
  expectancy: money(row.expectancy),
  drawdown: money(row.drawdown),
})

/** The envelope of every report: when it was made, and what stretch of the feed's time it is of; null where there is nothing. */
const envelope = ({ from, to }: History, generatedAt: number) => ({
  generated_at: new Date(generatedAt).toISOString(),
  period_hours: from === null || to === null ? null : (to - from) / HOUR_MS,
  from: from === null ? null : new Date(from).toISOString(),
  to: to === null ? null : new Date(to).toISOString(),
})

/** What each guard saved and cost. Money as decimal text. */
export const guardsReport = (history: History, generatedAt: number) => ({
  ...envelope(history, generatedAt),
  guards: guardEffects(history, REPORT_SEED).map(({ guard, first, any }) => ({ guard, first: effectJson(first), any: effectJson(any) })),
})
export type GuardsReport = ReturnType<typeof guardsReport>

/** The shadow book: how it ended, by decision, and how it compares with the account. */
export const shadowReport = (history: History, generatedAt: number) => {
  const { shadows } = history
  const pnl = shadows.reduce((sum, outcome) => sum + outcome.pnl, 0)
  const comparison = shadowAgainstReal(history, REPORT_SEED)
  const of = (decision: 'APPROVED' | 'BLOCKED') => {
    const own = shadows.filter((outcome) => outcome.decision === decision)
    const { profitable, losing, winRate } = winsOf(own)
    return { trades: own.length, profitable, losing, win_rate: winRate, total_pnl: money(own.reduce((sum, outcome) => sum + outcome.pnl, 0)) }
  }
  const { profitable, losing, winRate } = winsOf(shadows)
  return {
    ...envelope(history, generatedAt),
    total_trades: shadows.length,
    never_filled: history.neverFilled,
    not_opened: history.skipped,
    profitable,
    losing,
    win_rate: winRate,
    total_pnl: money(pnl),
    by_decision: { APPROVED: of('APPROVED'), BLOCKED: of('BLOCKED') },
    against_real: {
      n: comparison.n,
      real: money(comparison.real),
      shadow: money(comparison.shadow),
      difference_per_trade: comparison.differencePerTrade === null ? null : money(comparison.differencePerTrade),
      interval: moneyInterval(comparison.interval),
    },
    warnings: biasWarnings(shadows),
  }
}
export type ShadowReport = ReturnType<typeof shadowReport>

/** Everything in one. */
export const fullReport = (history: History, generatedAt: number) => {
  const cost = blockedCost(history)
  const decay = decayOf(history)
  return {
    ...envelope(history, generatedAt),
    blocked_opportunity_cost: {
      total_blocked: cost.n,
      decisions_blocked: cost.decisions,
      profitable_blocked: cost.wouldWin,
      losing_blocked: cost.wouldLose,
      missed_profit: money(cost.missedProfit),
      avoided_loss: money(cost.avoidedLoss),
      net_opportunity_cost: money(cost.net),
      by_blocker: Object.fromEntries(
        Object.entries(cost.byBlocker).map(([blocker, { count, missedProfit, avoidedLoss }]) => [
          blocker,
          { count, missed_profit: money(missedProfit), avoided_loss: money(avoidedLoss) },
        ]),
      ),
    },
    signal_decay: {
      total_signals: decay.signals,
      avg_decay_seconds: decay.avg,
      median_decay_seconds: decay.median,
      min_decay_seconds: decay.min,
      max_decay_seconds: decay.max,
    },
    strategy_leaderboard: { real: leaderboard(history.trades).map(rowJson), shadow: leaderboard(history.shadows).map(rowJson) },
    guard_effectiveness: guardsReport(history, generatedAt).guards,
    shadow_performance: shadowReport(history, generatedAt),
    warnings: { real: biasWarnings(history.trades), shadow: biasWarnings(history.shadows) },
  }
}
export type FullReport = ReturnType<typeof fullReport>
