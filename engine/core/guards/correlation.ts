import { sideEntering } from '../entering.ts'
import { abstain, block, type Guard, pass } from './guard.ts'

/** Two positions that move as one are one position twice, and an entry that works is one already. Opposite sides of the same move are not. */
export const correlation: Guard = {
  name: 'correlation',
  class: 'failOpen',
  unit: 'correlation',
  says: 'How much the symbol moves like what is open already.',
  setting: 'guards.correlation.limit',
  evaluate: ({ state, rules, book, signal, correlations }) => {
    const { limit } = rules.guards.correlation
    let highest: number | null = null
    let like = ''
    let open = 0
    for (let id = 0; id < state.books.length; id += 1) {
      const other = state.books[id]
      if (other === undefined || other.state === 'FLAT' || other.symbol === book.symbol) continue
      const side = other.position?.side ?? sideEntering(state, other.symbol)
      if (side === null) continue
      open += 1
      const found = correlations[id]
      if (found === null || found === undefined) continue
      const moves = side === signal.side ? found : -found
      if (highest === null || moves > highest) {
        highest = moves
        like = other.symbol
      }
    }
    if (open === 0) return pass(null, limit, 'nothing else is open')
    if (highest === null) return abstain(null, limit, 'too few common hours to tell')
    return highest <= limit ? pass(highest, limit, 'different enough') : block(highest, limit, `moves like ${like}: ${highest.toFixed(3)}`)
  },
}
