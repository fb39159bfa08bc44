import { abstain, block, type Guard, pass } from './guard.ts'

const BPS = 10_000

/** The way to the target has to leave something after fees, spread and slippage of both ways. */
export const feeEdge: Guard = {
  name: 'feeEdge',
  class: 'failClosed',
  unit: 'bps',
  says: 'What the way to the target leaves after all costs.',
  setting: 'guards.feeEdge.edgeBps',
  evaluate: ({ signal, intent, scale, rules }) => {
    const limit = rules.guards.feeEdge.edgeBps
    if (signal.target === null) return abstain(null, limit, 'the signal names no target')
    if (intent.price === null) return block(null, limit, 'no price yet')
    const price = intent.price * scale.tick
    const way = ((signal.target - price) / price) * BPS * (signal.side === 'short' ? -1 : 1)
    const edge = way - 2 * (rules.feeBps + rules.costBps)
    return edge >= limit ? pass(edge, limit, 'worth its costs') : block(edge, limit, `${edge.toFixed(1)} bps would be left, ${limit} is the least`)
  },
}
