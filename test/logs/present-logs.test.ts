import { describe, expect, test } from 'vitest'
import type { LogLine } from '../../tui/logs/line.ts'
import type { LogWindow } from '../../tui/logs/log-book.ts'
import type { LogSource } from '../../tui/logs/tailer.ts'
import { densityLine, densityRows } from '../../tui/present/density.ts'
import { plainText } from '../../tui/present/line.ts'
import { type LogLook, presentLogs } from '../../tui/present/logs.ts'
import { displayWidth } from '../../tui/present/width.ts'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { freshState, given } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'

const keys = (state: ConsoleState, ...names: readonly string[]): ConsoleState =>
  names.reduce((now, name) => press(now, { kind: 'key', name, count: 1 }).actions.reduce(reduce, now), state)

const AT = Date.UTC(2026, 0, 31, 9, 30)
const line = (msg: string, at = 0, process = 'feed'): LogLine => ({
  process,
  text: JSON.stringify({ level: 30, time: AT + at, msg }),
  level: 30,
  time: AT + at,
  key: AT + at,
  arrival: at,
})
const window = (changes: Partial<LogWindow>): LogWindow => ({ ...freshState().logs, kept: 3, matching: 3, processes: ['brain', 'feed'], ...changes })
const rows = (logs: LogWindow, look: Partial<LogLook> = {}, source: LogSource = { kind: 'reading', files: 2 }): readonly string[] =>
  presentLogs(logs, source, { width: 90, height: 10, focused: true, live: true, wrap: false, right: 0, densityAt: null, ...look }).map(plainText)

test('the chosen line has a marker, and the others keep their columns', () => {
  const lines = [line('one'), line('two'), line('three')]
  const [, ...shown] = rows(window({ lines, following: false, chosen: lines[1] ?? null }))
  expect(shown.map((row) => row.slice(0, 11))).toEqual(['  09:30:00 ', '> 09:30:00 ', '  09:30:00 '])
  expect(rows(window({ lines }))[1]?.startsWith('09:30:00')).toBe(true)
})

test.each([
  { source: { kind: 'error', message: 'feed.jsonl: EISDIR' }, says: 'error: feed.jsonl: EISDIR' },
  { source: { kind: 'missing', folder: '/gone/logs' }, says: 'source missing: /gone/logs' },
] satisfies { source: LogSource; says: string }[])(
  'beside lines that are kept, what keeps new ones away is in the title: $says',
  ({ source, says }) => {
    const [title, ...shown] = rows(window({ lines: [line('one')] }), {}, source)
    expect(title).toContain(says)
    expect(shown.join()).toContain('one')
    expect(rows(window({}), {}, source).filter((row) => row.includes(says))).toHaveLength(1)
  },
)

test('where long lines go on below, the chosen one is still on the screen', () => {
  const lines = [line('first'), line('x'.repeat(300)), line('y'.repeat(300)), line('z'.repeat(300))]
  for (const chosen of lines) {
    const shown = rows(window({ lines, following: false, chosen }), { wrap: true, height: 8 })
    expect(shown).toHaveLength(8)
    expect(shown.filter((row) => row.startsWith('> '))).toHaveLength(1)
  }
})

test.each([
  ['letters', 'abcdefghij'.repeat(30)],
  ['wide characters', '約定価格'.repeat(40)],
  ['characters of two units', '🟢ok'.repeat(60)],
])('of a line that goes on below no character is lost: %s', (_, message) => {
  const wrapped = rows(window({ lines: [line(message)] }), { wrap: true, height: 30 }).slice(1)
  for (const row of wrapped) expect(displayWidth(row)).toBeLessThanOrEqual(90)
  expect(wrapped.map((row, at) => (at === 0 ? row.slice(row.indexOf(message.slice(0, 2))) : row.slice(4))).join('')).toBe(message)
})

test('a line that would take more rows than it may have says that there is more', () => {
  const wrapped = rows(window({ lines: [line('x'.repeat(9_000))] }), { wrap: true, height: 30 }).slice(1)
  expect(wrapped).toHaveLength(12)
  expect(wrapped.at(-1)).toMatch(/x…$/)
})

test('a long line is read to its end sideways; what is scrolled over leaves a mark', () => {
  const logs = window({ lines: [line(`${'0123456789'.repeat(9)}end`)] })
  expect(rows(logs)[1]?.length).toBeGreaterThan(90)
  const [title, moved] = rows(logs, { right: 60 })
  expect(title).toContain('60 cells to the left')
  expect(moved).toMatch(/^\d\d:\d\d:\d\d INFO +feed +…12345678901234567890123456789end$/)
  expect(rows(logs, { right: 60, wrap: true }).join('\n')).toContain('INFO  feed         0123456789')
})

