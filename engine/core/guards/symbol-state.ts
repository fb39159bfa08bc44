import { block, type Guard, pass } from './guard.ts'

/** A symbol is entered from FLAT only; its state survives midnight and restarts. */
export const symbolState: Guard = {
  name: 'symbolState',
  class: 'failClosed',
  unit: 'state',
  says: 'Whether the symbol is flat.',
  setting: null,
  evaluate: ({ book }) =>
    book.state === 'FLAT' ? pass('FLAT', 'FLAT', 'the symbol is flat') : block(book.state, 'FLAT', `${book.symbol} is ${book.state}`),
}
