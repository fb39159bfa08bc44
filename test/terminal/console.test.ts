import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CommandResult } from '../../src/contracts/command.ts'
import { instancePaths, socketPath } from '../../src/home.ts'
import { seeded } from '../../src/random.ts'
import { type EngineStandIn, engineStandIn } from '../helpers/engine-stand-in.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { openTmux, type Tmux, tmuxMissing } from '../helpers/tmux.ts'

const BUILT = fileURLToPath(new URL('../../dist/tui/main.js', import.meta.url))
const missing = tmuxMissing ?? (existsSync(BUILT) ? null : 'the console is not built')

let folder: string
let env: Record<string, string>
let engine: EngineStandIn
let tmux: Tmux

const startEngine = async (): Promise<EngineStandIn> => {
  const base = snapshotFixture()
  const accepted: CommandResult = { outcome: 'accepted', auditSequence: 4_711, message: 'paused' }
  return await engineStandIn(socketPath(env, join(folder, 'home'), 'eu-1', 'operator'), base, ({ command }, change) => {
    if (command.kind === 'pause') change({ engine: { ...base.engine, state: 'paused', desired: 'paused' } })
    return accepted
  })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-console-'))
  env = { XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder, LANG: 'C.UTF-8', AEGIS_ESC_MS: '25' }
  mkdirSync(instancePaths(join(folder, 'home'), 'eu-1').logs, { recursive: true })
  engine = await startEngine()
  tmux = openTmux(env)
  await waitFor('ready>')
})
afterEach(async () => {
  tmux.close()
  await engine.close()
  rmSync(folder, { recursive: true, force: true })
})

const waitFor = async (text: string | RegExp): Promise<void> => {
  await expect.poll(() => tmux.screen(), { timeout: 10_000, interval: 20 }).toMatch(text)
}

/** The real console in the real terminal; its pid is said before, its exit code afterwards. */
const startConsole = async (more = ''): Promise<number> => {
  const script = join(folder, 'console.mjs')
  writeFileSync(
    script,
    `console.log('pid=' + process.pid + ';')
${more}
const { runConsole } = await import(${JSON.stringify(BUILT)})
process.exitCode = await runConsole({ env: process.env, home: ${JSON.stringify(join(folder, 'home'))}, instance: 'eu-1', readOnly: false, version: '0.1.0' })
`,
  )
  tmux.type(`'${process.execPath}' '${script}'; echo code=$?`)
  tmux.keys('Enter')
  await waitFor(/pid=\d+;|RUNNING/)
  const pid = Number(/pid=(\d+);/.exec(tmux.screen())?.[1] ?? 0)
  await waitFor(/SIMULATE {2}RUNNING/)
  return pid
}

/** The shell is usable again: its own screen, its own modes. Returns what the console left on it. */
const expectRestored = async (code: number): Promise<string> => {
  await waitFor(`code=${code}`)
  const left = tmux.screen()
  expect(tmux.onAlternateScreen()).toBe(false)
  tmux.keys('C-l') // clears the shell's screen, so that only what follows is on it
  tmux.type('echo modes-off=$(stty -a | tr ";" " " | grep -oE " -(icanon|isig|echo|icrnl|opost) " | wc -l).')
  tmux.keys('Enter')
  await waitFor(/modes-off=\d+\./)
  expect(tmux.screen()).toContain('modes-off=0.')
  return left
}

