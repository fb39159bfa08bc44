import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, realpathSync, statSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/clock.ts'
import { AuditRecord } from '../../src/contracts/audit.ts'
import type { InstrumentSpec } from '../../src/contracts/market.ts'
import { CHILDREN, type ChildName } from '../../src/contracts/names.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { aegisHome, instancePaths, lockPath } from '../../src/home.ts'
import { lastLines } from '../../src/jsonl.ts'
import { seeded } from '../../src/random.ts'
import { type Overrides, resolveSettings, type Settings } from '../../src/settings.ts'
import { PROJECT_ROOT, VERSION } from '../../src/version.ts'
import { systemActor } from '../audit/actor.ts'
import { openTrail } from '../audit/trail.ts'
import { createHub } from '../control/hub.ts'
import { reportViolation } from '../control/report-violation.ts'
import { startControlServer } from '../control/server.ts'
import { openReplayFile, type ReplaySettings } from '../feed/replay-file.ts'
import { lastLedgerBar } from '../ledger/ledger.ts'
import { createLogger } from '../log/logger.ts'
import { judgeProposal } from '../reports/proposal-store.ts'
import { createShared } from '../ring/shared.ts'
import { openTapeReader } from '../tape/reader.ts'
import { type CrashTally, died, noCrashes } from './crash-tally.ts'
import { loadDesired, saveDesired } from './desired.ts'
import { firstSnapshot } from './first-snapshot.ts'
import { numberInstruments } from './instruments.ts'
import { endLeftOvers } from './left-over.ts'
import type { Boot, Trouble } from './messages.ts'
import { readPidFile, removePidFile, setAside, writePidFile } from './pid-file.ts'
import { processIdentity } from './process-identity.ts'
import { adoptViolations, appendProcessLog, UNREPORTED } from './process-log.ts'
import { acquire, type Holder, readHolder } from './singleton.ts'
import { createSupervisor } from './supervise.ts'

/** Either stops new risk from the first cycle on, and until a start without it. */
const KILL_SWITCH_VARIABLES = ['AEGIS_KILL_SWITCH', 'KILL_SWITCH'] as const
/** A second signal within this time means at once. */
const SECOND_SIGNAL_MS = 2_000
const REPORT_MS_MAX = 1_000
const REPORT_AGAIN_MS = 50
/** A refused start that found nobody to report to waits so long at most for its record. */
const ADOPT_MS = 2_000
/** More deaths than that within any window are a storm many times over. */
const PAST_DEATHS_MAX = 200

/** Tells whoever started us, once, over the descriptor that they named. */
const readiness = (env: NodeJS.ProcessEnv): ((report: object) => void) => {
  const descriptor = env.AEGIS_READY_FD === undefined ? null : Number(env.AEGIS_READY_FD)
  delete env.AEGIS_READY_FD
  let told = descriptor === null || !Number.isInteger(descriptor)
  return (report) => {
    if (told || descriptor === null) return
    told = true
    try {
      writeSync(descriptor, `${JSON.stringify(report)}\n`)
      closeSync(descriptor)
    } catch (error) {
      // Whoever started us went away without waiting; the engine does not need them.
      process.stderr.write(`readiness could not be told: ${(error as Error).message}\n`)
    }
  }
}

export const main = async (argv: readonly string[]): Promise<number> => {
  const tell = readiness(process.env)
  // Closing a terminal means nothing to a daemon, and neither does what can no longer be printed on it.
  process.on('SIGHUP', () => undefined)
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
  /** What was taken and has to be given back, newest last. */
  const undo: (() => void)[] = []
  try {
    return await supervise(argv, tell, undo)
  } catch (error) {
    const exit = error instanceof ExitError ? error : new ExitError(Exit.internal, (error as Error).stack ?? String(error))
    tell({ ok: false, code: exit.code, message: exit.message, remedy: exit.remedy })
    process.stderr.write(`aegis-engine: ${exit.message}\n${exit.remedy === null ? '' : `${exit.remedy}\n`}`)
    for (const give of undo.reverse()) give()
    process.exit(exit.code)
  }
}

/** A file that no feed could read is refused before anything is touched: found later, it would latch an engine that never had a bar. */
const lookAtCandles = async (feed: ReplaySettings, specs: readonly InstrumentSpec[], now: number): Promise<void> => {
  const instruments = specs.map((spec, id) => ({ id, ...spec }))
  const { blocks } = await openReplayFile(feed, instruments, now)
  blocks.close()
}

