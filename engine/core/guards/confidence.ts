import { block, type Guard, pass } from './guard.ts'

export const confidence: Guard = {
  name: 'confidence',
  class: 'failClosed',
  unit: '0 to 1',
  says: 'How sure the strategy is.',
  setting: 'guards.confidence.limit',
  evaluate: ({ signal, rules }) => {
    const { limit } = rules.guards.confidence
    return signal.confidence >= limit
      ? pass(signal.confidence, limit, 'sure enough')
      : block(signal.confidence, limit, `${signal.confidence.toFixed(2)} is not sure enough, ${limit} is the least`)
  },
}
