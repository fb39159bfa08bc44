import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { socketPath } from '../../src/home.ts'
import type { ConsoleOptions } from '../../tui/commands/terminal.ts'
import { commandLine } from '../helpers/command-line.ts'
import { type EngineStandIn, engineStandIn } from '../helpers/engine-stand-in.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

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

test.each(['n', ''])('where one ran before, "%s" opens the console on its files', async (answer) => {
  const { run, write, paths, env } = commandLine()
  write(paths.snapshot, [snapshotFixture()])
  const { opened, terminal } = screen()
  const { code, err } = await run([], { ...terminal, answers: [answer] })
  expect([code, err]).toEqual([Exit.done, expect.stringContaining('Start one? [y/N: look at its files]')])
  expect(opened).toMatchObject([{ env, instance: 'default', readOnly: false }])
})

test.each([
  { says: 'half a snapshot', left: '{"asOf":' },
  { says: 'one of another version', left: '{"asOf":1,"engine":{"state":"running"},"processes":[]}' },
])('$says, left by the last engine, is told and keeps nobody from its other files', async ({ left }) => {
  const { run, write, paths } = commandLine()
  write(paths.snapshot, [left])
  const { opened, terminal } = screen()
  const { code, err } = await run([], { ...terminal, answers: ['n'] })
  expect([code, err, opened.length]).toEqual([Exit.done, expect.stringContaining(paths.snapshot), 1])
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

describe('the person’s own settings', () => {
  const own = (text: string) => {
    const line = commandLine()
    line.write(join(line.folder, '.config', 'aegis', 'console.json'), [text])
    return line
  }

  test('are taken where no flag says something else, and what means nothing is told', async () => {
    const { run, engine } = own(
      '{ "fps": 2, "theme": "mine", "color": "16", "fsp": 1, "keys": { "zoom": "V" }, "themes": { "mine": { "tones": {} } } }',
    )
    await engine(status)
    const { opened, terminal } = screen()
    const { code, err } = await run('--fps 3', terminal)
    expect([code, err]).toEqual([Exit.done, expect.stringMatching(/warning: .*console\.json:1:\d+ fsp: unknown setting/)])
    expect(opened).toMatchObject([{ colour: '16', settings: { fps: 3, theme: 'mine' }, keys: { zoom: ['V'] }, themes: { mine: {} } }])
    expect((await run('--theme none', terminal)).err).toContain('--theme "none": there are dark, light, mono, mine')
  })

  test('that are wrong end it with 78 before the screen is touched, with or without an engine', async () => {
    const { run } = own('{ "keys": { "halt": "p" } }')
    const { opened, terminal } = screen()
    const { code, err } = await run('attach', terminal)
    expect([code, err, opened]).toEqual([Exit.configuration, expect.stringMatching(/console\.json:1:21 keys\.halt: p means both/), []])
  })

  test('may be in another file', async () => {
    const { run, engine, folder, write } = commandLine()
    await engine(status)
    const { opened, terminal } = screen()
    write(join(folder, 'mine.json'), ['{ "mouse": true }'])
    expect((await run('--settings mine.json', terminal)).code).toBe(Exit.done)
    expect(opened).toMatchObject([{ settings: { mouse: true } }])
    expect((await run('--settings none.json', terminal)).code).toBe(Exit.configuration)
  })
})

describe('--plain', () => {
  const plain = async (line: string, during: (engine: EngineStandIn, told: (text: string | RegExp) => Promise<void>) => Promise<void>) => {
    const { run, env, paths, write } = commandLine()
    write(join(paths.streams, 'signal_decisions.jsonl'), [{ old: 'history' }])
    const engine = await engineStandIn(
      socketPath(env, env.AEGIS_HOME ?? '', 'default', 'operator'),
      snapshotFixture({ instance: 'default' }),
      () => null,
    )
    onTestFinished(engine.close)
    const person = new AbortController()
    let text = ''
    const told = async (what: string | RegExp): Promise<void> => await expect.poll(() => text, { timeout: 10_000, interval: 10 }).toMatch(what)
    const out = (more: string): void => {
      text += more
    }
    const ran = run(line, { out, ended: () => person.signal })
    await told('engine')
    await during(engine, told)
    appendFileSync(
      join(paths.streams, 'signal_decisions.jsonl'),
      `${JSON.stringify({ decision: 'BLOCKED', blocker_component: 'spread', blocker_reason: 'wide \u001b[2J', blockers: ['spread'], signal_metadata: { id: 'X_1_a', symbol: 'X', side: 'long', strategy: 's' } })}\n`,
    )
    await told('BLOCKED by spread')
    person.abort()
    return { code: (await ran).code, lines: text.trimEnd().split('\n') }
  }

  test.each(['--plain', 'attach --plain'])('%s tells what happens line by line, without any control byte, until the person ends it', async (line) => {
    const { code, lines } = await plain(line, async (engine, told) => {
      engine.change({ engine: { ...snapshotFixture().engine, state: 'paused', desired: 'paused', reason: 'maria: \u001b]0;lunch' } })
      await told(/RUNNING -> PAUSED/)
    })
    expect(code).toBe(Exit.done)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(lines.filter((each) => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(each))).toEqual([])
    expect(lines.every((each) => /^\d{4}-\d\d-\d\dT[\d:.]+Z\t\w+\t[^\t]+\t[^\t]+$/.test(each))).toBe(true)
    expect(lines.some((each) => each.includes('history'))).toBe(false)
  })

  test('as JSON, and an engine that goes is LOST', async () => {
    const { lines } = await plain('--plain --json', async (engine, told) => {
      await engine.close()
      await told('LOST')
    })
    const kinds = lines.map((each) => JSON.parse(each).kind)
    expect([kinds[0], kinds.includes('link'), kinds.at(-1)]).toEqual(['engine', true, 'decision'])
  })

  test('without an engine it ends as every other command does', async () => {
    const { code, out, err } = await commandLine().run('--plain')
    expect([code, out, err]).toEqual([Exit.notRunning, '', expect.stringContaining('no engine of instance default is running')])
  })
})
