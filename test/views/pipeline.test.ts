import { expect, test } from 'vitest'
import { LISTS } from '../../tui/lists/index.ts'
import { plainText } from '../../tui/present/line.ts'
import { presentPane } from '../../tui/views/panes.tsx'
import { attached } from '../helpers/console-state.ts'
import { FIXTURE_NOW, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const byState = { generated: 0, evaluating: 0, approved: 0, executing: 1, executed: 0, expired: 8, learned: 31 }
const state = attached(undefined, snapshotFixture({ signals: { total: 40, byState, lastAt: FIXTURE_NOW, pipeline: null } }))

test('signals are told where some stand, and not where none does', () => {
  expect(LISTS.pipeline.rows(state)).toEqual([
    { state: 'executing', signals: 1, share: 0.025 },
    { state: 'expired', signals: 8, share: 0.2 },
    { state: 'learned', signals: 31, share: 0.775 },
  ])
})

test('a pane of one line has them all in it', () => {
  const [title] = presentPane(state, { pane: 'pipeline', width: 80, height: 1 }).map(plainText)
  expect(title).toContain('executing 1  expired 8  learned 31')
})
