import { expect, test } from 'vitest'
import { DETAILS } from '../../tui/details/index.ts'
import { LISTS } from '../../tui/lists/index.ts'
import { plainText } from '../../tui/present/line.ts'
import { tableRows } from '../../tui/present/table.ts'
import { ShadowLine } from '../../tui/records/shadow-line.ts'
import { attached, given } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { decisionFixture, recordsFixture, SIGNAL, windowOf } from '../helpers/records-fixture.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

const outcome = (guard: string | null, pnl: string | null, decision = 'BLOCKED') =>
  ShadowLine.parse({
    signal_id: 'X_1_a',
    symbol: 'X',
    pnl,
    pnl_pct: 0,
    hold_time_seconds: 1,
    was_profitable: false,
    original_decision: decision,
    blocker_component: guard,
    ts: 1,
  })
const state = (...shadows: ReturnType<typeof outcome>[]) =>
  given(
    attached({ columns: 160, rows: 48 }),
    { kind: 'records', records: { ...recordsFixture(), shadows: windowOf(shadows) } },
    { kind: 'view', view: 'breakers' },
  )

test('beside each guard stands what it saved less what it cost, and of how many; of none it is not known', () => {
  const shown = draw(
    state(outcome('mode', '-12.5'), outcome('mode', '2.25'), outcome('position-size', '7'), outcome('mode', '99', 'APPROVED'), outcome('mode', null)),
  )
  expect(shown.find((line) => line.includes('GUARD'))).toMatch(/BLOCKED +SAVED +OF/)
  expect(shown.find((line) => line.includes('  mode '))).toMatch(/41 +0 +\+10\.25 +2/)
  expect(shown.find((line) => line.includes('position-size '))).toMatch(/40 +1 +-7\.00 +1/)
  expect(shown.find((line) => line.includes('buying-power '))).toMatch(/41 +0 +- +0/)
})

test('without an outcome there is no such column', () => {
  expect(LISTS.guards.columns(state()).map(({ head }) => head)).not.toContain('SAVED')
})

test('beside why stands what its shadow came to, and one that was never filled came to nothing that is known', () => {
  const why = (pnl: string | null): string => {
    const decisions = windowOf([decisionFixture(1)])
    const shadows = windowOf([
      { ...outcome('mode', pnl), signal_id: SIGNAL, pnl_pct: pnl === null ? null : -0.00001, hold_time_seconds: pnl === null ? null : 60 },
    ])
    const looked = { ...attached(), records: { ...recordsFixture(), decisions, shadows } }
    return (
      DETAILS.why({ ...looked, view: 'signals' }, 120)
        .lines.map(plainText)
        .find((line) => line.startsWith('  shadow')) ?? ''
    )
  }
  expect(why('-0.5')).toMatch(/-0\.50 \(0\.00%\) after 60 s$/)
  expect(why(null)).toMatch(/never filled$/)
})

test('of figures that grow old, what is not known is not marked as one', () => {
  const look = { width: 60, stale: true, selected: null }
  const columns = [{ head: 'A', width: 10, keep: 1, figure: true, text: (row: string) => row }]
  expect(tableRows(columns, ['1.5', '-', 'unknown'], look).map((line) => plainText(line).trim())).toEqual(['~1.5', '-', 'unknown'])
})

test('how much of a limit is used is shown whole where figures are old', () => {
  const [breaker] = snapshotFixture().breakers
  if (breaker === undefined) throw new Error('the fixture has a breaker')
  const used = LISTS.breakers.columns(attached()).filter(({ head }) => head === 'USED')
  const [line] = tableRows(used, [{ ...breaker, distance: 0.5 }], { width: 12, stale: true, selected: null })
  expect(plainText(line ?? []).trim()).toBe('#####-----')
})
