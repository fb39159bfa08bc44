import type { Order, OrderPurpose } from '../../src/contracts/order.ts'
import type { Price, Quantity } from '../../src/units.ts'
import { type Draft, nextSequence, record } from './draft.ts'

export type OrderWish = {
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly purpose: OrderPurpose
  readonly quantity: Quantity
  readonly price: Price
  readonly reason: string
  readonly signalId: string | null
  readonly stop: Price | null
  readonly target: Price | null
  readonly strategy: string
  readonly reasoning: string
  readonly indicators: readonly string[]
  /** For an entry: the exchange day that it is counted in. */
  readonly entryDay?: string
}

/** States the intent under an id made from its place in the ledger, and asks for it to be sent once that is on disk. */
export const intend = (draft: Draft, wish: OrderWish): string => {
  const clientOrderId = `${draft.state.ledgerId}-${nextSequence(draft)}`
  const order: Order = {
    clientOrderId,
    signalId: wish.signalId,
    symbol: wish.symbol,
    side: wish.side,
    purpose: wish.purpose,
    reason: wish.reason,
    type: 'market',
    quantity: wish.quantity,
    decisionPrice: wish.price,
    state: 'intended',
    filled: 0,
    filledValue: '0',
    fee: 0,
    venueOrderId: null,
    intendedAt: draft.now,
    updatedAt: draft.now,
  }
  record(draft, {
    kind: 'orderIntended',
    order,
    stop: wish.stop,
    target: wish.target,
    strategy: wish.strategy,
    reasoning: wish.reasoning,
    indicators: [...wish.indicators],
    entryDay: wish.entryDay ?? null,
  })
  draft.effects.push({ kind: 'submit', order, barSequence: draft.state.barSequence })
  return clientOrderId
}
