import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../src/clock.ts'
import type { ChildState } from '../../src/contracts/engine.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import type { ProcessView } from '../../src/contracts/snapshot.ts'
import { Exit } from '../../src/exit.ts'
import type { Environment } from '../../src/home.ts'
import type { Random } from '../../src/random.ts'
import type { SharedDescriptors } from '../ring/shared.ts'
import { type CrashTally, died, isStorm, noCrashes, restartWaitMs } from './crash-tally.ts'
import { type Action, type Happening, moves } from './lifecycle.ts'
import type { Boot, FromChild, ToChild } from './messages.ts'

/** A child that has not said ready by then is killed and started again. */
const READY_MS_MAX = 30_000

/** What a child may know of our environment: where things are and how to speak, never a secret. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'XDG_STATE_HOME',
  'XDG_RUNTIME_DIR',
  'TMPDIR',
  'NODE_ENV',
  'LD_PRELOAD',
  'FAKETIME',
] as const

export type ChildPorts = {
  readonly name: ChildName
  readonly script: string
  readonly logs: string
  readonly env: Environment
  readonly descriptors: SharedDescriptors
  readonly clock: Clock
  readonly random: Random
  readonly limits: { readonly restartsMax: number; readonly restartWindowMs: number; readonly stuckKillMs: number }
  readonly boot: () => Boot
  /** Everything that the rest of the supervisor has to know. */
  readonly on: {
    readonly message: (message: FromChild) => void
    readonly changed: (child: ChildView, action: Action | null) => void
    readonly storm: (reason: string) => void
    readonly gaveUp: (code: number, reason: string) => void
    readonly died: (reason: string) => void
  }
}

export type ChildView = Pick<ProcessView, 'pid' | 'state' | 'restarts' | 'startedAt' | 'reason'> & { readonly evidence: string }

export type Child = {
  readonly name: ChildName
  readonly view: () => ChildView
  readonly happens: (happening: Happening, reason?: string) => void
  readonly tell: (message: ToChild) => void
  /** Asks it to drain; resolves when the process is gone, killed at the deadline if need be. */
  readonly stop: (deadlineMs: number) => Promise<void>
  readonly killNow: () => void
}

/** One child and its process: the table decides, this carries out. */
export const createChild = (ports: ChildPorts): Child => {
  const { name, clock, random, limits, on } = ports
  let state: ChildState = 'down'
  let process_: ChildProcess | null = null
  let startedAt: number | null = null
  let tally: CrashTally = noCrashes
  let reason = ''
  let evidence = ''
  let fatal: { readonly code: number; readonly message: string } | null = null
  let timer: NodeJS.Timeout | null = null
  let stopMs = 0
  const waiters: (() => void)[] = []

  const view = (): ChildView => ({ pid: process_?.pid ?? null, state, restarts: Math.max(0, tally.total), startedAt, reason, evidence })

  const after = (ms: number, then: Happening): void => {
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(() => {
      timer = null
      happens(then)
    }, ms)
  }
  const noTimer = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  const happens = (happening: Happening, why?: string): void => {
    const [next, action] = moves[state][happening]
    const moved = next !== state
    state = next
    if (why !== undefined) reason = why
    if (action !== undefined) perform[action]()
    if (moved || action !== undefined) on.changed(view(), action ?? null)
  }

  const perform: Readonly<Record<Action, () => void>> = {
    spawn: () => start(),
    announce: () => {
      noTimer()
      reason = ''
    },
    backOff: () => {
      const wait = restartWaitMs(tally, random.next())
      if (wait === 0) queueMicrotask(() => happens('wanted'))
      else after(wait, 'wanted')
    },
    giveUp: () => {
      noTimer()
      if (fatal !== null) on.gaveUp(fatal.code, fatal.message)
      else on.storm(reason)
    },
    drain: () => {
      send({ kind: 'drain', deadlineMs: stopMs })
      after(stopMs, 'deadline')
    },
    kill: () => void process_?.kill('SIGKILL'),
    alarm: () => after(limits.stuckKillMs, 'deadline'),
    recover: () => {
      noTimer()
      reason = ''
    },
    gone: () => {
      noTimer()
      for (const resolve of waiters.splice(0)) resolve()
    },
  }

  const start = (): void => {
    fatal = null
    evidence = ''
    const out = openSync(join(ports.logs, `${name}.out`), 'a', 0o600)
    const { memory, feed, brain, orchestrator } = ports.descriptors
    const child = spawn(process.execPath, [ports.script, name], {
      cwd: '/',
      env: Object.fromEntries(PASSED_ON.flatMap((key) => (ports.env[key] === undefined ? [] : [[key, ports.env[key]]]))),
      stdio: ['ignore', out, out, 'ipc', memory, feed, brain, orchestrator],
    })
    closeSync(out)
    process_ = child
    startedAt = clock.now()
    child.on('message', (message: FromChild) => {
      if (process_ === child) hear(message)
    })
    child.on('error', () => undefined) // a failed spawn or send also ends in `exit` or `close`, which is what counts
    // `exit` comes within milliseconds of the death; the pipes may stay open longer.
    child.once('exit', (code, signal) => {
      if (process_ === child) ended(code, signal)
    })
    send(ports.boot())
    after(READY_MS_MAX, 'deadline')
  }

  const hear = (message: FromChild): void => {
    if (message.kind === 'ready') {
      evidence = message.evidence
      happens('saidReady')
    } else if (message.kind === 'fatal') fatal = message
    else on.message(message)
  }

  const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
    process_ = null
    startedAt = null
    noTimer()
    const how = fatal?.message ?? (signal === null ? `exit ${code}` : signal)
    if (state === 'stopping') happens('exited', how)
    else diedBy(how)
  }

  /** It ended though nobody asked it to: also where it left cleanly, because it then believed that we were gone. */
  const diedBy = (how: string): void => {
    tally = died(tally, clock.monotonic(), limits.restartWindowMs)
    on.died(how)
    const hopeless = fatal !== null && (fatal.code === Exit.corrupt || fatal.code === Exit.configuration)
    if (hopeless) happens('gaveUp', how)
    else {
      fatal = null
      happens(isStorm(tally, limits.restartsMax) ? 'stormed' : 'exited', how)
    }
  }

  const send = (message: ToChild): void => {
    // A child on its way out hears nothing; its exit says the rest.
    if (process_?.connected) process_.send(message, () => undefined)
  }

  return {
    name,
    view,
    happens: (happening, why) => {
      if (happening === 'rearmed') tally = { ...noCrashes, total: tally.total }
      happens(happening, why)
    },
    tell: send,
    stop: (deadlineMs) => {
      stopMs = deadlineMs
      return new Promise((resolve) => {
        if (state === 'down') return resolve()
        waiters.push(resolve)
        happens('unwanted')
      })
    },
    killNow: () => void process_?.kill('SIGKILL'),
  }
}
