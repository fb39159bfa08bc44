import { hash32 } from '../../src/random.ts'
import { type Interval, intervalOfSum } from './bootstrap.ts'
import type { History, ShadowEnded } from './history.ts'

/** Fewer outcomes say nothing. */
export const OUTCOMES_MIN = 30

/** What refused signals would have earned and lost. Money in millionths; a result of zero is neither a win nor a loss. */
export type Refused = {
  readonly n: number
  readonly wouldWin: number
  readonly wouldLose: number
  readonly missedProfit: number
  readonly avoidedLoss: number
  /** Missed profit less avoided loss: below zero the refusals paid. */
  readonly net: number
}

export const refusedOf = (outcomes: readonly ShadowEnded[]): Refused => {
  let [wouldWin, wouldLose, missedProfit, avoidedLoss] = [0, 0, 0, 0]
  for (const { pnl } of outcomes) {
    if (pnl > 0) {
      wouldWin += 1
      missedProfit += pnl
    } else if (pnl < 0) {
      wouldLose += 1
      avoidedLoss -= pnl
    }
  }
  return { n: outcomes.length, wouldWin, wouldLose, missedProfit, avoidedLoss, net: missedProfit - avoidedLoss }
}

export type Effect = Refused & {
  /** Of the net; null where there is not enough data. */
  readonly interval: Interval | null
  readonly verdict: 'pays' | 'costs' | 'unclear' | 'not enough data'
}

/** A guard as the first that refused, and as one of those that did. */
export type GuardEffect = { readonly guard: string; readonly first: Effect; readonly any: Effect }

/** What each guard that refused anything saved and cost, the dearest first. */
export const guardEffects = ({ shadows }: Pick<History, 'shadows'>, seed: number): GuardEffect[] => {
  const blocked = shadows.filter(({ decision }) => decision === 'BLOCKED')
  const names = new Set(blocked.flatMap(({ blocker, blockers }) => (blocker === null ? blockers : [blocker, ...blockers])))
  return [...names]
    .map((guard) => ({
      guard,
      first: effectOf(
        blocked.filter(({ blocker }) => blocker === guard),
        hash32(`${seed}:first:${guard}`),
      ),
      any: effectOf(
        blocked.filter(({ blocker, blockers }) => blocker === guard || blockers.includes(guard)),
        hash32(`${seed}:any:${guard}`),
      ),
    }))
    .sort((a, b) => b.any.net - a.any.net || (a.guard < b.guard ? -1 : 1))
}

const effectOf = (outcomes: readonly ShadowEnded[], seed: number): Effect => {
  const refused = refusedOf(outcomes)
  if (refused.n < OUTCOMES_MIN) return { ...refused, interval: null, verdict: 'not enough data' }
  const interval = intervalOfSum(
    outcomes.map(({ pnl }) => pnl),
    seed,
  )
  const verdict = interval === null ? 'not enough data' : interval.high < 0 ? 'pays' : interval.low > 0 ? 'costs' : 'unclear'
  return { ...refused, interval, verdict }
}

/** What all refusals together cost; each signal counts once, for its first blocker. */
export const blockedCost = ({ shadows, decided }: Pick<History, 'shadows' | 'decided'>) => {
  const blocked = shadows.filter(({ decision }) => decision === 'BLOCKED')
  const all = refusedOf(blocked)
  const byBlocker: Record<string, Pick<Refused, 'missedProfit' | 'avoidedLoss'> & { readonly count: number }> = {}
  for (const blocker of [...new Set(blocked.map((outcome) => outcome.blocker ?? 'unknown'))].sort()) {
    const { n, missedProfit, avoidedLoss } = refusedOf(blocked.filter((outcome) => (outcome.blocker ?? 'unknown') === blocker))
    byBlocker[blocker] = { count: n, missedProfit, avoidedLoss }
  }
  let decisions = 0
  for (const { decision } of decided.values()) if (decision === 'BLOCKED') decisions += 1
  return { ...all, decisions, byBlocker }
}
