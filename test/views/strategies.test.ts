import { expect, test } from 'vitest'
import { LISTS } from '../../tui/lists/index.ts'
import { shownRows } from '../../tui/lists/list.ts'
import type { StrategyRow } from '../../tui/lists/strategies.ts'
import { attached, given } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { closedFixture, recordsFixture, tradeFixture, windowOf } from '../helpers/records-fixture.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

const [base] = snapshotFixture().strategies
if (base === undefined) throw new Error('the fixture has one')
const strategies = [
  { ...base, id: 'idle' },
  { ...base, id: 'loses' },
  { ...base, id: 'sma-cross' },
  { ...base, id: 'broken', state: 'stopped' as const, reason: 'broken.ts:12: no number' },
]
const trades = windowOf([
  tradeFixture(11, null),
  ...closedFixture(10, '30'),
  ...closedFixture(8, '-10.5'),
  ...closedFixture(6, '-5').map((fill) => ({ ...fill, strategy_name: 'loses' })),
  ...closedFixture(4, '9').map((fill) => ({ ...fill, strategy_name: 'gone' })),
])
const state = given(
  attached({ columns: 160, rows: 48 }, snapshotFixture({ strategies })),
  { kind: 'records', records: { ...recordsFixture(), trades } },
  { kind: 'view', view: 'signals' },
)

test('strategies are ranked by what their trades came to; without a trade it is not known, and not zero', () => {
  const rows = shownRows(LISTS.strategies, state) as readonly StrategyRow[]
  expect(rows.map(({ id, trades: count, won, net }) => [id, count, won, net])).toEqual([
    ['sma-cross', 2, 1, 9.3],
    ['loses', 1, 0, -10.1],
    ['idle', 0, 0, null],
    ['broken', 0, 0, null],
  ])
})

test('one that was stopped says so with its reason, also in the title', () => {
  const lines = draw(state)
  expect(lines.find((line) => line.includes('-- Strategies'))).toContain('1 STOPPED')
  expect(lines.find((line) => line.includes('broken '))).toMatch(/STOPPED .* - +- +- +broken\.ts:12/)
})
