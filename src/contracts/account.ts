import { z } from 'zod'
import { SymbolName, Timestamp } from './names.ts'
import { SignalId } from './signal.ts'

export const SYMBOL_STATES = ['FLAT', 'ENTERING', 'OPEN', 'EXITING'] as const
export const SymbolState = z.enum(SYMBOL_STATES)
export type SymbolState = z.infer<typeof SymbolState>

/** One open position as the console sees it: decimals as text, null where unknown. */
export const PositionView = z.strictObject({
  symbol: SymbolName,
  side: z.enum(['long', 'short']),
  state: SymbolState,
  quantity: z.string(),
  entryPrice: z.string(),
  markPrice: z.string().nullable(),
  markAt: Timestamp.nullable(),
  unrealised: z.string().nullable(),
  unrealisedRatio: z.number().nullable(),
  stop: z.string().nullable(),
  /** Where the stop stood first: from the entry to there is one R, wherever the stop has moved since. */
  firstStop: z.string().nullable(),
  target: z.string().nullable(),
  strategy: z.string(),
  signalId: SignalId.nullable(),
  openedAt: Timestamp,
})
export type PositionView = z.infer<typeof PositionView>

/** One order as the console sees it. */
export const OrderView = z.strictObject({
  clientOrderId: z.string(),
  signalId: SignalId.nullable(),
  symbol: SymbolName,
  side: z.enum(['buy', 'sell']),
  purpose: z.enum(['entry', 'exit']),
  reason: z.string(),
  state: z.string(),
  quantity: z.string(),
  filled: z.string(),
  averagePrice: z.string().nullable(),
  fee: z.string(),
  intendedAt: Timestamp,
  updatedAt: Timestamp,
})
export type OrderView = z.infer<typeof OrderView>

/** Money as decimal text in the account's currency; null is unknown, and unknown is never zero. */
export const AccountView = z.strictObject({
  currency: z.string(),
  cash: z.string().nullable(),
  equity: z.string().nullable(),
  realised: z.string(),
  unrealised: z.string().nullable(),
  fees: z.string(),
})
export type AccountView = z.infer<typeof AccountView>
