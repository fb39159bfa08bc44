import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { AuditRecord } from '../../src/contracts/audit.ts'
import type { Command, CommandResult } from '../../src/contracts/command.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { instancePaths, socketPath } from '../../src/home.ts'
import { seeded } from '../../src/random.ts'
import { localActor } from '../../tui/link/actor.ts'
import { connect } from '../../tui/link/connect.ts'
import { follow } from '../../tui/link/follow.ts'
import { looseSettings } from '../helpers/engine-fixture.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'bin', 'aegis-console.js')
export const engineBin = join(root, 'bin', 'aegis-engine.js')

/** Lines of a JSONL file; none where there is no file. */
export const linesOf = <Line = Record<string, unknown>>(path: string): Line[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line)
    : []

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** False for a zombie as well: it does nothing any more. */
export const isAlive = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/\) [ZX] /.test(stat)
  } catch {
    return false // no such process
  }
}

/** Resolves when a process that is not our child is gone. There is no event for that, so it looks every few milliseconds. */
export const goneOf = async (pid: number, msMax = 15_000): Promise<void> => {
  const deadline = Date.now() + msMax
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} is still there after ${msMax} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A place of its own for one engine: home, state, runtime folder; everything in it is gone when the test ends. */
export const place = (config: object = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'ae-'))
  const runtime = join(folder, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_RUNTIME_DIR: runtime,
    XDG_CACHE_HOME: process.env.AEGIS_TEST_CACHE,
  }
  const home = join(folder, 'state', 'aegis')
  const paths = instancePaths(home, 'default')
  mkdirSync(paths.root, { recursive: true, mode: 0o700 })
  if (Object.keys(config).length > 0) writeFileSync(paths.config, JSON.stringify(config))

  const run = (args: readonly string[], own: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [bin, ...args], { env: { ...env, ...own }, cwd: folder, maxBuffer: 64 << 20 }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      )
      child.stdin?.end()
    })

  const pid = (): number | null => {
    if (!existsSync(paths.pid)) return null
    return Number(readFileSync(paths.pid, 'utf8').split('|')[0])
  }

  onTestFinished(async () => {
    const left = pid()
    if (left !== null && isAlive(left)) {
      const pids = await status().then(
        (snapshot) => snapshot.processes.flatMap((each) => each.pid ?? []),
        () => [left],
      )
      for (const each of [left, ...pids]) if (isAlive(each)) process.kill(each, 'SIGKILL')
      for (const each of new Set([left, ...pids])) await goneOf(each)
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const status = async (): Promise<Snapshot> => {
    const linked = await connect({ path: socketPath(env, home, 'default', 'operator'), client: localActor(env), build: 'test' })
    if (!linked.ok) throw new Error(linked.error.message)
    const answer = await linked.value.request('status', {})
    linked.value.close()
    if (!answer.ok) throw new Error(answer.error.message)
    return answer.value
  }

  /** Follows the engine until a snapshot fits, across restarts. */
  const until = (what: string, fits: (snapshot: Snapshot) => boolean, msMax = 30_000): Promise<Snapshot> =>
    new Promise((resolve, reject) => {
      let snapshot: Snapshot | null = null
      const settle = (end: () => void): void => {
        clearTimeout(timer)
        followed.stop()
        end()
      }
      const look = (): void => {
        const seen = snapshot
        if (seen !== null && fits(seen)) settle(() => resolve(seen))
      }
      const timer = setTimeout(
        () => settle(() => reject(new Error(`not ${what} within ${msMax} ms; last: ${JSON.stringify(brief(snapshot))}`))),
        msMax,
      )
      const followed = follow({
        path: socketPath(env, home, 'default', 'operator'),
        client: localActor(env),
        build: 'test',
        clock: systemClock,
        random: seeded(1),
        onState: () => undefined,
        onSnapshot: (next) => {
          snapshot = next
          setImmediate(look)
        },
        onChanges: (changes: SnapshotDelta) => {
          if (snapshot !== null) snapshot = { ...snapshot, ...(changes as Partial<Snapshot>) }
          look()
        },
      })
    })

  const command = async (kind: Command, id = `test-${Math.random().toString(16).slice(2, 14)}`): Promise<CommandResult> => {
    const linked = await connect({ path: socketPath(env, home, 'default', 'operator'), client: localActor(env), build: 'test' })
    if (!linked.ok) throw new Error(linked.error.message)
    const answer = await linked.value.request('command', {
      id,
      actor: localActor(env),
      reason: 'a test',
      expiresAt: Date.now() + 30_000,
      command: kind,
    })
    linked.value.close()
    if (!answer.ok) throw new Error(answer.error.message)
    return answer.value
  }

  /** The trail, or the records of one event in it. */
  const audit = (event?: AuditRecord['event']): AuditRecord[] =>
    linesOf<AuditRecord>(paths.audit).filter((record) => event === undefined || record.event === event)

  /** The engine's own program without the command line around it; `ready` is what it reports, null where it ends without a word. */
  const supervise = (args: readonly string[] = [], own: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, [engineBin, 'supervise', ...args], {
      cwd: '/',
      env: { ...env, ...own, AEGIS_READY_FD: '3' },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    let report = ''
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const ready = new Promise<Record<string, unknown> | null>((resolve) => {
      const pipe = child.stdio[3] as Readable
      pipe.on('data', (chunk: Buffer) => (report += chunk.toString()))
      pipe.on('close', () => resolve(report === '' ? null : JSON.parse(report)))
    })
    const ended = new Promise<Ran>((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, stdout: '', stderr })))
    return { pid: child.pid ?? -1, ready, ended, kill: (signal: NodeJS.Signals) => child.kill(signal) }
  }

  const pidOf = (snapshot: Snapshot, name: ChildName | 'supervisor'): number => {
    const found = snapshot.processes.find((each) => each.name === name)?.pid
    if (found === null || found === undefined) throw new Error(`${name} has no pid`)
    return found
  }

  return { folder, env, home, paths, run, status, until, command, pid, pidOf, audit, supervise }
}

const brief = (snapshot: Snapshot | null) =>
  snapshot === null
    ? null
    : {
        engine: snapshot.engine,
        processes: snapshot.processes.map(({ name, state, restarts, reason }) => ({ name, state, restarts, reason })),
        feed: { ...snapshot.feed, instruments: undefined },
        alerts: snapshot.alerts,
      }

export type Place = ReturnType<typeof place>

/** A candle file of one symbol's random walk, in the folder of the place. */
export const candleFile = (at: Place, rows: number, seed = 1): string => {
  const random = seeded(seed)
  const path = join(at.folder, 'BTCUSD_1m.csv')
  let close = 10_000
  const lines = ['t,open,high,low,close,volume']
  for (let row = 0; row < rows; row += 1) {
    const open = close
    close = Math.round(open * (1 + 0.003 * random.normal()) * 100) / 100
    const high = Math.round(Math.max(open, close) * 100 + 50) / 100
    const low = Math.round(Math.min(open, close) * 100 - 50) / 100
    lines.push(`${Date.UTC(2020, 0, 1) + row * 60_000},${open},${high},${low},${close},${(random.next() * 10).toFixed(4)}`)
  }
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

/** Many trades from one-minute candles. */
const busyStrategies = [
  { id: 'sma-cross', timeframe: '1m', params: { fast: 5, slow: 15 } },
  { id: 'breakout', timeframe: '5m', params: {} },
]

/** An engine that trades a lot, and that neither losses stop, nor guards, nor an exit that is filled in many parts. */
export const busyConfig = {
  strategies: busyStrategies,
  ...looseSettings,
  breakers: { ...looseSettings.breakers, unprotected: { seconds: 86_400 } },
}

/** Signals that were ever executed or blocked: neither state lasts, so how many are in it just now says little. */
export const everSo = ({ signals }: Snapshot, what: 'executed' | 'blocked'): number =>
  (signals.pipeline?.bySource ?? []).reduce((sum, source) => sum + source[what], 0)
