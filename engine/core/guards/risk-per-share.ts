import { block, type Guard, pass } from './guard.ts'

/** A stop that is far away makes a small position with a large hole in it. */
export const riskPerShare: Guard = {
  name: 'riskPerShare',
  class: 'failClosed',
  unit: 'ratio of price',
  says: 'How far the stop is from the price.',
  setting: 'guards.riskPerShare.limit',
  evaluate: ({ intent, rules }) => {
    const { limit } = rules.guards.riskPerShare
    if (intent.price === null || intent.stop === null) return block(null, limit, 'the risk is unknown: no price or no stop')
    const risk = Math.abs(intent.price - intent.stop) / intent.price
    return risk <= limit
      ? pass(risk, limit, 'the stop is near enough')
      : block(risk, limit, `the stop is ${(risk * 100).toFixed(2)} % away, ${limit * 100} % is the most`)
  },
}
