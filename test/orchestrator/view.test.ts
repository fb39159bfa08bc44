import { expect, test } from 'vitest'
import { moneyFrom } from '../../engine/core/money.ts'
import { emptyState, type State } from '../../engine/core/state.ts'
import { breakerViews } from '../../engine/orchestrator/view.ts'
import { BreakerView } from '../../src/contracts/breaker.ts'
import { instruments, T0 } from '../helpers/engine-fixture.ts'
import { rules } from './world.ts'

const calm = emptyState({ ledgerId: 'led', mode: 'simulate', cash: moneyFrom('100000'), symbols: instruments.map(({ symbol }) => symbol) })
const wanting = (desired: State['engine']['desired'], since: number): State => ({
  ...calm,
  engine: { ...calm.engine, desired, since, reason: 'news' },
})
const haltOf = (state: State, now: number): BreakerView | undefined => breakerViews(rules, state, now).find(({ name }) => name === 'halt')

test('the latch of a halted engine says since when and why, and how often is not known', () => {
  expect(haltOf(wanting('halted', T0), T0 + 172_800_000)).toMatchObject({ state: 'latched', since: T0, reason: 'news', trips: null })
})

test('a latch that was let go of a moment ago does not say that it never was', () => {
  expect(haltOf(wanting('paused', T0), T0 + 1)).toMatchObject({ state: 'closed', trips: null })
})

test('what is counted is a number, and all of it is what a console takes', () => {
  const views = breakerViews(rules, calm, T0)
  expect(views.filter(({ trips }) => trips === null).map(({ name }) => name)).toEqual(['halt', 'safe'])
  for (const view of views) expect(BreakerView.safeParse(view).success).toBe(true)
})
