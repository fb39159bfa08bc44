import type { Logger } from 'pino'
import { replaceFile } from '../../src/atomic-file.ts'
import type { Clock } from '../../src/clock.ts'
import type { Actor, AuditRecord } from '../../src/contracts/audit.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { CHILDREN, type ChildName } from '../../src/contracts/names.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { SingletonReport } from '../../src/contracts/wire.ts'
import { Exit, type ExitCode } from '../../src/exit.ts'
import type { Environment, InstancePaths } from '../../src/home.ts'
import type { Random } from '../../src/random.ts'
import type { Trail } from '../audit/trail.ts'
import type { Hub } from '../control/hub.ts'
import type { Shared } from '../ring/port.ts'
import type { SharedDescriptors } from '../ring/shared.ts'
import { type Child, createChild } from './child.ts'
import { type Commands, createCommands } from './commands.ts'
import { saveDesired } from './desired.ts'
import { look, type Watch } from './hang.ts'
import type { Boot, Desired, FromChild } from './messages.ts'

/** One timer looks at everything that makes no event of its own. */
const LOOK_MS = 500
const SNAPSHOT_FILE_MS = 2_000
const ALERTS_KEPT = 20

export type SupervisorPorts = {
  readonly boot: Boot
  readonly paths: InstancePaths
  readonly env: Environment
  readonly script: string
  readonly pid: number
  readonly shared: Shared
  readonly descriptors: SharedDescriptors
  readonly hub: Hub
  readonly trail: Trail
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  readonly self: Actor
  /** One line in `bot_process.log`. */
  readonly note: (event: string, text: string) => void
}

export type Supervisor = {
  readonly start: () => Promise<{ readonly degraded: string | null }>
  readonly command: (request: CommandRequest) => Promise<CommandResult>
  readonly singletonViolation: (report: SingletonReport) => number
  /** Begins to drain; the first reason counts. */
  readonly stop: (now: boolean, reason: string, code?: ExitCode) => void
  /** Resolves with the exit code when every child is gone. */
  readonly ended: Promise<{ readonly code: ExitCode; readonly reason: string }>
}

/** Children are given this long to be ready before whoever started us is told that not all are. */
const START_MS_MAX = 15_000

