import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { cycleFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { NEWS, NEWS_SAYS, openConsole, openLive, type Place, place, startEngine } from './console-pty.ts'

vi.setConfig({ testTimeout: 30_000 })

/** Seen: 2.0 to 2.6 s, of which two are the silence that says so. */
const LOSS_MS_MAX = 8_000

test('an engine that says nothing is stale and then LOST, its last figures stay, and nothing can be asked of it', async () => {
  const at = place()
  const engine = await startEngine(at)
  const { screen, type, until, identity } = await openLive(at)
  engine.suffer({ kind: 'stall' })
  await until('old', () => /data ~|LOST/.test(identity()), LOSS_MS_MAX)
  await until('LOST', () => /LOST \d+/.test(identity()), LOSS_MS_MAX)
  expect(screen.text()).toMatch(/BTCUSD +long/)
  expect(screen.text()).toContain('100,123.45')
  expect(screen.lines().at(-1)).not.toContain('pause..')
  type('p')
  await until('why', (text) => text.includes('p: the link to the engine is lost'))
  expect(screen.text()).not.toContain('Pause eu-1')
  expect(engine.commands).toEqual([])
  engine.suffer({ kind: 'none' })
  await until('live again', () => /RUNNING.*data 0s/.test(identity()) && !identity().includes('LOST'))
})

test('an engine of another instance that takes the path over is named, and neither shown nor asked', async () => {
  const at = place()
  const first = await startEngine(at)
  const { screen, type, until, identity } = await openLive(at)
  await first.close()
  await until('LOST', () => identity().includes('LOST'))
  const other = await startEngine(at, { ...snapshotFixture({ instance: 'eu-2' }), ...(NEWS as Partial<Snapshot>) })
  const named = /eu-2 \(pid 41822\), not eu-1/
  await expect
    .poll(
      () => {
        if (!named.test(screen.text().replaceAll('\n', ''))) type('p')
        return screen.text().replaceAll('\n', '')
      },
      { interval: 300, timeout: 10_000 },
    )
    .toMatch(named)
  expect(identity()).toMatch(/^eu-1 .*LOST/)
  expect(screen.text()).not.toContain(NEWS_SAYS)
  expect(other.commands).toEqual([])
  await other.close()
  await startEngine(at)
  await until('its own engine', () => /RUNNING.*data \d/.test(identity()) && !identity().includes('LOST'))
})

test('an engine that was started anew is told as another one, by its process', async () => {
  const at = place()
  const first = await startEngine(at)
  const { until, identity } = await openLive(at)
  await first.close()
  const { engine } = snapshotFixture()
  await startEngine(at, snapshotFixture({ engine: { ...engine, pid: 777, startedAt: engine.startedAt + 60_000 } }))
  await until('told', (text) => text.includes('another engine answers: pid 777, started 14:01:41; before it was pid 41822'))
  await until('live', () => !identity().includes('LOST'))
})

const numbersOf = (text: string): readonly string[] =>
  [...text.matchAll(/^[> ] (\d{3,4}) +(?:\d\d-\d\d )?\d\d:\d\d/gm)].map(([, number = '']) => number)

test('an engine that comes back is live again, and no cycle stands there twice', async () => {
  const at = place()
  const first = await startEngine(at)
  const { screen, type, until, identity } = await openLive(at)
  type('z')
  await until('all cycles', (text) => numbersOf(text).length > 10)
  await first.close()
  await until('LOST', () => identity().includes('LOST'))
  const cycles = Array.from({ length: 20 }, (_, index) => cycleFixture(1_003 - index))
  const second = await startEngine(at, snapshotFixture({ cycle: cycleFixture(1_003), cycles }))
  await until('live again', (text) => /RUNNING.*data \d/.test(identity()) && text.includes('newest 1003'))
  second.change({ cycle: cycleFixture(1_004), cycles: [cycleFixture(1_004), ...cycles] })
  await until('the next cycle', (text) => text.includes('newest 1004'))
  // A frame may come in two chunks, so a row may be half drawn at first.
  const shown = Array.from({ length: 21 }, (_, index) => String(1_004 - index))
  await expect.poll(() => numbersOf(screen.text()), { timeout: 5_000 }).toEqual(shown)
})

test.each([
  { says: 'a hole in the sequence numbers', fault: { kind: 'hole' } as const },
  { says: 'a change of no shape', fault: { kind: 'misshapen' } as const },
])('$says is healed by asking for the whole', async ({ fault }) => {
  const at = place()
  const engine = await startEngine(at)
  const { until, identity } = await openLive(at)
  engine.suffer(fault)
  engine.change(NEWS)
  engine.suffer({ kind: 'none' })
  await until('the change', (text) => text.includes(NEWS_SAYS))
  engine.change({ engine: { ...snapshotFixture().engine, state: 'degraded' } })
  await until('the next change', () => identity().includes('DEGRADED'))
  await until('live', () => !identity().includes('LOST'))
})

test('an engine that lives and whose cycles stop is shown as such', async () => {
  const at = place()
  const now = Date.now()
  const base = snapshotFixture({ cycle: { ...cycleFixture(999), at: now } })
  const engine = await startEngine(at, base)
  const { until, identity } = await openLive(at)
  // Nobody says so, but the age of the last cycle goes on where that of the figures does not.
  await until('an old cycle', () => Number(/cyc 999 \+(\d+)s/.exec(identity())?.[1]) >= 3)
  expect(identity()).toMatch(/data [01]s/)
  engine.change({
    processes: base.processes.map((each) => (each.name === 'orchestrator' ? { ...each, state: 'stuck' as const, reason: 'no progress' } : each)),
  })
  await until('STUCK', () => /RUNNING orchestrator STUCK/.test(identity()))
  expect(identity()).not.toContain('LOST')
})

test('an engine whose feed goes on and that makes no more cycles is shown as STUCK, though it says that all is well', async () => {
  const at = place()
  const from = Date.now()
  const cycle = cycleFixture(999, { at: from })
  const base = snapshotFixture({ cycle, asOf: from })
  const engine = await startEngine(at, base)
  const { until, identity } = await openLive(at)
  /** Bars go on; the time is the engine's own, so none has to pass here. */
  const barsUntil = (ms: number, changes: SnapshotDelta = {}): void => {
    const clock = from + ms
    engine.change({ ...changes, feed: { ...base.feed, clock, bars: base.feed.bars + ms }, asOf: clock })
  }
  barsUntil(3_000, NEWS)
  await until('three seconds later', (text) => text.includes(NEWS_SAYS))
  expect(identity()).not.toContain('STUCK')
  barsUntil(3_100)
  await until('STUCK', () => /RUNNING STUCK 3s/.test(identity()))
  barsUntil(65_000)
  await until('its age', () => /RUNNING STUCK 1m0?5s/.test(identity()))
  expect(identity()).toMatch(/data [01]s/)
  expect(identity()).not.toContain('LOST')
  barsUntil(66_000, { cycle: cycleFixture(1_000, { at: from + 66_000 }) })
  await until('a cycle', () => identity().includes('RUNNING') && !identity().includes('STUCK'))
})

/** Somebody else's server; how often it was called. */
const foreign = async (path: string, onSocket: (socket: Socket) => void): Promise<() => number> => {
  let calls = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    calls += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return () => calls
}

/** What is left where a process was killed: a socket that nobody listens on. */
const leaveDead = async (path: string): Promise<void> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(`${path}.0`, resolve))
  renameSync(`${path}.0`, path)
  await new Promise((resolve) => server.close(resolve))
}

