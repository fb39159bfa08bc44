import { block, type Guard, pass } from './guard.ts'

const MINUTE_MS = 60_000

/** How long prices are left to settle after the open. */
export const settleDelay: Guard = {
  name: 'settleDelay',
  class: 'failClosed',
  unit: 'minutes',
  says: 'How long prices are left to settle after the open.',
  setting: 'guards.settleDelay.minutes',
  evaluate: ({ rules, traits, day, now }) => {
    const limit = rules.guards.settleDelay.minutes
    if (traits.calendar === '24x7' || limit === 0) return pass(null, limit, 'nothing to wait for')
    if (day.opensAt === null || now < day.opensAt) return block(null, limit, 'the exchange has not opened today')
    const minutes = (now - day.opensAt) / MINUTE_MS
    return minutes >= limit
      ? pass(minutes, limit, 'long enough after the open')
      : block(minutes, limit, `${minutes.toFixed(1)} minutes after the open, prices settle for ${limit}`)
  },
}