export const createSupervisor = (ports: SupervisorPorts): Supervisor => {
  const { boot, hub, trail, log, clock, shared, self } = ports
  const { supervisor: limits } = boot.config
  let desired: Desired = boot.desired
  let stopping = false
  let violations = 0
  let snapshotAt = 0
  let snapshotSequence = -1
  let end: (result: { code: ExitCode; reason: string }) => void = () => undefined
  const ended = new Promise<{ code: ExitCode; reason: string }>((resolve) => (end = resolve))
  const watches = new Map<ChildName, Watch>()
  const progressAt = new Map<ChildName, number>()
  const onReady = new Map<ChildName, () => void>()
  const children = new Map<ChildName, Child>()

  const audit = (
    event: AuditRecord['event'],
    reason: string,
    detail: AuditRecord['detail'] = {},
    cause: string | null = null,
    actor: Actor = self,
  ): AuditRecord => {
    const record = trail.append({ event, actor, reason, cause, detail })
    hub.update({ audit: { sequence: record.sequence, hash: record.hash } })
    return record
  }

  const alert = (level: Snapshot['alerts'][number]['level'], text: string): void => {
    log[level === 'critical' ? 'error' : level === 'warning' ? 'warn' : 'info'](text)
    hub.update({ alerts: [{ at: clock.now(), level, text }, ...hub.get().snapshot.alerts].slice(0, ALERTS_KEPT) }, level === 'critical')
  }

  const setDesired = (next: Desired): void => {
    saveDesired(ports.paths.desired, next) // on disk before anybody is told that it is so
    const before = desired.state
    desired = next
    audit('DESIRED_STATE_CHANGED', next.reason, { from: before, to: next.state }, next.commandId, next.actor)
    ports.note('DESIRED', `${before} > ${next.state} by ${next.actor.name}: ${next.reason}`)
    children.get('orchestrator')?.tell({ kind: 'desired', desired: next })
    const { engine } = hub.get().snapshot
    hub.update(
      { engine: { ...engine, desired: next.state, ...(isUp('orchestrator') ? {} : { state: stateWithout(next), reason: next.reason }) } },
      true,
    )
  }

  const isUp = (name: ChildName): boolean => {
    const state = children.get(name)?.view().state
    return state === 'ready' || state === 'stuck'
  }
  /** With no orchestrator there is nobody to enter or leave: what is wanted still shows, and running is not claimed. */
  const stateWithout = (wanted: Desired): Snapshot['engine']['state'] => (wanted.state === 'running' ? 'degraded' : wanted.state)

  const latch = (state: 'safe' | 'halted', reason: string): void => {
    if (desired.state === 'halted' || desired.state === state) return
    try {
      setDesired({ state, reason, actor: self, commandId: null, at: clock.now() })
    } catch (error) {
      // The disk refuses even this; the state in memory holds, and a restart finds the old file beside a ledger that needs a person.
      desired = { state, reason, actor: self, commandId: null, at: clock.now() }
      log.fatal({ reason: (error as Error).message }, 'the desired state could not be written')
      children.get('orchestrator')?.tell({ kind: 'desired', desired })
      hub.update({ engine: { ...hub.get().snapshot.engine, desired: state, state, reason } }, true)
    }
  }

  const tellSiblings = (name: ChildName, state: 'ready' | 'gone' | 'failed'): void => {
    for (const child of children.values()) if (child.name !== name) child.tell({ kind: 'sibling', name, state })
  }

  const showProcesses = (urgent = false): void => {
    const now = clock.now()
    const own = hub.get().snapshot.processes[0]
    const views = CHILDREN.map((name) => {
      const child = children.get(name)
      const view = child?.view() ?? { pid: null, state: 'down' as const, restarts: 0, startedAt: null, reason: '', evidence: '' }
      const { evidence: _, ...shown } = view
      return { name, ...shown, lastProgressAt: progressAt.get(name) ?? null }
    })
    hub.update({ processes: own === undefined ? views : [{ ...own, lastProgressAt: now }, ...views], asOf: now }, urgent)
  }

  const childOf = (name: ChildName): Child =>
    createChild({
      name,
      script: ports.script,
      logs: ports.paths.logs,
      env: ports.env,
      descriptors: ports.descriptors,
      clock,
      random: ports.random,
      limits,
      boot: () => ({ ...boot, desired }),
      on: {
        message: (message) => hear(name, message),
        changed: (view, action) => {
          if (action === 'spawn') {
            watches.set(name, null)
            audit('CHILD_STARTED', `${name} started`, { child: name, pid: view.pid })
          } else if (action === 'announce') {
            audit('CHILD_READY', view.evidence, { child: name, pid: view.pid })
            onReady.get(name)?.()
            tellSiblings(name, 'ready')
            for (const other of children.values())
              if (other.name !== name && isUp(other.name)) children.get(name)?.tell({ kind: 'sibling', name: other.name, state: 'ready' })
          } else if (action === 'alarm') {
            audit('CHILD_STUCK', view.reason, { child: name, pid: view.pid })
            alert('critical', `${name} is stuck: ${view.reason}`)
          } else if (action === 'recover') {
            audit('CHILD_RECOVERED', `${name} moves again`, { child: name, pid: view.pid })
            alert('info', `${name} moves again`)
          } else if (action === 'giveUp') tellSiblings(name, 'failed')
          showProcesses(true)
        },
        died: (reason) => {
          audit('CHILD_EXITED', reason, { child: name })
          ports.note('CHILD_EXITED', `${name}: ${reason}`)
          alert('warning', `${name} ended: ${reason}`)
          tellSiblings(name, 'gone')
          const { engine } = hub.get().snapshot
          if (name === 'orchestrator')
            hub.update({ engine: { ...engine, state: stateWithout(desired), reason: `the orchestrator is down: ${reason}` } }, true)
          if (limits.onChildDeath === 'exit') stop(false, `${name} died: ${reason}`, Exit.childDied)
        },
        storm: (reason) => {
          audit('RESTART_STORM', `${name} died more than ${limits.restartsMax} times in ${limits.restartWindowMs / 1_000} s`, {
            child: name,
            last: reason,
          })
          alert('critical', `${name} keeps dying (${reason}): no entries until a person re-arms safe`)
          latch('safe', `restart storm: ${name}`)
          if (limits.onChildDeath === 'exit') stop(false, `restart storm: ${name}`, Exit.restartStorm)
        },
        gaveUp: (code, reason) => {
          alert('critical', `${name} cannot go on (code ${code}): ${reason}`)
          // A ledger that cannot be written or read halts everything; anything else only lets nothing new in.
          latch(name === 'orchestrator' ? 'halted' : 'safe', `${name}: ${reason}`)
        },
      },
    })

  const hear = (name: ChildName, message: FromChild): void => {
    if (message.kind === 'view') hub.update(message.changes, isUrgent(message))
    else if (message.kind === 'commandResult') commands.answered(message.id, message.result, message.message)
    else if (message.kind === 'drained') log.info({ child: name }, 'drained')
  }
  const isUrgent = ({ changes }: Extract<FromChild, { kind: 'view' }>): boolean =>
    changes.engine !== undefined && changes.engine.state !== hub.get().snapshot.engine.state

  const commands: Commands = createCommands({
    clock,
    desired: () => desired,
    setDesired,
    audit: (request, outcome, message) => {
      ports.note('COMMAND', `${request.command.kind} by ${request.actor.name}: ${outcome}, ${message}`)
      return audit('COMMAND', request.reason, { command: request.command.kind, outcome, message }, request.id, request.actor)
    },
    toOrchestrator: (request) => {
      if (!isUp('orchestrator')) return false
      children.get('orchestrator')?.tell({ kind: 'command', id: request.id, actor: request.actor, reason: request.reason, command: request.command })
      return true
    },
    rearmed: () => {
      for (const child of children.values()) child.happens('rearmed')
    },
    // The answer travels first: the socket closes with the engine.
    stop: (now, reason) => void setImmediate(() => stop(now, reason)),
    past: trail.commandResults(1_000),
  })

  /** Counters of the children, the brain's place in the feed's view, and the last snapshot for a console that finds nobody. */
  const lookAround = (): void => {
    const now = clock.monotonic()
    for (const name of CHILDREN) {
      const child = children.get(name)
      const state = child?.view().state
      if (child === undefined || (state !== 'ready' && state !== 'stuck' && state !== 'starting')) continue
      const before = watches.get(name) ?? null
      const seen = { ...shared.progress[name].read(), hasWork: hasWork(name) }
      const { watch, stuck } = look(before, now, seen)
      if (before === null || before.look.beat !== seen.beat || before.look.work !== seen.work) progressAt.set(name, clock.now())
      watches.set(name, watch)
      if (state === 'starting') continue
      if (stuck !== null && state === 'ready') child.happens('stuck', stuck)
      else if (stuck === null && state === 'stuck') child.happens('moved')
    }
    const { feed } = hub.get().snapshot
    const consumed = shared.brainBars.committed()
    if (feed.consumed !== consumed) hub.update({ feed: { ...feed, consumed } })
    showProcesses()
    if (now - snapshotAt >= SNAPSHOT_FILE_MS) saveSnapshot(now)
  }

  const hasWork = (name: ChildName): boolean => {
    if (name === 'brain') return shared.brainBars.committed() < shared.brainBars.published()
    if (name === 'orchestrator') return shared.orchestratorBars.committed() < shared.orchestratorBars.published()
    return false // whether a source has more is known to the feed alone; its beat has to do
  }

  const saveSnapshot = (now: number): void => {
    const { sequence, snapshot } = hub.get()
    if (sequence === snapshotSequence) return
    snapshotAt = now
    snapshotSequence = sequence
    try {
      replaceFile(ports.paths.snapshot, `${JSON.stringify(snapshot)}\n`)
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'the last snapshot could not be written')
    }
  }

  const timer = setInterval(lookAround, LOOK_MS)

  const start = async (): Promise<{ readonly degraded: string | null }> => {
    for (const name of CHILDREN) children.set(name, childOf(name))
    const deadline = clock.monotonic() + START_MS_MAX
    for (const name of CHILDREN) {
      const ready = new Promise<true>((resolve) => onReady.set(name, () => resolve(true)))
      children.get(name)?.happens('wanted')
      const inTime = await Promise.race([ready, pause(Math.max(0, deadline - clock.monotonic())), ended.then(() => false as const)])
      if (inTime !== true) return { degraded: `${name} is not ready: ${children.get(name)?.view().reason || children.get(name)?.view().state}` }
    }
    return { degraded: null }
  }

  const stop = (now: boolean, reason: string, code: ExitCode = Exit.done): void => {
    if (now) for (const child of children.values()) child.killNow()
    if (stopping) return
    stopping = true
    audit('DRAIN_STARTED', reason, { now })
    ports.note('DRAIN', reason)
    // All at once: the orchestrator lets nothing in from its next cycle on, and what the others still hand over is on the tape.
    const deadline = now ? 1 : limits.drainMsMax
    void Promise.all([...children.values()].map((child) => child.stop(deadline))).then(() => {
      clearInterval(timer)
      const { engine } = hub.get().snapshot
      hub.update({ engine: { ...engine, state: 'stopped', reason } }, true)
      showProcesses(true)
      saveSnapshot(clock.monotonic())
      end({ code, reason })
    })
  }

  return {
    start,
    command: commands.handle,
    singletonViolation: ({ pid, startedAt, actor }) => {
      violations += 1
      const record = audit(
        'SINGLETON_VIOLATION',
        `a second start was refused`,
        { holder: ports.pid, loser: pid, loserStartedAt: startedAt },
        null,
        actor,
      )
      ports.note('SINGLETON_VIOLATION', `pid ${pid} tried to start while pid ${ports.pid} holds the lock`)
      hub.update({ singleton: { ...hub.get().snapshot.singleton, violations } })
      return record.sequence
    },
    stop,
    ended,
  }
}

const pause = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), ms).unref())
