/** The bundled console in a pseudo-terminal beside a fake engine, in a folder of its own, and what is measured of it. */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { instancePaths, socketPath } from '../../src/home.ts'
import type { Done, Order } from '../helpers/busy-engine.ts'
import { openPty, type Pty } from '../helpers/pty.ts'
import { type PtyScreen, screenOf } from '../helpers/pty-screen.ts'
import type { Figure } from './table.ts'

export const INSTANCE = 'eu-1'
export const LOAD = { kind: 'load', changesPerSecond: 4, logLinesPerSecond: 200 } as const
export const QUIET = { kind: 'load', changesPerSecond: 0, logLinesPerSecond: 0 } as const
export const SETTLE_MS = 3_000
/** A millisecond is 1, a byte is 1, and 1 MB is 2^20 bytes. */
export const MB = 2 ** 20
export const KB = 2 ** 10

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'bin', 'aegis-console.js')

export const has = (tool: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'pipe' })
    return true
  } catch {
    return false // which is the answer
  }
}

if (!existsSync(join(root, 'dist/bundle/main.js'))) {
  console.error('bench:console: dist/bundle is missing. Run: npm run build')
  process.exit(78)
}
if (!has('getconf')) {
  console.error('bench:console: getconf is not installed')
  process.exit(78)
}

export const folder = mkdtempSync(join(tmpdir(), 'ab-'))
const home = join(folder, 'home')
const runtime = join(folder, 'run')
mkdirSync(runtime, { mode: 0o700 })
export const env: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: folder,
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
  COLORTERM: 'truecolor',
  XDG_RUNTIME_DIR: runtime,
  XDG_STATE_HOME: folder,
  XDG_CACHE_HOME: join(folder, 'cache'),
  AEGIS_HOME: home,
}
export const logs = instancePaths(home, INSTANCE).logs
mkdirSync(logs, { recursive: true, mode: 0o700 })

/** The fake engine's process. Orders are carried out one after the other; each answers with when it was done. */
export const startEngine = async () => {
  const child = fork(join(root, 'test/helpers/busy-engine.ts'), [socketPath(env, home, INSTANCE, 'operator'), logs], {
    execPath: process.execPath,
    env,
  })
  await once(child, 'message')
  return {
    tell: async (order: Order): Promise<number> => {
      const answer = once(child, 'message')
      child.send(order)
      const [done] = (await answer) as [Done]
      return done.at - performance.timeOrigin
    },
    close: async (): Promise<void> => {
      const ended = once(child, 'exit')
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
export type Engine = Awaited<ReturnType<typeof startEngine>>

export const consoleCommand = (...more: readonly string[]): readonly string[] => [
  process.execPath,
  bin,
  'attach',
  '--instance',
  INSTANCE,
  '--color',
  'always',
  ...more,
]
export const openConsole = (columns: number, rows: number, ...more: readonly string[]): Pty => openPty(consoleCommand(...more), env, columns, rows)

/** The first line of a real layout. */
export const drawn = (text: string): boolean => text.includes(INSTANCE) && text.includes('\u001b[?2026l')
export const live = (text: string): boolean => /SIMULATE {2}RUNNING/.test(plain(text))
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
const plain = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, '')

export const opened = async (columns: number, rows: number, ...more: readonly string[]): Promise<Pty> => {
  const pty = openConsole(columns, rows, ...more)
  await pty.until('live', live)
  await pause(SETTLE_MS)
  pty.forget()
  return pty
}

export const openedOnScreen = async (columns: number, rows: number): Promise<{ readonly pty: Pty; readonly screen: PtyScreen }> => {
  const pty = openConsole(columns, rows)
  const screen = screenOf(pty, columns, rows)
  await pty.until('live', live)
  await pause(SETTLE_MS)
  pty.forget()
  return { pty, screen }
}

/** Leaves and tells how long the way back to the shell took (ms). */
export const quit = async (pty: Pty): Promise<number> => {
  const from = performance.now()
  pty.write('q')
  await pty.ended
  return performance.now() - from
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
/** Processor time of a process so far, in ms. */
const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND
}
const statusOf = (pid: number, field: string): number =>
  Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * KB
export const rssOf = (pid: number): number => statusOf(pid, 'VmRSS')
export const peakOf = (pid: number): number => statusOf(pid, 'VmHWM')

/** Writes that come closer together are one refresh. */
const REFRESH_GAP_MS = 30

export type Stretch = { readonly cpu: number; readonly bytesPerSecond: number; readonly bytesPerRefresh: number }

/** What went by while something else took its time: share of one core in per cent, bytes a second and a refresh. */
export const during = async (pty: Pty, wait: () => Promise<unknown>): Promise<Stretch> => {
  const from = performance.now()
  const [cpu, before] = [processorMs(pty.pid()), pty.bytes()]
  let refreshes = 0
  let last = 0
  const off = pty.onData((_, at) => {
    if (at - last > REFRESH_GAP_MS) refreshes += 1
    last = at
  })
  await wait()
  off()
  const elapsed = performance.now() - from
  const bytes = pty.bytes() - before
  return {
    cpu: ((processorMs(pty.pid()) - cpu) / elapsed) * 100,
    bytesPerSecond: (bytes / elapsed) * 1_000,
    bytesPerRefresh: refreshes === 0 ? 0 : bytes / refreshes,
  }
}
export const over = (pty: Pty, ms: number): Promise<Stretch> => during(pty, () => pause(ms))

export type Unit = 'ms' | '%' | 'B/s' | 'B' | 'MB' | ''
export type Taken = { readonly what: string; readonly value: number; readonly unit: Unit; readonly aim: number | null }
export const taken: Taken[] = []
export const told: Figure[] = []
export const shown = ({ value, unit }: { readonly value: number; readonly unit: Unit }): string => {
  if (unit === '') return String(value)
  return unit === 'B' || unit === 'B/s' ? `${Math.round(value)} ${unit}` : `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`
}
/** All figures are better when they are smaller. */
export const tell = (what: string, value: number, unit: Unit, aim: number | null): void => {
  taken.push({ what, value, unit, aim })
  const met = Number.isFinite(value) && (aim === null || value <= aim)
  told.push({ what, value: shown({ value, unit }), aim: aim === null ? '' : `≤ ${shown({ value: aim, unit })}`, met })
}
export const remark = (what: string, value: string): void => void told.push({ what, value, aim: '', met: true })
