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
    // Judged before it is rounded for reading: a millisecond beyond the limit is beyond it.
    const age = ageMs / book.timeframeMs
    const shown = Number(age.toPrecision(8))
    return age <= limit ? pass(shown, limit, 'fresh enough') : block(shown, limit, `data is ${shown} bars old, ${limit} is the most`)
  },
}
