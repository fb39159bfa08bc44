import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import { busyConfig, candleFile, everSo, goneOf, isAlive, linesOf, type Place, place } from './engine.ts'

// A wait says itself what it waited for; a busy machine is no failure.
vi.setConfig({ testTimeout: 60_000 })

const CHILDREN = ['feed', 'brain', 'orchestrator'] as const
/** A thousand one-minute bars a second: what these tests look at happens many times a second. */
const PACE = '60000'
const ROWS = 60_000
const ENDED = new Set(['filled', 'cancelled', 'expired', 'denied', 'rejected'])

const busy = (supervisor: object = {}) => place({ ...busyConfig, supervisor })

const start = async (at: Place, pace = PACE): Promise<void> => {
  const { code, stderr } = await at.run(['start', '--feed', `replay:${candleFile(at, ROWS)}`, '--speed', pace])
  if (code !== 0) throw new Error(`start: exit ${code}: ${stderr}`)
}

const kill = (at: Place, snapshot: Snapshot, name: (typeof CHILDREN)[number] | 'supervisor'): Promise<void> => {
  const pid = at.pidOf(snapshot, name)
  process.kill(pid, 'SIGKILL')
  return goneOf(pid)
}

const killWhole = async (at: Place): Promise<void> => {
  const snapshot = await at.status()
  await kill(at, snapshot, 'supervisor')
  for (const { pid } of snapshot.processes) if (pid !== null) await goneOf(pid)
}

const allReady = ({ processes }: Snapshot): boolean => processes.every(({ state }) => state === 'ready')

/** One more process than before under this name, and ready. */
const backAfter = (at: Place, before: Snapshot, name: (typeof CHILDREN)[number]): Promise<Snapshot> =>
  at.until(`${name} back`, (snapshot) => {
    const process = snapshot.processes.find((each) => each.name === name)
    return process?.state === 'ready' && process.pid !== at.pidOf(before, name)
  })

const decisions = (at: Place): SignalDecisionLine[] => linesOf(join(at.paths.streams, 'signal_decisions.jsonl'))
const entries = (at: Place): TradeLine[] =>
  readdirSync(at.paths.trades)
    .flatMap((day) => linesOf<TradeLine>(join(at.paths.trades, day)))
    .filter(({ parent_order_id }) => parent_order_id === null)

test.each([
  { wanted: 'paused', command: ['pause'] },
  { wanted: 'halted', command: ['halt', '--yes'] },
])('$wanted holds through the death of every process', async ({ wanted, command }) => {
  const at = busy({ restartsMax: 100 })
  await start(at)
  await at.until('trading', ({ positions }) => positions.length > 0)
  expect((await at.run([...command, '--reason', 'lunch'])).code).toBe(0)
  const holds = ({ engine }: Snapshot): boolean => engine.desired === wanted && engine.state === wanted
  await at.until(wanted, holds)

  for (const name of CHILDREN) {
    const before = await at.status()
    await kill(at, before, name)
    expect(holds(await backAfter(at, before, name))).toBe(true)
  }
  await killWhole(at)
  await start(at)
  const { engine } = await at.until(`${wanted} again`, (snapshot) => allReady(snapshot) && holds(snapshot))
  expect(engine.reason).toContain('lunch')

  // Signals come and are refused, and nothing is entered.
  await at.until('flat', ({ positions }) => positions.length === 0)
  const entered = entries(at).length
  const blocked = everSo(await at.status(), 'blocked')
  await at.until('blocking signals', (snapshot) => everSo(snapshot, 'blocked') > blocked + 2)
  expect(entries(at)).toHaveLength(entered)
  expect(decisions(at).at(-1)).toMatchObject({ decision: 'BLOCKED', blocker_component: 'engineState' })
})

test('a halt is left in two steps: re-arm, then resume', async () => {
  const at = busy()
  await start(at)
  expect((await at.run(['halt', '--reason', 'enough', '--yes'])).code).toBe(0)
  const refused = await at.run(['resume', '--reason', 'hope'])
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('breakers rearm halt')])
  expect((await at.status()).engine.desired).toBe('halted')

  expect((await at.run(['breakers', 'rearm', 'halt', '--reason', 'looked at it'])).code).toBe(0)
  await at.until('paused', ({ engine }) => engine.state === 'paused')
  expect((await at.run(['breakers', 'rearm', 'halt', '--reason', 'again'])).code).toBe(4)
  expect((await at.run(['resume', '--reason', 'lunch is over'])).code).toBe(0)
  await at.until('trading', ({ engine, positions }) => engine.state === 'running' && positions.length > 0)
  expect(at.audit('COMMAND').map(({ detail }) => `${detail.command} ${detail.outcome}`)).toEqual([
    'halt accepted',
    'resume refused',
    'rearm accepted',
    'rearm refused',
    'resume accepted',
  ])
})

