import { KILL_SWITCHES } from '../../../src/contracts/breaker.ts'
import { block, type Guard, pass } from './guard.ts'

/** Any one of the kill switches is enough, and each is let go of where it was thrown. */
export const killSwitch: Guard = {
  name: 'killSwitch',
  class: 'failClosed',
  unit: 'switch',
  says: 'Whether somebody threw a kill switch: environment, file, command or key.',
  setting: null,
  evaluate: ({ state }) => {
    const { killSwitches } = state.risk
    for (const origin of KILL_SWITCHES) {
      const thrown = killSwitches[origin]
      if (thrown !== undefined) return block(origin, 'none', `thrown by ${origin}: ${thrown.reason}`)
    }
    return pass('none', 'none', 'no kill switch is thrown')
  },
}
