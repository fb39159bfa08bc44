import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { barRing } from '../../engine/ring/bar-ring.ts'
import { BAR_CAPACITY, BRAIN_SLOTS_AT, CONTROL_AT, ORCHESTRATOR_SLOTS_AT, SHARED_BYTES } from '../../engine/ring/layout.ts'
import { mapMemory } from '../../engine/ring/memory.ts'
import type { BarRing } from '../../engine/ring/port.ts'
import type { Command, CommandResult } from '../../src/contracts/command.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { Delta } from '../../src/contracts/wire.ts'
import { instancePaths, socketPath } from '../../src/home.ts'
import { localActor } from '../../tui/link/actor.ts'
import { connect, type Link } from '../../tui/link/connect.ts'

export const bin = fileURLToPath(new URL('../../bin/aegis-console.js', import.meta.url))
const WAIT_MS_MAX = 60_000

/** Compiled code is kept for the run: what is measured is a console that was started before. */
const cache = mkdtempSync(join(tmpdir(), 'ab-'))
process.once('exit', () => rmSync(cache, { recursive: true, force: true }))

/** A real engine in a folder of its own, looked at from outside: its socket, its files, /proc, and a second mapping of its rings. */
export const place = (config: object = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'ab-'))
  const runtime = join(folder, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_RUNTIME_DIR: runtime,
    XDG_CACHE_HOME: cache,
  }
  const home = join(folder, 'state', 'aegis')
  const paths = instancePaths(home, 'default')
  mkdirSync(paths.root, { recursive: true, mode: 0o700 })
  if (Object.keys(config).length > 0) writeFileSync(paths.config, JSON.stringify(config))

  const run = (args: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = execFile(process.execPath, [bin, ...args], { env, cwd: folder, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`aegis-console ${args.join(' ')}: ${stderr || error.message}`)),
      )
      child.stdin?.end()
    })

  const link = async (): Promise<Link> => {
    const linked = await connect({ path: socketPath(env, home, 'default', 'operator'), client: localActor(env), build: 'bench' })
    if (!linked.ok) throw new Error(linked.error.message)
    return linked.value
  }

  const status = async (): Promise<Snapshot> => {
    const linked = await link()
    const answer = await linked.request('status', {})
    linked.close()
    if (!answer.ok) throw new Error(answer.error.message)
    return answer.value
  }

  const pid = (): number => Number(readFileSync(paths.pid, 'utf8').split('|')[0])

  return {
    folder,
    env,
    paths,
    socket: socketPath(env, home, 'default', 'operator'),
    run,
    link,
    status,
    pid,
    start: (...args: readonly string[]) => run(['start', ...args]),
    stop: () => run(['stop']),
    /** The processes of the engine, supervisor first. */
    pids: async (): Promise<readonly number[]> => (await status()).processes.flatMap((each) => each.pid ?? []),
    rings: () => ringsOf(pid()),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export type Place = ReturnType<typeof place>

/** Runs something with an engine's place and leaves nothing of it behind, whatever happens. */
export const inPlace = async <Value>(config: object, measure: (at: Place) => Promise<Value>): Promise<Value> => {
  const at = place(config)
  try {
    return await measure(at)
  } finally {
    await at.run(['stop', '--now']).catch(() => undefined) // it may never have started, or be stopped already
    at.remove()
  }
}

/** The rings as their readers left them: read through a mapping of ours, so that looking costs the engine nothing. */
const ringsOf = (pid: number): { readonly brain: BarRing; readonly orchestrator: BarRing } => {
  const folder = `/proc/${pid}/fd`
  const name = readdirSync(folder).find((each) => readlinkSync(join(folder, each)).startsWith('/memfd:aegis'))
  if (name === undefined) throw new Error(`process ${pid} has no shared memory`)
  const memory = mapMemory(openSync(join(folder, name), 'r+'), SHARED_BYTES)
  return {
    brain: barRing(memory, CONTROL_AT.brainBars, BRAIN_SLOTS_AT, BAR_CAPACITY),
    orchestrator: barRing(memory, CONTROL_AT.orchestratorBars, ORCHESTRATOR_SLOTS_AT, BAR_CAPACITY),
  }
}

/** Looks again and again, at most a millisecond apart by default, until something holds. @returns the monotonic time at which it did. */
export const when = async (what: string, holds: () => boolean, everyMs = 1): Promise<number> => {
  const deadline = performance.now() + WAIT_MS_MAX
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not ${what} within ${WAIT_MS_MAX} ms`)
    await pause(everyMs)
  }
  return performance.now()
}

/** Follows a console's view of the engine. */
export const watch = async (link: Link) => {
  const answer = await link.request('subscribe', {})
  if (!answer.ok) throw new Error(answer.error.message)
  let snapshot: Snapshot = answer.value.snapshot
  let notice: () => void = () => undefined
  link.onNotification((name, params) => {
    if (name === 'delta') snapshot = { ...snapshot, ...((params as Delta).changes as Partial<Snapshot>) }
    else if (name === 'snapshot') snapshot = (params as { snapshot: Snapshot }).snapshot
    notice()
  })
  const until = (what: string, holds: (snapshot: Snapshot) => boolean): Promise<number> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ${what} within ${WAIT_MS_MAX} ms`)), WAIT_MS_MAX)
      notice = () => {
        if (!holds(snapshot)) return
        notice = () => undefined
        clearTimeout(timer)
        resolve(performance.now())
      }
      notice()
    })
  return { get: () => snapshot, until, stateOf: (name: ChildName) => snapshot.processes.find((each) => each.name === name) }
}

let commands = 0

/** Sends one command and waits for its answer, which comes after it was recorded. */
export const command = async (link: Link, kind: Command, env: NodeJS.ProcessEnv): Promise<CommandResult> => {
  commands += 1
  const answer = await link.request('command', {
    id: `bench-${process.pid}-${commands}`,
    actor: localActor(env),
    reason: 'a bench',
    expiresAt: Date.now() + 30_000,
    command: kind,
  })
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.value
}

/** Milliseconds from the start of a program to its end. @throws where it did not end well. */
export const lifetime = (file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('exit', (code) => {
      const ms = performance.now() - started
      if (code === 0) resolve(ms)
      else reject(new Error(`${file} ${args.join(' ')}: exit ${code}`))
    })
  })
