import { block, type Guard, pass } from './guard.ts'

/** So many entries of a symbol in its exchange day. A count of another day counts nothing. */
export const consumedEntries: Guard = {
  name: 'consumedEntries',
  class: 'failClosed',
  unit: 'entries',
  says: 'How often the symbol was entered in this exchange day.',
  setting: 'guards.consumedEntries.limit',
  evaluate: ({ book, day, traits, rules }) => {
    const { limit, continuousLimit } = rules.guards.consumedEntries
    const most = traits.calendar === 'XNYS' ? limit : continuousLimit
    const count = (book.entries !== null && book.entries.day === day.day ? book.entries.count : 0) + 1
    return count <= most
      ? pass(count, most, 'not consumed yet')
      : block(count, most, `${book.symbol} was entered ${count - 1} times on ${day.day}, ${most} is the most`)
  },
}
