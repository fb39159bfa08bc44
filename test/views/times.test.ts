import { expect, test } from 'vitest'
import { plainText } from '../../tui/present/line.ts'
import { dayAndTime, timeIn, timeText, timeWidth, timeWithYear } from '../../tui/present/time.ts'
import { presentPane } from '../../tui/views/panes.tsx'
import { attached, given } from '../helpers/console-state.ts'
import { decisionFixture, recordsFixture, windowOf } from '../helpers/records-fixture.ts'
import { FIXTURE_NOW } from '../helpers/snapshot-fixture.ts'

const DAY_MS = 86_400_000

test.each([
  { says: 'of today', at: FIXTURE_NOW - 3_600_000, text: '13:02:11' },
  { says: 'of yesterday, less than a day ago', at: FIXTURE_NOW - 15 * 3_600_000, text: '11-19 23:02' },
  { says: 'of another year', at: Date.UTC(2018, 1, 14, 18, 45), text: '02-14 18:45' },
  { says: 'that is none', at: Number.NaN, text: '--:--:--' },
])('a time $says is written $text', ({ at, text }) => {
  expect(timeText(at, 'utc', FIXTURE_NOW)).toBe(text)
})

test('a figure of another year names it, whatever day it is', () => {
  expect(timeWithYear(Date.UTC(2018, 1, 14, 18, 45), 'utc', FIXTURE_NOW)).toBe('2018-02-14 18:45:00')
  expect(timeWithYear(FIXTURE_NOW - 86_400_000, 'utc', FIXTURE_NOW)).toBe('11-19 14:02')
})

test('the time of this host has its own day', () => {
  const at = new Date(2026, 10, 20, 0, 30).getTime()
  const yesterday = new Date(2026, 10, 19, 23, 30).getTime()
  expect(timeText(at, 'local', at + 60_000)).toBe('00:30:00')
  expect(timeText(yesterday, 'local', at)).toBe('11-19 23:30')
  expect([timeIn(at, 'local'), dayAndTime(at, 'local')]).toEqual(['00:30:00', '11-20 00:30'])
})

test('a column of times is as wide as they are', () => {
  expect(timeWidth([FIXTURE_NOW, null, undefined], 'utc', FIXTURE_NOW)).toBe(8)
  expect(timeWidth([FIXTURE_NOW, FIXTURE_NOW - 3 * DAY_MS], 'utc', FIXTURE_NOW)).toBe(11)
  expect(timeWidth([FIXTURE_NOW - 3 * DAY_MS], 'relative', FIXTURE_NOW)).toBe(8)
})

test('rows of several days say of which they are', () => {
  const today = decisionFixture(2)
  const before = { ...decisionFixture(1), ts: today.ts - (3 * DAY_MS) / 1_000 }
  const state = given(attached(), { kind: 'records', records: { ...recordsFixture(), decisions: windowOf([today, before]) } })
  const rows = presentPane(state, { pane: 'decisions', width: 80, height: 6 }).map(plainText)
  expect(rows.slice(1, 4).map((row) => row.slice(0, 21))).toEqual([
    '  TIME         SYMBOL',
    expect.stringMatching(/^[> ] \d\d:\d\d:\d\d {5}BTCUSD$/),
    '  11-17 14:02  BTCUSD',
  ])
})
