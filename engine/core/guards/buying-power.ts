import { MONEY_SCALE } from '../../../src/units.ts'
import { block, type Guard, pass } from './guard.ts'

/** What the order needs against equity that is not yet at work. Nothing is borrowed: a short needs as much as a long. */
export const buyingPower: Guard = {
  name: 'buyingPower',
  class: 'failClosed',
  unit: 'currency',
  says: 'Whether the account can pay for the entry out of what is not at work.',
  setting: null,
  evaluate: ({ intent, equity, exposure, pending }) => {
    if (equity === null || exposure === null) return block(null, null, 'buying power is unknown')
    const free = equity - exposure - pending
    if (intent.notional === null || intent.costs === null) return block(null, free / MONEY_SCALE, 'the cost of the order is unknown')
    const need = intent.notional + intent.costs
    const value = need / MONEY_SCALE
    const limit = free / MONEY_SCALE
    return need <= free
      ? pass(value, limit, 'the account can pay for it')
      : block(value, limit, `needs ${value.toFixed(2)}, only ${limit.toFixed(2)} is free`)
  },
}
