import { z } from 'zod'
import { AccountView, OrderView, PositionView } from './account.ts'
import { BreakerView, Degradation, GuardTally, KillSwitchOrigin } from './breaker.ts'
import { Cycle } from './cycle.ts'
import { ChildState, DesiredState, EngineState } from './engine.ts'
import { Count, Mode, ProcessName, SymbolName, Timestamp } from './names.ts'
import { Phase } from './rules.ts'
import { SignalState } from './signal.ts'

export const ProcessView = z.strictObject({
  name: ProcessName,
  pid: z.int().nullable(),
  state: ChildState,
  restarts: Count,
  startedAt: Timestamp.nullable(),
  /** When its progress counters last moved; a process with nothing to do keeps them moving by its beat. */
  lastProgressAt: Timestamp.nullable(),
  /** Why it is not ready, or how it last ended; empty where there is nothing to say. */
  reason: z.string(),
})
export type ProcessView = z.infer<typeof ProcessView>

export const FeedInstrument = z.strictObject({
  symbol: SymbolName,
  timeframe: z.string(),
  bars: Count,
  lastPrice: z.string().nullable(),
  /** Event time of its newest bar. */
  lastAt: Timestamp.nullable(),
  ageMs: z.number().nullable(),
  stale: z.boolean(),
})
export type FeedInstrument = z.infer<typeof FeedInstrument>

export const FeedView = z.strictObject({
  source: z.string(),
  /** running, ended, waiting for space, or failed with its reason. */
  state: z.string(),
  clock: Timestamp.nullable(),
  /** Rows or messages read from the source. In a replay rows = bars + rejects. */
  rows: Count,
  bars: Count,
  rejects: Count,
  rejectsByRule: z.record(z.string(), Count),
  /** Bars that the brain has finished with. */
  consumed: Count,
  /** Bars that the orchestrator has finished with. */
  decided: Count,
  /** Bars that a full ring refused; they are on the tape and were read from there. */
  overruns: Count,
  gaps: Count,
  instruments: z.array(FeedInstrument),
})
export type FeedView = z.infer<typeof FeedView>

export const EngineView = z.strictObject({
  state: EngineState,
  desired: DesiredState,
  /** Why it is in this state. */
  reason: z.string(),
  pid: z.int(),
  startedAt: Timestamp,
  version: z.string(),
  configHash: z.string(),
})
export type EngineView = z.infer<typeof EngineView>

export const SingletonView = z.strictObject({
  held: z.boolean(),
  venue: z.string(),
  account: z.string(),
  lock: z.string(),
  since: Timestamp,
  violations: Count,
})
export type SingletonView = z.infer<typeof SingletonView>

export const StrategyView = z.strictObject({
  id: z.string(),
  source: z.string(),
  timeframe: z.string(),
  state: z.enum(['warming', 'ready', 'stopped']),
  /** Why it was stopped: the error with its file and line. */
  reason: z.string(),
  signals: Count,
})
export type StrategyView = z.infer<typeof StrategyView>

export const Alert = z.strictObject({
  /** Counted from 1 since the engine started. */
  id: z.int().positive(),
  at: Timestamp,
  level: z.enum(['info', 'warning', 'critical']),
  text: z.string(),
  /** Who has seen it; null while nobody said so. */
  acknowledgedBy: z.string().nullable(),
})
export type Alert = z.infer<typeof Alert>

const Decimal = z.string()

