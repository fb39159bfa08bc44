import { block, type Guard, pass } from './guard.ts'

const MINUTE_MS = 60_000

/** Fresh by what the list says of itself, never by the time of its file: a copy or a touch makes no list of today. */
export const watchlist: Guard = {
  name: 'watchlist',
  class: 'failClosed',
  unit: 'minutes',
  says: 'Whether the symbol is on a whole watchlist of today.',
  setting: 'guards.watchlist.ageMinutesMax',
  evaluate: ({ state, rules, signal, day, now }) => {
    const { required, ageMinutesMax: limit } = rules.guards.watchlist
    if (!required) return pass(null, limit, 'no watchlist is asked for')
    const list = state.risk.watchlist
    if (list === null) return block(null, limit, 'there is no watchlist')
    const age = (now - list.madeAt) / MINUTE_MS
    if (list.day !== day.day) return block(age, limit, `the watchlist is of ${list.day}, today is ${day.day}`)
    if (list.rows !== list.symbols.length)
      return block(age, limit, `the watchlist has ${list.symbols.length} symbols and says ${list.rows}: it is not whole`)
    if (age > limit || age < 0) return block(age, limit, `the watchlist is ${age.toFixed(0)} minutes old`)
    return list.symbols.includes(signal.symbol)
      ? pass(age, limit, 'on the watchlist of today')
      : block(age, limit, `${signal.symbol} is not on the watchlist`)
  },
}
