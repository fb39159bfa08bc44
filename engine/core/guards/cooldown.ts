import { block, type Guard, pass } from './guard.ts'

const MINUTE_MS = 60_000

export const cooldown: Guard = {
  name: 'cooldown',
  class: 'failClosed',
  unit: 'minutes',
  says: 'How long ago the last position of the symbol was closed.',
  setting: 'guards.cooldown.minutes',
  evaluate: ({ book, rules, now }) => {
    const limit = rules.guards.cooldown.minutes
    if (book.lastExitAt === null || limit === 0) return pass(null, limit, 'nothing to cool down from')
    const minutes = (now - book.lastExitAt) / MINUTE_MS
    return minutes >= limit
      ? pass(minutes, limit, 'cooled down')
      : block(minutes, limit, `closed ${minutes.toFixed(1)} minutes ago, ${limit} are waited`)
  },
}
