import { expect, test } from 'vitest'
import type { PositionView } from '../../src/contracts/account.ts'
import { DETAILS } from '../../tui/details/index.ts'
import { multipleOf } from '../../tui/lists/positions.ts'
import { attached } from '../helpers/console-state.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

const base = snapshotFixture().positions[0] as PositionView
const long: PositionView = { ...base, side: 'long', entryPrice: '100.00', firstStop: '95.00', stop: '95.00', markPrice: '110.00' }
const short: PositionView = { ...long, side: 'short', firstStop: '105.00', stop: '105.00', markPrice: '90.00' }

test.each<{ says: string; position: PositionView; multiple: number | null }>([
  { says: 'what is earned is told in what the first stop risked', position: long, multiple: 2 },
  { says: 'a loss is less than nothing', position: { ...long, markPrice: '97.50' }, multiple: -0.5 },
  { says: 'a stop that moved to break even makes it no greater', position: { ...long, stop: '100.50' }, multiple: 2 },
  { says: 'nor does one at the entry itself hide it', position: { ...long, stop: '100.00' }, multiple: 2 },
  { says: 'a short one earns when the price falls', position: { ...short, stop: '99.50' }, multiple: 2 },
  { says: 'an entry that was filled beyond its stop has none', position: { ...long, firstStop: '101.00' }, multiple: null },
  { says: 'a position that never had a stop has none', position: { ...long, firstStop: null, stop: null }, multiple: null },
  { says: 'an unknown price is not the entry', position: { ...long, markPrice: null }, multiple: null },
])('R of a position: $says', ({ position, multiple }) => {
  expect(multipleOf(position)).toBe(multiple)
})

test('the detail of a position counts in the same R', () => {
  const state = attached(undefined, snapshotFixture({ positions: [{ ...long, stop: '100.50' }] }))
  const lines = DETAILS.position({ ...state, view: 'positions' }, 80).lines.map((line) => line.map(({ text }) => text).join(''))
  expect(lines.find((line) => line.includes('mark'))).toContain('2.00 R')
})