test('flatten closes what is open while the engine is paused, and nothing opens again', async () => {
  const at = busy()
  // Ten bars a second: a position stands long enough for a command to meet it.
  await start(at, '600')
  await at.until('in a position', ({ positions }) => positions.length > 0)
  await at.command({ kind: 'pause' })
  // Whether this position still stands when the command comes is the market's business; a flatten that had something to do says so.
  const { code } = await at.run(['flatten', '--reason', 'go home', '--yes'])
  expect(code).toBe(0)
  const flat = await at.until('flat', ({ positions, orders }) => positions.length === 0 && orders.every(({ state }) => ENDED.has(state)))
  expect(flat.engine.state).toBe('paused')
  const entered = entries(at).length
  await at.until('further on', ({ feed }) => feed.consumed > flat.feed.consumed + 50)
  expect((await at.status()).positions).toEqual([])
  expect(entries(at)).toHaveLength(entered)
})

test('the first SIGTERM drains, and the trail ends with why', async () => {
  const at = busy()
  await start(at)
  const snapshot = await at.until('trading', ({ positions }) => positions.length > 0)
  const supervisor = at.pidOf(snapshot, 'supervisor')
  process.kill(supervisor, 'SIGTERM')
  await goneOf(supervisor, 10_000)
  expect(snapshot.processes.filter(({ pid }) => pid !== null && isAlive(pid))).toEqual([])
  const trail = at.audit().slice(-5)
  expect(trail.filter(({ event }) => event === 'CHILD_EXITED').map(({ reason }) => reason)).toEqual(['exit 0', 'exit 0', 'exit 0'])
  expect(trail.filter(({ event }) => event !== 'CHILD_EXITED')).toMatchObject([
    { event: 'DRAIN_STARTED', reason: 'SIGTERM' },
    { event: 'BOT_STOP', reason: 'SIGTERM', detail: { code: 0 } },
  ])
  expect((await at.run(['replay', '--verify'])).code).toBe(0)
  expect((await at.run(['audit', 'verify'])).code).toBe(0)
})

test('a second signal soon after the first does not wait for what hangs', async () => {
  const at = busy({ drainMsMax: 60_000 })
  await start(at)
  const snapshot = await at.status()
  const [supervisor, brain] = [at.pidOf(snapshot, 'supervisor'), at.pidOf(snapshot, 'brain')]
  process.kill(brain, 'SIGSTOP')
  process.kill(supervisor, 'SIGTERM')
  await at.until('draining', ({ engine }) => engine.state === 'draining')
  expect(isAlive(supervisor)).toBe(true)
  process.kill(supervisor, 'SIGINT')
  await goneOf(supervisor, 2_000)
  expect(isAlive(brain)).toBe(false)
  expect(at.audit().at(-1)).toMatchObject({ event: 'BOT_STOP' })
})

test('SIGHUP means nothing to any process', async () => {
  const at = busy()
  await start(at)
  const before = await at.status()
  for (const { pid } of before.processes) process.kill(pid ?? -1, 'SIGHUP')
  const after = await at.until('further on', ({ feed }) => feed.consumed > before.feed.consumed + 1_000)
  expect(after.processes.map(({ pid, restarts }) => [pid, restarts])).toEqual(before.processes.map(({ pid }) => [pid, 0]))
})

test.each(CHILDREN)('%s: a hang is shown within 3 s, and it recovers when it goes on', async (name) => {
  const at = busy()
  await start(at)
  const pid = at.pidOf(await at.status(), name)
  onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGCONT')))
  const stateOf = (snapshot: Snapshot) => snapshot.processes.find((each) => each.name === name)?.state
  const shown = at.until('stuck', (snapshot) => stateOf(snapshot) === 'stuck', 3_000)
  process.kill(pid, 'SIGSTOP')
  expect((await shown).alerts[0]).toMatchObject({ level: 'critical', text: expect.stringContaining(`${name} is stuck`) })
  process.kill(pid, 'SIGCONT')
  const after = await at.until('ready again', (snapshot) => stateOf(snapshot) === 'ready')
  expect(at.pidOf(after, name)).toBe(pid)
  expect(at.audit().filter(({ event }) => event === 'CHILD_STUCK' || event === 'CHILD_RECOVERED')).toMatchObject([
    { event: 'CHILD_STUCK', detail: { child: name, pid } },
    { event: 'CHILD_RECOVERED', detail: { child: name, pid } },
  ])
  await at.until('further on', ({ feed }) => feed.consumed > after.feed.consumed + 1_000)
})

