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
import { trimOutput } from './child-output.ts'
import { type CrashTally, died, isStorm, noCrashes, restartWaitMs } from './crash-tally.ts'
import { isFromChild } from './hearing.ts'
import { type Action, type Happening, moves } from './lifecycle.ts'
import type { Boot, FromChild, ToChild } from './messages.ts'

/** A child that has not said ready by then is killed and started again. */
const READY_MS_MAX = 30_000
/** A child that said that it cannot go on leaves by itself; after this it is made to. */
const FATAL_MS_MAX = 1_000

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
  readonly limits: {
    readonly restartsMax: number
    readonly restartWindowMs: number
    readonly stuckKillMs: number
    readonly readyMsMax?: number
  }
  /** Deaths that count although we did not see them; see `died` of `on`. */
  readonly past?: CrashTally
  readonly boot: () => Boot
  /** Everything that the rest of the supervisor has to know. */
  readonly on: {
    readonly message: (message: FromChild) => void
    /** It said what is no message of ours, the first time in its life; nothing comes of it. */
    readonly misspoke: () => void
    readonly changed: (child: ChildView, action: Action | null) => void
    /** It ended unasked. `storm`: more often than restarts are allowed. */
    readonly died: (reason: string, storm: boolean) => void
    /** It ended as it was asked to; in order where the reason is `exit 0`. */
    readonly left: (reason: string) => void
    readonly storm: (reason: string) => void
    readonly gaveUp: (code: number, reason: string) => void
    readonly refused: (state: ChildState, happening: Happening) => void
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
  /** Keeps what it prints from growing for as long as it lives. @throws where the disk refuses. */
  readonly trimOutput: () => void
}

type Fatal = { readonly code: number; readonly message: string }

/** Ends that a restart would only repeat. */
const HOPELESS: ReadonlySet<number> = new Set([Exit.corrupt, Exit.configuration])

/** One child and its process: the table decides, this carries out. */
export const createChild = (ports: ChildPorts): Child => {
  const { name, clock, random, limits, on } = ports
  /** Where it prints. */
  const output = join(ports.logs, `${name}.out`)
  let state: ChildState = 'down'
  let process_: ChildProcess | null = null
  let startedAt: number | null = null
  let tally: CrashTally = ports.past ?? noCrashes
  let restarts = 0
  let reason = ''
  let evidence = ''
  let fatal: Fatal | null = null
  let timer: NodeJS.Timeout | null = null
  let stopMs = 0
  const waiters: (() => void)[] = []

  const view = (): ChildView => ({ pid: process_?.pid ?? null, state, restarts, startedAt, reason, evidence })

  const after = (ms: number, then: Happening): void => {
    noTimer()
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
    if (action === 'refuse') {
      on.refused(state, happening)
      return
    }
    const moved = next !== state
    state = next
    if (why !== undefined) reason = why
    if (action !== undefined) perform[action]()
    if (moved || action !== undefined) on.changed(view(), action ?? null)
  }

  const perform: Readonly<Record<Exclude<Action, 'refuse'>, () => void>> = {
    spawn: () => start(),
    announce: () => {
      noTimer()
      reason = ''
    },
    backOff: () => {
      restarts += 1
      after(restartWaitMs(tally, random.next()), 'wanted')
    },
    giveUp: () => {
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
    startedAt = clock.now()
    after(limits.readyMsMax ?? READY_MS_MAX, 'deadline')
    try {
      process_ = watched(spawnChild())
      send(ports.boot())
    } catch (error) {
      // Out of descriptors, memory or disk: it counts as a death like any other, after whoever called has finished.
      process_ = null
      setImmediate(() => ended(`it could not be started: ${(error as Error).message}`, null))
    }
  }

  const spawnChild = (): ChildProcess => {
    const { memory, feed, brain, orchestrator } = ports.descriptors
    trimOutput(output)
    const out = openSync(output, 'a', 0o600)
    try {
      return spawn(process.execPath, [ports.script, name], {
        cwd: '/',
        env: Object.fromEntries(PASSED_ON.flatMap((key) => (ports.env[key] === undefined ? [] : [[key, ports.env[key]]]))),
        stdio: ['ignore', out, out, 'ipc', memory, feed, brain, orchestrator],
      })
    } finally {
      closeSync(out)
    }
  }

  const watched = (child: ChildProcess): ChildProcess => {
    let leaving: NodeJS.Timeout | null = null
    let misspoken = false
    child.on('message', (message: unknown) => {
      if (process_ !== child) return
      if (!isFromChild(message)) {
        if (!misspoken) on.misspoke()
        misspoken = true
        return
      }
      if (message.kind === 'fatal') leaving ??= setTimeout(() => child.kill('SIGKILL'), FATAL_MS_MAX)
      hear(message)
    })
    child.on('error', (error) => {
      // A process that never was ends with this event alone; otherwise it is a message that could not be sent, and `exit` follows.
      if (child.pid === undefined && process_ === child) ended(`it could not be started: ${error.message}`, null)
    })
    // `exit` comes within milliseconds of the death; the pipes may stay open longer. What it sent before is read in the same turn.
    child.once('exit', (code, signal) => {
      if (leaving !== null) clearTimeout(leaving)
      setImmediate(() => {
        if (process_ === child) ended(signal ?? `exit ${code}`, code)
      })
    })
    return child
  }

  const hear = (message: FromChild): void => {
    if (message.kind === 'ready') {
      evidence = message.evidence
      happens('saidReady')
    } else if (message.kind === 'fatal') fatal = message
    else on.message(message)
  }

  const ended = (how: string, code: number | null): void => {
    process_ = null
    startedAt = null
    noTimer()
    if (state === 'stopping') {
      on.left(how)
      happens('exited', how)
    } else diedBy(fatal?.message ?? how, code)
  }

  /** It ended though nobody asked it to: also where it left cleanly, because it then believed that we were gone. */
  const diedBy = (how: string, code: number | null): void => {
    tally = died(tally, clock.monotonic(), limits.restartWindowMs)
    if (fatal === null && code !== null && HOPELESS.has(code)) fatal = { code, message: how }
    const hopeless = fatal !== null && HOPELESS.has(fatal.code)
    if (!hopeless) fatal = null
    const storm = !hopeless && isStorm(tally, limits.restartsMax)
    on.died(how, storm)
    // `died` may have asked us to stop.
    if (state === 'stopping') happens('exited', how)
    else if (hopeless) happens('gaveUp', how)
    else happens(storm ? 'stormed' : 'exited', how)
  }

  const send = (message: ToChild): void => {
    // A child on its way out hears nothing; its exit says the rest.
    if (process_?.connected) process_.send(message, () => undefined)
  }

  return {
    name,
    view,
    happens: (happening, why) => {
      if (happening === 'rearmed') tally = noCrashes
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
    trimOutput: () => trimOutput(output),
  }
}
