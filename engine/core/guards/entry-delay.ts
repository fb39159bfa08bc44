import { isContinuous } from '../../../src/exchange-calendar.ts'
import { block, type Guard, pass } from './guard.ts'

const MINUTE_MS = 60_000

/** How long after the open of the exchange the first entry may come. */
export const entryDelay: Guard = {
  name: 'entryDelay',
  class: 'failClosed',
  unit: 'minutes',
  says: 'How long after the open of the exchange the first entry may come.',
  setting: 'guards.entryDelay.minutes',
  evaluate: ({ rules, day, now }) => {
    const limit = rules.guards.entryDelay.minutes
    if (limit === 0) return pass(null, limit, 'nothing to wait for')
    if (isContinuous(day)) return pass('CONTINUOUS', limit, 'the market did not open today: it never shut')
    if (day.opensAt === null || now < day.opensAt) return block(null, limit, 'the exchange has not opened today')
    const minutes = (now - day.opensAt) / MINUTE_MS
    return minutes >= limit
      ? pass(minutes, limit, 'long enough after the open')
      : block(minutes, limit, `${minutes.toFixed(1)} minutes after the open, entries begin after ${limit}`)
  },
}
