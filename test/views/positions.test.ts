import { expect, test } from 'vitest'
import type { PositionView } from '../../src/contracts/account.ts'
import type { TradeLine } from '../../src/contracts/stream.ts'
import { DETAILS } from '../../tui/details/index.ts'
import { multipleOf } from '../../tui/lists/positions.ts'
import { plainText } from '../../tui/present/line.ts'
import { areaOf } from '../../tui/store/layout.ts'
import { areasNow } from '../../tui/store/select.ts'
import { presentPane } from '../../tui/views/panes.tsx'
import { attached, given } from '../helpers/console-state.ts'
import { closedFixture, recordsFixture, windowOf } from '../helpers/records-fixture.ts'
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

test('the detail of a position has its own fills and none of the one before it', () => {
  const [exit, entry] = closedFixture(8, '4')
  if (exit === undefined || entry === undefined) throw new Error('the fixture has both')
  const at = (trade: TradeLine, ms: number, commission: string): TradeLine => ({ ...trade, timestamp: new Date(ms).toISOString(), commission })
  const own = at(entry, base.openedAt, '1.25')
  const trades = windowOf([own, at(exit, base.openedAt - 1, '2.5'), at(entry, base.openedAt - 60_000, '3.75')])
  const state = { ...attached(undefined, snapshotFixture({ positions: [base] })), records: { ...recordsFixture(), trades } }
  const text = DETAILS.position({ ...state, view: 'positions' }, 80).lines.map(plainText)
  expect(text.filter((line) => line.includes(' fee '))).toEqual([expect.stringContaining('fee 1.25')])
})

test('beside the detail of a screen of 160 columns there is still room for R', () => {
  const state = given(attached({ columns: 160, rows: 48 }), { kind: 'view', view: 'positions' }, { kind: 'detail', on: true })
  const { width, height } = areaOf(areasNow(state), 'positions') ?? { width: 0, height: 0 }
  expect(presentPane(state, { pane: 'positions', width, height }).map(plainText)[1]).toMatch(/ R /)
})

test('the detail of a position counts in the same R', () => {
  const state = attached(undefined, snapshotFixture({ positions: [{ ...long, stop: '100.50' }] }))
  const lines = DETAILS.position({ ...state, view: 'positions' }, 80).lines.map((line) => line.map(({ text }) => text).join(''))
  expect(lines.find((line) => line.includes('mark'))).toContain('2.00 R')
})
