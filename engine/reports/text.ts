import { inert } from '../../src/text.ts'
import type { Proposal, Verdict } from './proposal-store.ts'
import type { FullReport, GuardsReport, ShadowReport } from './report.ts'

type Cell = string | number | null

/** Columns as wide as their widest cell: names to the left, numbers to the right. What is not known has a sign of its own. */
const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string[] => {
  const texts = [head, ...rows.map((row) => row.map((cell) => (cell === null ? '-' : inert(String(cell)))))]
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)))
  return texts.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

const percent = (share: number | null): string | null => (share === null ? null : `${(share * 100).toFixed(2)} %`)
const span = (interval: { readonly low: string; readonly high: string } | null): string | null =>
  interval === null ? null : `${interval.low} … ${interval.high}`
const seconds = (value: number | null): string | null => (value === null ? null : `${value.toFixed(1)} s`)
const since = ({ from, to, period_hours }: Pick<GuardsReport, 'from' | 'to' | 'period_hours'>): string =>
  from === null || to === null || period_hours === null ? 'nothing recorded' : `${from} to ${to}, ${period_hours.toFixed(1)} h`

const NO_OUTCOMES = 'no shadow trade of a blocked signal has ended yet'

export const guardsLines = (report: GuardsReport): string[] => [
  since(report),
  ...(report.guards.length === 0
    ? [NO_OUTCOMES]
    : [...guardTable(report, 'first'), '', ...guardTable(report, 'any'), '', 'net is missed profit less avoided loss: below zero the guard paid']),
]

const guardTable = ({ guards }: Pick<GuardsReport, 'guards'>, as: 'first' | 'any'): string[] =>
  table(
    [
      as === 'first' ? 'AS FIRST BLOCKER' : 'AS ANY BLOCKER',
      'N',
      'WOULD WIN',
      'WOULD LOSE',
      'MISSED PROFIT',
      'AVOIDED LOSS',
      'NET',
      '95 % INTERVAL',
      'VERDICT',
    ],
    guards
      .filter((guard) => guard[as].n > 0)
      .map(({ guard, [as]: effect }) => [
        guard,
        effect.n,
        effect.would_win,
        effect.would_lose,
        effect.missed_profit,
        effect.avoided_loss,
        effect.net,
        span(effect.interval),
        effect.verdict,
      ]),
  )

export const shadowLines = (report: ShadowReport): string[] => {
  const { against_real: real, by_decision } = report
  return [
    since(report),
    ...(report.total_trades === 0
      ? ['no shadow trade has ended yet']
      : table(
          ['DECISION', 'TRADES', 'WON', 'LOST', 'WIN RATE', 'TOTAL P&L'],
          [
            ...Object.entries(by_decision).map(([decision, own]) => [
              decision,
              own.trades,
              own.profitable,
              own.losing,
              percent(own.win_rate),
              own.total_pnl,
            ]),
            ['all', report.total_trades, report.profitable, report.losing, percent(report.win_rate), report.total_pnl],
          ],
        )),
    `never filled ${report.never_filled}, not opened ${report.not_opened}`,
    real.n === 0
      ? 'no signal with a trade and a shadow trade that have both ended'
      : `against the account, ${real.n} signals: shadow ${real.shadow}, real ${real.real}; ${
          real.difference_per_trade === null ? 'not enough data' : `${real.difference_per_trade} a trade (${span(real.interval)})`
        }`,
    ...report.warnings.map(({ says }) => `warning: ${says}`),
  ]
}

export const reportLines = (report: FullReport): string[] => {
  const { blocked_opportunity_cost: cost, signal_decay: decay, strategy_leaderboard: board } = report
  return [
    since(report),
    '',
    `blocked signals  ${cost.decisions_blocked} refused, ${cost.total_blocked} shadow trades ended: ${cost.profitable_blocked} would have won, ${cost.losing_blocked} lost`,
    `                 missed profit ${cost.missed_profit}, avoided loss ${cost.avoided_loss}, net opportunity cost ${cost.net_opportunity_cost}`,
    decay.total_signals === 0
      ? 'signal decay     no signal was executed'
      : `signal decay     ${decay.total_signals} executed: avg ${seconds(decay.avg_decay_seconds)}, median ${seconds(decay.median_decay_seconds)}, min ${seconds(decay.min_decay_seconds)}, max ${seconds(decay.max_decay_seconds)}`,
    '',
    ...boardLines('STRATEGY', board.real, 'no trade has ended yet'),
    '',
    ...boardLines('SHADOW', board.shadow, 'no shadow trade has ended yet'),
    '',
    ...(report.guard_effectiveness.length === 0 ? [NO_OUTCOMES] : guardTable({ guards: report.guard_effectiveness }, 'first')),
    '',
    ...shadowLines({ ...report.shadow_performance, warnings: [] }).slice(1),
    ...report.warnings.real.map(({ says }) => `warning, trades: ${says}`),
    ...report.warnings.shadow.map(({ says }) => `warning, shadow trades: ${says}`),
  ]
}

const boardLines = (head: string, rows: FullReport['strategy_leaderboard']['real'], none: string): string[] =>
  rows.length === 0
    ? [none]
    : table(
        [head, 'TRADES', 'WON', 'LOST', 'WIN RATE', 'TOTAL P&L', 'AVG P&L', 'EXPECTANCY', 'DRAWDOWN'],
        rows.map((row) => [
          row.strategy,
          row.trades,
          row.profitable,
          row.losing,
          percent(row.win_rate),
          row.total_pnl,
          percent(row.avg_pnl_pct),
          row.expectancy,
          row.drawdown,
        ]),
      )

export const proposalLines = (proposals: readonly (Proposal & { readonly verdict: Verdict | null })[]): string[] =>
  proposals.length === 0
    ? ['nothing to propose: no effect that holds out of sample with enough data']
    : table(
        ['PROPOSAL', 'SETTING', 'FROM', 'TO', 'N', 'FOLDS HELD', 'EFFECT', '95 % INTERVAL', 'A TRADE', 'MONEY', 'VERDICT'],
        proposals.map(({ id, setting, from, to, evidence, expectedPerTrade, touchesMoney, verdict }) => [
          id,
          setting,
          from,
          to,
          evidence.n,
          `${evidence.foldsHeld} of ${evidence.folds}`,
          evidence.net,
          span(evidence.interval),
          expectedPerTrade,
          touchesMoney ? 'yes' : 'no',
          verdict === null ? 'open' : `${verdict.verdict} by ${verdict.by}: ${verdict.reason}`,
        ]),
      )
