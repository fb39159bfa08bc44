import { z } from 'zod'
import { SymbolName, Timestamp } from './names.ts'

/** `<SYMBOL>_<epoch ms>_<8 hex>`; the hex digits are a hash of strategy, parameters and bar, so the same bar gives the same id. */
export const SignalId = z.string().regex(/^[A-Z0-9][A-Z0-9._/-]{0,19}_\d{1,16}_[0-9a-f]{8}$/)
export type SignalId = z.infer<typeof SignalId>

/** `flat` asks to close what is open; it takes no risk and so passes no entry guard. */
export const SignalSide = z.enum(['long', 'short', 'flat'])
export type SignalSide = z.infer<typeof SignalSide>

/** A strategy's wish, made on a closed bar. */
export const Signal = z.strictObject({
  id: SignalId,
  symbol: SymbolName,
  side: SignalSide,
  strategy: z.string().min(1).max(64),
  /** Sequence of the bar it was made on. */
  barSequence: z.int().positive(),
  /** Event time of that bar, feed clock. */
  at: Timestamp,
  /** Close of that bar. */
  price: z.number().positive(),
  stop: z.number().positive().nullable(),
  target: z.number().positive().nullable(),
  /** How sure the strategy is, 0 to 1. */
  confidence: z.number().min(0).max(1),
  reason: z.string().max(200),
  /** The values it saw, as the strategy names them. */
  values: z.record(z.string().max(40), z.number()),
})
export type Signal = z.infer<typeof Signal>

export const SIGNAL_STATES = ['generated', 'evaluating', 'approved', 'blocked', 'executing', 'executed', 'expired', 'learned'] as const
export const SignalState = z.enum(SIGNAL_STATES)
export type SignalState = z.infer<typeof SignalState>

export const FailClass = z.enum(['failClosed', 'failOpen'])
export type FailClass = z.infer<typeof FailClass>

/** One guard's answer for one signal. `value` and `limit` are in `unit`; null where the guard could not know them. */
export const GuardResult = z.strictObject({
  guard: z.string(),
  verdict: z.enum(['pass', 'block', 'abstain', 'error']),
  class: FailClass,
  value: z.union([z.number(), z.string()]).nullable(),
  limit: z.union([z.number(), z.string()]).nullable(),
  unit: z.string(),
  /** A sentence an operator understands. */
  reason: z.string(),
  /** True where this result alone refuses the entry: a block, or an error in a fail-closed guard. */
  blocks: z.boolean(),
})
export type GuardResult = z.infer<typeof GuardResult>

export const Decision = z.enum(['APPROVED', 'BLOCKED', 'EXPIRED', 'CANCELLED'])
export type Decision = z.infer<typeof Decision>

export const REGIMES = ['bullish', 'bearish', 'sideways', 'highVolatility', 'unknown'] as const
export const Regime = z.enum(REGIMES)
export type Regime = z.infer<typeof Regime>

/** The market as it was observed when a signal was decided. Null is not observed. */
export const MarketSeen = z.strictObject({
  /** Last close, as decimal text. */
  price: z.string().nullable(),
  priceAt: Timestamp.nullable(),
  /** Units traded over the last 24 h of bars. */
  volume24h: z.number().nullable(),
  /** ATR as a share of price. */
  volatility: z.number().nullable(),
  regime: Regime,
})
export type MarketSeen = z.infer<typeof MarketSeen>
