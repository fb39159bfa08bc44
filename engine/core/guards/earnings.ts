import { assert } from '../../../src/assert.ts'
import { parseCivilDay } from '../../../src/civil-day.ts'
import { abstain, block, type Guard, pass } from './guard.ts'

/** Days around a company's report are no days for entries. Without a list nothing is known, and that is shown. */
export const earnings: Guard = {
  name: 'earnings',
  class: 'failOpen',
  unit: 'days',
  says: 'How near the next or last earnings report of the company is.',
  setting: 'guards.earnings.days',
  evaluate: ({ state, signal, day, rules }) => {
    const limit = rules.guards.earnings.days
    const list = state.risk.earnings
    if (list === null) return abstain(null, limit, 'there is no list of earnings')
    const dates = list[signal.symbol]
    if (dates === undefined || dates.length === 0) return pass(null, limit, 'no report is known')
    const today = dayNumber(day.day)
    const nearest = dates.reduce((best, date) => Math.min(best, Math.abs(dayNumber(date) - today)), Number.MAX_SAFE_INTEGER)
    return nearest > limit
      ? pass(nearest, limit, 'no report nearby')
      : block(nearest, limit, `a report ${nearest} days away, ${limit} are kept clear`)
  },
}

const dayNumber = (text: string): number => {
  const day = parseCivilDay(text)
  assert(day !== null, `${text} is a date`)
  return day
}
