/** The built console in a pseudo-terminal of its own, beside an engine that does as the test says, in a folder of its own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import type { CommandResult } from '../../src/contracts/command.ts'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { instancePaths, type SocketRole, socketPath } from '../../src/home.ts'
import { type Answering, type EngineStandIn, engineStandIn } from '../helpers/engine-stand-in.ts'
import { openPty, type Pty } from '../helpers/pty.ts'
import { type PtyScreen, screenOf } from '../helpers/pty-screen.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

export const ESC = '\u001b'
export const FRAME_BEGIN = `${ESC}[?2026h`
export const FRAME_END = `${ESC}[?2026l`
export const INSTANCE = 'eu-1'

const bin = fileURLToPath(new URL('../../bin/aegis-console.js', import.meta.url))

export type Place = {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly logs: string
  readonly socket: (role?: SocketRole) => string
}

/** A folder with everything of one user in it, gone after the test. */
export const place = (): Place => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-pty-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [home, runtime] = [join(folder, 'home'), join(folder, 'run')]
  const { logs } = instancePaths(home, INSTANCE)
  mkdirSync(logs, { recursive: true, mode: 0o700 })
  mkdirSync(runtime, { mode: 0o700 })
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    COLORTERM: 'truecolor',
    XDG_RUNTIME_DIR: runtime,
    XDG_STATE_HOME: folder,
    XDG_CACHE_HOME: process.env.AEGIS_TEST_CACHE,
    AEGIS_HOME: home,
  }
  return { folder, env, logs, socket: (role = 'operator') => socketPath(env, home, INSTANCE, role) }
}

export const accepted: CommandResult = { outcome: 'accepted', auditSequence: 4_711, message: 'done' }

/** An engine that is there for as long as the test runs. Takes every command, where nothing else is said. */
export const startEngine = async (
  at: Place,
  snapshot: Snapshot = snapshotFixture(),
  role: SocketRole = 'operator',
  answer: Answering = () => accepted,
): Promise<EngineStandIn> => {
  const engine = await engineStandIn(at.socket(role), snapshot, answer, role)
  let open = true
  const close = async (): Promise<void> => {
    if (!open) return
    open = false
    await engine.close()
  }
  onTestFinished(close)
  return { ...engine, close }
}

/** A change that can be read on the first view, in any size that has its panes. */
export const NEWS_SAYS = '0.77771'
export const NEWS: SnapshotDelta = { positions: snapshotFixture().positions.map((position) => ({ ...position, quantity: NEWS_SAYS })) }

export type Opening = {
  readonly columns?: number
  readonly rows?: number
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Where the person stands; else where the tests do. */
  readonly folder?: string
  /** What the engine is found in. */
  readonly state?: string
}

export type Console = {
  readonly pty: Pty
  readonly screen: PtyScreen
  /** Writes what is typed. What is one string comes in one chunk. */
  readonly type: (keys: string) => void
  /** The first line. */
  readonly identity: () => string
  readonly until: PtyScreen['until']
}

/** As a person starts it. */
export const openConsole = (at: Place, { columns = 100, rows = 30, args = [], env = {}, folder = '.' }: Opening = {}): Console => {
  const command = ['env', '-C', folder, process.execPath, bin, 'attach', '--instance', INSTANCE, '--color', 'always', ...args]
  const pty = openPty(command, { ...at.env, ...env }, columns, rows)
  onTestFinished(() => pty.close())
  const screen = screenOf(pty, columns, rows)
  return { pty, screen, type: pty.write, identity: () => screen.lines()[0] ?? '', until: screen.until }
}

const isLive = (text: string, state = 'RUNNING'): boolean => text.includes(state) && /data \d/.test(text) && text.includes('q detach')

/** Opens it and waits until it shows a living engine and its keys. */
export const openLive = async (at: Place, opening: Opening = {}): Promise<Console> => {
  const opened = openConsole(at, opening)
  await opened.until('live', (text) => isLive(text, opening.state))
  return opened
}

/** From a shell, by a Node that starts another one for the console and waits for its end; then the modes of the terminal are told. */
export const openLaunched = async (at: Place, node: string): Promise<Console & { readonly console: () => number }> => {
  const script = `'${node}' '${bin}' attach --instance ${INSTANCE}; echo code=$?; stty -a; read -r line; echo "read $line"`
  const pty = openPty(['bash', '-c', script], at.env, 100, 30)
  onTestFinished(() => pty.close())
  const screen = screenOf(pty, 100, 30)
  await screen.until('live', (text) => isLive(text))
  const childOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
  return {
    pty,
    screen,
    type: pty.write,
    identity: () => screen.lines()[0] ?? '',
    until: screen.until,
    console: () => childOf(childOf(pty.pid())),
  }
}

/** The same from a shell that has job control: Enter brings a console that was stopped back. */
export const openShell = async (at: Place): Promise<Console & { readonly console: () => Promise<number> }> => {
  const script = `'${process.execPath}' '${bin}' attach --instance ${INSTANCE}; echo in the shell; read -r _; fg; echo code=$?`
  const pty = openPty(['bash', '-m', '-c', script], at.env, 100, 30)
  onTestFinished(() => pty.close())
  const screen = screenOf(pty, 100, 30)
  await screen.until('live', (text) => isLive(text))
  const console = async (): Promise<number> => {
    const children = (): string => readFileSync(`/proc/${pty.pid()}/task/${pty.pid()}/children`, 'utf8')
    await expect.poll(children).toMatch(/^\d+ $/)
    return Number(children())
  }
  return { pty, screen, type: pty.write, identity: () => screen.lines()[0] ?? '', until: screen.until, console }
}

/** A screen as it is at any time. */
export const withoutTimes = (text: string): string =>
  text.replace(/\d+:\d\d(?::\d\d)?(?:\.\d+)?Z?|\b(?:\d+(?:ms|s|m|h|d))+\b/g, 'T').replace(/ +/g, ' ')
