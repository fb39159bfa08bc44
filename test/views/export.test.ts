import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportText, exportTo } from '../../tui/export/export.ts'
import { attached, given } from '../helpers/console-state.ts'
import { decisionFixture, recordsFixture, windowOf } from '../helpers/records-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

const ESC = String.fromCharCode(27)
const [first, ...others] = recordsFixture().decisions.rows
if (first === undefined) throw new Error('the fixture has decisions')
const hostile = { ...decisionFixture(9), blocker_reason: `=1+1, "x" | ${ESC}[2J\n\\` }
const state = given(
  attached({ columns: 100, rows: 30 }),
  { kind: 'records', records: { ...recordsFixture(), decisions: windowOf([hostile, first, ...others]) } },
  { kind: 'view', view: 'signals' },
)
const lines = (form: Parameters<typeof exportText>[1]): readonly string[] => exportText(state, form).trimEnd().split('\n')

test('every form has all rows of the pane, one a line, and nothing that a terminal would obey', () => {
  for (const [form, heads] of [
    ['.jsonl', 0],
    ['.csv', 1],
    ['.txt', 1],
    ['.md', 2],
  ] as const) {
    expect(lines(form)).toHaveLength(4 + heads)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(exportText(state, form)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
  }
  expect(JSON.parse(lines('.jsonl')[1] ?? '')).toMatchObject({ signal_id: first.signal_id })
})

test('a table of Markdown keeps its columns whatever is in a cell', () => {
  const table = lines('.md')
  const columns = (line: string): number => line.match(/(?<!\\)\|/g)?.length ?? 0
  expect(table[1]).toMatch(/^(?:\| --- )+\|$/)
  expect(new Set(table.map(columns)).size).toBe(1)
})

test('a spreadsheet takes no cell for a formula', () => {
  expect(exportText(state, '.csv')).not.toMatch(/(?:^|,)"?[=@]/m)
})

test('a file is new, ours alone, and never written over', () => {
  const path = join(tempFolder(), 'signals.md')
  expect(exportTo(path, state).text).toContain('6 lines written')
  expect(readFileSync(path, 'utf8')).toBe(exportText(state, '.md'))
  expect(statSync(path).mode & 0o077).toBe(0)
  writeFileSync(path, 'mine')
  expect(exportTo(path, state)).toMatchObject({ tone: 'warning', text: expect.stringContaining('never written over') })
  expect(readFileSync(path, 'utf8')).toBe('mine')
})

test('a name without a form that we know makes no file', () => {
  const path = join(tempFolder(), 'signals.xlsx')
  expect(exportTo(path, state).text).toContain('.jsonl, .csv, .txt, .md')
  expect(existsSync(path)).toBe(false)
})

test('a log that is still being searched is not exported in part', () => {
  const path = join(tempFolder(), 'log.jsonl')
  const logs = given(state, { kind: 'view', view: 'logs' })
  expect(exportTo(path, { ...logs, logs: { ...logs.logs, searched: 0.4 } })).toMatchObject({
    tone: 'warning',
    text: expect.stringContaining('searched'),
  })
  expect(existsSync(path)).toBe(false)
})
