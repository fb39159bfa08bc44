import { describe, expect, test } from 'vitest'
import { KEYMAP, rowsNow } from '../../tui/keymap.ts'
import { LISTS } from '../../tui/lists/index.ts'
import { chosenRow, shownRows } from '../../tui/lists/list.ts'
import { completions, runPalette } from '../../tui/store/palette.ts'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import { panesOf, VIEWS } from '../../tui/store/views.ts'
import { attached, given, lost } from '../helpers/console-state.ts'
import { auditFixture, recordsFixture, windowOf } from '../helpers/records-fixture.ts'
import { haltedFixture } from '../helpers/snapshot-fixture.ts'

const ran = (line: string, state = attached()) => {
  const result = runPalette(state, line)
  return result.ok ? { after: result.value.actions.reduce(reduce, state), effects: result.value.effects } : result.error
}

/** Words of their own, which take what a key finds chosen. */
const TAKES: Readonly<Record<string, string>> = { attach: 'lab-2', export: 'x.jsonl', rearm: 'halt', trip: 'halt' }
const places = VIEWS.flatMap((view) => panesOf(view, true).map((pane) => ({ view, pane })))

describe.each(places)('in $view, $pane', ({ view, pane }) => {
  const here = given(
    attached(undefined, haltedFixture()),
    { kind: 'view', view },
    { kind: 'detail', on: true },
    { kind: 'pane', pane },
    {
      kind: 'logs',
      window: { ...attached().logs, kept: 1 },
      asked: false,
    },
  )
  const palette = press(here, { kind: 'key', name: ':', count: 1 }).actions.reduce(reduce, here)

  test('every key has a word that does the same, or gives the same reason', () => {
    for (const { command, key, unavailable } of rowsNow(here)) {
      if (command in TAKES) continue
      const result = runPalette(palette, command)
      const reason = unavailable(here)
      if (!result.ok) expect([command, result.error]).toEqual([command, reason])
      else expect([command, withoutPrompt(result.value)]).toEqual([command, withoutPrompt(press(here, { kind: 'key', name: key, count: 1 }))])
    }
  })
})

/** What a word leaves open to be typed is left out: the dialog of a word and that of a key open at the same moment. */
const withoutPrompt = ({ actions, effects }: ReturnType<typeof press>) => ({ kinds: actions.map(({ kind }) => kind), effects })

