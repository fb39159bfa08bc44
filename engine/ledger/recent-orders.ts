import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Order } from '../../src/contracts/order.ts'

/** Facts that tell of an order, the one that begins it first. */
export const ORDER_KINDS = ['orderIntended', 'orderFilled', 'orderStateChanged'] as const

/** Orders that are remembered; an order that was touched last is forgotten last. */
export const RECENT_ORDERS_MAX = 200

export type RecentOrders = {
  readonly note: (event: EngineEvent) => void
  /** The ones touched last, as they stand, newest first. */
  readonly newest: (limit: number) => Order[]
}

/** The newest orders, kept beside the ledger's facts so that nobody has to look for them among all there ever were. */
export const recentOrders = (): RecentOrders => {
  const orders = new Map<string, Order>()
  const keep = (order: Order): void => {
    orders.delete(order.clientOrderId)
    orders.set(order.clientOrderId, order)
    const [oldest] = orders.keys()
    if (orders.size > RECENT_ORDERS_MAX && oldest !== undefined) orders.delete(oldest)
  }
  return {
    note: (event) => {
      if (event.kind === 'orderIntended' || event.kind === 'orderFilled') keep(event.order)
      else if (event.kind === 'orderStateChanged') {
        const order = orders.get(event.clientOrderId)
        if (order !== undefined) keep({ ...order, state: event.to, updatedAt: event.at, venueOrderId: event.venueOrderId ?? order.venueOrderId })
      }
    },
    newest: (limit) => [...orders.values()].reverse().slice(0, limit),
  }
}
