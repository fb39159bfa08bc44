import { relativeVolumeOf } from '../stats.ts'
import { abstain, block, type Guard, pass } from './guard.ts'

export const relativeVolume: Guard = {
  name: 'relativeVolume',
  class: 'failOpen',
  unit: 'times usual',
  says: 'How much is traded, against what is usual for the symbol.',
  setting: 'guards.relativeVolume.limit',
  evaluate: ({ book, rules }) => {
    const { limit } = rules.guards.relativeVolume
    const value = relativeVolumeOf(book)
    if (value === null) return abstain(null, limit, 'too few bars to know what is usual')
    return value >= limit
      ? pass(value, limit, 'enough is traded')
      : block(value, limit, `${value.toFixed(2)} of what is usual, ${limit} is the least`)
  },
}
