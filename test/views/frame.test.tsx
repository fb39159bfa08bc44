import { describe, expect, test } from 'vitest'
import type { Command, CommandResult } from '../../src/contracts/command.ts'
import { presentDialog } from '../../tui/present/dialog.ts'
import { presentIdentity } from '../../tui/present/identity.ts'
import { displayWidth } from '../../tui/present/width.ts'
import { openCommand } from '../../tui/store/dialog.ts'
import { promptOf } from '../../tui/store/prompt.ts'
import type { DialogStage } from '../../tui/store/state.ts'
import { attached, freshState, given, later, live, lost } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { dialog, dialogOf, scenes } from '../helpers/scenes.ts'
import { haltedFixture, riskFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const SIZES = [
  { columns: 60, rows: 15 },
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 160, rows: 48 },
  { columns: 250, rows: 70 },
  { columns: 59, rows: 14 },
  { columns: 20, rows: 5 },
  { columns: 1, rows: 1 },
]

describe.each(SIZES)('at $columns x $rows', (size) => {
  test.each(scenes(size))('$says: fills the screen, no line is wider than it, nothing is left to obey', ({ state }) => {
    const lines = draw(state)
    expect(lines).toHaveLength(size.rows)
    for (const line of lines) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(size.columns)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
    }
    expect(lines.join('').trim()).not.toBe('')
  })

  test('ASCII alone where the locale has no more', () => {
    for (const { state } of scenes(size)) {
      for (const line of draw({ ...state, ascii: true })) expect(line).toMatch(/^[\x20-\x7e]*$/)
    }
  })
})

test('80x24 shows who it is, every pane, messages and keys', () => {
  const lines = draw(attached())
  expect(lines[0]).toMatch(/^eu-1 {2}SIMULATE {2}RUNNING {2}BRK ok {2}lock held .* cyc 999 \+1s {2}data 0s {2}14:02:11Z$/)
  for (const title of ['== Cycles', '-- Processes', '-- Positions', '-- Guards', '-- Signals', '-- Log']) {
    expect(lines.filter((line) => line.startsWith(title))).toHaveLength(1)
  }
  expect(lines.find((line) => line.startsWith('> 999'))).toMatch(/14:02:10 .* bar .* ok/)
  expect(lines.find((line) => line.includes('supervisor'))).toMatch(/READY +41822/)
  expect(lines.find((line) => line.includes('BTCUSD'))).toMatch(/long +0\.16651 +29990\.1 +30010\.25 +\+33\.55/)
  expect(lines.at(-1)).toMatch(/p pause\.\. .* q detach/)
})

test('160x48 has two columns with the log below', () => {
  const lines = draw(attached({ columns: 160, rows: 48 }))
  expect(lines[1]).toMatch(/^\[1 Overview] 2 Signals/)
  expect(lines[2]).toMatch(/^== Cycles .* -- Processes/)
  expect(lines.find((line) => line.includes('position-size'))).toMatch(/40 +1 +0\.04991 +0\.05/)
  expect(lines.some((line) => line.startsWith('-- Log'))).toBe(true)
})

test('modes cannot be mistaken for each other', () => {
  const words = (['simulate', 'paper', 'live'] as const).map((mode) => draw(attached(undefined, snapshotFixture({ mode })))[0])
  expect(words.map((line) => /!LIVE!|PAPER|SIMULATE/.exec(line ?? '')?.[0])).toEqual(['SIMULATE', 'PAPER', '!LIVE!'])
})

test('paper and real money differ in text and tone, on line 1 and in every dialog', () => {
  const commands: readonly Command[] = [
    { kind: 'pause' },
    { kind: 'resume' },
    { kind: 'halt' },
    { kind: 'flatten', symbol: null },
    { kind: 'cancel', clientOrderId: 'led-1' },
    { kind: 'rearm', breaker: 'halt' },
    { kind: 'trip', breaker: 'dailyLoss' },
    { kind: 'ack', alert: null },
  ]
  const shown = (mode: 'paper' | 'live') => {
    const state = attached(undefined, snapshotFixture({ mode }))
    const { snapshot } = state
    if (snapshot === null) throw new Error('the fixture has a snapshot')
    const dialogs = commands.map((command) => {
      const opened = openCommand(state, snapshot, command)
      if (!opened.ok) throw new Error(opened.error)
      return presentDialog(state, opened.value, 78, 16).flat()
    })
    return [presentIdentity(state, 80), ...dialogs].map((segments) => segments.filter(({ tone }) => tone === mode).map(({ text }) => text.trim()))
  }
  for (const words of shown('paper')) expect(words.join()).toMatch(/^PAPER/)
  for (const words of shown('live')) expect(words.join()).toMatch(/^!LIVE!/)
})

