import { block, type Guard, pass } from './guard.ts'

/** Regular sessions only. Markets that never close are always in theirs. */
export const marketHours: Guard = {
  name: 'marketHours',
  class: 'failClosed',
  unit: 'session',
  says: 'Whether the exchange of the instrument is in its regular session.',
  setting: 'guards.marketHours.enabled',
  evaluate: ({ rules, traits, day, now }) => {
    if (!rules.guards.marketHours.enabled) return pass('not asked', 'open', 'market hours are not asked for')
    if (traits.calendar === '24x7') return pass('CONTINUOUS', 'open', 'this market never closes')
    const { opensAt, closesAt, why } = day
    if (opensAt === null || closesAt === null) return block('shut', 'open', `${traits.calendar} is shut on ${day.day}: ${why}`)
    if (now >= opensAt && now < closesAt) return pass('open', 'open', 'the exchange is open')
    return block('shut', 'open', `${traits.calendar} ${now < opensAt ? 'has not opened yet' : 'has closed'}${why === '' ? '' : ` (${why})`}`)
  },
}
