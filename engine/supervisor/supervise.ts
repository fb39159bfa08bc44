import type { Logger } from 'pino'
import type { Clock } from '../../src/clock.ts'
import type { Actor, AuditRecord } from '../../src/contracts/audit.ts'
import type { Command, CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { CHILDREN, type ChildName } from '../../src/contracts/names.ts'
import type { SnapshotDelta } from '../../src/contracts/snapshot.ts'
import type { SingletonReport } from '../../src/contracts/wire.ts'
import { Exit, type ExitCode } from '../../src/exit.ts'
import type { Environment, InstancePaths } from '../../src/home.ts'
import { killSwitchText } from '../../src/kill-switch-text.ts'
import type { Random } from '../../src/random.ts'
import type { Result } from '../../src/result.ts'
import type { Settings } from '../../src/settings.ts'
import type { Trail } from '../audit/trail.ts'
import type { Hub } from '../control/hub.ts'
import type { Shared } from '../ring/port.ts'
import type { SharedDescriptors } from '../ring/shared.ts'
import { createAlerts } from './alerts.ts'
import { type Child, createChild } from './child.ts'
import { type Commands, createCommands } from './commands.ts'
import { type CrashTally, noCrashes } from './crash-tally.ts'
import { createEngineSight } from './engine-sight.ts'
import { createFeedSight } from './feed-sight.ts'
import { look, type Watch } from './hang.ts'
import { rememberChildren } from './left-over.ts'
import type { Boot, FromChild } from './messages.ts'
import { createRecorder } from './recorder.ts'
import { reloadSettings } from './reload.ts'
import { createSnapshotFile } from './snapshot-file.ts'
import { createTroubles } from './troubles.ts'
import { createWanted } from './wanted.ts'

/** One timer looks at everything that makes no event of its own. */
const LOOK_MS = 500
/** Whatever was recorded has a signed head after so long, and what children printed was looked at. */
const HEAD_MS = 60_000

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
  /** Whether the lock still keeps other engines out. */
  readonly lockHeld: () => boolean
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  readonly self: Actor
  /** Where the processes of this engine are listed, in case it is killed. */
  readonly childrenFile: string
  /** Deaths of children that ended the engines before this one (`onChildDeath: exit`). */
  readonly past: ReadonlyMap<ChildName, CrashTally>
  /** The effective settings as the files and variables have them now. @throws ExitError where they are wrong. */
  readonly readSettings: () => Settings
  /** What the store of proposals makes of a verdict; an error says why it changed nothing. */
  readonly judge: (request: CommandRequest, id: string, verdict: 'approve' | 'reject') => Result<string, string>
  /** Until whoever started us is told that not all children are ready. */
  readonly startMsMax?: number
  /** One line in `bot_process.log`; never throws. */
  readonly note: (event: string, text: string) => void
}

export type Supervisor = {
  readonly start: () => Promise<{ readonly degraded: string | null }>
  readonly command: (request: CommandRequest) => Promise<CommandResult>
  readonly singletonViolation: (report: SingletonReport) => number
  /** A refused start that could not be reported over the socket, as its line in `bot_process.log` tells. */
  readonly adopted: (line: string) => void
  readonly clientRefused: (text: string) => void
  /** The last words of a supervisor that is about to fall over. */
  readonly fault: (reason: string) => void
  /** Begins to drain; the first reason counts. */
  readonly stop: (now: boolean, reason: string, code?: ExitCode) => void
  /** Resolves with the exit code when every child is gone. */
  readonly ended: Promise<{ readonly code: ExitCode; readonly reason: string }>
}

const LOCK_LOST = 'the lock file of this account was deleted or replaced, so another engine may run on it'

/** How a child ends that did as it was told. */
const DRAINED = 'exit 0'
/** Children are given this long to be ready before whoever started us is told that not all are. */
const START_MS_MAX = 15_000
/** A child waits so long for the one before it, then it starts all the same. */
const PATIENCE_MS = 10_000

