import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { instancePaths, socketPath } from '../../src/home.ts'
import { type EngineStandIn, engineStandIn } from '../helpers/engine-stand-in.ts'
import { cycleFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { openTmux, type Tmux, tmuxMissing } from '../helpers/tmux.ts'

const BUILT = fileURLToPath(new URL('../../dist/tui/main.js', import.meta.url))
const missing = tmuxMissing ?? (existsSync(BUILT) ? null : 'the console is not built')

let folder: string
let env: Record<string, string>
let engine: EngineStandIn
let tmux: Tmux

const open = async (more: Record<string, string> = {}): Promise<void> => {
  tmux = openTmux({ ...env, ...more }, 120, 40)
  await waitFor('ready>')
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-wall-'))
  env = { XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder, LANG: 'C.UTF-8', AEGIS_ESC_MS: '25' }
  mkdirSync(instancePaths(join(folder, 'home'), 'eu-1').logs, { recursive: true })
  engine = await engineStandIn(socketPath(env, join(folder, 'home'), 'eu-1', 'operator'), snapshotFixture(), () => null)
})
afterEach(async () => {
  tmux.close()
  await engine.close()
  rmSync(folder, { recursive: true, force: true })
})

const waitFor = async (text: string | RegExp): Promise<void> => {
  await expect.poll(() => tmux.screen(), { timeout: 15_000, interval: 30 }).toMatch(text)
}

/** The real console in the real terminal; returns its pid. */
const startConsole = async (before = ''): Promise<number> => {
  const script = join(folder, 'console.mjs')
  writeFileSync(
    script,
    `console.log('pid=' + process.pid + ';')
${before}
const { runConsole } = await import(${JSON.stringify(BUILT)})
process.exitCode = await runConsole({ env: { ...process.env }, home: ${JSON.stringify(join(folder, 'home'))}, instance: 'eu-1', readOnly: false, version: '0.1.0' })
`,
  )
  tmux.type(`'${process.execPath}' '${script}'; echo code=$?`)
  tmux.keys('Enter')
  await waitFor(/pid=\d+;|RUNNING/)
  const pid = Number(/pid=(\d+);/.exec(tmux.screen())?.[1] ?? 0)
  await waitFor(/== Cycles/)
  return pid
}

const showBoard = async (): Promise<void> => {
  tmux.keys('W')
  await waitFor('any key returns')
  await waitFor(/─ Equity \(USD\) +100123\.45/)
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const expectRestored = async (code: number): Promise<string> => {
  await waitFor(`code=${code}`)
  const left = tmux.screen()
  expect(tmux.onAlternateScreen()).toBe(false)
  tmux.keys('C-l')
  tmux.type('echo modes-off=$(stty -a | tr ";" " " | grep -oE " -(icanon|isig|echo|icrnl|opost) " | wc -l).')
  tmux.keys('Enter')
  await waitFor(/modes-off=\d+\./)
  expect(tmux.screen()).toContain('modes-off=0.')
  return left
}

describe.skipIf(missing !== null)(`the wall board in a real terminal${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  test('W shows it, it follows the window and the engine, and any key goes back to the console', async () => {
    await open()
    await startConsole()
    await showBoard()
    expect(tmux.lines()[0]).toMatch(/^ ?eu-1 +SIMULATE +RUNNING/)
    for (const part of ['Drawdown', 'Breakers', 'Positions', 'Guards: saved and cost', 'Won and lost', 'Log'])
      expect(tmux.screen()).toContain(`─ ${part}`)
    expect(tmux.screen()).toMatch(/BTCUSD +long/)

    tmux.resize(150, 48)
    await expect.poll(() => Math.max(...tmux.lines().map((line) => line.length)), { timeout: 15_000 }).toBe(150)
    tmux.resize(90, 24) // too small for all of it
    await expect.poll(() => tmux.screen().includes('Drawdown'), { timeout: 15_000 }).toBe(false)
    await waitFor('─ Positions')

    const base = snapshotFixture()
    const clock = (base.feed.clock ?? 0) + 1_000
    engine.change({ equity: '123456.78', asOf: base.asOf + 1_000, feed: { ...base.feed, clock }, cycle: cycleFixture(1_000, { feedAt: clock }) })
    await waitFor(/─ Equity \(USD\) +123456\.78/)

    tmux.keys('q') // is only the key that goes back
    await waitFor('== Cycles')
    expect(tmux.screen()).not.toContain('any key returns')
    tmux.keys('7') // the same widgets in a pane
    await waitFor(/== Charts =+ window/)
    await waitFor(/^-- Equity \(USD\) +least 100,123\.45 +most 123,456\.78/m)
    expect(tmux.screen()).not.toContain('contrib cannot be used')
    tmux.keys('q')
    await expectRestored(0)
  })

  test.each([
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGHUP', code: 129 },
  ] as const)('$signal while it is shown gives the terminal back', async ({ signal, code }) => {
    await open()
    const pid = await startConsole()
    await showBoard()
    process.kill(pid, signal)
    await expectRestored(code)
  })

  test('a fault while it is shown gives the terminal back and is told', async () => {
    await open()
    await startConsole(
      "const { existsSync } = await import('node:fs'); const watch = setInterval(() => { if (!existsSync(process.env.XDG_RUNTIME_DIR + '/boom')) return; clearInterval(watch); throw new Error('a fault for the test') }, 20);",
    )
    await showBoard()
    appendFileSync(join(folder, 'boom'), '')
    expect(await expectRestored(70)).toContain('a fault for the test')
  })

  test('the terminal closed while it is shown ends the console', async () => {
    await open()
    const pid = await startConsole()
    await showBoard()
    tmux.close()
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
    await open()
  })

  test('stopped with Ctrl-Z from outside and continued, the console is back without the board', async () => {
    await open()
    const pid = await startConsole()
    await showBoard()
    process.kill(pid, 'SIGTSTP')
    await waitFor(/Stopped/)
    expect(tmux.onAlternateScreen()).toBe(false)
    tmux.keys('C-l')
    tmux.type('fg; echo code=$?')
    tmux.keys('Enter')
    await waitFor('== Cycles')
    tmux.keys('q')
    await waitFor('code=0')
  })

  test('a terminal that nobody knows gets it too', async () => {
    await open({ TERM: 'nobody-knows-it' })
    await startConsole("process.env.TERM = 'nobody-knows-it';")
    await showBoard()
    tmux.keys('Space')
    await waitFor('== Cycles')
  })

  test.each([
    { set: "process.env.NO_COLOR = '1'", why: /no wall board: it needs colours/ },
    { set: "process.env.LC_ALL = 'C'", why: /no wall board: it needs more than ASCII/ },
  ])('with $set it says why there is none', async ({ set, why }) => {
    await open()
    await startConsole(set)
    tmux.keys('W')
    await waitFor(why)
    expect(tmux.screen()).toContain('== Cycles')
  })
})
