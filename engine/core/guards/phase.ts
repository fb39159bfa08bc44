import { phaseEntriesMax, phaseRefusal } from '../controls/phases.ts'
import { block, type Guard, pass } from './guard.ts'

/** How far a strategy has come says where it may trade and how often. */
export const phase: Guard = {
  name: 'phase',
  class: 'failClosed',
  unit: 'entries/day',
  says: 'Whether the phase of the account allows one more entry here.',
  setting: 'controls.phases',
  evaluate: ({ state, rules }) => {
    const refusal = phaseRefusal(state)
    if (refusal !== null) return block(state.risk.phase.now, 'proof', refusal)
    const limit = phaseEntriesMax(rules, state)
    if (limit === null) return pass(state.risk.phase.now, null, 'the phase sets no number of entries')
    const { day } = state.risk
    if (day === null) return block(null, limit, 'no day has begun to count entries in')
    const after = day.entries + 1
    return after <= limit
      ? pass(after, limit, 'within what the phase allows in a day')
      : block(after, limit, `the phase ${state.risk.phase.now} allows ${limit} entries a day`)
  },
}
