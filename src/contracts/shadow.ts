import { z } from 'zod'
import { SymbolName, Timestamp } from './names.ts'
import { Decision, SignalId } from './signal.ts'

/** A decided signal traded beside the account. Prices in ticks, quantities in lots, money in millionths. */
export const ShadowTrade = z.strictObject({
  /** `shadow_<signal id>`: one for each decision. */
  shadowId: z.string(),
  signalId: SignalId,
  symbol: SymbolName,
  side: z.enum(['long', 'short']),
  strategy: z.string(),
  decision: Decision,
  /** First blocker and all of them; null and empty where it was approved. */
  blocker: z.string().nullable(),
  blockers: z.array(z.string()),
  /** The rules that lead it out: those of the real path, or fixed ones. Settled when it is opened, so a reload mixes nothing. */
  profile: z.enum(['strategy', 'fixed']),
  quantity: z.int().positive(),
  /** Price at the decision; it is filled at the next bar. */
  decisionPrice: z.int().positive(),
  stop: z.int().positive().nullable(),
  target: z.int().positive().nullable(),
  decidedAt: Timestamp,
})
export type ShadowTrade = z.infer<typeof ShadowTrade>

export const ShadowOutcome = z.strictObject({
  /** Average prices; null where it never filled. */
  entryPrice: z.int().positive().nullable(),
  exitPrice: z.int().positive().nullable(),
  enteredAt: Timestamp.nullable(),
  exitedAt: Timestamp,
  /** After fees of both sides and slippage, in money. */
  pnl: z.int(),
  fees: z.int(),
  slippage: z.int(),
  /** Share of what was put in. */
  pnlRatio: z.number().nullable(),
  reason: z.string(),
  /** Furthest that it went for us and against us, as shares of the entry price. */
  bestRatio: z.number(),
  worstRatio: z.number(),
})
export type ShadowOutcome = z.infer<typeof ShadowOutcome>
