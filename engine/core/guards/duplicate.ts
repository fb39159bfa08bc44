import { block, type Guard, pass } from './guard.ts'

/** One position or working order per symbol. An order whose fate is unknown counts. */
export const duplicate: Guard = {
  name: 'duplicate',
  class: 'failClosed',
  unit: 'orders',
  says: 'Whether an order or a position of the symbol is there already.',
  setting: null,
  evaluate: ({ book, state }) => {
    for (const id in state.orders) {
      const open = state.orders[id]
      if (open?.order.symbol === book.symbol) return block(open.order.state, 0, `order ${id} is ${open.order.state}`)
    }
    return book.position === null ? pass(0, 0, 'nothing of the symbol is there') : block(1, 0, `a ${book.position.side} of ${book.symbol} is open`)
  },
}