test('the title tells how far back in the files it stands', () => {
  const lines = [line('old')]
  const past = { bytes: 370, total: 1_000, reached: false, reading: false }
  expect(rows(window({ lines, following: false, past }))[0]).toMatch(/FROZEN \+0 new {2}files 2026-01-31 09:30:00.*, 37% before/)
  expect(rows(window({ lines, following: false, past: { ...past, reached: true } }))[0]).toContain('from their beginning')
  expect(rows(window({ lines, following: false, past: { ...past, reading: true } }))[0]).toContain('reading')
  expect(rows(window({ lines, problem: 'EACCES: permission denied' }), { width: 160 })[0]).toContain('older lines cannot be read: EACCES')
  expect(rows(window({ lines, only: ['brain', 'feed'] }))[0]).toContain('only brain feed')
})

test('errors of each minute are a row of digits that reads without colour', () => {
  const minute = Math.floor(AT / 60_000)
  const errors = new Map([
    [minute, 3],
    [minute - 2, 12],
    [minute - 5_000, 7],
  ])
  const bar = plainText(densityLine({ errors, countedFrom: 0 }, AT, 60))
  expect(bar).toMatch(/^errors\/min \.+\+\.3 15 in \d+ min$/)
  expect(bar.length).toBeLessThanOrEqual(60)
  expect(bar).toMatch(/^[\x20-\x7e]+$/)
})

test('minutes before the first line that was counted are not told as minutes without errors', () => {
  const bar = (countedFrom: number | null): string => plainText(densityLine({ errors: new Map(), countedFrom }, AT, 60))
  expect(bar(AT - 5 * 60_000)).toMatch(/^errors\/min {20,}\.{6} 0 in 6 min$/)
  expect(bar(null)).toMatch(/^errors\/min {20,}no line yet$/)
})

test('the row of errors is shown in a tall log view and nowhere else', () => {
  expect([densityRows('logs', 19), densityRows('logs', 20), densityRows('overview', 40)]).toEqual([0, 1, 0])
  const lines = Array.from({ length: 20 }, (_, index) => line(`m${index}`))
  const shown = rows(window({ lines }), { height: 20, densityAt: AT })
  expect(shown).toHaveLength(20)
  expect(shown[1]).toContain('errors/min')
  expect(shown.at(-1)).toContain('m19')
})

test('processes are asked for by their names, completed, and refused where there is no such log', () => {
  const state = given(keys(freshState(), '6'), { kind: 'logs', window: window({ lines: [line('one')] }), asked: true })
  const asked = keys(state, 'o')
  expect(asked.prompt).toMatchObject({ kind: 'process', text: '', offers: ['brain', 'feed'] })
  expect(keys(asked, 'f').prompt?.offers).toEqual(['feed'])
  expect(keys(asked, 'f', 'Tab').prompt?.text).toBe('feed')
  expect(keys(asked, 'x', 'Enter').prompt?.problem).toContain('no log of x; there are brain feed')
  expect(keys(asked, 'f', 'Tab', 'Enter').prompt).toBeNull()
})

describe('what a line holds is obeyed by no terminal', () => {
  const ESC = String.fromCharCode(27)
  const BEL = String.fromCharCode(7)
  const hostile: readonly { readonly says: string; readonly text: string }[] = [
    { says: 'the clipboard', text: `${ESC}]52;c;b3duZWQ=${BEL}` },
    { says: 'the title', text: `${ESC}]0;owned${BEL}` },
    { says: 'the cursor', text: `${ESC}[2J${ESC}[H${ESC}[10A` },
    { says: 'the same with C1', text: '\u009b2J\u009d0;owned\u009c' },
    { says: 'NUL and others', text: '\u0000\u0001\u0008\u000b\u000c\u007f' },
    { says: 'the direction of text', text: '\u202eexe.\u2066\u2069\u200f' },
    { says: 'lines and returns', text: 'one\rforged\ntwo' },
  ]
  /** No control character, and none that turns text round. */
  const PLAIN = /^[^\p{Cc}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]*$/u

  const shownOf = (text: string): readonly string[] => {
    const long = { ...line(''), text }
    const state = given(keys(freshState({ columns: 160, rows: 48 }), '6', 'Enter'), {
      kind: 'logs',
      window: window({ lines: [long, line('after')], following: false, chosen: long }),
      asked: true,
    })
    return draw(state)
  }

  test.each(hostile)('$says, in JSON and without', ({ text }) => {
    for (const written of [text, JSON.stringify({ level: 50, time: AT, msg: text, [text]: text })]) {
      const shown = shownOf(written)
      for (const row of shown) expect(row).toMatch(PLAIN)
      expect(shown.filter((row) => row.includes('after'))).toHaveLength(1)
    }
  })

  test.each([
    { says: 'a line of a megabyte', text: 'x'.repeat(1_048_576) },
    { says: 'half a line of JSON', text: '{"level":30,"time":1769851800000,"msg":"cut of' },
  ])('$says is one row of the log', ({ text }) => {
    const shown = rows(window({ lines: [{ ...line(''), text }, line('after')] }))
    expect(shown).toHaveLength(3)
    expect(shown[2]).toContain('after')
    for (const row of shown) expect(row).toMatch(PLAIN)
  })
})