/** Seen: 0.2 s, and 2.2 s where an answer is waited for. */
const REFUSAL_MS_MAX = 7_000

test.each<{ readonly says: string; readonly lay: (at: Place) => Promise<unknown>; readonly message: RegExp; readonly code: number }>([
  { says: 'no socket', lay: async () => undefined, message: /no engine of instance eu-1 is running/, code: 3 },
  { says: 'a dead socket file', lay: (at) => leaveDead(at.socket()), message: /nobody listens at \S+operator\.sock/, code: 3 },
  { says: 'a file that is no socket', lay: async (at) => writeFileSync(at.socket(), ''), message: /operator\.sock is not a socket/, code: 3 },
  {
    says: 'a server that never answers',
    lay: (at) => foreign(at.socket(), () => undefined),
    message: /no answer at .*: another program, or an engine that is stopped/,
    code: 3,
  },
  {
    says: 'a server that speaks something else',
    lay: (at) => foreign(at.socket(), (socket) => void socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    message: /what answers is not an engine: it does not speak JSON-RPC/,
    code: 6,
  },
  {
    says: 'a server that hangs up',
    lay: (at) => foreign(at.socket(), (socket) => socket.destroy()),
    message: /operator\.sock hung up without an answer|the connection broke/,
    code: 3,
  },
  {
    says: 'an engine of another protocol',
    lay: async (at) => (await startEngine(at)).suffer({ kind: 'strange protocol' }),
    message: /not that of an engine with protocol 1: it says protocol 99/,
    code: 6,
  },
  {
    says: 'the engine of another instance',
    lay: async (at) => startEngine(at, snapshotFixture({ instance: 'eu-2' })),
    message: /another instance's engine answers: eu-2 \(pid 41822\), not eu-1, at \S+operator\.sock/,
    code: 4,
  },
])('$says is told with exit code $code, and the screen is not touched', async ({ lay, message, code }) => {
  const at = place()
  mkdirSync(dirname(at.socket()), { recursive: true, mode: 0o700 })
  await lay(at)
  const from = performance.now()
  const { pty, screen } = openConsole(at, { columns: 160, args: ['--no-input'] })
  expect(await pty.ended).toBe(code)
  expect(performance.now() - from).toBeLessThan(REFUSAL_MS_MAX)
  await expect.poll(() => screen.text().replaceAll('\n', '')).toMatch(message)
  expect(pty.text()).not.toContain('\u001b[?1049h')
})

test('a server that never answers is waited for only once', async () => {
  const at = place()
  mkdirSync(dirname(at.socket()), { recursive: true, mode: 0o700 })
  const calls = await foreign(at.socket(), () => undefined)
  expect(await openConsole(at, { args: ['--no-input'] }).pty.ended).toBe(3)
  expect(calls()).toBe(1)
})