const supervise = async (argv: readonly string[], tell: (report: object) => void, undo: (() => void)[]): Promise<number> => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      instance: { type: 'string', default: 'default' },
      home: { type: 'string' },
      overrides: { type: 'string', default: '{}' },
      foreground: { type: 'boolean', default: false },
    },
    strict: true,
  })
  const env = process.env
  const clock = systemClock
  const onSignals = listenToSignals(clock)
  const home = aegisHome(env, values.home)
  const paths = instancePaths(home, values.instance)
  for (const folder of [home, paths.root, paths.data, paths.logs, paths.state, paths.streams, paths.strategies])
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  const readSettings = (): Settings => resolveSettings({ env, home, instance: paths.instance, overrides: JSON.parse(values.overrides) as Overrides })
  const settings = readSettings()
  const { config } = settings
  const startedAt = clock.now()
  const account = config.account ?? realpathSync(paths.root)

  const lockFile = lockPath(env, config.venue, account)
  const acquired = acquire(lockFile, { pid: process.pid, startedAt, home, instance: paths.instance })
  if (acquired.kind === 'lost') throw await refusal(acquired.holder, { lockFile, startedAt, instance: paths.instance, paths, clock })
  const { lock } = acquired
  undo.push(lock.release)
  if (config.feed.kind === 'replay') await lookAtCandles(config.feed, config.instruments, startedAt)

  const { log, close: closeLog } = createLogger({ process: 'supervisor', paths, logs: config.logs })
  const note = (event: string, text: string): void => {
    try {
      appendProcessLog(paths.processLog, clock.now(), event, text)
    } catch (error) {
      log.error({ event, text, reason: (error as Error).message }, 'bot_process.log could not be written')
    }
  }
  const pidFile = claimPidFile(paths, startedAt, config.mode)
  undo.push(() => void removePidFile(paths.pid, pidFile.token))
  // The log is the second place of every head: cutting or rewriting the trail and the heads together still shows there.
  const trail = openTrail({ paths, clock, onHead: (head) => log.info({ head }, 'signed head of the audit trail') })
  for (const warning of settings.warnings) log.warn(warning)
  undo.push(() => note('BOT_STOP', `pid ${process.pid} did not come up`))
  const audit = (event: Parameters<typeof trail.append>[0]['event'], reason: string, detail = {}) =>
    trail.append({ event, actor: systemActor, reason, detail })
  for (const { event, reason } of pidFile.findings) {
    audit(event, reason)
    note(event, reason)
  }
  const unadopted = (): readonly string[] => adoptViolations(paths.processLog, join(paths.state, 'process_log_adopted.json'))
  for (const line of unadopted()) audit('TRAIL_ADOPTED', line)
  const childrenFile = join(paths.state, 'children.json')
  for (const left of await endLeftOvers(childrenFile, clock)) {
    audit('CHILD_EXITED', left)
    log.warn(left)
  }

  const { desired, problem, keptAside } = loadDesired({ path: paths.desired, ledgerExists: existsSync(paths.ledger), now: startedAt })
  if (problem !== null) audit('DESIRED_STATE_UNREADABLE', problem, { keptAside })
  // Written even where nobody asked for anything yet: from now on a missing file means that something took it away.
  saveDesired(paths.desired, desired)

  const instruments = numberInstruments(paths.instruments, config.instruments, existsSync(paths.tape))
  const boot: Boot = {
    kind: 'boot',
    home,
    instance: paths.instance,
    account,
    mode: config.mode,
    config,
    configHash: settings.configHash,
    instruments,
    version: VERSION,
    startedAt,
    desired,
    killSwitch: KILL_SWITCH_VARIABLES.find((name) => env[name] === '1') ?? null,
    troubles: pastTroubles(paths.audit),
  }
  const started = audit('BOT_START', `engine ${VERSION} starts`, {
    pid: process.pid,
    version: VERSION,
    configHash: settings.configHash,
    mode: config.mode,
    modeOrigin: settings.modeOrigin,
    feed: config.feed.kind,
    host: hostname(),
    foreground: values.foreground,
  })
  note('BOT_START', `pid ${process.pid}, version ${VERSION}, mode ${config.mode}, config ${settings.configHash.slice(0, 12)}`)

  // A replay goes on where the ledger ends, so that the brain sees what nobody had taken in. Old bars of a live feed are marks
  // and make no signals, so its rings begin at the end of the tape; what a power cut took from it the feed puts back from the ledger.
  const startAfter = config.feed.kind === 'replay' ? lastLedgerBar(paths.ledger) : Math.max(lastTapeBar(paths.tape), lastLedgerBar(paths.ledger))
  const { shared, descriptors } = createShared({ startAfter, generation: startedAt | 0 })
  const hub = createHub(
    firstSnapshot(boot, {
      pid: process.pid,
      modeOrigin: settings.modeOrigin,
      lock: lock.path,
      audit: { sequence: started.sequence, hash: started.hash },
    }),
    clock,
  )
  const supervisor = createSupervisor({
    boot,
    paths,
    env,
    script: join(PROJECT_ROOT, 'bin', 'aegis-engine.js'),
    pid: process.pid,
    shared,
    descriptors,
    hub,
    trail,
    lockHeld: lock.isHeld,
    log,
    clock,
    random: seeded(startedAt),
    self: systemActor,
    childrenFile,
    past: config.supervisor.onChildDeath === 'exit' ? pastDeaths(paths.audit, clock, config.supervisor.restartWindowMs) : new Map(),
    readSettings,
    judge: ({ actor, reason }, id, verdict) => judgeProposal(paths, { id, verdict, by: actor.name, reason, now: clock.now() }),
    note,
  })

  const server = await startControlServer({
    env,
    home,
    instance: paths.instance,
    pid: process.pid,
    build: VERSION,
    hub,
    clock,
    log,
    command: (request) => supervisor.command(request),
    singletonViolation: (report) => supervisor.singletonViolation(report),
    onRefused: supervisor.clientRefused,
  })
  let looked = 0
  const adopting = setInterval(() => {
    try {
      const size = statSync(paths.processLog, { throwIfNoEntry: false })?.size ?? 0
      if (size === looked) return // the usual look costs one system call
      looked = size
      for (const line of unadopted()) supervisor.adopted(line)
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'bot_process.log could not be looked at for refused starts')
    }
  }, ADOPT_MS)

  process.on('uncaughtException', (error) => {
    log.fatal({ reason: error.message, stack: error.stack }, 'the supervisor cannot go on')
    note('BOT_STOP', `pid ${process.pid}: internal error, ${error.message}`)
    supervisor.fault(error.message)
    process.stderr.write(`${new Date(clock.now()).toISOString()} supervisor: ${error.stack ?? error.message}\n`)
    process.exit(Exit.internal) // the children notice, drain and leave
  })
  onSignals(supervisor.stop)
  const begun = await Promise.race([supervisor.start(), supervisor.ended])
  if ('code' in begun) {
    const code = begun.code === Exit.done ? Exit.notRunning : begun.code
    tell({ ok: false, code, message: `the engine ended before it was ready: ${begun.reason}`, remedy: 'aegis-console audit shows why' })
  } else {
    const { degraded } = begun
    tell({ ok: true, pid: process.pid, instance: paths.instance, startedAt, ...(degraded === null ? {} : { degraded }) })
    log.info({ degraded }, 'engine started')
  }

  const { code, reason } = await supervisor.ended
  clearInterval(adopting)
  await server.close()
  try {
    audit('BOT_STOP', reason, { pid: process.pid, code })
    trail.close()
  } catch (error) {
    log.error({ reason: (error as Error).message }, 'the end could not be recorded')
  }
  note('BOT_STOP', `pid ${process.pid}: ${reason}`)
  removePidFile(paths.pid, pidFile.token)
  closeLog()
  lock.release()
  process.exit(code)
}