test('what the engine refused stands in the dialog with why, and what is not known as that', () => {
  const sent = { id: 'x', tries: 1, unsure: null }
  const after = (result: CommandResult): string =>
    draw({ ...dialog(attached()), dialog: { ...dialogOf(dialog(attached())), stage: 'done', sent, result } }).join('\n')
  expect(after({ outcome: 'refused', auditSequence: 12, message: 'it is halted already' })).toMatch(/REFUSED.*it is halted already/)
  expect(after({ outcome: 'accepted', auditSequence: 4711, message: 'halted' })).toMatch(/ACCEPTED \(audit 4711\)/)
  expect(after({ outcome: 'unknown', auditSequence: null, message: 'no answer' })).toMatch(/UNKNOWN/)
})

test.each<{ stage: DialogStage; keys: string }>([
  { stage: 'reason', keys: ' Enter next  Esc give up' },
  { stage: 'name', keys: ' Enter next  Shift-Tab before  Esc give up' },
  { stage: 'confirm', keys: ' Shift-Tab before  y send  Esc give up' },
  { stage: 'sending', keys: ' Esc close' },
  { stage: 'done', keys: ' Enter close  Esc close' },
])('at the step $stage of a dialog the last line has the keys that do something there', ({ stage, keys }) => {
  const lines = draw({ ...dialog(attached()), dialog: { ...dialogOf(dialog(attached())), stage } })
  expect(lines.at(-1)?.trimEnd()).toBe(keys)
})

describe('old figures', () => {
  test('are marked one by one, and the title says how old', () => {
    const lines = draw(later(attached(), 4_000))
    expect(lines[0]).toContain('data ~4s')
    expect(lines.find((line) => line.startsWith('> 999'))).toContain('~5.84ms')
    expect(lines.find((line) => line.includes('Cycles'))).toContain('stale 4s')
    expect(lines.find((line) => line.includes('BTCUSD'))).toContain('~+33.55')
  })
  test('of a lost engine say so on line 1, and the keys that ask something of it are gone', () => {
    const lines = draw(later(given(attached(), { kind: 'link', state: lost() }), 12_000))
    expect(lines[0]).toContain('LOST 12s')
    expect(lines.at(-1)).not.toContain('pause')
    expect(lines.at(-2)).toContain('aegis-console start --instance eu-1')
  })
  test('of an engine that was never met are clearly past', () => {
    const state = given(freshState(), { kind: 'link', state: lost() }, { kind: 'past', snapshot: snapshotFixture(), problem: null })
    const lines = draw(state)
    expect(lines[0]).toMatch(/NO ENGINE {2}was RUNNING/)
    expect(lines.find((line) => line.includes('Processes'))).toContain('past')
    expect(lines.at(-2)).toContain('Start one: aegis-console start --instance eu-1')
  })
})

