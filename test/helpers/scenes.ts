import { createLogBook } from '../../tui/logs/log-book.ts'
import { promptOf } from '../../tui/store/prompt.ts'
import type { ConsoleState, Dialog, Fleet } from '../../tui/store/state.ts'
import { VIEWS } from '../../tui/store/views.ts'
import { attached, freshState, given, later, lost } from './console-state.ts'
import { recordsFixture } from './records-fixture.ts'
import { haltedFixture, snapshotFixture } from './snapshot-fixture.ts'

const ESC = String.fromCharCode(27)

/** A log line that tries to be obeyed, is far too wide, and has wide characters. */
const HOSTILE = JSON.stringify({
  level: 40,
  time: 1_795_183_331_000,
  msg: `${ESC}[31mred${ESC}]0;pwned\u0007${ESC}]52;c;aGk=\u0007 \u202eevil ${'漢'.repeat(200)}`,
})

export const withLogs = (state: ConsoleState, lines: readonly string[]): ConsoleState => {
  const book = createLogBook({ later: (run) => run(), onProgress: () => undefined })
  book.add(lines.map((text) => ({ process: 'feed', text })))
  return given(state, { kind: 'logSource', source: { kind: 'reading', files: 1 } }, { kind: 'logs', window: book.window(40), asked: false })
}

export const dialog = (state: ConsoleState): ConsoleState => ({
  ...state,
  dialog: {
    command: { kind: 'halt' },
    fleet: null,
    basis: {
      instance: 'eu-1',
      mode: 'simulate',
      state: 'working',
      desired: 'running',
      pid: 41_822,
      startedAt: snapshotFixture().engine.startedAt,
      alert: 0,
    },
    severe: true,
    stage: 'name',
    openedAt: 0,
    stageAt: 0,
    reason: `because ${'x'.repeat(150)}`,
    name: 'eu',
    problem: 'that is not the name of this instance: eu-1',
    sent: null,
    result: null,
  },
})

export const dialogOf = ({ dialog: open }: ConsoleState): Dialog => {
  if (open === null) throw new Error('no dialog is open')
  return open
}

const fleetFixture = (): Fleet => ({
  engines: [
    { instance: 'eu-1', snapshot: snapshotFixture(), link: { kind: 'live', heardAt: 0, role: 'operator' } },
    { instance: 'lab-2', snapshot: snapshotFixture({ instance: 'lab-2', mode: 'live' }), link: { kind: 'gone', since: 1 } },
    { instance: 'never-started', snapshot: null, link: { kind: 'none', reason: 'no engine' } },
  ],
  problem: null,
})

/** Everything that the console can show, at one size. */
export const scenes = (size: { columns: number; rows: number }): readonly { says: string; state: ConsoleState }[] => {
  const base = withLogs(attached(size), [HOSTILE, 'no json \u001b[2J at all', '{"level":30,"msg":"plain"}'])
  const long = snapshotFixture({
    positions: snapshotFixture().positions.map((position) => ({
      ...position,
      quantity: '123456789012.12345678',
      unrealised: '-98765432109876.543210',
    })),
  })
  return [
    { says: 'trading', state: base },
    { says: 'very large figures', state: attached(size, long) },
    { says: 'nothing known', state: freshState(size) },
    {
      says: 'nothing there',
      state: given(
        freshState(size),
        { kind: 'link', state: lost() },
        { kind: 'past', snapshot: null, problem: 'source missing: /a/very/long/path/'.repeat(8) },
      ),
    },
    {
      says: 'all lists empty',
      state: attached(
        size,
        snapshotFixture({
          cycles: [],
          cycle: null,
          positions: [],
          guards: [],
          breakers: [],
          signals: { total: 0, byState: {}, lastAt: null, pipeline: null },
        }),
      ),
    },
    { says: 'stale', state: later(base, 4_000) },
    { says: 'lost', state: later(given(base, { kind: 'link', state: lost() }), 12_000) },
    { says: 'halted', state: attached(size, haltedFixture()) },
    { says: 'zoomed', state: given(base, { kind: 'pane', pane: 'logs' }, { kind: 'zoom', on: true }) },
    { says: 'help', state: given(base, { kind: 'help', help: { offset: 3, filter: '', typing: false } }) },
    {
      says: 'prompt',
      state: given(base, { kind: 'prompt', prompt: { kind: 'filter', text: 'x'.repeat(200), problem: 'no such level', offers: [], offered: -1 } }),
    },
    { says: 'dialog', state: dialog(base) },
    ...VIEWS.flatMap((view) => [
      {
        says: `the view of ${view}`,
        state: given(base, { kind: 'records', records: recordsFixture() }, { kind: 'fleet', fleet: fleetFixture() }, { kind: 'view', view }),
      },
      { says: `the view of ${view} without anything`, state: given(freshState(size), { kind: 'view', view }) },
    ]),
    { says: 'the palette', state: given(base, { kind: 'prompt', prompt: promptOf(base, 'palette', 'po') }) },
    { says: 'message', state: given(base, { kind: 'message', message: { text: 'm'.repeat(300), tone: 'warning', until: 99_999 } }) },
  ]
}