const lastTapeBar = (folder: string): number => {
  const tape = openTapeReader(folder)
  try {
    return tape.lastSequence()
  } finally {
    tape.close()
  }
}

type Stop = (now: boolean, reason: string) => void

/** The first asks to drain, a second soon after means at once. One that comes before there is anything to stop is kept. */
const listenToSignals = (clock: typeof systemClock): ((stop: Stop) => void) => {
  let firstAt = Number.NEGATIVE_INFINITY
  let early: NodeJS.Signals | null = null
  let stop: Stop | null = null
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = clock.monotonic()
    if (stop === null) early = signal
    else stop(now - firstAt <= SECOND_SIGNAL_MS, signal)
    firstAt = now
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return (target) => {
    stop = target
    if (early !== null) stop(false, early)
  }
}

type Finding = { readonly event: 'STALE_PID_CLEANED' | 'CORRUPT_PID_QUARANTINED'; readonly reason: string }

/** `bot.pid` is for people. The lock is ours already, so whatever stands there is old. */
const claimPidFile = (
  paths: ReturnType<typeof instancePaths>,
  startedAt: number,
  mode: string,
): { readonly token: string; readonly findings: readonly Finding[] } => {
  const findings: Finding[] = []
  const before = readPidFile(paths.pid)
  if (before.kind === 'corrupt') {
    const kept = setAside(paths.pid, startedAt)
    findings.push({ event: 'CORRUPT_PID_QUARANTINED', reason: `${before.reason}; kept as ${kept}` })
  } else if (before.kind === 'held') {
    const { pid, startedAt: since } = before.info
    findings.push({
      event: 'STALE_PID_CLEANED',
      reason: before.alive ? `pid ${pid} of ${since} runs but holds no lock on this account` : `pid ${pid} of ${since} is gone`,
    })
  }
  const token = randomBytes(16).toString('hex')
  const identity = processIdentity(process.pid)
  writePidFile(paths.pid, {
    pid: process.pid,
    startedAt: new Date(startedAt).toISOString(),
    startTicks: identity?.startTicks ?? null,
    bootId: identity?.bootId ?? null,
    host: hostname(),
    version: VERSION,
    token,
    instance: paths.instance,
    mode,
  })
  return { token, findings }
}

