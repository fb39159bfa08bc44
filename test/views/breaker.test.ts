import { expect, test } from 'vitest'
import type { BreakerView } from '../../src/contracts/breaker.ts'
import { DETAILS } from '../../tui/details/index.ts'
import { LISTS } from '../../tui/lists/index.ts'
import { plainText } from '../../tui/present/line.ts'
import { attached } from '../helpers/console-state.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

const base = snapshotFixture().breakers[0] as BreakerView

test('what is tripped stands first, where few rows fit, and the others as the engine has them', () => {
  const named = (name: string, state: BreakerView['state']): BreakerView => ({ ...base, name, state })
  const breakers = [
    named('halt', 'closed'),
    named('drawdown', 'halfOpen'),
    named('dailyLoss', 'closed'),
    named('staleFeed', 'open'),
    named('badData', 'latched'),
  ]
  const state = attached(undefined, snapshotFixture({ breakers }))
  const names = LISTS.breakers.rows(state).map((row) => (row as BreakerView).name)
  expect(names).toEqual(['staleFeed', 'badData', 'drawdown', 'halt', 'dailyLoss'])
  expect(LISTS.breakers.rows(state)).toBe(LISTS.breakers.rows(state))
})

test.each([
  { says: 'is a part of the limit and no change of it', distance: 0.7, used: '###-------  30.00% of the limit' },
  { says: 'is the whole of it', distance: 0, used: '##########  100.00% of the limit' },
  { says: 'is none of it', distance: 1, used: '----------  0.00% of the limit' },
  { says: 'is not known', distance: null, used: 'not known' },
])('what a breaker has used $says', ({ distance, used }) => {
  const breaker: BreakerView = { ...base, state: 'closed', value: 1, limit: 2, unit: 'x', distance }
  const { lines } = DETAILS.breaker({ ...attached(undefined, snapshotFixture({ breakers: [breaker] })), view: 'breakers' }, 80)
  expect(lines.map(plainText).find((line) => line.startsWith('  used'))).toBe(`  used       ${used}`)
})
