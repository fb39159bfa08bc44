import { block, type Guard, pass } from './guard.ts'

export const ordersPerDay: Guard = {
  name: 'ordersPerDay',
  class: 'failClosed',
  unit: 'orders',
  says: 'How many orders were sent in this day of the account.',
  setting: 'guards.ordersPerDay.limit',
  evaluate: ({ state, rules }) => {
    const { limit } = rules.guards.ordersPerDay
    const { day } = state.risk
    if (day === null) return block(null, limit, 'no day has begun to count orders in')
    const count = day.orders + 1
    return count <= limit ? pass(count, limit, 'within the day') : block(count, limit, `${day.orders} orders on ${day.day}, ${limit} is the most`)
  },
}
