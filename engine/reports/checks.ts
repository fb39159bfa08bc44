import { type Interval, intervalOfSum } from './bootstrap.ts'
import { OUTCOMES_MIN } from './guards.ts'
import type { Ended, History } from './history.ts'
import { meanOf, winsOf } from './strategies.ts'

export type Warning = {
  readonly check: 'winRateHigh' | 'winRateLow' | 'symbolsFew' | 'targetsMany' | 'movesLarge'
  readonly value: number
  readonly limit: number
  readonly says: string
}

const WIN_RATE_MAX = 0.85
const WIN_RATE_MIN = 0.25
const SYMBOLS_MIN = 3
const TARGET_RATE_MAX = 0.9
const MOVE_MAX = 0.2
const TARGETS = new Set(['target', 'profit_target'])

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** What makes outcomes hard to believe, or hard to carry over to other days. Nothing is checked of nothing. */
export const biasWarnings = (outcomes: readonly Ended[]): Warning[] => {
  if (outcomes.length === 0) return []
  const warnings: Warning[] = []
  const { winRate } = winsOf(outcomes)
  if (winRate !== null && winRate > WIN_RATE_MAX)
    warnings.push({ check: 'winRateHigh', value: winRate, limit: WIN_RATE_MAX, says: `${percent(winRate)} win: better than markets are` })
  if (winRate !== null && winRate < WIN_RATE_MIN)
    warnings.push({ check: 'winRateLow', value: winRate, limit: WIN_RATE_MIN, says: `${percent(winRate)} win: worse than chance would be` })
  const symbols = new Set(outcomes.map(({ symbol }) => symbol)).size
  if (symbols < SYMBOLS_MIN)
    warnings.push({ check: 'symbolsFew', value: symbols, limit: SYMBOLS_MIN, says: `only ${symbols} of at least ${SYMBOLS_MIN} symbols` })
  const targets = outcomes.filter(({ reason }) => TARGETS.has(reason)).length / outcomes.length
  if (targets > TARGET_RATE_MAX)
    warnings.push({
      check: 'targetsMany',
      value: targets,
      limit: TARGET_RATE_MAX,
      says: `${percent(targets)} end at their target: the others may be missing`,
    })
  const move = outcomes.reduce((most, { pnlRatio }) => Math.max(most, Math.abs(pnlRatio ?? 0)), 0)
  if (move > MOVE_MAX) warnings.push({ check: 'movesLarge', value: move, limit: MOVE_MAX, says: `one moved ${percent(move)}: look at its data` })
  return warnings
}

/** Seconds from the making of a signal to its execution; null where none was executed. */
export const decayOf = ({ decays }: Pick<History, 'decays'>) => {
  const sorted = [...decays].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
  return {
    signals: sorted.length,
    avg: meanOf(sorted),
    median: sorted.length === 0 ? null : (median ?? null),
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
  }
}

export type Comparison = {
  /** Approved signals whose trade and whose shadow both ended. */
  readonly n: number
  readonly real: number
  readonly shadow: number
  /** Shadow less real, a trade, in money; null where there is not enough data. */
  readonly differencePerTrade: number | null
  readonly interval: Interval | null
}

/** The shadow book against the account, over the same signals: how far the one may be believed of the other. */
export const shadowAgainstReal = ({ shadows, trades }: Pick<History, 'shadows' | 'trades'>, seed: number): Comparison => {
  const real = new Map(trades.flatMap((trade) => (trade.signalId === null ? [] : [[trade.signalId, trade.pnl] as const])))
  let [realSum, shadowSum] = [0, 0]
  const differences: number[] = []
  for (const { signalId, pnl } of shadows) {
    const own = signalId === null ? undefined : real.get(signalId)
    if (own === undefined) continue
    realSum += own
    shadowSum += pnl
    differences.push(pnl - own)
  }
  const n = differences.length
  const sum = n < OUTCOMES_MIN ? null : intervalOfSum(differences, seed)
  return {
    n,
    real: realSum,
    shadow: shadowSum,
    differencePerTrade: sum === null ? null : (shadowSum - realSum) / n,
    interval: sum === null ? null : { low: sum.low / n, high: sum.high / n },
  }
}
