import { block, type Guard, pass } from './guard.ts'

/** One position or working order per symbol. An order whose fate is unknown counts: its symbol is not flat. */
export const onePositionPerSymbol: Guard = {
  name: 'onePositionPerSymbol',
  class: 'failClosed',
  unit: 'state',
  says: 'Whether the symbol is flat and nothing of it is working.',
  setting: null,
  evaluate: ({ book, state }) => {
    if (book.state !== 'FLAT') return block(book.state, 'FLAT', `${book.symbol} is ${book.state}`)
    const working = Object.values(state.orders).find(({ order }) => order.symbol === book.symbol)
    if (working !== undefined) return block(working.order.state, 'FLAT', `order ${working.order.clientOrderId} is ${working.order.state}`)
    return pass('FLAT', 'FLAT', `${book.symbol} is flat`)
  },
}