describe('an empty pane says why', () => {
  const empty = snapshotFixture({
    cycle: null,
    cycles: [],
    positions: [],
    guards: [],
    signals: { total: 0, byState: {}, lastAt: null, pipeline: null },
  })
  test('empty, and since when', () => {
    const text = draw(attached({ columns: 100, rows: 40 }, empty)).join('\n')
    for (const what of ['no recorded cycle', 'no open position', 'no guard was asked yet', 'no signal yet']) {
      expect(text).toContain(`${what}, empty since 14:02:11`)
    }
  })
  test('also where there is room for its title only', () => {
    const lines = draw(attached({ columns: 80, rows: 15 }, empty))
    for (const pane of ['Positions', 'Guards', 'Signals']) expect(lines.find((line) => line.includes(`-- ${pane}`))).toContain('empty since 14:02:11')
  })
  test('waiting', () => {
    expect(draw(freshState()).join('\n')).toContain('waiting for the engine, since 14:02:11')
  })
  test.each([
    { source: { kind: 'missing', folder: '/aegis/eu-1/logs' } as const, says: 'source missing: /aegis/eu-1/logs' },
    { source: { kind: 'error', message: 'EACCES: permission denied' } as const, says: 'error: EACCES' },
    { source: { kind: 'reading', files: 0 } as const, says: 'source missing: no log file yet' },
    { source: { kind: 'reading', files: 4 } as const, says: '4 log files, no line in them yet' },
  ])('the log: $says', ({ source, says }) => {
    expect(draw(given(attached(), { kind: 'logSource', source })).join('\n')).toContain(says)
  })
  test('a missing snapshot of a dead engine', () => {
    const state = given(
      freshState(),
      { kind: 'link', state: lost() },
      { kind: 'past', snapshot: null, problem: 'source missing: /aegis/eu-1/state/snapshot.json' },
    )
    expect(draw(state).join('\n')).toContain('source missing: /aegis/eu-1/state/snapshot.json')
  })
})

test('a latched breaker stands on line 1 and in the message, and p offers to let go of it', () => {
  const lines = draw(attached(undefined, haltedFixture()))
  expect(lines[0]).toContain('HALTED  BRK halt LATCHED')
  expect(lines.at(-2)).toContain('halt is LATCHED: maria: something is wrong')
  expect(lines.at(-1)).toContain('p re-arm..')
})

test('a stuck process stands on line 1', () => {
  const { processes } = snapshotFixture()
  const stuck = snapshotFixture({
    processes: processes.map((process) => (process.name === 'feed' ? { ...process, state: 'stuck', reason: 'no progress for 3 s' } : process)),
  })
  expect(draw(attached(undefined, stuck))[0]).toContain('feed STUCK')
})

describe('the mini screen', () => {
  test('has mode, state, breakers, the age of the data and the keys to pause and leave', () => {
    const text = draw(attached({ columns: 40, rows: 10 })).join('\n')
    for (const what of ['SIMULATE RUNNING', 'BRK ok', 'data 0s', 'p pause', 'q detach']) expect(text).toContain(what)
  })
  test('shows a dialog with its field', () => {
    const text = draw(dialog(attached({ columns: 40, rows: 8 }))).join('\n')
    expect(text).toContain('Halt eu-1')
    expect(text).toContain('type eu-1: eu')
  })
})

test('a kill switch that is thrown is on line 1, also where that is narrow, and on the mini screen', () => {
  const killed = snapshotFixture({ risk: riskFixture({ killSwitches: [{ origin: 'command', at: 0, reason: 'news' }] }) })
  for (const columns of [60, 80, 160]) {
    expect(draw(attached({ columns, rows: 24 }))[0]).not.toContain('KILL')
    expect(draw(attached({ columns, rows: 24 }, killed))[0]).toMatch(/RUNNING {2}KILL/)
  }
  expect(draw(attached({ columns: 40, rows: 10 }, killed)).join('\n')).toContain('KILL SWITCH')
})

test('the mini screen claims that there is no engine only where there is none', () => {
  const state = freshState({ columns: 40, rows: 10 })
  const past = given(state, { kind: 'past', snapshot: snapshotFixture(), problem: null })
  for (const each of [state, past]) {
    const absent = lost()
    if (absent.kind !== 'lost') throw new Error('it is lost')
    expect(draw(given(each, { kind: 'link', state: absent })).join('\n')).toContain('NO ENGINE')
    const hung = given(each, { kind: 'link', state: { ...absent, reason: { kind: 'timeout', message: 'no answer' } } })
    expect(draw(hung).join('\n')).not.toContain('NO ENGINE')
    expect(draw(hung).join('\n')).toContain('NO LINK')
  }
})

test('a dialog shows engine, mode, pid, what will happen, and that it cannot be when the link is lost', () => {
  const state = dialog(attached(undefined, snapshotFixture({ mode: 'simulate' })))
  const text = draw(state).join('\n')
  for (const what of ['Halt eu-1', 'SIMULATE  engine eu-1', 'pid 41822', 'working entry orders are cancelled', 'type eu-1'])
    expect(text).toContain(what)
  expect(draw(given(state, { kind: 'link', state: lost() })).join('\n')).toContain('Not possible now: the link to the engine is lost')
})

