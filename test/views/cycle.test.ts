import { expect, test } from 'vitest'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { attached, given } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { cycleFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const enter = (state: ConsoleState): ConsoleState => press(state, { kind: 'key', name: 'Enter', count: 1 }).actions.reduce(reduce, state)

test.each([
  { columns: 80, rows: 24 },
  { columns: 160, rows: 48 },
])('Enter shows what the chosen cycle did, at $columns x $rows, and again hides it', (size) => {
  const state = enter(given(attached(size), { kind: 'choose', pane: 'cycles', by: 3 }))
  const text = draw(state).join('\n')
  for (const what of ['Cycle: 996', 'took       2.84ms: drain 0.05ms  decide 0.21ms', 'bars 2,988 to 2,990, 3 inputs', '1: 1 approved, 0 blocked'])
    expect(text).toContain(what)
  expect(draw(enter(state)).join('\n')).not.toContain('Cycle: 996')
})

test('the rate of the feed is told over the newest cycles, and is unknown with fewer than two', () => {
  const feed = (cycles = snapshotFixture().cycles): string =>
    draw(
      given(attached({ columns: 160, rows: 70 }, snapshotFixture({ cycles })), { kind: 'pane', pane: 'sources' }, { kind: 'zoom', on: true }),
    ).find((line) => line.includes(' rate ')) ?? ''
  expect(feed()).toMatch(/rate +3\.0 +bars a second, over 20 cycles/)
  expect(feed([cycleFixture(999)])).toMatch(/rate +unknown/)
  expect(feed([])).toMatch(/rate +unknown/)
})

test('signals that take too long are listed below where they stand', () => {
  const pipeline = {
    status: 'WARNING' as const,
    reason: '1 stuck',
    bySource: [],
    perHour: 12,
    perMinute: 0.2,
    lastMinute: 0,
    decay: { count: 3, min: 1, median: 2, p90: 4, max: 9 },
    stuckCount: 1,
    stuck: [{ signalId: 'BTCUSD_1_a', symbol: 'BTCUSD', strategy: 'sma-cross', state: 'executing' as const, since: 0, ageMs: 90_000 }],
  }
  const { signals } = snapshotFixture()
  const state = given(
    attached({ columns: 100, rows: 30 }, snapshotFixture({ signals: { ...signals, pipeline } })),
    { kind: 'pane', pane: 'pipeline' },
    { kind: 'zoom', on: true },
  )
  const text = draw(state).join('\n')
  expect(text).toContain('0.2 a minute  made to executed: median 2 s, 90 % within 4 s, most 9 s')
  expect(text).toContain('STUCK BTCUSD of sma-cross: executing for 1m30s')
})
