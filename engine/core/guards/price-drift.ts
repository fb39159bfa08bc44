import { block, type Guard, pass } from './guard.ts'

/** Between the signal's bar and now the price may have left. */
export const priceDrift: Guard = {
  name: 'priceDrift',
  class: 'failClosed',
  unit: 'ratio of price',
  says: 'How far the price has moved since the signal was made.',
  setting: 'guards.priceDrift.limit',
  evaluate: ({ intent, signal, scale, rules }) => {
    const { limit } = rules.guards.priceDrift
    if (intent.price === null) return block(null, limit, 'no price yet')
    const drift = Math.abs(intent.price * scale.tick - signal.price) / signal.price
    return drift <= limit
      ? pass(drift, limit, 'the price is still there')
      : block(drift, limit, `the price has moved ${(drift * 100).toFixed(2)} %, ${limit * 100} % is the most`)
  },
}
