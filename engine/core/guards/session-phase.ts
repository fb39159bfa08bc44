import { sessionPhase as phaseAt } from '../../../src/exchange-calendar.ts'
import { block, type Guard, pass } from './guard.ts'

/** The noise after the open and the rush before the close are no time for entries. */
export const sessionPhase: Guard = {
  name: 'sessionPhase',
  class: 'failClosed',
  unit: 'phase',
  says: 'Whether this part of the session is one for entries.',
  setting: 'guards.sessionPhase.blocked',
  evaluate: ({ rules, traits, now }) => {
    const phase = phaseAt(traits.calendar, now)
    const { blocked } = rules.guards.sessionPhase
    if (phase === 'CLOSED') return pass(phase, null, 'shut: that is for the market hours to judge')
    return (blocked as readonly string[]).includes(phase)
      ? block(phase, blocked.join(', '), `no entries in ${phase}`)
      : pass(phase, null, 'this part of the session is open to entries')
  },
}
