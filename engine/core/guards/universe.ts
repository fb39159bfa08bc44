import { block, type Guard, pass } from './guard.ts'

/** What may be traded: everything that is configured, unless a list says less. */
export const universe: Guard = {
  name: 'universe',
  class: 'failClosed',
  unit: 'symbol',
  says: 'Whether the symbol is one that may be traded.',
  setting: 'guards.universe.allow',
  evaluate: ({ signal, rules }) => {
    const { allow, deny } = rules.guards.universe
    const { symbol } = signal
    if (deny.includes(symbol)) return block(symbol, null, `${symbol} is on the list of what is not traded`)
    if (allow.length > 0 && !allow.includes(symbol)) return block(symbol, null, `${symbol} is not among the ${allow.length} symbols that are allowed`)
    return pass(symbol, null, 'the symbol may be traded')
  },
}