test('every action of a key has a word, which is completed and known', () => {
  const state = attached()
  for (const { command, context } of KEYMAP) {
    if (context === 'help' || context === 'prompt' || context === 'dialog') continue
    expect(completions(state, command)).toContain(command)
    const result = runPalette(state, `${command} ${TAKES[command] ?? ''}`)
    // It ran, or it says why not; it is never unknown.
    expect(result.ok ? '' : result.error).not.toMatch(/^no "/)
  }
})

test('a word that works elsewhere says where', () => {
  expect(ran('freeze')).toBe('freeze works in the log pane')
  expect(ran('verify')).toBe('verify works in the view audit')
  expect(ran('onlyBlocked')).toBe('onlyBlocked works in the view signals')
})

describe('a line', () => {
  test('opens a view with its filter', () => {
    expect(ran('brk !state:closed')).toMatchObject({ after: { view: 'breakers', lists: { breakers: { filter: '!state:closed' } } } })
    expect(ran(':log level>=warn')).toMatchObject({ after: { view: 'logs' }, effects: [{ kind: 'filterLog', text: 'level>=warn' }] })
  })
  test('asks the engine through the dialog of the key, with the reason that was typed', () => {
    expect(ran('pause going out')).toMatchObject({ after: { dialog: { command: { kind: 'pause' }, reason: 'going out', stage: 'reason' } } })
    expect(ran('rearm safe looked at it')).toMatchObject({
      after: { dialog: { command: { kind: 'rearm', breaker: 'safe' }, reason: 'looked at it', severe: true } },
    })
    expect(ran('flatten-one BTCUSD')).toMatchObject({ after: { dialog: { command: { kind: 'flatten', symbol: 'BTCUSD' } } } })
  })
  test('that needs an operand says which', () => {
    expect(ran('rearm')).toBe('which breaker?')
    expect(ran('cancel')).toBe('which order?')
    expect(ran('export')).toBe('which file?')
  })
  test('is refused while the link is lost', () => {
    expect(ran('halt', given(attached(), { kind: 'link', state: lost() }))).toContain('lost')
  })
  test('sets what may be set, and nothing else', () => {
    expect(ran('set theme mono')).toMatchObject({ after: { settings: { theme: 'mono' } } })
    expect(ran('set fps 2')).toMatchObject({ after: { settings: { fps: 2 } } })
    expect(ran('set fps 20')).toBe('fps is 1 to 10')
    expect(ran('set theme pink')).toContain('dark')
    expect(ran('set nonsense 1')).toContain('no setting')
  })
  test('that is no word names the nearest, and none of them runs a program', () => {
    expect(ran('positons')).toContain('did you mean')
    expect(ran('!ls')).toMatch(/^no "!ls"/)
    expect(ran('')).toContain('a name')
  })
})

describe('goto', () => {
  const fixture = given(attached(), { kind: 'records', records: recordsFixture() })
  const audit = given(fixture, { kind: 'view', view: 'audit' })

  test('chooses the row that is nearest in time, in the list that has the focus', () => {
    const rows = shownRows(LISTS.audit, audit)
    expect(rows.length).toBeGreaterThan(2)
    for (const row of rows) {
      const at = LISTS.audit.time(row) ?? 0
      const result = ran(`goto ${new Date(at).toISOString().slice(0, 19)}Z`, audit)
      if (typeof result === 'string') throw new Error(result)
      const chosen = chosenRow(LISTS.audit, result.after)
      expect(Math.abs((LISTS.audit.time(chosen) ?? 0) - at)).toBeLessThan(1_000)
    }
  })
  test('a time of day after the newest row of today is not one of yesterday; in a replay it is of the day of its rows', () => {
    const rows = [3, 2, 1].map((hour) => ({ ...auditFixture(hour), time: `2026-11-20T0${hour}:30:00.000Z` }))
    const hours = given(audit, { kind: 'records', records: { audit: windowOf(rows) } })
    const times = rows.map(({ time }) => Date.parse(time))
    const newest = Math.max(...times)
    const chosenAt = (now: number, text: string): number | null => {
      const result = ran(`goto ${text}`, { ...hours, now })
      return typeof result === 'string' ? null : LISTS.audit.time(chosenRow(LISTS.audit, result.after))
    }
    const clock = (at: number): string => `${new Date(at).toISOString().slice(11, 19)}Z`
    expect(chosenAt(newest + 600_000, clock(newest + 60_000))).toBe(newest)
    expect(chosenAt(newest + 600_000, '9m')).toBe(newest)
    expect(chosenAt(newest + 400 * 86_400_000, clock(newest + 60_000))).toBe(Math.min(...times))
    expect(chosenAt(newest + 400 * 86_400_000, clock(newest))).toBe(newest)
  })
  test('goes to the time in the log where no list has the focus', () => {
    const logs = given(attached(), { kind: 'view', view: 'logs' })
    expect(ran('goto 10m', logs)).toMatchObject({ after: { view: 'logs', pane: 'logs' }, effects: [{ kind: 'timeLog', time: logs.now - 600_000 }] })
    const charts = given(attached(), { kind: 'view', view: 'charts' })
    expect(ran('goto 10m', charts)).toMatchObject({ after: { view: 'logs' }, effects: [{ kind: 'timeLog' }] })
  })
  test('says what a time is, and where there is none', () => {
    expect(ran('goto', audit)).toContain('which time?')
    expect(ran('goto teatime', audit)).toContain('a time such as 14:02')
    expect(ran('goto 10m', given(attached(), { kind: 'view', view: 'audit' }))).toContain('no row with a time')
  })
})

describe('export', () => {
  const audit = given(attached(), { kind: 'records', records: recordsFixture() }, { kind: 'view', view: 'audit' })

  test('takes a pane and a filter before the file, and leaves the list as it was exported', () => {
    expect(ran('export audit since:24h audit.jsonl', audit)).toMatchObject({
      after: { pane: 'audit', lists: { audit: { filter: 'since:24h' } } },
      effects: [{ kind: 'export', path: 'audit.jsonl' }],
    })
    expect(ran('export actor:op !halt x.csv', audit)).toMatchObject({ after: { lists: { audit: { filter: 'actor:op !halt' } } } })
    expect(ran('export entry x.txt', audit)).toMatchObject({ after: { pane: 'entry' }, effects: [{ path: 'x.txt' }] })
  })
  test('takes a file alone, also one with blanks in its name', () => {
    expect(ran('export my audit.jsonl', audit)).toMatchObject({ effects: [{ kind: 'export', path: 'my audit.jsonl' }] })
    expect(ran('export audit', audit)).toMatchObject({ effects: [{ kind: 'export', path: 'audit' }] })
  })
  test('of another view, or with a filter that is none, says what is wrong and writes nothing', () => {
    expect(ran('export audit since:24h audit.jsonl')).toContain('open the view audit first')
    expect(ran('export audit since:soon audit.jsonl', audit)).toContain('"soon": an age')
    expect(ran('export entry since:24h audit.jsonl', audit)).toContain('for lists only')
  })
})

test('Tab goes through the completions', () => {
  let state = press(attached(), { kind: 'key', name: ':', count: 1 }).actions.reduce(reduce, attached())
  for (const name of ['p', 'o', 's']) state = press(state, { kind: 'key', name, count: 1 }).actions.reduce(reduce, state)
  const [first] = state.prompt?.offers ?? []
  state = press(state, { kind: 'key', name: 'Tab', count: 1 }).actions.reduce(reduce, state)
  expect(state.prompt?.text).toBe(first)
})

test.each([
  { line: 'reload', command: { kind: 'reload' }, severe: false },
  { line: 'stop end of the week', command: { kind: 'stop', now: false }, severe: true },
  { line: 'kill-switch on news', command: { kind: 'killSwitch', on: true, origin: 'key' }, severe: false },
  { line: 'kill-switch off', command: { kind: 'killSwitch', on: false, origin: 'key' }, severe: true },
  { line: 'phase trial', command: { kind: 'phase', to: 'trial', force: false }, severe: true },
])('":$line" opens a dialog, and asks for the name where money may be lost: $severe', ({ line, command, severe }) => {
  expect(runPalette(attached(), line)).toMatchObject({ ok: true, value: { effects: [], actions: [{ kind: 'dialog', dialog: { command, severe } }] } })
})

test('a kill switch is on or off, and a phase is one of four', () => {
  expect(runPalette(attached(), 'kill-switch maybe')).toEqual({ ok: false, error: 'on or off?' })
  expect(runPalette(attached(), 'phase moon')).toMatchObject({ ok: false, error: expect.stringContaining('trial') })
})

test.each([
  { line: 'flatten-one ZZZUSD why', error: 'no position in ZZZUSD; open are BTCUSD ETHUSD' },
  { line: 'cancel nothing-1 why', error: 'no order nothing-1' },
  { line: 'rearm moon why', error: 'no breaker moon; there are halt safe' },
  { line: 'trip moon', error: 'no breaker moon' },
  { line: 'kill-switch constructor', error: 'on or off?' },
  { line: 'set mouse constructor', error: 'mouse is on or off' },
  { line: 'logs level:constructor', error: 'a level is one of' },
  { line: 'attach ../../x', error: 'an instance is 1 to 32 of' },
  { line: 'attach __proto__', error: 'an instance is 1 to 32 of' },
])('":$line" is refused before any dialog: $error', ({ line, error }) => {
  expect(runPalette(attached(), line)).toMatchObject({ ok: false, error: expect.stringContaining(error) })
})
