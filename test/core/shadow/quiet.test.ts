import { expect, test } from 'vitest'
import { isEndOfDay } from '../../../engine/core/manage.ts'
import type { Rules } from '../../../engine/core/rules.ts'
import { advanceFully } from '../../../engine/core/shadow/advance.ts'
import { isQuiet, lookOf } from '../../../engine/core/shadow/quiet.ts'
import { seeded } from '../../../src/random.ts'
import { bar, carelessRules, fresh, machine } from '../../helpers/engine-fixture.ts'

/** The rules with what makes a position's life eventful: near stops, parts, trailing stops, tiers of age. */
const eventful: Rules = {
  ...carelessRules,
  exits: {
    ...carelessRules.exits,
    trailing: [
      { afterMinutes: 0, atr: 2 },
      { afterMinutes: 30, atr: 3 },
      { afterMinutes: 60, atr: 1 },
    ],
    timeTiers: [
      { afterMinutes: 20, gain: -0.004 },
      { afterMinutes: 90, gain: 0.001 },
      { afterMinutes: 200, gain: null },
    ],
  },
}

test.each(['strategy', 'fixed'] as const)('where the quick look sees nothing the rules change nothing (%s), and often it sees nothing', (profile) => {
  let [quiet, looked, ended] = [0, 0, 0]
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = seeded(seed)
    const own: Rules = { ...eventful, shadow: { ...eventful.shadow, profile, holdMinutes: 100 } }
    const world = machine(fresh(), own)
    world.started()
    world.bar(1)
    let close = 100
    for (let sequence = 2; sequence < 400; sequence += 1) {
      const open = close
      close = Math.max(1, open + random.normal() * 0.15)
      const [high, low] = [Math.max(open, close) + random.next() * 0.1, Math.min(open, close) - random.next() * 0.1]
      const next = bar(sequence, { open, close, high, low })
      const before = world.state().books[0]?.shadows ?? []
      world.give({ kind: 'bar', bar: next })
      const book = world.state().books[0]
      const [scale, traits] = [own.scales[0], own.traits[0]]
      if (book === undefined || scale === undefined || traits === undefined) throw new Error('no book')
      expect(isEndOfDay(traits, next.eventTime, own.exits.endOfDayMinutes)).toBe(false)
      for (const shadow of before) {
        looked += 1
        const after = advanceFully(own, scale, traits, book, next, next.eventTime, shadow)
        if (after.done !== null) ended += 1
        if (!isQuiet(own, scale, book, shadow, lookOf(own, scale, next, next.eventTime))) continue
        quiet += 1
        expect(after).toBe(shadow)
      }
      if (sequence % 5 === 0) {
        const side = random.next() < 0.5 ? 'long' : 'short'
        const away = (0.2 + random.next()) * (side === 'long' ? 1 : -1)
        world.signal(sequence, side, { price: close, stop: close - away, target: random.next() < 0.5 ? close + 3 * away : null })
      }
    }
  }
  expect(ended).toBeGreaterThan(500)
  expect(quiet / looked).toBeGreaterThan(0.2)
})
