import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import type { ConsoleOptions } from '../../tui/commands/terminal.ts'
import { commandLine } from '../helpers/command-line.ts'
import { snapshot } from '../helpers/snapshot.ts'

const engineScript = fileURLToPath(new URL('../helpers/fake-engine.mjs', import.meta.url))

/** A terminal on which a console opens and is left at once. */
const screen = () => {
  const opened: ConsoleOptions[] = []
  const openConsole = async (options: ConsoleOptions): Promise<number> => {
    opened.push(options)
    return 0
  }
  return { opened, terminal: { canDraw: true, answers: [] as string[], openConsole } }
}

const status = { status: () => ({ result: snapshot() }) }

test.each([
  { line: '', at: 'operator', readOnly: false },
  { line: 'attach', at: 'operator', readOnly: false },
  { line: 'attach --read-only', at: 'observer', readOnly: true },
  { line: 'attach', at: 'observer', readOnly: true },
] as const)('"$line" with the $at socket there opens the console, read only: $readOnly', async ({ line, at, readOnly }) => {
  const { run, engine, env, paths } = commandLine()
  await engine(status, { at })
  const { opened, terminal } = screen()
  expect((await run(line === '' ? [] : line, terminal)).code).toBe(Exit.done)
  expect(opened).toMatchObject([{ env, home: paths.home, instance: 'default', readOnly }])
})

test.each([
  { says: 'no', over: { answers: ['n'] } },
  { says: 'nothing', over: { answers: [''] } },
])('where none runs it asks, and "$says" starts none: exit 3', async ({ over }) => {
  const { opened, terminal } = screen()
  const { code, err } = await commandLine().run([], { ...terminal, ...over })
  expect([code, err, opened]).toEqual([Exit.notRunning, expect.stringContaining('Start one? [y/N]'), []])
})

test('with --no-input it does not ask', async () => {
  const { code, err } = await commandLine().run('--no-input', { ...screen().terminal, answers: ['y'] })
  expect([code, err]).toEqual([Exit.notRunning, expect.not.stringContaining('Start one?')])
})

test('"y" starts one; the engine of this test never listens, so there is nothing to attach to', async () => {
  const { run, env } = commandLine()
  Object.assign(env, { FAKE_ENGINE: 'ready' })
  const { code, err } = await run([], { ...screen().terminal, answers: ['y'], engineScript })
  expect([code, err]).toEqual([Exit.notRunning, expect.stringContaining('engine default started')])
})

test('--start where another start was faster looks at that engine', async () => {
  const { run, env } = commandLine()
  Object.assign(env, { FAKE_ENGINE: 'taken' })
  const { code, err } = await run('attach --start', { engineScript })
  expect([code, err]).toEqual([Exit.notRunning, expect.stringContaining('is traded by process 4242')])
})

test('how the console looks is said by flags, and a number that is none is refused', async () => {
  const { run, engine } = commandLine()
  await engine(status, { at: 'operator' })
  const { opened, terminal } = screen()
  expect((await run('--no-alt-screen --color 16 --ascii --theme mono --fps 2 --low-bandwidth --notify osc9 --clipboard --poll', terminal)).code).toBe(
    Exit.done,
  )
  expect(opened).toMatchObject([
    {
      colour: '16',
      ascii: true,
      alternate: false,
      poll: true,
      settings: { theme: 'mono', fps: 2, lowBandwidth: true, notify: 'osc9', clipboard: true },
    },
  ])
  expect((await run('attach --fps 11', terminal)).code).toBe(Exit.usage)
  expect((await run('status --fps 3', terminal)).code).toBe(Exit.usage)
})
