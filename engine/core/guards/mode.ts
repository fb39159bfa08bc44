import { block, type Guard, pass } from './guard.ts'

const OPEN = ['dry-run', 'simulate', 'paper'] as const
const ARMED = OPEN.join(', ')

/** Real money needs the live gate, which this build has not; a person executes tickets in manual mode, which it has not either. */
export const mode: Guard = {
  name: 'mode',
  class: 'failClosed',
  unit: 'mode',
  says: 'Whether the mode risks real money without being armed.',
  setting: null,
  evaluate: ({ state }) => {
    const limit = ARMED
    return (OPEN as readonly string[]).includes(state.mode)
      ? pass(state.mode, limit, 'this mode risks no real money')
      : block(state.mode, limit, `mode ${state.mode} is not armed`)
  },
}
