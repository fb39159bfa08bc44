import { expect, test } from 'vitest'
import { startTicking } from '../../tui/ticking.ts'

test('every second is a tick, and every minute the whole screen is drawn anew, until it is ended', () => {
  const seen = { ticks: 0, heals: 0, ended: 0 }
  let second = (): void => undefined
  const end = startTicking(
    (ms, run) => {
      expect(ms).toBe(1_000)
      second = run
      return () => {
        seen.ended += 1
      }
    },
    {
      onTick: () => {
        seen.ticks += 1
      },
      onHeal: () => {
        seen.heals += 1
      },
    },
  )
  for (let count = 1; count <= 59; count += 1) second()
  expect(seen).toEqual({ ticks: 59, heals: 0, ended: 0 })
  second()
  expect(seen.heals).toBe(1)
  for (let count = 1; count <= 60; count += 1) second()
  expect(seen).toEqual({ ticks: 120, heals: 2, ended: 0 })
  end()
  expect(seen.ended).toBe(1)
})
