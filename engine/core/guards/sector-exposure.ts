import { block, type Guard, pass } from './guard.ts'

/** Positions that share a sector fall together. An instrument without a sector is one of its own. */
export const sectorExposure: Guard = {
  name: 'sectorExposure',
  class: 'failClosed',
  unit: 'positions',
  says: 'How many positions of the same sector would be open.',
  setting: 'guards.sectorExposure.positions',
  evaluate: ({ state, rules, traits, book }) => {
    const limit = rules.guards.sectorExposure.positions
    if (traits.sector === null) return pass(1, limit, 'a sector of its own')
    let count = 1
    for (let id = 0; id < state.books.length; id += 1) {
      const other = state.books[id]
      if (other !== undefined && other.state !== 'FLAT' && other.symbol !== book.symbol && rules.traits[id]?.sector === traits.sector) count += 1
    }
    return count <= limit
      ? pass(count, limit, 'room in the sector')
      : block(count, limit, `${count - 1} positions in ${traits.sector} are open, ${limit} is the most`)
  },
}
