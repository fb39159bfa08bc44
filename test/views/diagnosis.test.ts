import { expect, test } from 'vitest'
import { diagnosis } from '../../tui/present/diagnosis.ts'
import { attached, given, lost } from '../helpers/console-state.ts'

const surroundings = {
  env: { TERM: 'screen-256color', STY: '1.pts-0', AEGIS_TOKEN: 'do not show' },
  node: '24.21.0',
  platform: 'linux x64',
  memory: { rss: 131_000_000, heapUsed: 40_000_000 },
  depth: 2,
  output: { skipped: 3, waiting: 120 },
}
const facts = (state = attached()): Readonly<Record<string, string>> =>
  Object.fromEntries(
    diagnosis(state, surroundings)
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, 18).trim(), line.slice(19)] as const),
  )

test('a report of a fault has what decides how the console looks and what it sees, and nothing of the rest of the environment', () => {
  expect(facts()).toMatchObject({
    console: expect.stringContaining('Node 24.21.0'),
    memory: '131 MB, heap 40 MB',
    terminal: '80x24, colours 256',
    output: '3 frames left out, 120 bytes wait',
    environment: 'TERM=screen-256color STY=1.pts-0',
    link: 'live',
    view: 'overview, pane cycles',
  })
  expect(diagnosis(attached(), surroundings)).not.toContain('do not show')
})

test('a lost link says since when and why', () => {
  expect(facts(given(attached(), { kind: 'link', state: lost() })).link).toMatch(/^lost for \d+s, attempt 2: no engine: /)
})