test('a watching console says so', () => {
  expect(draw(given(attached(), { kind: 'link', state: live(undefined, 'observer') }))[0]).toContain('watch only')
})

test('the selection is seen without any colour', () => {
  const lines = draw(given(attached(), { kind: 'choose', pane: 'cycles', by: 1 }))
  expect(lines.filter((line) => line.startsWith('> '))).toHaveLength(1)
  expect(lines.find((line) => line.startsWith('> '))).toContain('998')
})

test.each([
  { text: `because ${'x'.repeat(150)} the end`, end: 'x the end' },
  { text: `because ${'漢'.repeat(90)}e\u0301 the end`, end: '漢e\u0301 the end' },
])('the end of a long text is seen where it is typed, by its cells', ({ text, end }) => {
  for (const columns of [40, 80]) {
    const state = attached({ columns, rows: 24 })
    const inDialog = draw({ ...dialog(state), dialog: { ...dialogOf(dialog(state)), stage: 'reason', reason: text } })
    const inPrompt = draw({ ...state, prompt: { ...promptOf(state, 'filter', text), problem: 'wrong' } })
    expect(inDialog.find((line) => line.includes('reason ('))?.trimEnd()).toMatch(new RegExp(`^> reason \\(\\d+/200\\): ….*${end}$`))
    expect(inPrompt.find((line) => line.startsWith(' /'))?.trimEnd()).toMatch(new RegExp(`^ /….*${end}   wrong$`))
  }
})

test('a dialog that is asked about again says why its outcome is unknown', () => {
  const open = dialog(attached())
  const sent = { id: 'a-command', tries: 2, unsure: 'it could not be recorded (ENOSPC)' }
  expect(draw({ ...open, dialog: { ...dialogOf(open), stage: 'sending', sent } }).join('\n')).toContain(
    'unknown so far: it could not be recorded (ENOSPC)',
  )
})

test('a dialog for several instances names every one of them', () => {
  const open = dialog(attached())
  const fleet = Array.from({ length: 12 }, (_, index) => `europe-${index}`)
  const text = draw({ ...open, dialog: { ...dialogOf(open), command: { kind: 'pause' }, fleet } }).join('\n')
  for (const name of fleet) expect(text).toContain(name)
})

test('a confirmation that would come too late is not offered', () => {
  const open = later(dialog(attached()), 1)
  const at = (stageAt: number): string => draw({ ...open, dialog: { ...dialogOf(open), stage: 'confirm', stageAt } }).join('\n')
  expect(at(open.monotonic - 20_000)).toContain('y: send it now')
  expect(at(open.monotonic - 20_001)).not.toContain('send it now')
  expect(at(open.monotonic - 20_001)).toContain('Too late for y')
})

test('why an engine refused is told to its end on a narrow screen', () => {
  const message = 'the command had expired: it was valid until 2026-11-21T18:56:03.146Z, and here it is 2026-11-21T19:56:03.146Z'
  const open = dialog(attached({ columns: 60, rows: 24 }))
  const lines = draw({ ...open, dialog: { ...dialogOf(open), stage: 'done', result: { outcome: 'refused', auditSequence: 13, message } } })
  expect(lines.map((line) => line.trim()).join(' ')).toContain(`REFUSED (audit 13): ${message} Enter or Esc closes this.`)
})

test.each([
  { columns: 40, rows: 10 },
  { columns: 20, rows: 5 },
])('at $columns x $rows a dialog still says the mode and what exactly it acts on', (size) => {
  const commands: readonly [Command, string][] = [
    [{ kind: 'flatten', symbol: null }, 'Flatten EVERYTHING'],
    [{ kind: 'flatten', symbol: 'BTCUSD' }, 'Flatten BTCUSD'],
    [{ kind: 'rearm', breaker: 'halt' }, 'Re-arm halt'],
  ]
  for (const [command, says] of commands) {
    const live = snapshotFixture({ mode: 'live' })
    const opened = openCommand(attached(size, live), live, command)
    if (!opened.ok) throw new Error(opened.error)
    const text = draw({ ...attached(size, live), dialog: opened.value }).join('\n')
    expect(text).toContain(says.slice(0, size.columns - 4))
    expect(text).toContain('!LIVE!')
  }
})
