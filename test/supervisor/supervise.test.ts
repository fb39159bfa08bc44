import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { systemActor } from '../../engine/audit/actor.ts'
import { openTrail, type Trail } from '../../engine/audit/trail.ts'
import { createHub } from '../../engine/control/hub.ts'
import { createLogger } from '../../engine/log/logger.ts'
import { createShared } from '../../engine/ring/shared.ts'
import { blankBar } from '../../engine/ring/slot.ts'
import { OUT_BYTES_MAX } from '../../engine/supervisor/child-output.ts'
import { died, noCrashes } from '../../engine/supervisor/crash-tally.ts'
import { firstSnapshot } from '../../engine/supervisor/first-snapshot.ts'
import { endLeftOvers } from '../../engine/supervisor/left-over.ts'
import { createSupervisor } from '../../engine/supervisor/supervise.ts'
import { isStricter } from '../../engine/supervisor/wanted.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { Command, CommandResult } from '../../src/contracts/command.ts'
import { Config } from '../../src/contracts/config.ts'
import { DesiredState } from '../../src/contracts/engine.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import type { ProcessView, Snapshot } from '../../src/contracts/snapshot.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { instancePaths } from '../../src/home.ts'
import { seeded } from '../../src/random.ts'
import { err } from '../../src/result.ts'
import type { Settings as ReadSettings } from '../../src/settings.ts'
import { bootFor, scriptedChild, testActor } from '../helpers/scripted.ts'
import { tempFolder } from '../helpers/temp.ts'

type Settings = {
  readonly supervisor?: object
  readonly past?: Parameters<typeof createSupervisor>[0]['past']
  /** Refuses to append while it says so. */
  readonly full?: () => boolean
  readonly clock?: Clock
  /** The settings as they are read again. */
  readonly readSettings?: () => ReadSettings
}

const refuse = (): never => {
  throw new ExitError(Exit.configuration, 'config.json:3:5 risk.positionsMax: expected a number')
}

const settingsOf = (config: object): ReadSettings => ({
  config: Config.parse(config),
  configHash: 'other',
  origins: {},
  modeOrigin: 'config',
  path: null,
  warnings: [],
})

/** A supervisor with the real table, trail, hub and processes; only what the children do is scripted. */
const begin = (
  first: string,
  { supervisor: limits = {}, past = new Map(), full = () => false, clock = systemClock, readSettings = refuse }: Settings = {},
) => {
  const home = tempFolder()
  const paths = instancePaths(home, 'default')
  let script = first
  const boot = {
    ...bootFor(home, '', { supervisor: limits }),
    get account() {
      return script
    },
  }
  const trail = openTrail({ paths, clock: systemClock })
  const refusing: Trail = {
    ...trail,
    append: (fact) => {
      if (full()) throw new Error('ENOSPC')
      return trail.append(fact)
    },
  }
  const { log, close: closeLog } = createLogger({ process: 'supervisor', paths, logs: boot.config.logs })
  const { shared, descriptors, close } = createShared()
  const hub = createHub(firstSnapshot(boot, { pid: process.pid, modeOrigin: 'default', lock: '', audit: { sequence: 0, hash: '' } }), systemClock)
  const noted: string[] = []
  const lock = { held: true }
  const childrenFile = join(paths.state, 'children.json')
  const supervisor = createSupervisor({
    boot,
    paths,
    env: { PATH: process.env.PATH },
    script: scriptedChild,
    pid: process.pid,
    shared,
    descriptors,
    hub,
    trail: refusing,
    lockHeld: () => lock.held,
    startMsMax: 50_000, // other tests may want the processor meanwhile
    log,
    clock,
    random: seeded(1),
    self: systemActor,
    childrenFile,
    past,
    readSettings,
    judge: (_, id) => err(`no proposal ${id}`),
    note: (event, text) => void noted.push(`${event}: ${text}`),
  })
  onTestFinished(async () => {
    supervisor.stop(true, 'the test is over')
    await supervisor.ended
    hub.close()
    trail.close()
    closeLog()
    close()
  })

  const until = (fits: (snapshot: Snapshot) => boolean): Promise<Snapshot> =>
    new Promise((resolve) => {
      const look = (): void => {
        const { snapshot } = hub.get()
        if (!fits(snapshot)) return
        stop()
        resolve(snapshot)
      }
      const stop = hub.subscribe(look)
      look()
    })
  let ids = 0
  const command = (kind: Command): Promise<CommandResult> => {
    ids += 1
    return supervisor.command({ id: `command-${ids}`, actor: testActor, reason: 'a test', expiresAt: systemClock.now() + 60_000, command: kind })
  }
  const audited = (): string[] =>
    readFileSync(paths.audit, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; detail: { child?: string } })
      .map(({ event, detail }) => (detail.child === undefined ? event : `${event} ${detail.child}`))
  const desired = (): string => (JSON.parse(readFileSync(paths.desired, 'utf8')) as { state: string }).state
  const nowDo = (next: string): void => {
    script = next
  }
  return { supervisor, hub, paths, shared, until, command, audited, desired, nowDo, noted, childrenFile, lock, snapshot: () => hub.get().snapshot }
}