export const createSupervisor = (ports: SupervisorPorts): Supervisor => {
  const { hub, trail, log, clock, shared, self } = ports
  const { supervisor: limits } = ports.boot.config
  /** What a child is told when it starts: settings that were read again are in it. */
  let boot = ports.boot
  let stopping = false
  let violations = 0
  let lockLost = false
  let refused = 0
  let orchestratorRefused = 0
  let headAt = clock.monotonic()
  let end: (result: { code: ExitCode; reason: string }) => void = () => undefined
  const ended = new Promise<{ code: ExitCode; reason: string }>((resolve) => (end = resolve))
  const watches = new Map<ChildName, Watch>()
  const progressAt = new Map<ChildName, number>()
  const onSettled = new Map<ChildName, () => void>()
  const children = new Map<ChildName, Child>()

  const recorder = createRecorder({
    trail,
    now: clock.now,
    onRecord: ({ sequence, hash }) => hub.update({ audit: { sequence, hash } }),
    onTrouble: (reason) => {
      alert('critical', `the audit trail cannot be written (${reason}): no entries until a person re-arms safe`)
      wanted.latch('safe', 'the audit trail cannot be written')
    },
    onRelief: (late, lost) => {
      alert('warning', `the audit trail can be written again: ${late} records came late, ${lost} were lost`)
      if (lost > 0) audit('TRAIL_REPAIRED', `${lost} records were lost while the trail could not be written`, { lost })
    },
  })
  const wanted = createWanted({
    initial: boot.desired,
    path: ports.paths.desired,
    recorder,
    self,
    now: clock.now,
    onAdopted: (next, before) => {
      ports.note('DESIRED', `${before.state} > ${next.state} by ${next.actor.name}: ${next.reason}`)
      children.get('orchestrator')?.tell({ kind: 'desired', desired: next })
      engineSight.wantedChanged()
    },
    onUnsaved: (state, error) => alert('critical', `${state} holds, but only until this engine ends: ${error.message}`),
  })
  const snapshotFile = createSnapshotFile(ports.paths.snapshot, hub, ({ message }) =>
    log.warn({ reason: message }, 'the last snapshot could not be written'),
  )
  const audit = (event: AuditRecord['event'], reason: string, detail: AuditRecord['detail'] = {}, cause: string | null = null): void =>
    recorder.note({ event, actor: self, reason, cause, detail })

  const { tell: alert, acknowledge } = createAlerts(hub, log, clock.now)
  const isUp = (name: ChildName): boolean => {
    const state = children.get(name)?.view().state
    return state === 'ready' || state === 'stuck'
  }
  const engineSight = createEngineSight(hub, wanted.get)
  const feedSight = createFeedSight(hub)
  const troubles = createTroubles(ports.boot.troubles, (met) => {
    if (!isUp('orchestrator')) return false
    children.get('orchestrator')?.tell({ kind: 'trouble', trouble: met })
    return true
  })

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
    hub.update(
      {
        processes: own === undefined ? views : [{ ...own, lastProgressAt: now }, ...views],
        asOf: now,
        ...feedSight.now(children.get('feed')?.view()),
      },
      urgent,
    )
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
      past: ports.past.get(name) ?? noCrashes,
      boot: () => ({ ...boot, desired: wanted.get(), troubles: name === 'orchestrator' ? troubles.atStart() : [] }),
      on: {
        message: (message) => hear(name, message),
        misspoke: () => log.warn({ child: name }, 'a child said what is no message of ours, perhaps out of a strategy; such are left out'),
        changed: (view, action) => {
          if (action === 'spawn') {
            watches.set(name, null)
            remember()
            audit('CHILD_STARTED', `${name} started`, { child: name, pid: view.pid })
          } else if (action === 'announce') {
            watches.set(name, null) // what it did not do while it came up says nothing of how it serves
            audit('CHILD_READY', view.evidence, { child: name, pid: view.pid })
            onSettled.get(name)?.()
            if (name === 'orchestrator') troubles.ready()
            tellSiblings(name, 'ready')
            for (const other of children.values()) {
              if (other.name === name) continue
              if (isUp(other.name)) children.get(name)?.tell({ kind: 'sibling', name: other.name, state: 'ready' })
              else if (other.view().state === 'failed') children.get(name)?.tell({ kind: 'sibling', name: other.name, state: 'failed' })
            }
          } else if (action === 'alarm') {
            audit('CHILD_STUCK', view.reason, { child: name, pid: view.pid })
            alert('critical', `${name} is stuck: ${view.reason}`)
            if (name === 'orchestrator') engineSight.freeze(`is stuck (${view.reason})`)
          } else if (action === 'recover') {
            audit('CHILD_RECOVERED', `${name} moves again`, { child: name, pid: view.pid })
            alert('info', `${name} moves again`)
            if (name === 'orchestrator') engineSight.thaw()
          } else if (action === 'giveUp') {
            onSettled.get(name)?.()
            tellSiblings(name, 'failed')
          }
          // What an orchestrator that is ready has to say comes right behind, and the two are shown together.
          showProcesses(!(action === 'announce' && name === 'orchestrator'))
        },
        died: (reason, storm) => {
          audit('CHILD_EXITED', reason, { child: name, asked: false })
          ports.note('CHILD_EXITED', `${name}: ${reason}`)
          alert('warning', `${name} ended: ${reason}`)
          tellSiblings(name, 'gone')
          if (name === 'orchestrator') engineSight.lose(`is down (${reason})`)
          if (limits.onChildDeath !== 'exit') return
          if (storm) audit('RESTART_STORM', stormText(name), { child: name, last: reason })
          stop(false, storm ? stormText(name) : `${name} died: ${reason}`, storm ? Exit.restartStorm : Exit.childDied)
        },
        left: (reason) => {
          audit('CHILD_EXITED', reason, { child: name, asked: true })
          if (reason !== DRAINED) alert('warning', `${name} did not end in order: ${reason}`)
        },
        storm: (reason) => {
          audit('RESTART_STORM', stormText(name), { child: name, last: reason })
          alert('critical', `${name} keeps dying (${reason}): no entries until a person re-arms safe`)
          wanted.latch('safe', `restart storm: ${name}`)
          troubles.tell({ breaker: 'restartStorm', reason: stormText(name) })
        },
        gaveUp: (code, reason) => {
          audit('CHILD_GAVE_UP', reason, { child: name, code })
          alert('critical', `${name} cannot go on (code ${code}): ${reason}`)
          if (name === 'orchestrator' && code === Exit.corrupt) troubles.tell({ breaker: 'ledgerTrouble', reason })
          // A ledger that cannot be written or read halts everything; anything else only lets nothing new in.
          wanted.latch(name === 'orchestrator' ? 'halted' : 'safe', `${name}: ${reason}`)
        },
        refused: (state, happening) => {
          refused += 1
          log.error({ child: name, state, happening }, 'an illegal move of a child was refused')
          hub.update({ illegalMoves: orchestratorRefused + refused })
        },
      },
    })

  const stormText = (name: ChildName): string => `${name} died more than ${limits.restartsMax} times in ${limits.restartWindowMs / 1_000} s`

  /** Whoever starts after us has to know whom to wait for, should we be killed. */
  const remember = (): void => {
    const alive = CHILDREN.flatMap((name) => {
      const pid = children.get(name)?.view().pid ?? null
      return pid === null ? [] : [{ name, pid }]
    })
    try {
      rememberChildren(ports.childrenFile, alive)
    } catch (error) {
      log.error({ reason: (error as Error).message }, 'the list of children could not be written')
    }
  }

  const hear = (name: ChildName, message: FromChild): void => {
    if (message.kind === 'view') {
      if (message.changes.feed !== undefined) feedSight.heard()
      hub.update(ownView(message.changes), isUrgent(message))
    } else if (message.kind === 'commandResult') commands.answered(message.id, message.result, message.message)
    else if (message.kind === 'killSwitch') onKillSwitch(message)
    else if (message.kind === 'drained') log.info({ child: name }, 'drained')
  }
  const onKillSwitch = ({ origin, on, reason, actor }: Extract<FromChild, { kind: 'killSwitch' }>): void => {
    const what = on ? 'on' : 'off'
    ports.note('KILL_SWITCH', `${what} (${origin})${actor === null ? '' : ` by ${actor}`}: ${reason}`)
    audit('KILL_SWITCH', reason, { origin, on, by: actor })
    alert(on ? 'critical' : 'info', killSwitchText(origin, on, reason))
  }
  /** What is wanted is known here before the orchestrator has heard of it, and its count of illegal moves is not the only one. */
  const ownView = ({ engine, illegalMoves, ...changes }: SnapshotDelta): SnapshotDelta => {
    orchestratorRefused = illegalMoves ?? orchestratorRefused
    const shown = engine === undefined ? undefined : engineSight.heard(engine, children.get('orchestrator')?.view().state === 'stuck')
    return {
      ...changes,
      ...(shown === undefined ? {} : { engine: shown }),
      ...(illegalMoves === undefined ? {} : { illegalMoves: illegalMoves + refused }),
    }
  }
  const isUrgent = ({ changes }: Extract<FromChild, { kind: 'view' }>): boolean =>
    changes.engine !== undefined && changes.engine.state !== hub.get().snapshot.engine.state

  const commands: Commands = createCommands({
    clock,
    desired: wanted.get,
    setDesired: wanted.set,
    shut: () => (lockLost ? `${LOCK_LOST}: stop this engine, see that no other runs, and start it again` : null),
    audit: (request, outcome, message) => {
      ports.note('COMMAND', `${request.command.kind} by ${request.actor.name}: ${outcome}, ${message}`)
      return recorder.record({
        event: 'COMMAND',
        actor: request.actor,
        reason: request.reason,
        cause: request.id,
        detail: { ...detailOf(request.command), outcome, message },
      })
    },
    toOrchestrator: (request) => {
      if (!isUp('orchestrator')) return false
      children.get('orchestrator')?.tell({ kind: 'command', id: request.id, actor: request.actor, reason: request.reason, command: request.command })
      return true
    },
    reload: () => reloadSettings(boot.config, ports.readSettings),
    applySettings: (request, { config, configHash, changes }) => {
      if (!isUp('orchestrator')) return false
      children
        .get('orchestrator')
        ?.tell({ kind: 'reload', id: request.id, actor: request.actor, reason: request.reason, config, configHash, changes })
      return true
    },
    settingsApplied: ({ actor, reason, id }, { config, configHash, changes }) => {
      boot = { ...boot, config, configHash }
      for (const { path, from, to } of changes) {
        ports.note('SETTING_CHANGED', `${path} by ${actor.name}: ${JSON.stringify(from)} > ${JSON.stringify(to)}`)
        recorder.record({
          event: 'SETTING_CHANGED',
          actor,
          reason,
          cause: id,
          detail: { path, from: JSON.stringify(from), to: JSON.stringify(to), configHash },
        })
      }
    },
    acknowledge,
    judge: (request, id, verdict) => ports.judge(request, id, verdict),
    rearmed: () => {
      for (const child of children.values()) child.happens('rearmed')
    },
    // The answer travels first: the socket closes with the engine.
    stop: (now, reason) => void setImmediate(() => stop(now, reason)),
    past: trail.commandResults(1_000),
  })

  /** Counters of the children, the lock, the last snapshot for a console that finds nobody, and what waits for the trail. */
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
    showProcesses()
    lookAtLock()
    snapshotFile.saveWhenDue(now)
    if (now - headAt >= HEAD_MS) {
      headAt = now
      signHead()
      trimOutputs()
    }
    recorder.retry()
  }

  /** Whoever deletes the lock's file lets a second engine on this account; what we hold then proves nothing, and it does not come back. */
  const lookAtLock = (): void => {
    if (lockLost || ports.lockHeld()) return
    lockLost = true
    const { singleton } = hub.get().snapshot
    hub.update({ singleton: { ...singleton, held: false } }, true)
    audit('SINGLETON_VIOLATION', LOCK_LOST, { holder: ports.pid, lock: singleton.lock })
    ports.note('SINGLETON_VIOLATION', LOCK_LOST)
    alert('critical', `${LOCK_LOST}: halted until this engine was started again and a person re-armed it`)
    wanted.latch('halted', LOCK_LOST)
  }

  const signHead = (): void => {
    try {
      trail.signHead()
    } catch (error) {
      log.error({ reason: (error as Error).message }, 'the head of the audit trail could not be signed')
    }
  }

  const trimOutputs = (): void => {
    for (const child of children.values()) {
      try {
        child.trimOutput()
      } catch (error) {
        log.warn({ child: child.name, reason: (error as Error).message }, 'what a child printed could not be cut; it is tried again')
      }
    }
  }

  const hasWork = (name: ChildName): boolean => {
    if (name === 'brain') return shared.brainBars.committed() < shared.brainBars.published()
    if (name === 'orchestrator') return shared.orchestratorBars.committed() < shared.orchestratorBars.published()
    return false // whether a source has more is known to the feed alone; its beat has to do
  }

  const timer = setInterval(lookAround, LOOK_MS)

  /** In order, each when the one before is ready, has failed for good, or has had its time: an engine without a feed still manages exits. */
  const bringUp = async (): Promise<void> => {
    for (const name of CHILDREN) {
      if (stopping) return
      const settled = new Promise<void>((resolve) => onSettled.set(name, resolve))
      children.get(name)?.happens('wanted')
      await Promise.race([settled, pause(PATIENCE_MS), ended])
    }
  }

  const start = async (): Promise<{ readonly degraded: string | null }> => {
    for (const name of CHILDREN) children.set(name, childOf(name))
    await Promise.race([bringUp(), pause(ports.startMsMax ?? START_MS_MAX)])
    const missing = [...children.values()]
      .map((child) => child.view())
      .flatMap((view, at) => (view.state === 'ready' ? [] : [{ view, name: CHILDREN[at] }]))
    if (missing.length === 0) return { degraded: null }
    return { degraded: missing.map(({ view, name }) => `${name} is ${view.state}${view.reason === '' ? '' : ` (${view.reason})`}`).join(', ') }
  }

  const stop = (now: boolean, reason: string, code: ExitCode = Exit.done): void => {
    if (now) for (const child of children.values()) child.killNow()
    if (stopping) return
    stopping = true
    audit('DRAIN_STARTED', reason, { now })
    ports.note('DRAIN', reason)
    hub.update({ engine: { ...hub.get().snapshot.engine, state: 'draining', reason } }, true)
    // All at once: the orchestrator lets nothing in from its next cycle on, and what the others still hand over is on the tape.
    const deadline = now ? 1 : limits.drainMsMax
    void Promise.all([...children.values()].map((child) => child.stop(deadline))).then(() => {
      clearInterval(timer)
      const { engine } = hub.get().snapshot
      hub.update({ engine: { ...engine, state: 'stopped', reason } }, true)
      showProcesses(true)
      snapshotFile.save(clock.monotonic())
      recorder.retry()
      end({ code, reason })
    })
  }

  return {
    start,
    command: commands.handle,
    singletonViolation: ({ pid, startedAt, actor }) => {
      violations += 1
      const record = recorder.record({
        event: 'SINGLETON_VIOLATION',
        actor,
        reason: 'a second start was refused',
        cause: null,
        detail: { holder: ports.pid, loser: pid, loserStartedAt: startedAt },
      })
      ports.note('SINGLETON_VIOLATION', `pid ${pid} tried to start while pid ${ports.pid} holds the lock`)
      hub.update({ singleton: { ...hub.get().snapshot.singleton, violations } })
      return record.sequence
    },
    adopted: (line) => {
      violations += 1
      audit('TRAIL_ADOPTED', line)
      hub.update({ singleton: { ...hub.get().snapshot.singleton, violations } })
    },
    fault: (reason) => audit('BOT_STOP', `internal error: ${reason}`, { pid: ports.pid, code: Exit.internal }),
    clientRefused: (text) => audit('CLIENT_REFUSED', text),
    stop,
    ended,
  }
}

/** What was asked for, flat, as the trail keeps it. */
const detailOf = (command: Command): AuditRecord['detail'] => {
  const { kind, ...rest } = command
  return { command: kind, ...rest }
}

const pause = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), ms).unref())
