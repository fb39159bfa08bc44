import xterm from '@xterm/headless'
import { afterEach, expect, test } from 'vitest'
import { type Mounted, mount } from '../../tui/app.tsx'
import { isUrgent, reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { createStore } from '../../tui/store/store.ts'
import type { ConsoleStore } from '../../tui/store/use-console.ts'
import { createGatedStdout, type GatedStdout } from '../../tui/terminal/gated-stdout.ts'
import { systemSchedule } from '../../tui/terminal/schedule.ts'
import { CLEAR } from '../../tui/terminal/session.ts'
import { THEMES } from '../../tui/theme.ts'
import { attached } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { cycleFixture } from '../helpers/snapshot-fixture.ts'

type Screen = {
  readonly store: ConsoleStore
  readonly mounted: Mounted
  readonly gate: GatedStdout
  readonly terminal: xterm.Terminal
  readonly bytes: () => number
  readonly resize: (columns: number, rows: number) => void
}

const open: Screen[] = []
afterEach(() => {
  for (const { mounted, store, gate, terminal } of open.splice(0)) {
    gate.shut()
    mounted.unmount()
    store.close()
    terminal.dispose()
  }
})

/** The console drawn by the real Ink through the real gate into a real terminal without a screen. */
const screen = (state: ConsoleState): Screen => {
  const { columns, rows } = state.size
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  let bytes = 0
  const output = {
    columns,
    rows,
    writableLength: 0,
    write: (text: string) => {
      bytes += Buffer.byteLength(text)
      terminal.write(text.replaceAll('\n', '\r\n'))
      return true
    },
    on: () => undefined,
    off: () => undefined,
  }
  const gate = createGatedStdout(output, () => undefined)
  output.write(CLEAR)
  const store: ConsoleStore = createStore({
    initial: state,
    reduce,
    urgent: isUrgent,
    monotonic: () => performance.now(),
    schedule: systemSchedule,
    intervalMs: 1,
  })
  const made: Screen = {
    store,
    gate,
    terminal,
    mounted: mount(store, gate, { themes: THEMES, mono: true, ascii: false }),
    bytes: () => bytes,
    resize: (width, height) => {
      output.columns = width
      output.rows = height
      terminal.resize(width, height)
      gate.measure()
      store.update({ kind: 'size', size: { columns: width, rows: height } })
    },
  }
  open.push(made)
  return made
}

const lines = ({ terminal }: Screen): readonly string[] =>
  Array.from(
    { length: terminal.rows },
    (_, row) => terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)?.translateToString(true) ?? '',
  )

/** The screen once it is what it has to be; the terminal parses in its own time. */
const shows = async (made: Screen): Promise<void> => {
  const wanted = draw(made.store.get()).map((line) => line.trimEnd())
  await expect.poll(() => lines(made), { timeout: 5_000, interval: 5 }).toEqual(wanted)
}

test('the terminal shows what the state says, also after changes that are sent as differences', async () => {
  const made = screen(attached())
  await shows(made)
  made.store.update({ kind: 'stepPane', by: 1 })
  await shows(made)
  made.store.update({ kind: 'zoom', on: true })
  await shows(made)
  made.store.update({ kind: 'zoom', on: false })
  await shows(made)
})

test('one counter costs few bytes', async () => {
  const made = screen(attached())
  await shows(made)
  const { snapshot } = made.store.get()
  const before = made.bytes()
  made.store.update({ kind: 'changes', changes: { ledger: { sequence: 1, cycles: 1, bytes: 1, state: 'open' } }, sequence: 2 })
  made.store.update({ kind: 'changes', changes: { cycle: { ...cycleFixture(1_000), at: snapshot?.cycle?.at ?? 0 } }, sequence: 3 })
  await shows(made)
  expect(made.bytes() - before).toBeLessThan(400)
})

test('whatever somebody else wrote over it is gone after a repaint', async () => {
  const made = screen(attached())
  await shows(made)
  made.terminal.write('\u001b[5;1HBroadcast message from root: the disk is full\r\n\u001b[20;40Hgarbage')
  await expect.poll(() => lines(made).join('\n')).toContain('Broadcast')
  made.mounted.repaint()
  await shows(made)
})

test('any order of sizes ends with the screen of the last one', async () => {
  const made = screen(attached())
  await shows(made)
  for (const [columns, rows] of [
    [160, 48],
    [40, 10],
    [100, 30],
    [60, 15],
    [80, 24],
  ] as const) {
    made.resize(columns, rows)
    await new Promise((resolve) => setImmediate(resolve))
    made.mounted.repaint()
    await shows(made)
  }
})

test('what a component throws reaches whoever waits for the end', async () => {
  const made = screen(attached())
  await shows(made)
  const broken = new Proxy({} as NonNullable<ConsoleState['snapshot']>, {
    get: () => {
      throw new Error('a fault of a view')
    },
  })
  const ended = made.mounted.ended.then(
    () => 'ended quietly',
    (error: unknown) => (error as Error).message,
  )
  // Past the reducer, which would stumble over it itself.
  Object.assign(made.store.get(), { snapshot: broken })
  made.store.update({ kind: 'stepPane', by: 1 })
  expect(await ended).toBe('a fault of a view')
})