test('a hung child is killed after its time and replaced', async () => {
  const at = busy({ stuckKillMs: 3_000 })
  await start(at)
  const before = await at.status()
  process.kill(at.pidOf(before, 'brain'), 'SIGSTOP')
  const after = await backAfter(at, before, 'brain')
  await at.until('trading', ({ feed, engine }) => engine.state === 'running' && feed.consumed > after.feed.consumed + 1_000)
})

test('the children of a killed supervisor are gone within a second', async () => {
  const at = busy()
  await start(at)
  const snapshot = await at.until('trading', ({ positions }) => positions.length > 0)
  const orphans = CHILDREN.map((name) => at.pidOf(snapshot, name))
  const supervisor = at.pidOf(snapshot, 'supervisor')
  process.kill(supervisor, 'SIGKILL')
  await goneOf(supervisor)
  await Promise.all(orphans.map((pid) => goneOf(pid, 1_000)))
  expect((await at.run(['replay', '--verify'])).code).toBe(0)
})

test('four quick deaths of one child latch safe until a person re-arms it, and exits go on', async () => {
  const at = busy()
  await start(at)
  for (let death = 1; death <= 4; death += 1) {
    const before = await at.until('ready', (snapshot) => allReady(snapshot) && snapshot.positions.length > 0)
    await kill(at, before, 'brain')
    if (death < 4) await backAfter(at, before, 'brain')
  }
  const latched = await at.until('safe', ({ engine }) => engine.state === 'safe')
  expect(latched.engine.desired).toBe('safe')
  expect(latched.processes.find(({ name }) => name === 'brain')).toMatchObject({ state: 'failed', pid: null })
  expect(at.audit('RESTART_STORM')).toMatchObject([{ detail: { child: 'brain' } }])
  // The last position leaves at its stop or its target though the brain is gone.
  const flat = await at.until('flat', ({ positions }) => positions.length === 0)
  expect(flat.engine.state).toBe('safe')

  await killWhole(at)
  await start(at)
  const again = await at.until('safe again', (snapshot) => snapshot.engine.state === 'safe')
  expect(again.engine.reason).toContain('restart storm: brain')
  const entered = entries(at).length
  const blocked = everSo(again, 'blocked')
  await at.until('blocking signals', (snapshot) => everSo(snapshot, 'blocked') > blocked)
  expect(entries(at)).toHaveLength(entered)
  const refused = await at.run(['resume', '--reason', 'hope'])
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('breakers rearm safe')])
  // Each latch was set for a reason of its own, and the step down comes last: it lasts as long as its cause.
  expect((await at.run(['breakers', 'rearm', 'safe', '--reason', 'mended'])).code).toBe(0)
  for (const latch of ['restartStorm', 'degradation']) {
    const { code, stderr } = await at.run(['breakers', 'rearm', latch, '--reason', 'mended'])
    expect([latch, code, stderr]).toEqual([latch, 0, ''])
  }
  expect((await at.run(['resume', '--reason', 'mended'])).code).toBe(0)
  await at.until('trading', (snapshot) => allReady(snapshot) && snapshot.engine.state === 'running' && snapshot.positions.length > 0)
})

test('re-arming safe brings a given-up child back in the same engine', async () => {
  const at = busy({ restartsMax: 0 })
  await start(at)
  await kill(at, await at.status(), 'feed')
  const failed = await at.until('safe', ({ engine, processes }) => engine.state === 'safe' && processes.some(({ state }) => state === 'failed'))
  expect((await at.run(['breakers', 'rearm', 'safe', '--reason', 'mended'])).code).toBe(0)
  await at.until('paused with all', (snapshot) => allReady(snapshot) && snapshot.engine.state === 'paused')
  expect((await at.run(['resume', '--reason', 'mended'])).code).toBe(0)
  const { engine } = await at.until('trading', ({ feed, engine: { state } }) => state === 'running' && feed.consumed > failed.feed.consumed + 1_000)
  expect(engine.pid).toBe(failed.engine.pid)
})

test('where a death shall end the engine, it exits 71, and 72 once that is a storm', async () => {
  const at = place({ ...busyConfig, supervisor: { onChildDeath: 'exit', restartsMax: 2 } })
  const codes: number[] = []
  for (let death = 1; death <= 3; death += 1) {
    const ran = at.run(['start', '--foreground', '--feed', `replay:${candleFile(at, ROWS)}`, '--speed', PACE])
    const snapshot = await at.until('ready', (seen) => allReady(seen) && isAlive(at.pidOf(seen, 'supervisor')))
    await kill(at, snapshot, 'brain')
    codes.push((await ran).code)
    expect(snapshot.processes.filter(({ pid }) => pid !== null && isAlive(pid))).toEqual([])
  }
  expect(codes).toEqual([71, 71, 72])
  expect(at.audit('BOT_STOP').map(({ detail }) => detail.code)).toEqual([71, 71, 72])
})
