import { Terminal } from '@xterm/headless'
import { expect, test } from 'vitest'
import { openWallBoard } from '../../tui/charts/wall-board.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { attached } from '../helpers/console-state.ts'
import { recordsFixture } from '../helpers/records-fixture.ts'
import { FIXTURE_NOW } from '../helpers/snapshot-fixture.ts'

const full = (): ConsoleState => ({
  ...attached(),
  records: recordsFixture(),
  equitySeries: Array.from({ length: 90 }, (_, index) => ({ at: FIXTURE_NOW - 90_000 + index * 1_000, value: 100_000 + 50 * Math.sin(index / 9) })),
})

/** A board on a terminal that is only a grid of cells. */
const boardOn = (columns: number, rows: number, initial: ConsoleState = full()) => {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true })
  const events: string[] = []
  const at = { state: initial, busy: false, size: { columns, rows } }
  let written = ''
  let tick = (): void => undefined
  const board = openWallBoard({
    state: () => at.state,
    loan: {
      size: at.size,
      write: (text) => {
        written += text
      },
      busy: () => at.busy,
      giveBack: () => events.push('given back'),
    },
    depth: 2,
    every: (ms, run) => {
      events.push(`every ${ms}`)
      tick = run
      return () => events.push('stopped')
    },
    onProblem: (error) => events.push(String(error)),
  })
  return {
    at,
    board,
    events,
    tick: () => tick(),
    /** What was written since, after it has been shown. */
    settle: async () => {
      await new Promise(setImmediate) // blessed writes in the next turn
      const text = written
      written = ''
      await new Promise<void>((resolve) => terminal.write(text, resolve))
      return text
    },
    screen: () => Array.from({ length: terminal.rows }, (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '').join('\n'),
    resize: (width: number, height: number) => {
      terminal.resize(width, height)
      board.resize({ columns: width, rows: height })
    },
  }
}

test('everything is on it, and it writes no mode of the terminal', async () => {
  const { settle, screen, board } = boardOn(140, 44)
  const text = await settle()
  for (const part of [
    'Equity (USD)',
    'Drawdown',
    'Breakers',
    'Positions',
    'Guards: saved and cost',
    'Won and lost',
    'Log',
    'any key returns',
    'halt',
    'BTCUSD',
    '50%',
    '12.5',
  ])
    expect(screen()).toContain(part)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for
  expect(text).not.toMatch(/\u001b\[\?\d+[hl]|\u001b[=>]|\u001b\]/)
  board.end()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for
  expect(await settle()).not.toMatch(/\u001b\[\?\d+[hl]/)
})

test('it is drawn once a second, only what changed, and not while the terminal does not read', async () => {
  const { settle, screen, board, at, tick, events } = boardOn(120, 40)
  const whole = (await settle()).length
  at.state = { ...at.state, equitySeries: [...at.state.equitySeries, { at: FIXTURE_NOW, value: 123_456 }] }
  at.busy = true
  tick()
  expect(await settle()).toBe('')
  at.busy = false
  tick()
  const changed = (await settle()).length
  expect(changed).toBeGreaterThan(0)
  expect(changed).toBeLessThan(whole)
  expect(screen()).toContain('Equity (USD)  123456')
  board.end()
  expect(events).toEqual(['every 1000', 'stopped'])
})

test.each([
  [200, 60],
  [120, 40],
  [80, 24],
  [48, 16],
  [40, 12],
  [10, 4],
  [1, 1],
])('on %d x %d it is drawn, after any other size', async (columns, rows) => {
  const made = boardOn(100, 30)
  await made.settle()
  made.resize(columns, rows)
  await made.settle()
  if (columns >= 80) expect(made.screen()).toContain('Equity')
  if (columns >= 10) expect(made.screen().trim()).not.toBe('')
  expect(made.events).toEqual(['every 1000'])
  made.board.end()
})

test('where nothing is known it says why', async () => {
  const { settle, screen, board } = boardOn(140, 44, { ...attached(), latencySeries: [], equitySeries: [] })
  await settle()
  expect(screen()).toContain('no equity was told yet, empty since')
  expect(screen()).toContain('opening the file')
  board.end()
})

test('text of others is inert on it', async () => {
  const state = full()
  const positions = (state.snapshot?.positions ?? []).map((position) => ({ ...position, symbol: 'A\u001b]52;c;AAAA\u0007{red-fg}B' }))
  const { settle, screen, board } = boardOn(140, 44, { ...state, snapshot: state.snapshot === null ? null : { ...state.snapshot, positions } })
  expect(await settle()).not.toContain('\u001b]52')
  expect(screen()).toContain('A\\x1b]52')
  board.end()
})

test('a fault of its own gives the screen back and is told', async () => {
  const { settle, board, at, tick, events } = boardOn(120, 40)
  await settle()
  at.state = {
    ...at.state,
    get snapshot(): never {
      throw new Error('a fault for the test')
    },
  }
  tick()
  expect(events.slice(1)).toEqual(['given back', 'Error: a fault for the test'])
  board.end()
})

test('it leaves no listener, no timer and no setting behind', async () => {
  const events = ['exit', 'uncaughtException', 'unhandledRejection', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT', 'SIGTSTP']
  const count = () => ({
    process: events.map((event) => process.listenerCount(event)),
    input: process.stdin.eventNames(),
    output: process.stdout.eventNames(),
    env: { ...process.env },
  })
  const once = () => undefined
  process.once('exit', once)
  const before = count()
  for (let index = 0; index < 5; index += 1) {
    const { settle, board, resize } = boardOn(120, 40)
    await settle()
    expect(count()).toEqual(before)
    resize(100, 30)
    board.end()
    await settle()
  }
  expect(count()).toEqual(before)
  expect(process.rawListeners('exit').some((listener) => 'listener' in listener && listener.listener === once)).toBe(true) // still only once
  process.off('exit', once)
})
