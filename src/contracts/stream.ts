import { z } from 'zod'
import { BreakerView } from './breaker.ts'
import { Cycle } from './cycle.ts'
import { Count, Mode, SymbolName, Timestamp } from './names.ts'
import { Decision, GuardResult, Signal, SignalId, SignalState } from './signal.ts'
import { RiskView } from './snapshot.ts'

/**
 * The lines of `streams/*.jsonl`: projections of the ledger in the field names that the older systems use.
 * `sequence` is the ledger sequence that a line was made from; the exporter resumes after the last one in the file.
 */
const Line = { sequence: Count, mode: Mode }

export const CycleLine = Cycle.extend({ mode: Mode })
export type CycleLine = z.infer<typeof CycleLine>

/** `signal_bus.jsonl`: `ts` in epoch seconds, `timestamp` the same instant in ISO 8601. */
export const SignalGeneratedLine = z.strictObject({
  ...Line,
  event_type: z.literal('signal_generated'),
  event_id: z.string(),
  signal_id: SignalId,
  ts: z.number(),
  timestamp: z.string(),
  source: z.string(),
  signal: Signal,
  state: z.literal('generated'),
})
export const SignalStateLine = z.strictObject({
  ...Line,
  event_type: z.literal('state_change'),
  event_id: z.string(),
  signal_id: SignalId,
  old_state: SignalState,
  new_state: SignalState,
  ts: z.number(),
  timestamp: z.string(),
  reason: z.string(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
})
export const SignalBusLine = z.discriminatedUnion('event_type', [SignalGeneratedLine, SignalStateLine])
export type SignalBusLine = z.infer<typeof SignalBusLine>

/** `signal_decisions.jsonl`: the verdict with every guard in order. Fields that nobody observed are null, never a constant. */
export const SignalDecisionLine = z.strictObject({
  ...Line,
  event_type: z.literal('signal_decision'),
  signal_id: SignalId,
  decision: Decision,
  blocker_component: z.string().nullable(),
  blocker_reason: z.string().nullable(),
  /** Every guard that refused, in order. */
  blockers: z.array(z.string()),
  guards: z.array(GuardResult),
  market_snapshot: z.strictObject({
    price: z.number().nullable(),
    spread: z.number().nullable(),
    spread_bps: z.number().nullable(),
    volume_24h: z.number().nullable(),
    volatility: z.number().nullable(),
    regime: z.string().nullable(),
    funding_rate: z.number().nullable(),
    open_interest: z.number().nullable(),
    timestamp: z.string(),
  }),
  signal_metadata: Signal,
  config_hash: z.string(),
  timestamp: z.string(),
  ts: z.number(),
})
export type SignalDecisionLine = z.infer<typeof SignalDecisionLine>

const Decimal = z.string()

/** `shadow_trade_outcomes.jsonl`: one record for each shadow trade that ended. Shares are of 1; what was never filled has no prices. */
export const ShadowTradeLine = z.strictObject({
  ...Line,
  event_type: z.literal('shadow_trade_outcome'),
  signal_id: SignalId,
  shadow_trade_id: z.string(),
  symbol: SymbolName,
  direction: z.enum(['LONG', 'SHORT']),
  entry_price: Decimal.nullable(),
  exit_price: Decimal.nullable(),
  exit_timestamp: z.string(),
  /** After fees and slippage; null where it was never filled. */
  pnl: Decimal.nullable(),
  pnl_pct: z.number().nullable(),
  hold_time_seconds: z.number().nullable(),
  /** A result of exactly zero is no profit. */
  was_profitable: z.boolean().nullable(),
  original_decision: Decision,
  blocker_component: z.string().nullable(),
  timestamp: z.string(),
  ts: z.number(),
  // ours
  strategy: z.string(),
  blockers: z.array(z.string()),
  profile: z.enum(['strategy', 'fixed']),
  quantity: Decimal,
  decision_price: Decimal,
  decision_timestamp: z.string(),
  fees: Decimal,
  slippage: Decimal,
  exit_reason: z.string(),
  /** Its path: furthest for us and against us, as shares of the entry price. */
  path: z.strictObject({ best: z.number(), worst: z.number() }),
})
export type ShadowTradeLine = z.infer<typeof ShadowTradeLine>

/** `trades/<date>.jsonl`: exactly 27 fields of the older trade record, then three of ours. An exit is a record of its own with the entry's order id. */
export const TradeLine = z.strictObject({
  timestamp: z.string(),
  symbol: SymbolName,
  action: z.enum(['BUY', 'SELL']),
  quantity: Decimal,
  price: Decimal,
  total_value: Decimal,
  order_id: z.string(),
  execution_mode: z.string(),
  account_id: z.string().nullable(),
  strategy_name: z.string(),
  entry_type: z.string(),
  stop_loss: Decimal.nullable(),
  target: Decimal.nullable(),
  decision_reasoning: z.string(),
  indicators_used: z.array(z.string()),
  risk_reward_ratio: z.number().nullable(),
  outcome: z.enum(['win', 'loss', 'breakeven', 'open']).nullable(),
  profit_loss: Decimal.nullable(),
  hold_duration_seconds: z.int().nullable(),
  exit_timestamp: z.string().nullable(),
  exit_reasoning: z.string().nullable(),
  slippage: Decimal.nullable(),
  commission: Decimal.nullable(),
  net_profit_loss: Decimal.nullable(),
  session_id: z.string(),
  bot_version: z.string(),
  config_hash: z.string(),
  // ours
  sequence: Count,
  execution_id: z.string(),
  parent_order_id: z.string().nullable(),
})
export type TradeLine = z.infer<typeof TradeLine>

/** `state/execution_heartbeat.json`. */
export const HeartbeatFile = z.strictObject({
  ts_utc: z.string(),
  ny_date: z.string(),
  pid: z.int(),
  hostname: z.string(),
  execution_mode: z.string(),
  dry_run: z.boolean(),
  poll_seconds: z.number(),
  market_is_open: z.boolean().nullable(),
  blocks: z.array(z.string()),
  errors_count: Count,
  intents_count: Count,
  orders_submitted_count: Count,
  candidates_csv: z.strictObject({ path: z.string().nullable(), mtime_utc: z.string().nullable(), row_count: z.number().nullable() }),
  // progress, which the older heartbeat lacked
  cycle: Count,
  bar_sequence: Count,
  last_bar_at: Timestamp.nullable(),
  ledger_sequence: Count,
})
export type HeartbeatFile = z.infer<typeof HeartbeatFile>

/** `ledger/EXIT_EVENTS/<date>.jsonl`: what a stop did, and every fill of an exit. */
export const ExitEventLine = z.strictObject({
  ...Line,
  schema_version: z.literal(1),
  event_id: z.string(),
  event_type: z.string(),
  symbol: SymbolName,
  /** Order id of the entry, and the signal that led to it. */
  position_id: z.string(),
  trade_id: z.string().nullable(),
  ts_utc: z.string(),
  entry_ts_utc: z.string().nullable(),
  entry_ts_ny: z.string().nullable(),
  exit_ts_utc: z.string().nullable(),
  exit_ts_ny: z.string().nullable(),
  qty: Decimal,
  price: Decimal.nullable(),
  stop_price: Decimal.nullable(),
  stop_basis: z.string().nullable(),
  stop_action: z.enum(['set', 'raise', 'skip', 'none']),
  reason: z.string(),
  source: z.literal('engine'),
  strategy_id: z.string(),
  sleeve_id: z.string().nullable(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
})
export type ExitEventLine = z.infer<typeof ExitEventLine>

/** `ledger/PORTFOLIO_DECISIONS/<date>.jsonl` and, the newest, `state/portfolio_decision_latest.json`: one cycle in which something was decided. */
export const PortfolioDecisionLine = z.strictObject({
  ...Line,
  schema_version: z.literal('1.0'),
  decision_id: z.string(),
  ts_utc: z.string(),
  ny_date: z.string(),
  cycle: z.strictObject({ number: Count, service_name: z.literal('orchestrator'), trigger: z.string(), duration_ms: z.number(), result: z.string() }),
  mode_detail: z.strictObject({ execution_mode: z.string(), dry_run_forced: z.boolean() }),
  inputs: z.strictObject({ bars: Count, signals: z.array(z.string()), config_hash: z.string() }),
  intents: z.strictObject({
    intent_count: Count,
    intents: z.array(z.strictObject({ symbol: SymbolName, side: z.enum(['buy', 'sell']), qty: Decimal, ref_price: Decimal })),
  }),
  intents_meta: z.strictObject({
    entry_rejections: z.strictObject({
      candidates_seen: Count,
      accepted: Count,
      rejected: Count,
      reason_counts: z.record(z.string(), Count),
      rejected_symbols: z.array(SymbolName),
    }),
  }),
  gates: z.strictObject({ blocks: z.array(z.strictObject({ code: z.string(), message: z.string() })) }),
  actions: z.strictObject({
    submitted_orders: z.array(
      z.strictObject({
        symbol: SymbolName,
        side: z.enum(['buy', 'sell']),
        qty: Decimal,
        order_type: z.string(),
        client_order_id: z.string(),
        intent_id: z.string().nullable(),
        purpose: z.string(),
      }),
    ),
    skipped: z.array(z.strictObject({ symbol: SymbolName, reason: z.string() })),
    errors: z.array(z.strictObject({ where: z.string(), message: z.string() })),
  }),
})
export type PortfolioDecisionLine = z.infer<typeof PortfolioDecisionLine>

/** `state/symbol_execution_state_<NY date>.json`. What is not known is null. */
export const SymbolExecutionFile = z.strictObject({
  date_ny: z.string(),
  updated_ts_utc: z.string(),
  ledger_sequence: Count,
  symbols: z.record(
    z.string(),
    z.strictObject({
      state: z.string(),
      last_transition_ts_utc: z.string().nullable(),
      entry_intent_id: z.string().nullable(),
      entry_order_ids: z.array(z.string()),
      exit_order_ids: z.array(z.string()),
      entry_fill_ts_utc: z.string().nullable(),
      last_exit_ts_utc: z.string().nullable(),
    }),
  ),
})
export type SymbolExecutionFile = z.infer<typeof SymbolExecutionFile>

/** `state/consumed_entries_<NY date>.json`: symbols that were entered on their present exchange day. */
export const ConsumedEntriesFile = z.strictObject({
  date_ny: z.string(),
  updated_ts_utc: z.string(),
  ledger_sequence: Count,
  consumed: z.array(SymbolName),
  /** How often, and on which day of its exchange. */
  entries: z.record(z.string(), z.strictObject({ day: z.string(), count: Count })),
})
export type ConsumedEntriesFile = z.infer<typeof ConsumedEntriesFile>

/** `streams/equity/<UTC date>.jsonl`: a sample in each minute of the feed, for curves. What is not known is null. */
export const EquityLine = z.strictObject({
  ts_utc: z.string(),
  ledger_sequence: Count,
  equity: Decimal.nullable(),
  realized_pnl: Decimal,
  prices: z.record(SymbolName, Decimal),
})
export type EquityLine = z.infer<typeof EquityLine>

/** `state/risk_metrics.json`. */
export const RiskMetricsFile = z.strictObject({
  date: z.string().nullable(),
  last_updated: z.string(),
  ledger_sequence: Count,
  equity: Decimal.nullable(),
  realized_pnl_today: Decimal.nullable(),
  risk: RiskView,
  breakers: z.array(BreakerView),
})
export type RiskMetricsFile = z.infer<typeof RiskMetricsFile>