/** Deaths of children that ended the engines before this one, so that a unit which restarts us for ever is told when to stop. */
const pastDeaths = (trail: string, clock: typeof systemClock, windowMs: number): ReadonlyMap<ChildName, CrashTally> => {
  const tallies = new Map<ChildName, CrashTally>()
  const lines = lastLines(trail, PAST_DEATHS_MAX, (line) => line.includes('"event":"CHILD_EXITED"'))
  for (const line of lines) {
    const { time, detail } = AuditRecord.parse(JSON.parse(line))
    const name = CHILDREN.find((each) => each === detail.child)
    const ageMs = clock.now() - Date.parse(time)
    if (name !== undefined && detail.asked === false && ageMs >= 0 && ageMs < windowMs)
      tallies.set(name, died(tallies.get(name) ?? noCrashes, clock.monotonic() - ageMs, windowMs))
  }
  return tallies
}

/** An orchestrator that could not write its ledger, and none since that could: the first one to start again is told. */
const pastTroubles = (trail: string): readonly Trouble[] => {
  const [line] = lastLines(trail, 1, (text) => /"event":"CHILD_(?:GAVE_UP|READY)"/.test(text) && text.includes('"child":"orchestrator"'))
  if (line === undefined) return []
  const { event, reason, detail } = AuditRecord.parse(JSON.parse(line))
  return event === 'CHILD_GAVE_UP' && detail.code === Exit.corrupt ? [{ breaker: 'ledgerTrouble', reason }] : []
}

/** Tells the holder, who alone writes the trail; where it does not answer, its process log keeps one line for the next writer. */
const refusal = async (
  first: Holder | null,
  self: {
    readonly lockFile: string
    readonly startedAt: number
    readonly instance: string
    readonly paths: ReturnType<typeof instancePaths>
    readonly clock: typeof systemClock
  },
): Promise<ExitError> => {
  const { clock } = self
  const deadline = clock.monotonic() + REPORT_MS_MAX
  let holder = first
  let recorded = false
  // A holder that is just starting has not said yet who it is, or does not listen yet.
  for (let left = REPORT_MS_MAX; !recorded && left > 0; left = deadline - clock.monotonic()) {
    holder = isAlive(holder) ? holder : readHolder(self.lockFile)
    const { home, instance } = holder ?? { home: self.paths.home, instance: self.instance }
    const report = { pid: process.pid, startedAt: self.startedAt, instance: self.instance, actor: systemActor }
    recorded = await reportViolation({ env: process.env, home, instance, report, timeoutMs: left })
    if (!recorded) await pause(REPORT_AGAIN_MS)
  }
  if (!recorded) {
    const { home, instance } = holder ?? { home: self.paths.home, instance: self.instance }
    appendProcessLog(
      instancePaths(home, instance).processLog,
      clock.now(),
      UNREPORTED,
      `pid ${process.pid} was refused; pid ${holder?.pid ?? 'unknown'} holds the lock`,
    )
  }
  const who = holder === null ? 'another engine' : `pid ${holder.pid}, started ${new Date(holder.startedAt).toISOString()}`
  return new ExitError(
    Exit.alreadyRunning,
    `an engine already trades this account: ${who}`,
    'aegis-console attach shows it; aegis-console stop ends it',
  )
}

/** What a holder before it left behind names a process that is gone. */
const isAlive = (holder: Holder | null): boolean => holder !== null && processIdentity(holder.pid) !== null