/** What risk is judged by beside the breakers. Amounts in the account's currency; null is unknown. */
export const RiskView = z.strictObject({
  /** The day that daily limits count in; null before the first bar. */
  day: z
    .strictObject({
      day: z.string(),
      endsAt: Timestamp,
      equity: Decimal.nullable(),
      profit: Decimal.nullable(),
      best: Decimal,
      orders: Count,
      entries: Count,
    })
    .nullable(),
  peak: Decimal,
  /** Fall from the peak as a share of it. */
  drawdown: z.number().nullable(),
  /** Trades lost and won in a row. */
  losses: Count,
  wins: Count,
  emotional: z.strictObject({
    active: z.boolean(),
    since: Timestamp.nullable(),
    reason: z.string(),
    /** What sizes are multiplied by now. */
    factor: z.number(),
    wins: Count,
    winsNeeded: Count,
  }),
  profitLock: z.strictObject({ locked: z.boolean(), target: Decimal, giveBack: z.number() }),
  phase: z.strictObject({
    now: Phase,
    since: Timestamp.nullable(),
    next: Phase.nullable(),
    gatePassed: z.boolean(),
    /** What the gate to the next phase still lacks. */
    failures: z.array(z.string()),
    metrics: z.record(z.string(), z.number().nullable()),
  }),
  degradation: z.strictObject({ level: Degradation, since: Timestamp.nullable(), reason: z.string(), factor: z.number() }),
  killSwitches: z.array(z.strictObject({ origin: KillSwitchOrigin, at: Timestamp, reason: z.string() })),
})
export type RiskView = z.infer<typeof RiskView>

/** How signals get through. Times of the feed's clock. */
export const PipelineView = z.strictObject({
  status: z.enum(['HEALTHY', 'WARNING', 'CRITICAL']),
  /** Why it has that status. */
  reason: z.string(),
  bySource: z.array(
    z.strictObject({
      source: z.string(),
      signals: Count,
      approved: Count,
      blocked: Count,
      executed: Count,
      expired: Count,
      lastAt: Timestamp,
    }),
  ),
  /** Signals of the last hour, what that makes a minute, and those of the last minute. */
  perHour: Count,
  perMinute: z.number(),
  lastMinute: Count,
  /** Seconds from making to execution of the newest executed signals; null where there is none. */
  decay: z.strictObject({ count: Count, min: z.number(), median: z.number(), p90: z.number(), max: z.number() }).nullable(),
  stuckCount: Count,
  /** Longest stuck first, at most 20. */
  stuck: z.array(
    z.strictObject({
      signalId: z.string(),
      symbol: SymbolName,
      strategy: z.string(),
      state: SignalState,
      since: Timestamp,
      ageMs: z.number(),
    }),
  ),
})
export type PipelineView = z.infer<typeof PipelineView>

/** Everything a console may see, at one sequence. A delta carries only the members that changed. */
export const Snapshot = z.strictObject({
  instance: z.string(),
  mode: Mode,
  /** Where the mode came from: default, config, environment or flag. */
  modeOrigin: z.string(),
  engine: EngineView,
  processes: z.array(ProcessView),
  singleton: SingletonView,
  /** The newest cycle; null before the first. */
  cycle: Cycle.nullable(),
  /** Newest recorded cycles, newest first, at most 20. */
  cycles: z.array(Cycle),
  feed: FeedView,
  strategies: z.array(StrategyView),
  account: AccountView,
  /** `account.equity` again, where scripts look for it. */
  equity: z.string().nullable(),
  positions: z.array(PositionView),
  /** Orders that are not in an end state, and the newest ended ones: at most 20. */
  orders: z.array(OrderView),
  guards: z.array(GuardTally),
  breakers: z.array(BreakerView),
  /** Null before the orchestrator has said anything. */
  risk: RiskView.nullable(),
  signals: z.strictObject({ total: Count, byState: z.record(z.string(), Count), lastAt: Timestamp.nullable(), pipeline: PipelineView.nullable() }),
  ledger: z.strictObject({ sequence: Count, cycles: Count, bytes: Count, state: z.string() }),
  audit: z.strictObject({ sequence: Count, hash: z.string() }),
  alerts: z.array(Alert),
  illegalMoves: Count,
  /** Wall time of the newest part of it. */
  asOf: Timestamp,
})
export type Snapshot = z.infer<typeof Snapshot>
export const SnapshotDelta = Snapshot.partial()
export type SnapshotDelta = z.infer<typeof SnapshotDelta>
