import type { PipelineView } from '../../src/contracts/snapshot.ts'
import { isOverdue } from './deadlines.ts'
import type { Rules } from './rules.ts'
import type { State } from './state.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** More than that and signals get lost by the dozen. */
const STUCK_MAX = 10
/** As many as a person reads; the count has all of them. */
const STUCK_SHOWN = 20

/**
 * How signals get through, at a time of the feed's clock. Critical is more than ten that are stuck; one that is stuck, or no signal
 * for an hour, is a warning. A signal is stuck when it stays in a state beyond that state's own deadline.
 */
export const pipelineOf = (rules: Rules, state: State, now: number): PipelineView => {
  const stuck = Object.entries(state.signals)
    .filter(([, signal]) => isOverdue(rules, signal, now))
    .map(([signalId, { symbol, strategy, state: at, since }]) => ({ signalId, symbol, strategy, state: at, since, ageMs: now - since }))
    .sort((one, other) => one.since - other.since)
  const lastHour = madeSince(state, now - HOUR_MS)
  const [status, reason] = judged(stuck.length, state.lastSignalAt, now)
  return {
    status,
    reason,
    bySource: Object.entries(state.sources)
      .map(([source, tally]) => ({ source, ...tally }))
      .sort((one, other) => (one.source < other.source ? -1 : 1)),
    perHour: lastHour,
    perMinute: lastHour / 60,
    lastMinute: madeSince(state, now - MINUTE_MS),
    decay: decayOf(state.decays),
    stuckCount: stuck.length,
    stuck: stuck.slice(0, STUCK_SHOWN),
  }
}

const judged = (stuck: number, lastSignalAt: number | null, now: number): readonly [PipelineView['status'], string] => {
  const are = stuck === 1 ? '1 signal is stuck' : `${stuck} signals are stuck`
  if (stuck > STUCK_MAX) return ['CRITICAL', are]
  if (stuck > 0) return ['WARNING', are]
  if (lastSignalAt === null) return ['WARNING', 'no signal yet']
  if (now - lastSignalAt > HOUR_MS) return ['WARNING', 'no signal in the last hour']
  return ['HEALTHY', 'signals come and none is stuck']
}

/** Signals made after a time. Their ids tell when, and the newest are last. */
const madeSince = ({ recentSignals }: State, after: number): number => {
  let count = 0
  for (let index = recentSignals.length - 1; index >= 0; index -= 1) {
    if (madeAt(recentSignals[index]?.id ?? '') <= after) break
    count += 1
  }
  return count
}

const madeAt = (signalId: string): number => Number(signalId.split('_').at(-2))

/** Seconds from making to execution; null where nothing was executed. */
const decayOf = (decays: readonly number[]): PipelineView['decay'] => {
  const sorted = [...decays].sort((one, other) => one - other)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  if (sorted.length === 0) return null
  return { count: sorted.length, min: sorted[0] as number, median: at(0.5), p90: at(0.9), max: sorted.at(-1) as number }
}
