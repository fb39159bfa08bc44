import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import { createBrain } from '../../engine/brain/machine.ts'
import { type BrainPorts, type BrainRun, runBrain } from '../../engine/brain/run.ts'
import { beginSession } from '../../engine/brain/session.ts'
import type { Shared } from '../../engine/ring/port.ts'
import { plainShared } from '../../engine/ring/shared.ts'
import type { BrainRecord, FromChild } from '../../engine/supervisor/messages.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { Config } from '../../src/contracts/config.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { seeded } from '../../src/random.ts'
import { arrayTape, memoryBars, memoryRecords, memoryShared } from './fakes.ts'
import { BTC, ETH, MINUTE, signalsOf, walk } from './make.ts'

const instance = mkdtempSync(join(tmpdir(), 'aegis-brain-'))
afterAll(() => rmSync(instance, { recursive: true, force: true }))

const QUICK = [
  { id: 'sma-cross', timeframe: '2m', params: { fast: 3, slow: 8, range: 5, below: 'short' } },
  { id: 'breakout', timeframe: '5m', params: { length: 6, range: 4 } },
]
const configOf = (strategies?: readonly unknown[], timeframe: string | undefined = '1m') =>
  Config.parse({
    feed: { kind: 'replay', file: 'walk.csv', ...(timeframe === '' ? {} : { timeframe }) },
    ...(strategies === undefined ? {} : { strategies }),
  })

type World = {
  readonly bars: readonly Bar[]
  readonly config?: Config
  readonly ringCapacity?: number
  readonly recordCapacity?: number
  /** Bars that the feed leaves out of the ring, as if it had been full. */
  readonly refused?: (bar: Bar) => boolean
  /** Bars on the tape, if not all of them from the start. */
  readonly tape?: readonly Bar[]
  /** Bars that the feed pushes first of all; those before were dealt with by an earlier engine. */
  readonly pushFrom?: number
  readonly clock?: Clock
  readonly orchestratorSleeps?: () => boolean
  /** The brain began to wait, and said so. */
  readonly onWaiting?: () => void
}

/** Everything around the brain in one process: a feed that refills the ring, and an orchestrator that empties the other. */
const worldOf = (world: World) => {
  const { bars, config = configOf(QUICK), ringCapacity = 512, recordCapacity = 64 } = world
  const ring = memoryBars(ringCapacity)
  const feedSide = ring.attach()
  const records = memoryRecords(recordCapacity)
  const received: BrainRecord[] = []
  const sent: FromChild[] = []
  const ready = Promise.withResolvers<void>()
  const finished = Promise.withResolvers<void>()
  let next = (world.pushFrom ?? 1) - 1
  let current: Shared | null = null

  const pump = (): void => {
    for (let bar = bars[next]; bar !== undefined; bar = bars[next]) {
      if (world.refused?.(bar) === true) feedSide.countOverrun()
      else if (!feedSide.push(bar)) break
      next += 1
    }
    feedSide.publish()
    current?.doorbells.brain.ring()
    if (next === bars.length && feedSide.pending() === 0) finished.resolve()
  }
  const take = (): void => {
    if (world.orchestratorSleeps?.() !== true) received.push(...records.take())
  }

  /** A new brain process on the same memory. `onCall` is told of every call through a port and may end it there. */
  const start = (onCall: (call: string) => void = () => undefined): BrainRun & { readonly shared: Shared } => {
    const reader = ring.attach()
    const shared = memoryShared({
      brainBars: {
        ...reader,
        drain: (max, onBar) =>
          reader.drain(max, (bar) => {
            onCall('bar')
            onBar(bar)
          }),
        commit: () => {
          onCall('before commit')
          reader.commit()
          onCall('after commit')
        },
      },
      signals: {
        ...records,
        push: (text) => {
          onCall('before push')
          const pushed = records.push(text)
          onCall('after push')
          return pushed
        },
      },
      onFeed: pump,
      onWaiting: world.onWaiting,
      onOrchestrator: take,
    })
    current = shared
    const ports: BrainPorts = {
      config,
      instruments: [BTC, ETH],
      folder: join(instance, 'strategies'),
      configFile: join(instance, 'config.json'),
      tape: arrayTape(world.tape ?? bars),
      shared,
      clock: world.clock ?? systemClock,
      log: pino({ level: 'silent' }),
      send: (message) => {
        sent.push(message)
        if (message.kind === 'ready') ready.resolve()
      },
    }
    return { ...runBrain(ports), shared }
  }
  return {
    start,
    pump,
    take,
    received,
    sent,
    ready: ready.promise,
    finished: finished.promise,
    feedSide,
    views: () => sent.filter((message) => message.kind === 'view'),
  }
}

