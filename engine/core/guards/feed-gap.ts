import { barsSinceGap } from '../stats.ts'
import { block, type Guard, pass } from './guard.ts'

/** After a gap the averages are of two markets: entries wait until some bars have come without one. */
export const feedGap: Guard = {
  name: 'feedGap',
  class: 'failClosed',
  unit: 'bars',
  says: 'How many bars have come since the last gap of the source.',
  setting: 'guards.feedGap.bars',
  evaluate: ({ book, rules }) => {
    const limit = rules.guards.feedGap.bars
    const bars = barsSinceGap(book)
    return bars >= limit ? pass(bars, limit, 'no gap nearby') : block(bars, limit, `${bars} bars since a gap, ${limit} are needed`)
  },
}