describe.skipIf(missing !== null)(`the console in a real terminal${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  test('shows the engine, its log, pauses it with a reason, and leaves with one line', async () => {
    await startConsole()
    appendFileSync(
      join(folder, 'home', 'eu-1', 'logs', 'feed.jsonl'),
      `${JSON.stringify({ level: 40, time: 1_795_183_331_000, msg: 'a gap in BTCUSD' })}\n`,
    )
    await waitFor(/WARN {2}feed +a gap in BTCUSD/)
    expect(tmux.onAlternateScreen()).toBe(true)

    tmux.keys('p')
    await waitFor('Pause eu-1')
    // The dialog is deaf at first; a letter that is taken shows that this is over.
    await expect
      .poll(
        () => {
          tmux.keys('o')
          return tmux.screen()
        },
        { timeout: 5_000, interval: 60 },
      )
      .toMatch(/reason \([1-9]/)
    tmux.keys('Enter')
    // On a busy machine it comes in one piece with a letter before it, which the dialog takes for a paste and refuses.
    await expect
      .poll(
        () => {
          const screen = tmux.screen()
          if (screen.includes('that was no text')) tmux.keys('Enter')
          return screen
        },
        { timeout: 10_000, interval: 250 },
      )
      .toMatch('y: send it now')
    tmux.keys('y')
    await waitFor(/ACCEPTED \(audit 4711\): paused/)
    expect(engine.commands).toHaveLength(1)
    expect(engine.commands[0]?.reason).toMatch(/^o+$/)
    tmux.keys('Escape')
    await waitFor('== Cycles') // an ESC and a key that come together are neither
    expect(tmux.lines()[0]).toMatch(/SIMULATE {2}PAUSED/)
    tmux.keys('q')
    const left = await expectRestored(0)
    expect(left.replaceAll('\n', '')).toContain(
      'eu-1: SIMULATE PAUSED, still running (pid 41822). Attach again: aegis-console attach --instance eu-1',
    )
  })

  test.each([
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGHUP', code: 129 },
    { signal: 'SIGINT', code: 130 },
  ] as const)('$signal gives the terminal back', async ({ signal, code }) => {
    process.kill(await startConsole(), signal)
    await expectRestored(code)
  })

  test('Ctrl-C leaves like q', async () => {
    await startConsole()
    tmux.keys('C-c')
    expect(await expectRestored(0)).toContain('still running')
  })

  /** Breaks the console from within as soon as the file is there. */
  const onBoom = (fault: string): string =>
    `const { existsSync } = await import('node:fs'); const watch = setInterval(() => { if (!existsSync(process.env.XDG_RUNTIME_DIR + '/boom')) return; clearInterval(watch); ${fault} }, 20);`

  test.each([
    { says: 'an exception', fault: "throw new Error('a fault for the test')" },
    { says: 'a rejection', fault: "void Promise.reject(new Error('a fault for the test'))" },
    {
      says: 'a component that throws',
      fault: `const real = Array.prototype.flatMap
        Array.prototype.flatMap = function (...given) {
          if (new Error().stack.includes('renderWithHooks')) throw new Error('a fault for the test')
          return real.apply(this, given)
        }`,
    },
  ])('$says is told on the screen that stays, with exit code 70', async ({ fault }) => {
    await startConsole(onBoom(fault))
    appendFileSync(join(folder, 'boom'), '')
    expect(await expectRestored(70)).toContain('a fault for the test')
  })

  test('pasted commands do nothing but a hint', async () => {
    await startConsole()
    tmux.paste('q\npause\nKX')
    await waitFor('pasted text does nothing here')
    expect(engine.commands).toEqual([])
    tmux.keys('j')
    await waitFor(/^> 998/m)
  })

  test('an engine that goes is LOST with its last figures; when it is back so is the console', async () => {
    await startConsole()
    await engine.close()
    await waitFor(/LOST \d+s/)
    expect(tmux.screen()).toContain('BTCUSD')
    engine = await startEngine()
    await expect.poll(() => tmux.lines()[0], { timeout: 15_000 }).toMatch(/RUNNING.*data 0s/)
    expect(tmux.lines()[0]).not.toContain('LOST')
  })

  test('suspends to the shell and comes back', async () => {
    await startConsole()
    tmux.keys('C-z')
    await waitFor('Stopped')
    expect(tmux.onAlternateScreen()).toBe(false)
    tmux.type('echo in-the-$((40+2))-shell; fg; echo code=$?')
    tmux.keys('Enter')
    await waitFor(/SIMULATE {2}RUNNING/)
    expect(tmux.onAlternateScreen()).toBe(true)
    tmux.keys('q')
    await waitFor('in-the-42-shell')
    await expectRestored(0)
  })

  test('any size shows the console, and the last one is right', async () => {
    await startConsole()
    for (const [columns, rows] of [
      [160, 48],
      [40, 10],
      [20, 4],
      [100, 30],
    ] as const) {
      tmux.resize(columns, rows)
      await expect.poll(() => tmux.screen(), { timeout: 5_000 }).toContain('SIMULATE')
    }
    await expect.poll(() => tmux.lines()[29], { timeout: 5_000 }).toMatch(/q detach/)
    expect(tmux.lines()[0]).toMatch(/^eu-1 {2}SIMULATE {2}RUNNING/)
    expect(tmux.lines().filter((line) => line.includes('Cycles'))).toHaveLength(1)
  })

  test('after two hundred sizes the screen is that of a fresh start', async () => {
    const sizes = seeded(43)
    const withoutTimes = (): string =>
      tmux
        .screen()
        .replace(/\d+:\d\d(?::\d\d)?(?:\.\d+)?Z?|\b\d+(?:ms|s|m)\b/g, 'T')
        .replace(/ +/g, ' ')
    await startConsole()
    for (let count = 0; count < 200; count += 1) tmux.resize(1 + Math.floor(sizes.next() * 250), 1 + Math.floor(sizes.next() * 70))
    tmux.resize(100, 30)
    await expect.poll(() => tmux.lines()[29], { timeout: 5_000 }).toMatch(/q detach/)
    await waitFor(/^eu-1 {2}SIMULATE {2}RUNNING/)
    const last = withoutTimes()
    tmux.keys('q')
    await expectRestored(0)
    tmux.type('clear')
    tmux.keys('Enter')
    await startConsole()
    await expect.poll(() => tmux.lines()[29], { timeout: 5_000 }).toMatch(/q detach/)
    await expect.poll(withoutTimes, { timeout: 5_000 }).toBe(last)
  })
})
