import { execFile, execFileSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bin, goneOf, isAlive, type Place, place, type Ran, root } from './engine.ts'

// A wait says itself what it waited for; a busy machine is no failure.
vi.setConfig({ testTimeout: 60_000 })

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Programs of the system, without those that npm brought. */
const systemPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
const programs = (name: string): string[] => systemPath.map((folder) => join(folder, name)).filter(isProgram)

const hasTmux = programs('tmux').length > 0
const inTmux = test.skipIf(!hasTmux)
const because = hasTmux ? '' : ' (skipped: no tmux here)'

const LOOK_MS = 20

/** A terminal that can be closed: a tmux server of its own, whose windows run commands of this place. */
const tmux = (at: Place) => {
  const [socket, settings] = [join(at.folder, 'tmux'), join(at.folder, 'tmux.conf')]
  writeFileSync(settings, 'set -g remain-on-exit on\n')
  const say = (...args: string[]): string =>
    execFileSync('tmux', ['-S', socket, '-f', settings, ...args], { env: at.env, encoding: 'utf8', stdio: 'pipe' })
  onTestFinished(() => {
    try {
      say('kill-server')
    } catch {
      // It ended with its last session.
    }
  })
  return {
    open: (session: string, args: readonly string[]): number => {
      say('new-session', '-d', '-s', session, '-x', '120', '-y', '40', process.execPath, bin, ...args)
      return Number(say('display-message', '-p', '-t', session, '#{pane_pid}'))
    },
    /** What stands on the screen once it holds a text. There is no event for that. */
    shows: async (session: string, text: string, msMax = 15_000): Promise<string> => {
      const deadline = Date.now() + msMax
      for (;;) {
        const screen = say('capture-pane', '-p', '-t', session)
        if (screen.includes(text)) return screen
        if (Date.now() > deadline) throw new Error(`no ${JSON.stringify(text)} within ${msMax} ms on:\n${screen}`)
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    },
    press: (session: string, ...keys: string[]) => say('send-keys', '-t', session, ...keys),
    close: (session: string) => say('kill-session', '-t', session),
  }
}

/** Parent, session and terminal as the kernel has them (proc_pid_stat(5)). */
const stat = (pid: number) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [, ppid, , session, tty] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  return { ppid, session, tty }
}

inTmux(`an engine that a terminal started has a session of its own, no terminal, and outlives the terminal${because}`, async () => {
  const at = place()
  const terminal = tmux(at)
  const shell = terminal.open('one', ['start'])
  const snapshot = await at.until('running', ({ engine }) => engine.state === 'running')
  const supervisor = at.pidOf(snapshot, 'supervisor')
  await goneOf(shell)
  for (const { pid } of snapshot.processes) {
    expect(stat(pid ?? -1)).toMatchObject({ session: supervisor, tty: 0 })
    const open = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' })
    expect(open).not.toMatch(/\/dev\/(pts|tty)/)
  }
  expect(stat(supervisor).ppid).not.toBe(shell)

  terminal.close('one')
  const after = await at.until('further on', ({ feed }) => feed.bars > snapshot.feed.bars)
  expect(after.processes.map(({ pid, restarts }) => [pid, restarts])).toEqual(snapshot.processes.map(({ pid }) => [pid, 0]))
})

inTmux(`the console can be left, killed or lose its terminal, and the engine never notices${because}`, async () => {
  const at = place()
  expect((await at.run(['start'])).code).toBe(0)
  const before = await at.until('running', ({ engine }) => engine.state === 'running')
  const terminal = tmux(at)

  terminal.open('left', ['attach'])
  await terminal.shows('left', `${before.engine.pid}`)
  terminal.press('left', 'q')
  expect(await terminal.shows('left', 'still run')).toContain(`${before.engine.pid}`)

  const killed = terminal.open('killed', ['attach'])
  await terminal.shows('killed', 'RUNNING')
  process.kill(killed, 'SIGKILL')
  await goneOf(killed)

  const closed = terminal.open('closed', ['attach'])
  await terminal.shows('closed', 'RUNNING')
  terminal.close('closed')
  await goneOf(closed)

  const seen = await at.status()
  const after = await at.until('further on', ({ feed }) => feed.bars > seen.feed.bars)
  expect(after.processes.map(({ pid, restarts, state }) => [pid, restarts, state])).toEqual(before.processes.map(({ pid }) => [pid, 0, 'ready']))
})

const exec = (at: Place, file: string, args: readonly string[], cwd: string): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { ...at.env, PATH: systemPath.join(delimiter), npm_config_update_notifier: 'false' }
    const child = execFile(file, args, { cwd, env }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }))
    child.stdin?.end()
  })

const systemNode = programs('node')[0]
const systemVersion = systemNode === undefined ? 'none' : execFileSync(systemNode, ['--version'], { encoding: 'utf8' }).trim()
const withSystemNode = test.skipIf(systemNode === undefined || programs('npm').length === 0)

withSystemNode(`npm start without a terminal starts an engine, prints its status and ends (Node ${systemVersion})`, async () => {
  const at = place()
  const first = await exec(at, 'npm', ['start'], root)
  expect([first.code, first.stdout]).toEqual([0, expect.stringMatching(/^engine +[A-Z]+ +wants running/m)])
  const pid = at.pid() ?? -1
  expect(isAlive(pid)).toBe(true)
  expect(stat(pid)).toMatchObject({ session: pid, tty: 0 })

  // A second time it finds the same engine.
  const second = await exec(at, 'npm', ['start'], root)
  expect([second.code, second.stdout]).toEqual([0, expect.stringContaining(`pid ${pid}`)])
})

withSystemNode(`a link to the program works from any folder (Node ${systemVersion})`, async () => {
  const at = place()
  const [links, elsewhere] = [join(at.folder, 'links'), join(at.folder, 'elsewhere')]
  for (const folder of [links, elsewhere]) mkdirSync(folder)
  const link = join(links, 'aegis-console')
  symlinkSync(bin, link)
  expect((await exec(at, link, ['status'], elsewhere)).code).toBe(3)
  const started = await exec(at, link, ['start'], elsewhere)
  expect([started.code, started.stdout]).toEqual([0, expect.stringContaining('engine default started')])
  expect((await exec(at, link, ['status', '--json'], links)).code).toBe(0)
  expect((await exec(at, link, ['stop'], elsewhere)).code).toBe(0)
})
