import { isLocked } from '../controls/profit-lock.ts'
import { block, type Guard, pass } from './guard.ts'

export const profitLock: Guard = {
  name: 'profitLock',
  class: 'failClosed',
  unit: 'lock',
  says: 'Whether so much of the day’s profit was given back that entries are over for the day.',
  setting: 'controls.profitLock',
  evaluate: ({ state, rules }) => {
    if (rules.controls.profitLock.target !== '0' && state.risk.day === null) return block(null, 'open', 'no day has begun: its lock is unknown')
    return isLocked(state)
      ? block('locked', 'open', 'the day’s profit is locked: no entries until the next day')
      : pass('open', 'open', 'no profit is locked')
  },
}
