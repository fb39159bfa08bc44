import { block, type Guard, pass } from './guard.ts'

/** Positions open or being opened, this one included. */
export const positionCount: Guard = {
  name: 'positionCount',
  class: 'failClosed',
  unit: 'positions',
  says: 'How many positions would be open.',
  setting: 'risk.positionsMax',
  evaluate: ({ state, book, rules }) => {
    const others = state.books.filter((other) => other.state !== 'FLAT' && other.symbol !== book.symbol).length
    const count = others + 1
    const limit = rules.risk.positionsMax
    return count <= limit ? pass(count, limit, 'room for one more') : block(count, limit, `${others} positions are open, ${limit} is the most`)
  },
}
