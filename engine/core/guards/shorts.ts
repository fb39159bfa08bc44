import { block, type Guard, pass } from './guard.ts'

export const shorts: Guard = {
  name: 'shorts',
  class: 'failClosed',
  unit: 'side',
  says: 'Whether the account may sell what it does not have.',
  setting: 'risk.allowShort',
  evaluate: ({ signal, rules }) =>
    signal.side === 'short' && !rules.risk.allowShort
      ? block('short', 'long', 'shorts are not allowed')
      : pass(signal.side, null, 'this side is allowed'),
}
