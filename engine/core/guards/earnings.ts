import { civilDay } from '../../../src/civil-day.ts'
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
    let nearest = Number.MAX_SAFE_INTEGER
    for (const date of dates) nearest = Math.min(nearest, Math.abs(dayNumber(date) - today))
    return nearest > limit
      ? pass(nearest, limit, 'no report nearby')
      : block(nearest, limit, `a report ${nearest} days away, ${limit} are kept clear`)
  },
}

/** YYYY-MM-DD as a number of days. Digit by digit, because a list may have hundreds of dates and each entry asks for all of them. */
const dayNumber = (text: string): number => civilDay(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))

const ZERO = 48

const digits = (text: string, from: number, to: number): number => {
  let value = 0
  for (let index = from; index < to; index += 1) value = value * 10 + text.charCodeAt(index) - ZERO
  return value
}
