import { block, type Guard, pass } from './guard.ts'

/** New risk only while the engine runs; paused, safe, halted and draining manage exits and nothing else. */
export const engineState: Guard = {
  name: 'engineState',
  class: 'failClosed',
  unit: 'state',
  says: 'Whether the engine takes new risk at all.',
  setting: null,
  evaluate: ({ state }) => {
    const { state: now, reason } = state.engine
    return now === 'running' || now === 'degraded'
      ? pass(now, 'running, degraded', 'the engine takes new risk')
      : block(now, 'running, degraded', `engine is ${now}: ${reason}`)
  },
}
