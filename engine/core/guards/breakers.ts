import { openBreakers } from '../breakers/status.ts'
import { block, type Guard, pass } from './guard.ts'

/** Every breaker that is not closed refuses new risk. Exits never ask. */
export const breakers: Guard = {
  name: 'breakers',
  class: 'failClosed',
  unit: 'breakers',
  says: 'Whether a circuit breaker is open or waits for a person.',
  setting: 'breakers',
  evaluate: ({ state, rules, now }) => {
    const open = openBreakers(state, rules, now)
    const [first] = open
    return first === undefined ? pass(0, 0, 'all are closed') : block(open.length, 0, `${open.map(({ name }) => name).join(', ')}: ${first.reason}`)
  },
}
