import type { Order } from '../../src/contracts/order.ts'

/** A request to the outside, performed only after the facts that led to it are on disk. */
export type Effect =
  | { readonly kind: 'submit'; readonly order: Order; readonly barSequence: number }
  | { readonly kind: 'cancel'; readonly clientOrderId: string }
  /** Ask the venue what became of an order that may or may not have reached it. */
  | { readonly kind: 'query'; readonly clientOrderId: string }
  | { readonly kind: 'answer'; readonly commandId: string; readonly outcome: 'accepted' | 'refused'; readonly message: string }
