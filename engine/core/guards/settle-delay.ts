import { isContinuous } from '../../../src/exchange-calendar.ts'
import { block, type Guard, pass } from './guard.ts'

const MINUTE_MS = 60_000

/** How long prices are left to settle after the open. */
export const settleDelay: Guard = {
  name: 'settleDelay',
  class: 'failClosed',
  unit: 'minutes',
  says: 'How long prices are left to settle after the open.',
  setting: 'guards.settleDelay.minutes',
  evaluate: ({ rules, day, now }) => {
    const limit = rules.guards.settleDelay.minutes
    if (limit === 0) return pass(null, limit, 'nothing to wait for')
    if (isContinuous(day)) return pass('CONTINUOUS', limit, 'the market did not open today: it never shut')
    if (day.opensAt === null || now < day.opensAt) return block(null, limit, 'the exchange has not opened today')
    const minutes = (now - day.opensAt) / MINUTE_MS
    return minutes >= limit
      ? pass(minutes, limit, 'long enough after the open')
      : block(minutes, limit, `${minutes.toFixed(1)} minutes after the open, prices settle for ${limit}`)
  },
}