/** What an uninterrupted brain makes of the bars; those for which `live` is false warm up. */
const signalsOfWhole = (bars: readonly Bar[], config = configOf(QUICK), live: (bar: Bar) => boolean = () => true) => {
  const { loaded } = beginSession({ config, instruments: [BTC, ETH], folder: instance, configFile: '', tape: arrayTape([]) }, 1, MINUTE, null)
  const brain = createBrain({ instruments: [BTC, ETH], strategies: loaded.strategies, feedTimeframeMs: MINUTE })
  const made: BrainRecord[] = []
  for (const bar of bars) brain.onBar(bar, (record) => made.push(record), live(bar))
  return signalsOf(made)
}

describe('the loop of the brain', () => {
  test('says that it began, is ready, makes every signal, and frees every bar', async () => {
    const bars = walk({ seed: 11, bars: 5_000, instruments: 2 })
    const world = worldOf({ bars })
    const run = world.start()
    await world.ready
    expect(world.sent[0]).toEqual({ kind: 'ready', evidence: 'strategies: 2 loaded, 2 warm, 0 stopped; live from bar 5001' })
    world.pump()
    await world.finished
    await run.drain()
    world.take()

    // The tape had all bars already; the first one through the ring set the beginning right before anybody heard of the guess.
    expect(world.received.filter(({ kind }) => kind !== 'signal')).toMatchObject([
      {
        kind: 'brainStarted',
        warmFrom: 1,
        liveFrom: 1,
        strategies: [
          { id: 'sma-cross', timeframe: '2m' },
          { id: 'breakout', timeframe: '5m' },
        ],
      },
    ])
    const expected = signalsOfWhole(bars)
    expect(expected.length).toBeGreaterThan(100)
    expect(signalsOf(world.received)).toEqual(expected)
    expect(world.feedSide.committed()).toBe(5_000)
    expect(run.shared.progress.brain.read().work).toBeGreaterThan(5)
    expect(world.views().at(-1)?.changes.strategies).toMatchObject([
      { id: 'sma-cross', state: 'ready' },
      { id: 'breakout', state: 'ready' },
    ])
  })

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'killed at any call, again and again, it misses no signal and changes none (seed %i)',
    async (seed) => {
      const random = seeded(seed)
      const bars = walk({ seed: seed + 100, bars: 4_000, instruments: 2, missing: 0.01 })
      const world = worldOf({ bars, ringCapacity: 256, recordCapacity: 8 })
      world.pump()
      let kills = 0
      for (;;) {
        const lifetime = Math.floor(random.next() * 1_500)
        let calls = 0
        const run = world.start((call) => {
          calls += 1
          if (kills < 15 && calls > lifetime) throw new Error(`killed ${call}`)
        })
        const outcome = await Promise.race([
          run.ended.then(
            () => 'ended',
            () => 'killed',
          ),
          world.finished.then(() => 'finished'),
        ])
        if (outcome === 'killed') {
          kills += 1
          continue
        }
        await run.drain()
        break
      }
      world.take()
      expect(kills).toBeGreaterThanOrEqual(3)
      const expected = signalsOfWhole(bars)
      const byId = new Map(signalsOf(world.received).map((signal) => [signal.id, signal]))
      expect([...byId.values()].sort((a, b) => a.barSequence - b.barSequence || a.id.localeCompare(b.id))).toEqual(
        [...expected].sort((a, b) => a.barSequence - b.barSequence || a.id.localeCompare(b.id)),
      )
      // A signal that came twice was the same both times.
      for (const signal of signalsOf(world.received)) expect(byId.get(signal.id)).toEqual(signal)
    },
  )

  test('bars that a full ring refused are read from the tape without signals, and it says which', async () => {
    const bars = walk({ seed: 12, bars: 3_000 })
    const refused = ({ sequence }: Bar) => sequence > 1_000 && sequence <= 1_300
    const world = worldOf({ bars, refused, pushFrom: 1 })
    world.pump()
    const run = world.start()
    await world.finished
    await run.drain()
    world.take()
    expect(world.received.filter(({ kind }) => kind === 'brainCaughtUp')).toEqual([{ kind: 'brainCaughtUp', from: 1_001, to: 1_300 }])
    const signals = signalsOf(world.received)
    expect(signals).toEqual(signalsOfWhole(bars, undefined, (bar) => !refused(bar)))
    expect(signals.length).toBeGreaterThan(20)
    expect(world.feedSide.overruns()).toBe(300)
  })

  test('a new engine on an old tape begins after it, warm', async () => {
    const bars = walk({ seed: 13, bars: 3_000 })
    const tape = bars.slice(0, 2_000)
    const world = worldOf({ bars, tape, pushFrom: 2_001 })
    const run = world.start()
    await world.ready
    expect(world.sent[0]).toMatchObject({ evidence: 'strategies: 2 loaded, 2 warm, 0 stopped; live from bar 2001' })
    tape.push(...bars.slice(2_000))
    world.pump()
    await world.finished
    await run.drain()
    world.take()
    expect(world.received[0]).toMatchObject({ kind: 'brainStarted', liveFrom: 2_001 })
    expect(signalsOf(world.received)).toEqual(signalsOfWhole(bars).filter(({ barSequence }) => barSequence > 2_000))
  })

  test('a tape that lacks what the ring went past ends it as corrupt', async () => {
    const bars = walk({ seed: 14, bars: 100 })
    const world = worldOf({ bars, tape: bars.slice(0, 40), refused: ({ sequence }) => sequence > 30 && sequence < 60 })
    world.pump()
    const run = world.start()
    await expect(run.ended).rejects.toMatchObject({ name: 'ExitError', code: 65 })
  })

  test('an instrument that is rarer than the others is warm after a restart too', async () => {
    // One ETH bar comes for forty of BTC: the usual reach holds too few of them.
    const each = walk({ seed: 15, bars: 60_000, instruments: 2 })
    const bars = each
      .filter(({ instrument, time }) => instrument === 0 || (time / MINUTE) % 40 === 0)
      .map((bar, index) => ({ ...bar, sequence: index + 1 }))
    const strategies = [{ id: 'sma-cross', timeframe: '1m', params: { fast: 3, slow: 600, range: 5 } }]
    const { brain, warmFrom, liveFrom } = beginSession(
      { config: configOf(strategies), instruments: [BTC, ETH], folder: instance, configFile: '', tape: arrayTape(bars) },
      bars.length + 1,
      null,
      null,
    )
    expect(brain.cold()).toBe(0)
    expect(liveFrom - warmFrom).toBeGreaterThan(brain.warmupBars())
  })
})

