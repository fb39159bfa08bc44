import { block, type Guard, pass } from './guard.ts'

/** Bars that were missed in the ring were read late from the tape: for a while nobody knows how late the others are. */
export const ringOverrun: Guard = {
  name: 'ringOverrun',
  class: 'failClosed',
  unit: 'bars',
  says: 'How many bars have come since some were last missed on their way here.',
  setting: 'guards.ringOverrun.bars',
  evaluate: ({ state, rules }) => {
    const limit = rules.guards.ringOverrun.bars
    const { overrunBar } = state.risk
    if (overrunBar === 0) return pass(null, limit, 'none was ever missed')
    const bars = state.barSequence - overrunBar
    return bars >= limit ? pass(bars, limit, 'none was missed lately') : block(bars, limit, `bars were missed ${bars} bars ago, ${limit} are needed`)
  },
}
