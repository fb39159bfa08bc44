import { expect, test } from 'vitest'
import { DETAILS } from '../../tui/details/index.ts'
import { plainText } from '../../tui/present/line.ts'
import type { FleetEngine } from '../../tui/store/state.ts'
import { presentPane } from '../../tui/views/panes.tsx'
import { attached } from '../helpers/console-state.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

const snapshot = snapshotFixture()
const HOUR = 3_600_000
const shown = (link: FleetEngine['link']) => {
  const state = attached()
  const engines: readonly FleetEngine[] = [{ instance: 'eu-1', snapshot, link }]
  return { ...state, view: 'fleet' as const, now: snapshot.asOf + HOUR, fleet: { engines, problem: null } }
}
const detail = (link: FleetEngine['link']) => {
  const { note, lines } = DETAILS.engine(shown(link), 80)
  return { note: plainText(note), text: lines.map(plainText) }
}
const none: FleetEngine['link'] = { kind: 'none', reason: 'no engine' }

test('an engine that answers is up and holds its lock', () => {
  const { note, text } = detail({ kind: 'live', heardAt: snapshot.asOf, role: 'operator' })
  expect(note).toBe('SIMULATE RUNNING')
  expect(text).toContainEqual(expect.stringMatching(/engine +pid 41822 {2}up 1h01m/))
  expect(text).toContainEqual(expect.stringMatching(/lock +held since/))
})

test.each([none, { kind: 'gone', since: 1 } as const])('one that does not answer ($kind) is told of as it was', (link) => {
  const { note, text } = detail(link)
  expect(note).toBe('SIMULATE was running')
  expect(text).toContainEqual(expect.stringMatching(/engine +was pid 41822 {2}up 1m29s/))
  expect(text).toContainEqual(expect.stringMatching(/wants +was running: /))
  expect(text).toContainEqual(expect.stringMatching(/lock +unknown, was held since /))
})

test('its state and its equity can be read on eighty columns', () => {
  const [, head, row] = presentPane(shown(none), { pane: 'fleet', width: 80, height: 5 }).map(plainText)
  expect(head).toContain('EQUITY')
  expect(row).toMatch(/was running .* 100,123\.45 .*no engine/)
})
