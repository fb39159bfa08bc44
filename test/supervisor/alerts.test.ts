import { expect, test } from 'vitest'
import { createAlerts } from '../../engine/supervisor/alerts.ts'
import { stillHub } from './still-hub.ts'

const world = () => {
  const { hub, shown, urgent } = stillHub()
  const logged: string[] = []
  const log = {
    error: (text: string) => logged.push(`error ${text}`),
    warn: (text: string) => logged.push(`warn ${text}`),
    info: (text: string) => logged.push(`info ${text}`),
  }
  return { alerts: createAlerts(hub, log as never, () => 7), shown, urgent, logged }
}

test('alerts are shown newest first and are in the log; only a critical one does not wait for a tick', () => {
  const { alerts, shown, urgent, logged } = world()
  alerts.tell('warning', 'slow')
  alerts.tell('critical', 'dead')
  alerts.tell('info', 'well')
  expect(shown().alerts.map(({ id, at, level, text }) => [id, at, level, text])).toEqual([
    [3, 7, 'info', 'well'],
    [2, 7, 'critical', 'dead'],
    [1, 7, 'warning', 'slow'],
  ])
  expect(logged).toEqual(['warn slow', 'error dead', 'info well'])
  expect(urgent).toEqual([false, true, false])
})

test('twenty are kept, and their numbers go on', () => {
  const { alerts, shown } = world()
  for (let count = 1; count <= 25; count += 1) alerts.tell('info', `alert ${count}`)
  expect(shown().alerts.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index))
})

test('each is marked as seen once, by whom; nothing is told where none was open', () => {
  const { alerts, shown, urgent } = world()
  for (const text of ['one', 'two', 'three']) alerts.tell('warning', text)
  expect(alerts.acknowledge(2, 'anna')).toBe(1)
  expect(alerts.acknowledge(2, 'ben')).toBe(0)
  expect(alerts.acknowledge(99, 'ben')).toBe(0)
  expect(urgent).toHaveLength(4)
  expect(alerts.acknowledge(null, 'ben')).toBe(2)
  expect(shown().alerts.map(({ acknowledgedBy }) => acknowledgedBy)).toEqual(['ben', 'anna', 'ben'])
})
