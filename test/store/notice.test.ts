import { expect, test } from 'vitest'
import { noticeOf, titleOf } from '../../tui/store/notice.ts'
import { attached, given, lost } from '../helpers/console-state.ts'
import { haltedFixture, riskFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const { engine } = snapshotFixture()
const killed = snapshotFixture({ risk: riskFixture({ killSwitches: [{ origin: 'command', at: 0, reason: 'news' }] }) })
const paused = snapshotFixture({ engine: { ...engine, state: 'paused', desired: 'paused', reason: 'maria: lunch' } })
const after = (snapshot = paused) => given(attached(), { kind: 'snapshot', snapshot, sequence: 2 })

test('a breaker that trips, a lost engine and a pause by somebody else are news; nothing else is', () => {
  expect(noticeOf(attached(), after(haltedFixture()), false)).toContain('breaker halt latched')
  expect(noticeOf(attached(), given(attached(), { kind: 'link', state: lost() }), false)).toContain('lost')
  expect(noticeOf(attached(), after(), false)).toContain('paused by somebody else: maria: lunch')
  expect(noticeOf(attached(), after(), true)).toBeNull()
  expect(noticeOf(after(), after(), false)).toBeNull()
  expect(noticeOf(attached(), attached(), false)).toBeNull()
})

test('that entries are possible again is news, unless we asked for it or something else still shuts the door', () => {
  const again = (snapshot = snapshotFixture()) => given(after(), { kind: 'snapshot', snapshot, sequence: 3 })
  expect(noticeOf(after(), again(), false)).toContain('entries are possible again')
  expect(noticeOf(after(), again(), true)).toBeNull()
  expect(noticeOf(after(haltedFixture()), again(), false)).toContain('entries are possible again')
  const open = snapshotFixture({ breakers: snapshotFixture().breakers.map((each) => ({ ...each, state: 'open' as const })) })
  expect(noticeOf(given(attached(), { kind: 'snapshot', snapshot: open, sequence: 2 }), again(open), false)).toBeNull()
})

test('an alert is news once, unless it only informs or somebody has seen it', () => {
  const alert = (id: number, changes: object = {}) => ({
    id,
    at: 0,
    level: 'critical' as const,
    text: 'BTCUSD: no stop protects it',
    acknowledgedBy: null,
    ...changes,
  })
  const having = (...alerts: ReturnType<typeof alert>[]) => after(snapshotFixture({ alerts }))
  expect(noticeOf(having(), having(alert(1)), false)).toBe('eu-1: BTCUSD: no stop protects it')
  expect(noticeOf(having(alert(1)), having(alert(1), alert(2, { text: 'disk full' })), false)).toBe('eu-1: disk full')
  expect(noticeOf(having(alert(1)), having(alert(1)), false)).toBeNull()
  expect(noticeOf(having(), having(alert(1, { level: 'info' as const })), false)).toBeNull()
  expect(noticeOf(having(), having(alert(1, { acknowledgedBy: 'maria' })), false)).toBeNull()
})

test('the title says who, what and how many breakers', () => {
  expect(titleOf(attached())).toBe('aegis eu-1 RUNNING')
  expect(titleOf(after(haltedFixture()))).toMatch(/^aegis eu-1 HALTED brk:1$/)
  expect(titleOf(attached(undefined, snapshotFixture({ mode: 'live' })))).toBe('aegis eu-1 LIVE RUNNING')
  expect(titleOf(after(killed))).toBe('aegis eu-1 RUNNING KILL')
  expect(titleOf(given(attached(), { kind: 'link', state: lost() }))).toBe('aegis eu-1 LOST')
})
