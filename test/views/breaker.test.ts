import { expect, test } from 'vitest'
import type { BreakerView } from '../../src/contracts/breaker.ts'
import { DETAILS } from '../../tui/details/index.ts'
import { plainText } from '../../tui/present/line.ts'
import { attached } from '../helpers/console-state.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

const base = snapshotFixture().breakers[0] as BreakerView

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
