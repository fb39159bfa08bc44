import { z } from 'zod'
import { SymbolName, Timestamp } from './names.ts'
import { SignalId } from './signal.ts'

export const ORDER_STATES = [
  'intended',
  'submitted',
  'acknowledged',
  'partiallyFilled',
  'filled',
  'denied',
  'rejected',
  'cancelled',
  'expired',
  'unknown',
] as const
export const OrderState = z.enum(ORDER_STATES)
export type OrderState = z.infer<typeof OrderState>

export const OrderPurpose = z.enum(['entry', 'exit'])
export type OrderPurpose = z.infer<typeof OrderPurpose>

/** Prices in ticks, quantities in lots, money in millionths: the integers of `units.ts`. */
export const Order = z.strictObject({
  /** `<ledger>-<sequence>`: derived from the ledger, so it is known before anything is sent and never given twice. */
  clientOrderId: z.string().min(1).max(36),
  signalId: SignalId.nullable(),
  symbol: SymbolName,
  side: z.enum(['buy', 'sell']),
  purpose: OrderPurpose,
  /** stop, target, signal, flatten … for an exit; the strategy for an entry. */
  reason: z.string(),
  type: z.literal('market'),
  quantity: z.int().positive(),
  /** Price at the decision, for slippage. */
  decisionPrice: z.int().positive(),
  state: OrderState,
  filled: z.int().nonnegative(),
  /** Sum of price × lots over the fills, in ticks × lots, as text because it may leave the safe range. */
  filledValue: z.string(),
  fee: z.int(),
  venueOrderId: z.string().nullable(),
  intendedAt: Timestamp,
  updatedAt: Timestamp,
})
export type Order = z.infer<typeof Order>

/** What a venue says. `venueSequence` orders the reports of one venue, without holes, so a lost one is noticed. */
export const VenueReport = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('acknowledged'),
    venueSequence: z.int(),
    clientOrderId: z.string(),
    venueOrderId: z.string(),
    at: Timestamp,
    barSequence: z.int(),
  }),
  z.strictObject({
    kind: z.literal('rejected'),
    venueSequence: z.int(),
    clientOrderId: z.string(),
    reason: z.string(),
    at: Timestamp,
    barSequence: z.int(),
  }),
  z.strictObject({
    kind: z.literal('filled'),
    venueSequence: z.int(),
    clientOrderId: z.string(),
    executionId: z.string(),
    quantity: z.int().positive(),
    price: z.int().positive(),
    fee: z.int(),
    /** True where nothing is left to fill. */
    complete: z.boolean(),
    at: Timestamp,
    barSequence: z.int(),
  }),
  z.strictObject({
    kind: z.literal('cancelled'),
    venueSequence: z.int(),
    clientOrderId: z.string(),
    reason: z.string(),
    at: Timestamp,
    barSequence: z.int(),
  }),
])
export type VenueReport = z.infer<typeof VenueReport>