test('on the rings and bells that the processes share: every signal, in order, and every bar committed', async () => {
  const bars = walk({ seed: 21, bars: 60_000, instruments: 2 })
  const shared = plainShared()
  const { brainBars, signals, doorbells } = shared
  const received: BrainRecord[] = []
  let over = false

  const feed = async (): Promise<void> => {
    for (let next = 0; next < bars.length; ) {
      for (let bar = bars[next]; bar !== undefined && brainBars.push(bar); bar = bars[next]) next += 1
      brainBars.publish()
      doorbells.brain.ring()
      if (next < bars.length) await doorbells.feed.sleep(() => brainBars.space() > 0)
    }
    while (brainBars.committed() < bars.length) await doorbells.feed.sleep(() => brainBars.committed() === bars.length)
  }
  const orchestrator = async (): Promise<void> => {
    while (!over || signals.pending()) {
      signals.drain(7, (text) => received.push(JSON.parse(text) as BrainRecord))
      signals.commit()
      if (!signals.pending()) await doorbells.orchestrator.sleep(() => signals.pending() || over)
    }
  }

  const reading = orchestrator()
  const run = runBrain({
    config: configOf(QUICK),
    instruments: [BTC, ETH],
    folder: instance,
    configFile: '',
    tape: arrayTape(bars),
    shared,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    send: () => undefined,
  })
  await feed()
  await run.drain()
  over = true
  doorbells.orchestrator.wake()
  await reading
  shared.close()
  expect(received[0]).toMatchObject({ kind: 'brainStarted', warmFrom: 1, liveFrom: 1 })
  expect(signalsOf(received)).toEqual(signalsOfWhole(bars))
})

