import type { Bar } from '../../src/contracts/market.ts'
import type { Order, VenueReport } from '../../src/contracts/order.ts'
import type { Effect } from '../core/effect.ts'

declare const recorded: unique symbol

/** An order whose intent is in the ledger. Brokers take nothing else, so sending before recording does not compile. */
export type Recorded<Value> = Value & { readonly [recorded]: true }

export type BrokerAnswer =
  | { readonly kind: 'report'; readonly report: VenueReport }
  /** The order left for the venue; it may or may not get there. */
  | { readonly kind: 'sent'; readonly clientOrderId: string }
  /** The venue has no such order and, because nothing can be on the way any more, never will. */
  | { readonly kind: 'neverArrived'; readonly clientOrderId: string }

/** Calls to the venue since they were last taken. `reason` is that of the newest failure. */
export type VenueCalls = { readonly ok: number; readonly failed: number; readonly reason: string | null }

/** The venue's own record at one of its sequences: signed quantities in lots, without what is flat. */
export type Statement = {
  readonly venueSequence: number
  readonly positions: readonly { readonly symbol: string; readonly quantity: number }[]
}

/** What every venue looks like to the orchestrator. Answers come through the listener, at once or later, each as often as the venue says it. */
export type Broker = {
  readonly venue: string
  /** How long after it was sent a request may still reach the venue: "not found" is no proof before that. 0 within one process. */
  readonly inFlightMsMax: number
  /** Reports after this venue sequence are told again, in order. */
  readonly connect: (afterVenueSequence: number, listener: (answer: BrokerAnswer) => void) => void
  /** `barSequence` is the last bar the decision knew: our own venue fills from the next one on. */
  readonly submit: (order: Recorded<Order>, barSequence: number) => void
  readonly cancel: (clientOrderId: string) => void
  readonly query: (clientOrderId: string) => void
  /** What the venue says we hold; null where the call failed. */
  readonly statement: () => Statement | null
  readonly takeCalls: () => VenueCalls
  readonly close: () => void
}

/** Our own venue is part of no market, so it must be shown each bar before the engine decides on it. */
export type PaperBroker = Broker & {
  readonly see: (bar: Bar) => void
  /** Folds what its log holds into its file; called between cycles. */
  readonly settle: () => void
  /** The same beside the work. */
  readonly settleBeside: () => void
}

/** Stamps the requests of a cycle. Only the code that has just committed that cycle may call it. */
export const afterCommit = (effects: readonly Effect[]): readonly Recorded<Effect>[] => effects as readonly Recorded<Effect>[]
