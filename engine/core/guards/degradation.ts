import { degradationRefusal } from '../controls/degradation.ts'
import { block, type Guard, pass } from './guard.ts'

export const degradation: Guard = {
  name: 'degradation',
  class: 'failClosed',
  unit: 'level',
  says: 'Whether the engine has stepped down so far that nothing may be entered here.',
  setting: null,
  evaluate: ({ state }) => {
    const { level } = state.risk.degradation
    const refusal = degradationRefusal(state)
    return refusal === null ? pass(level, 'paperOnly', 'entries are allowed on this step') : block(level, 'paperOnly', refusal)
  },
}
