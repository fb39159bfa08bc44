import { block, type Guard, pass } from './guard.ts'

/** The price and the signal must be recent by the feed's clock. A wrong price costs more than a missing one. */
export const dataFreshness: Guard = {
  name: 'dataFreshness',
  class: 'failClosed',
  unit: 'bars',
  says: 'How old the newest price and the signal are.',
  setting: 'risk.dataAgeBarsMax',
  evaluate: ({ book, signal, now, rules }) => {
    const limit = rules.risk.dataAgeBarsMax
    if (book.mark === null || book.markAt === null || book.timeframeMs === null) return block(null, limit, 'no price yet')
    const ageMs = Math.max(now - book.markAt, now - signal.at)
    const age = Math.round((ageMs / book.timeframeMs) * 1_000) / 1_000
    return age <= limit ? pass(age, limit, 'fresh enough') : block(age, limit, `data is ${age} bars old, ${limit} is the most`)
  },
}
