import { block, type Guard, pass } from './guard.ts'

/** Bars have no quotes, so this is what the account is set to expect: half the spread and slippage on both ways. */
export const spread: Guard = {
  name: 'spread',
  class: 'failOpen',
  unit: 'bps',
  says: 'What spread and slippage of both ways are expected to cost.',
  setting: 'guards.spread.limitBps',
  evaluate: ({ rules }) => {
    const { limitBps } = rules.guards.spread
    const cost = 2 * rules.costBps
    return cost <= limitBps ? pass(cost, limitBps, 'cheap enough') : block(cost, limitBps, `${cost} bps for both ways, ${limitBps} is the most`)
  },
}