describe('without a known timeframe', () => {
  test('the default strategies wait for the first bar and then fit it', async () => {
    const bars = walk({ seed: 16, bars: 300 })
    const tape: Bar[] = []
    const world = worldOf({ bars, tape, config: configOf(undefined, '') })
    const run = world.start()
    await world.ready
    expect(world.sent[0]).toEqual({ kind: 'ready', evidence: 'strategies wait for the first bar' })
    tape.push(...bars)
    world.pump()
    await world.finished
    await run.drain()
    world.take()
    expect(world.received).toMatchObject([
      {
        kind: 'brainStarted',
        liveFrom: 1,
        strategies: [
          { id: 'sma-cross', timeframe: '1h' },
          { id: 'breakout', timeframe: '4h' },
        ],
      },
    ])
  })

  test('a restarted brain learns it from the tape', () => {
    const bars = walk({ seed: 17, bars: 300 })
    const session = beginSession(
      { config: configOf(undefined, ''), instruments: [BTC], folder: instance, configFile: '', tape: arrayTape(bars) },
      200,
      null,
      null,
    )
    expect(session.loaded.strategies.map(({ timeframe }) => timeframe)).toEqual(['1h', '4h'])
  })
})

describe('a full ring of signals', () => {
  const bars = walk({ seed: 18, bars: 2_000 })

  test('is waited for with good reason, and no bar is freed meanwhile', async () => {
    let asleep = true
    const waited = Promise.withResolvers<void>()
    const world = worldOf({ bars, recordCapacity: 3, orchestratorSleeps: () => asleep, onWaiting: waited.resolve })
    world.pump()
    const run = world.start()
    await waited.promise
    expect(world.feedSide.committed()).toBe(0)
    asleep = false
    await world.finished
    await run.drain()
    world.take()
    expect(signalsOf(world.received)).toEqual(signalsOfWhole(bars))
    expect(run.shared.progress.brain.read().waiting).toBe(false)
  })

  test('does not keep the brain from draining', async () => {
    const world = worldOf({ bars, recordCapacity: 3, orchestratorSleeps: () => true })
    world.pump()
    const run = world.start()
    await run.drain()
    expect(world.feedSide.committed()).toBe(0)
  })

  test('is not waited for once the orchestrator is given up', async () => {
    const world = worldOf({ bars, recordCapacity: 3, orchestratorSleeps: () => true })
    world.pump()
    const run = world.start()
    run.onMessage({ kind: 'sibling', name: 'orchestrator', state: 'failed' })
    await world.finished
    await run.drain()
    expect(world.feedSide.committed()).toBe(bars.length)
  })
})

test('a strategy that could not be loaded is seen as stopped, with the reason, in view and ledger; the others trade', async () => {
  const bars = walk({ seed: 19, bars: 1_000 })
  const config = configOf([...QUICK, { id: 'no-such' }])
  const world = worldOf({ bars, config })
  world.pump()
  const run = world.start()
  await world.finished
  await run.drain()
  world.take()
  expect(world.received.slice(0, 2)).toMatchObject([
    { kind: 'brainStarted' },
    { kind: 'strategyStopped', id: 'no-such', symbol: null, barSequence: 0, reason: expect.stringContaining('no-such.ts') },
  ])
  expect(world.views().at(-1)?.changes.strategies).toMatchObject([
    { state: 'ready' },
    { state: 'ready' },
    { id: 'no-such', state: 'stopped', reason: expect.stringContaining('no-such.ts') },
  ])
  expect(signalsOf(world.received)).toEqual(signalsOfWhole(bars))
})

test('the view is sent when something changed and a quarter of a second went by, not with every batch', async () => {
  const still: Clock = { ...systemClock, monotonic: () => 1_000 }
  const world = worldOf({ bars: walk({ seed: 20, bars: 20_000 }), clock: still })
  world.pump()
  const run = world.start()
  await world.finished
  expect(world.views().length).toBeLessThanOrEqual(1)
  await run.drain()
  expect(world.views().length).toBe(2)
})