const processOf = ({ processes }: Snapshot, name: ChildName): ProcessView => {
  const found = processes.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no process ${name}`)
  return found
}
const isIn = (name: ChildName, state: ProcessView['state']) => (snapshot: Snapshot) => processOf(snapshot, name).state === state

vi.setConfig({ testTimeout: 60_000 })

test('children start in order, each when the one before is ready, and all of it is recorded', async () => {
  const { supervisor, audited, snapshot } = begin('works')
  expect(await supervisor.start()).toEqual({ degraded: null })
  expect(snapshot().processes.map(({ name, state }) => [name, state])).toEqual([
    ['supervisor', 'ready'],
    ['feed', 'ready'],
    ['brain', 'ready'],
    ['orchestrator', 'ready'],
  ])
  supervisor.stop(false, 'done')
  expect(await supervisor.ended).toEqual({ code: 0, reason: 'done' })
  expect(snapshot().engine).toMatchObject({ state: 'stopped', reason: 'done' })
  expect(audited()).toEqual([
    'CHILD_STARTED feed',
    'CHILD_READY feed',
    'CHILD_STARTED brain',
    'CHILD_READY brain',
    'CHILD_STARTED orchestrator',
    'CHILD_READY orchestrator',
    'DRAIN_STARTED',
    ...audited().slice(7),
  ])
  expect(audited().slice(7).sort()).toEqual(['CHILD_EXITED brain', 'CHILD_EXITED feed', 'CHILD_EXITED orchestrator'])
})

test('an engine whose lock keeps nobody out any more halts, says so, and lets nothing in again', async () => {
  const { supervisor, until, command, audited, desired, lock } = begin('works')
  await supervisor.start()
  lock.held = false
  const { alerts, engine } = await until(({ singleton, engine: { desired: wanted } }) => !singleton.held && wanted === 'halted')
  expect(engine.desired).toBe('halted')
  expect(desired()).toBe('halted')
  expect(alerts).toMatchObject([{ level: 'critical', text: expect.stringContaining('the lock file of this account was deleted or replaced') }])
  expect(audited()).toContain('SINGLETON_VIOLATION')
  for (const kind of [{ kind: 'rearm', breaker: 'halt' }, { kind: 'resume' }] as const)
    expect(await command(kind)).toMatchObject({ outcome: 'refused', message: expect.stringContaining('start it again') })
  // What lets less in is never refused for it, and the lock does not come back by itself.
  lock.held = true
  expect(await command({ kind: 'resume' })).toMatchObject({ outcome: 'refused' })
  expect(audited().filter((event) => event === 'SINGLETON_VIOLATION')).toHaveLength(1)
})

test('a child that can never work does not keep the others from starting, who are told not to wait for it', async () => {
  const { supervisor, until, desired } = begin('refuses for feed')
  const { degraded } = await supervisor.start()
  expect(degraded).toBe('feed is failed (no such symbol; name another)')
  const { engine, alerts, equity } = await until(({ equity }) => equity !== null)
  expect(JSON.parse(equity ?? '')).toEqual({ kind: 'sibling', name: 'feed', state: 'failed' })
  expect(engine.desired).toBe('safe')
  expect(desired()).toBe('safe')
  expect(alerts.map(({ text }) => text)).toContain('feed cannot go on (code 78): no such symbol; name another')
})

test('an orchestrator that can never work halts everything', async () => {
  const { supervisor, desired } = begin('refuses for orchestrator')
  await supervisor.start()
  expect(desired()).toBe('halted')
})

test('asked to stop while it starts, it starts nothing more and ends', async () => {
  const { supervisor, until, audited } = begin('works')
  const started = supervisor.start()
  await until(isIn('feed', 'starting'))
  supervisor.stop(false, 'changed my mind')
  await started
  expect(await supervisor.ended).toEqual({ code: 0, reason: 'changed my mind' })
  expect(audited()).toEqual(['CHILD_STARTED feed', 'DRAIN_STARTED', 'CHILD_EXITED feed'])
})

describe('desired state', () => {
  test('pausing works with the orchestrator down, and is on the disk when it is acknowledged', async () => {
    const { supervisor, command, desired, snapshot, until } = begin('fails for orchestrator')
    await supervisor.start()
    await until(isIn('orchestrator', 'failed')) // which latched safe
    expect(await command({ kind: 'rearm', breaker: 'safe' })).toMatchObject({ outcome: 'accepted' })
    expect(desired()).toBe('paused')
    expect(await command({ kind: 'halt' })).toMatchObject({ outcome: 'accepted' })
    expect(desired()).toBe('halted')
    expect(snapshot().engine).toMatchObject({ desired: 'halted', state: 'halted' })
    expect(await command({ kind: 'resume' })).toMatchObject({ outcome: 'refused' })
  })

  test('the orchestrator hears of it', async () => {
    const { supervisor, command, until } = begin('works')
    await supervisor.start()
    await command({ kind: 'pause' })
    const { modeOrigin } = await until((snapshot) => snapshot.modeOrigin.includes('desired'))
    expect(JSON.parse(modeOrigin)).toMatchObject({ kind: 'desired', desired: { state: 'paused', commandId: 'command-1' } })
  })

  test('flatten is answered by the orchestrator', async () => {
    const { supervisor, command } = begin('works')
    await supervisor.start()
    expect(await command({ kind: 'flatten', symbol: null })).toMatchObject({ outcome: 'accepted', message: 'flatten done' })
  })

  test('each setting that was read again is recorded with its old and its new value, before the answer', async () => {
    const { supervisor, command, paths } = begin('works', { readSettings: () => settingsOf({ guards: { confidence: { limit: 0.5 } } }) })
    await supervisor.start()
    expect(await command({ kind: 'reload' })).toMatchObject({ outcome: 'accepted', message: 'by other' })
    const records = readFileSync(paths.audit, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .slice(-2)
    expect(records).toMatchObject([
      { event: 'SETTING_CHANGED', actor: testActor, cause: 'command-1', detail: { path: 'guards.confidence.limit', from: '0.6', to: '0.5' } },
      { event: 'COMMAND', detail: { command: 'reload', outcome: 'accepted' } },
    ])
    expect(await command({ kind: 'reload' })).toMatchObject({ outcome: 'accepted' })
    expect(readFileSync(paths.audit, 'utf8').match(/SETTING_CHANGED/g)).toHaveLength(1)
  })

  test.each([
    { says: 'wrong settings', readSettings: refuse, message: 'config.json:3:5' },
    { says: 'another mode', readSettings: () => settingsOf({ mode: 'dry-run' }), message: 'mode cannot change while it runs' },
    { says: 'another feed', readSettings: () => settingsOf({ feed: { kind: 'simulated', seed: 2 } }), message: 'feed.seed cannot' },
    { says: 'other instruments', readSettings: () => settingsOf({ instruments: [] }), message: 'instruments cannot' },
    {
      says: 'a good change beside one that needs a restart',
      readSettings: () => settingsOf({ account: 'other', guards: { confidence: { limit: 0.5 } } }),
      message: 'account cannot',
    },
  ])('$says: refused with the reason, and nothing changes', async ({ readSettings, message }) => {
    const { supervisor, command, paths } = begin('works', { readSettings })
    await supervisor.start()
    expect(await command({ kind: 'reload' })).toMatchObject({ outcome: 'refused', message: expect.stringContaining(message) })
    expect(readFileSync(paths.audit, 'utf8')).not.toContain('SETTING_CHANGED')
  })

  test('an alert that somebody has seen says so', async () => {
    const { supervisor, command, until } = begin('fails for feed', { supervisor: { restartsMax: 0 } })
    await supervisor.start()
    await until(({ alerts }) => alerts.some(({ id }) => id === 1))
    expect(await command({ kind: 'ack', alert: 1 })).toMatchObject({ outcome: 'accepted' })
    const { alerts } = await until((snapshot) => snapshot.alerts.some(({ acknowledgedBy }) => acknowledgedBy !== null))
    expect(alerts.filter(({ acknowledgedBy }) => acknowledgedBy === testActor.name).map(({ id }) => id)).toEqual([1])
    expect(await command({ kind: 'ack', alert: 1 })).toMatchObject({ outcome: 'refused' })
  })

  test('stricter is what lets less in', () => {
    const order = ['running', 'paused', 'safe', 'halted'] as const
    expect([...order].sort()).toEqual([...DesiredState.options].sort())
    for (const [low, a] of order.entries()) for (const [high, b] of order.entries()) expect(isStricter(b, a)).toBe(high > low)
  })
})

describe('a full disk', () => {
  test('costs neither the engine nor, in the end, a record; it lets nothing new in, and a person has to re-arm', async () => {
    let full = false
    const { supervisor, command, snapshot, until, audited, desired } = begin('works', { full: () => full })
    await supervisor.start()
    full = true
    const brain = processOf(snapshot(), 'brain').pid ?? 0
    process.kill(brain, 'SIGKILL')
    await until((now) => processOf(now, 'brain').state === 'ready' && processOf(now, 'brain').pid !== brain)
    expect(snapshot().engine.desired).toBe('safe')
    expect(desired()).toBe('safe')
    expect(await command({ kind: 'rearm', breaker: 'safe' })).toMatchObject({ outcome: 'unknown', auditSequence: null })
    expect(desired()).toBe('safe') // what lets more in is taken back where it cannot be recorded
    expect(await command({ kind: 'halt' })).toMatchObject({ outcome: 'unknown' })
    expect(snapshot().engine.desired).toBe('halted') // what lets less in holds

    full = false
    await until(({ alerts }) => alerts.some(({ text }) => text.includes('can be written again')))
    expect(audited().slice(6)).toEqual(['CHILD_EXITED brain', 'DESIRED_STATE_CHANGED', 'CHILD_STARTED brain', 'CHILD_READY brain'])
  })

  test('does not keep it from stopping', async () => {
    let full = false
    const { supervisor } = begin('works', { full: () => full })
    await supervisor.start()
    full = true
    supervisor.stop(false, 'a signal')
    expect(await supervisor.ended).toEqual({ code: 0, reason: 'a signal' })
  })
})

test('what a child prints does not grow for as long as the engine lives', async () => {
  const fast: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * 200 } // a look comes every 100 s
  const { supervisor, until, paths } = begin('works', { clock: fast })
  await supervisor.start()
  const output = join(paths.logs, 'brain.out')
  appendFileSync(output, 'x'.repeat(OUT_BYTES_MAX + 1))
  await until(() => statSync(output).size === 0)
})

test('one that took long to come up is not stuck before it had its time to get on with what waits for it', async () => {
  const double: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * 2 } // two looks are as long as nobody may stand still
  const { supervisor, shared, until, command, audited } = begin('is ready when told for orchestrator', { clock: double })
  const looks = (count: number): Promise<Snapshot> => {
    const seen = new Set<number>()
    return until(({ asOf }) => seen.add(asOf).size > count)
  }
  shared.orchestratorBars.push({ ...blankBar(), sequence: 1 })
  shared.orchestratorBars.publish()
  const started = supervisor.start()
  await until((snapshot) => processOf(snapshot, 'orchestrator').state === 'starting')
  await looks(4)
  await command({ kind: 'pause' })
  await started
  await looks(2)
  expect(audited()).toContain('CHILD_READY orchestrator')
  expect(audited()).not.toContain('CHILD_STUCK orchestrator')
})

describe('a storm', () => {
  test('latches safe, keeps the engine up, and ends when a person re-arms', async () => {
    const { supervisor, until, audited, desired, nowDo, command, paths } = begin('fails for brain')
    const { degraded } = await supervisor.start()
    expect(degraded).toBe('brain is failed (exit 1)')
    await until(isIn('orchestrator', 'ready'))
    expect(desired()).toBe('safe')
    expect(audited().filter((event) => event.startsWith('RESTART_STORM'))).toEqual(['RESTART_STORM brain'])
    // It was not there yet when the storm was, so it is told at its start.
    expect(readFileSync(paths.audit, 'utf8')).toContain('works, wanted safe, met restartStorm')
    nowDo('works')
    expect(await command({ kind: 'rearm', breaker: 'safe' })).toMatchObject({ outcome: 'accepted' })
    await until(isIn('brain', 'ready'))
    expect(desired()).toBe('paused')
  })
})

describe('where a death ends the engine', () => {
  const exits = { supervisor: { onChildDeath: 'exit' } }
  test('it drains and asks to be restarted with 71', async () => {
    const { supervisor, snapshot } = begin('works', exits)
    await supervisor.start()
    process.kill(processOf(snapshot(), 'feed').pid ?? 0, 'SIGKILL')
    expect(await supervisor.ended).toEqual({ code: 71, reason: 'feed died: SIGKILL' })
    expect(
      snapshot()
        .processes.slice(1)
        .every(({ pid }) => pid === null),
    ).toBe(true)
  })
  test('deaths of the engines before count: once it is a storm it asks not to be, with 72', async () => {
    const now = systemClock.monotonic()
    const past = new Map([['feed' as const, [3, 2, 1].reduce((tally, ago) => died(tally, now - ago * 1_000, 60_000), noCrashes)]])
    const { supervisor, snapshot, audited } = begin('works', { ...exits, past })
    await supervisor.start()
    process.kill(processOf(snapshot(), 'feed').pid ?? 0, 'SIGKILL')
    expect(await supervisor.ended).toMatchObject({ code: 72 })
    expect(audited()).toContain('RESTART_STORM feed')
  })
})

describe('a hung child', () => {
  test('stopped from outside, it is shown stuck within three seconds, killed after its time and replaced', async () => {
    const { supervisor, snapshot, until, audited } = begin('works', { supervisor: { stuckKillMs: 3_000 } })
    await supervisor.start()
    const pid = processOf(snapshot(), 'brain').pid ?? 0
    const stoppedAt = performance.now()
    process.kill(pid, 'SIGSTOP')
    const stuck = await until(isIn('brain', 'stuck'))
    expect(performance.now() - stoppedAt).toBeLessThan(3_000)
    expect(processOf(stuck, 'brain').reason).toBe('no beat')
    await until((now) => processOf(now, 'brain').state === 'ready' && processOf(now, 'brain').pid !== pid)
    expect(audited().slice(6)).toEqual(['CHILD_STUCK brain', 'CHILD_EXITED brain', 'CHILD_STARTED brain', 'CHILD_READY brain'])
  })

  test('that is the orchestrator leaves nobody to speak for the engine, and does again when it moves', async () => {
    const { supervisor, snapshot, until, command } = begin('speaks for orchestrator')
    await supervisor.start()
    await until(({ engine }) => engine.state === 'running')
    const pid = processOf(snapshot(), 'orchestrator').pid ?? 0
    process.kill(pid, 'SIGSTOP')
    const { engine } = await until(({ engine }) => engine.state === 'degraded')
    expect(engine.reason).toBe('the orchestrator is stuck (no beat); wanted running: a test')
    await command({ kind: 'pause' })
    expect(snapshot().engine).toMatchObject({ desired: 'paused', state: 'degraded' })
    process.kill(pid, 'SIGCONT')
    expect(await until(({ engine }) => engine.state === 'running')).toMatchObject({ engine: { desired: 'paused', reason: 'all fresh' } })
  })

  test('that moves again in time is left alone', async () => {
    const { supervisor, snapshot, until, audited } = begin('works')
    await supervisor.start()
    const pid = processOf(snapshot(), 'feed').pid ?? 0
    process.kill(pid, 'SIGSTOP')
    await until(isIn('feed', 'stuck'))
    process.kill(pid, 'SIGCONT')
    const well = await until(isIn('feed', 'ready'))
    expect(processOf(well, 'feed')).toMatchObject({ pid, restarts: 0, reason: '' })
    expect(audited().slice(6)).toEqual(['CHILD_STUCK feed', 'CHILD_RECOVERED feed'])
  })
})

test('a feed that hangs, or is gone for good, is not shown as running, and no price of it as fresh', async () => {
  const { supervisor, hub, snapshot, until } = begin('works', { supervisor: { restartsMax: 0 } })
  await supervisor.start()
  const own = {
    ...snapshot().feed,
    state: 'running',
    instruments: [{ symbol: 'BTCUSD', timeframe: '1m', bars: 1, lastPrice: '1', lastAt: 1, ageMs: 0, stale: false }],
  }
  hub.update({ feed: own })
  const pid = processOf(snapshot(), 'feed').pid ?? 0
  process.kill(pid, 'SIGSTOP')
  const hung = await until(({ feed }) => feed.state.startsWith('stuck'))
  expect(hung.feed).toEqual({ ...own, state: 'stuck: no beat', instruments: [{ ...own.instruments[0], stale: true }] })
  process.kill(pid, 'SIGCONT')
  expect((await until(({ feed }) => feed.state === 'running')).feed).toEqual(own)
  process.kill(pid, 'SIGKILL')
  const gone = await until(({ feed }) => feed.state === 'failed: SIGKILL')
  expect(gone.feed.instruments.map(({ stale }) => stale)).toEqual([true])
})

test('an orchestrator that is down leaves nobody to speak for the engine, until the next one does', async () => {
  const { supervisor, snapshot, until } = begin('speaks for orchestrator')
  await supervisor.start()
  await until(({ engine }) => engine.state === 'running')
  process.kill(processOf(snapshot(), 'orchestrator').pid ?? 0, 'SIGKILL')
  const { engine } = await until(({ engine }) => engine.state !== 'running')
  expect(engine).toMatchObject({ state: 'degraded', reason: 'the orchestrator is down (SIGKILL); wanted running: a test' })
  await until(({ engine }) => engine.state === 'running')
})

test('what was recorded has a signed head within a minute', async () => {
  let jumped = 0
  const clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + jumped }
  const { supervisor, paths, audited, until } = begin('works', { clock })
  await supervisor.start()
  const heads = (): number => (existsSync(paths.auditHeads) ? readFileSync(paths.auditHeads, 'utf8').split('\n').length - 1 : 0)
  expect(heads()).toBe(0) // children that start do not change who may trade
  jumped = 60_000
  await until(() => heads() > 0)
  expect(JSON.parse(readFileSync(paths.auditHeads, 'utf8'))).toMatchObject({ sequence: audited().length })
})

test('a report of a second start is in the trail when it is answered, with both pids', async () => {
  const { supervisor, snapshot, audited, paths } = begin('works')
  expect(supervisor.singletonViolation({ pid: 4_242, startedAt: 5, instance: 'default', actor: testActor })).toBe(1)
  expect(audited()).toEqual(['SINGLETON_VIOLATION'])
  expect(JSON.parse(readFileSync(paths.audit, 'utf8')).detail).toEqual({ holder: process.pid, loser: 4_242, loserStartedAt: 5 })
  expect(snapshot().singleton.violations).toBe(1)
})

test('whoever starts after a kill finds the children that were left, and ends them', async () => {
  const { supervisor, snapshot, until, childrenFile } = begin('works')
  await supervisor.start()
  const pids = snapshot()
    .processes.slice(1)
    .map(({ pid }) => pid)
  const ended = await endLeftOvers(childrenFile, systemClock, 0)
  expect(ended.map((text) => Number(/pid (\d+)/.exec(text)?.[1]))).toEqual(pids)
  await until(({ processes }) => processes.slice(1).every(({ pid, state }) => state === 'ready' && !pids.includes(pid)))
})

test('the last snapshot is kept for a console that finds nobody', async () => {
  const { supervisor, paths } = begin('works')
  await supervisor.start()
  supervisor.stop(false, 'done')
  await supervisor.ended
  const { engine, processes } = JSON.parse(readFileSync(paths.snapshot, 'utf8')) as Snapshot
  expect(engine.state).toBe('stopped')
  expect(processes.map(({ state }) => state)).toEqual(['ready', 'down', 'down', 'down'])
})
