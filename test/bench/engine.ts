/**
 * The figures of the whole engine, each taken on real processes in a home of their own: `npm run bench:engine`.
 * AEGIS_SHARED names the folder with the real market data; AEGIS_BENCH=latency,status takes only some of the figures.
 */
import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { BarRing } from '../../engine/ring/port.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import { CHILDREN, type ChildName } from '../../src/contracts/names.ts'
import { seeded } from '../../src/random.ts'
import { looseSettings } from '../helpers/engine-fixture.ts'
import { fiveConsoles } from '../helpers/five-consoles.ts'
import { bin, command, inPlace, lifetime, type Place, watch, when } from './place.ts'
import { aloneOf, processorNs, pssOf, systemNode } from './processes.ts'
import { type Figure, percentile, printFigures } from './table.ts'

const REPLAYS = 5
/**
 * Bars a second of the paced feeds, and for how long. Where bars are ten milliseconds apart, processor and disk fall asleep between them, and
 * each decision pays for waking them. What was decided while the code was still cold does not count.
 */
const PACES = [
  { barsPerSecond: 1_000, forMs: 30_000 },
  { barsPerSecond: 100, forMs: 65_000 },
] as const
const PACE = 100
const COLD_MS = 5_000
const FLUSHES = 1_000
const RESTED_FLUSHES = 300
const REST_MS = 10
const KILLS = 34 // of each child
const PAUSES_MIN = 500
const IDLE_MS = 30_000
const STATUS_RUNS = 40
/** Turns with consoles and without them. The one that comes back waits as long as the console's own first attempt. */
const GUESTS_ROUNDS = 4
const GUESTS_PACE = 100
const GUESTS_SETTLE_MS = 1_000
const GUESTS_TURN_MS = 8_000
const GUESTS_REST_MS = 100

const MINUTE_MS = 60_000
/** Enough signals that a percentile means something, and no loss that stops them. */
const busy = { strategies: [{ id: 'sma-cross', timeframe: '1m', params: { fast: 3, slow: 8 } }], ...looseSettings }

const shared = process.env.AEGIS_SHARED
const year = join(shared ?? '', 'data/crypto/bitfinex_BTCUSD_1m_2018.csv.gz')
if (shared === undefined || !existsSync(year)) {
  console.error('bench:engine: set AEGIS_SHARED to the folder that holds data/crypto/bitfinex_BTCUSD_1m_2018.csv.gz')
  process.exit(78)
}

const wall = (): number => performance.timeOrigin + performance.now()
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** From the first bar that the feed wrote to the last that the orchestrator was done with. */
const replayOnce = async (at: Place): Promise<{ readonly perSecond: number; readonly logs: number }> => {
  await at.start('--feed', `replay:${year}`, '--speed', 'max')
  const { orchestrator } = at.rings()
  const link = await at.link()
  const view = await watch(link)
  let done = 0
  let doneAt = Number.NaN
  let logs = 0
  const ended = view.until('at the end of the file', ({ feed }) => feed.state.startsWith('ended'))
  let bars = Number.POSITIVE_INFINITY
  void ended.then(() => (bars = view.get().feed.bars))
  await when(
    'done with the last bar',
    () => {
      if (orchestrator.committed() !== done) {
        done = orchestrator.committed()
        doneAt = wall()
      }
      logs = Math.max(logs, sizeOf(`${at.paths.ledger}-wal`) + sizeOf(`${at.paths.paperVenue}-wal`))
      return done >= bars
    },
    2,
  )
  link.close()
  return { perSecond: done / ((doneAt - firstIngest(at)) / 1_000), logs }
}
const firstIngest = (at: Place): number => {
  const tape = openTapeReader(at.paths.tape)
  let first = Number.NaN
  tape.read(1, 1, (bar) => (first = bar.ingestTime))
  tape.close()
  return first
}

const replay = async (): Promise<Figure[]> => {
  const rates: number[] = []
  let logs = 0
  let after: Figure[] = []
  for (let round = 1; round <= REPLAYS; round += 1) {
    await inPlace({}, async (at) => {
      const result = await replayOnce(at)
      rates.push(result.perSecond)
      logs = Math.max(logs, result.logs)
      if (round === REPLAYS) after = [...(await memory(at, 'after a year')), ...(await idle(at))]
    })
  }
  const median = percentile(rates, 0.5)
  const says = `${Math.round(median).toLocaleString('en')} bars/s`
  return [
    { what: `replay of a year, ${REPLAYS} runs, median`, value: says, aim: '≥ 100,000 bars/s', met: median >= 100_000 },
    { what: 'largest write-ahead logs in it', value: mb(logs), aim: '≤ 16 MB', met: logs <= 16e6 },
    ...after,
  ]
}

const memory = async (at: Place, moment: string): Promise<Figure[]> => {
  const pids = await at.pids()
  const pss = pssOf(pids)
  const alone = aloneOf(pids)
  return [
    { what: `PSS of the engine, ${moment}`, value: mb(pss), aim: '≤ 250 MB', met: pss <= 250e6 },
    { what: '  on a machine without another Node', value: mb(alone), aim: '≤ 250 MB', met: alone <= 250e6 },
  ]
}

const fresh = (): Promise<Figure[]> =>
  inPlace({}, async (at) => {
    await at.start()
    await pause(3_000) // what a start allocates settles
    return memory(at, 'freshly started')
  })

const idle = async (at: Place): Promise<Figure[]> => {
  await pause(3_000) // the last cycle, checkpoint and view are over
  const pids = await at.pids()
  const before = pids.map(processorNs)
  const started = performance.now()
  await pause(IDLE_MS)
  const nsMax = (performance.now() - started) * 1e6
  const shares = pids.map((pid, index) => (processorNs(pid) - (before[index] ?? 0)) / nsMax)
  const text = (share: number): string => `${(share * 100).toFixed(3)} %`
  const [supervisor = Number.NaN, ...children] = shares
  return [
    { what: "supervisor's CPU when idle, of a core", value: text(supervisor), aim: '≤ 0.1 %', met: supervisor <= 0.001 },
    { what: '  feed, brain, orchestrator', value: children.map(text).join(' '), aim: 'none', met: true },
  ]
}

/** What the disk alone takes for what every decision waits for: something appended and on the disk, one after the other or with a rest between. */
const flushes = async (folder: string, count: number, restMs: number): Promise<readonly number[]> => {
  const path = join(folder, 'flushes')
  const descriptor = openSync(path, 'w')
  const record = Buffer.alloc(96)
  const times: number[] = []
  while (times.length < count) {
    if (restMs > 0) await pause(restMs)
    writeSync(descriptor, record)
    const started = performance.now()
    fdatasyncSync(descriptor)
    times.push(performance.now() - started)
  }
  closeSync(descriptor)
  rmSync(path)
  return times
}

/** Every order that the engine decided on, as its log has it. */
const latency = async (): Promise<Figure[]> => {
  const figures: Figure[] = []
  for (const { barsPerSecond, forMs } of PACES) figures.push(...(await latencyAt(barsPerSecond, forMs)))
  return figures
}

const latencyAt = (barsPerSecond: number, forMs: number): Promise<Figure[]> =>
  inPlace({ ...busy, risk: { positionsMax: 5 } }, async (at) => {
    await at.start('--feed', `replay:${year}`, '--speed', String((MINUTE_MS / 1_000) * barsPerSecond))
    const warmAt = wall() + COLD_MS
    await pause(forMs)
    await at.stop()
    const values = readFileSync(join(at.paths.logs, 'orchestrator.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { time: number; msg: string; decision?: string; latencyMs?: number })
      .flatMap(({ time, msg, decision, latencyMs }) =>
        msg === 'signal decided' && decision === 'APPROVED' && latencyMs !== undefined && time > warmAt ? [latencyMs] : [],
      )
    if (values.length === 0) throw new Error(`no order was decided on at ${barsPerSecond} bars/s`)
    const [half, most] = [percentile(values, 0.5), percentile(values, 0.99)]
    const restMs = barsPerSecond >= 1_000 ? 0 : REST_MS
    const disk = await flushes(at.folder, restMs === 0 ? FLUSHES : RESTED_FLUSHES, restMs)
    const pace = barsPerSecond.toLocaleString('en')
    return [
      { what: `bar written → decision committed at ${pace} bars/s, p50 of ${values.length}`, value: ms(half), aim: '≤ 1 ms', met: half <= 1 },
      { what: '  p99', value: ms(most), aim: '≤ 10 ms', met: most <= 10 },
      {
        what: `  one flush of this disk alone${restMs === 0 ? '' : `, ${restMs} ms apart`}, p50 and p99`,
        value: `${ms(percentile(disk, 0.5))}, ${ms(percentile(disk, 0.99))}`,
        aim: 'none',
        met: true,
      },
    ]
  })

/** Killed one after the other, far enough apart that no back-off is in the figure. */
const deaths = (): Promise<Figure[]> =>
  inPlace({ ...busy, supervisor: { restartsMax: 100, restartWindowMs: 1_000 } }, async (at) => {
    await at.start('--feed', `replay:${year}`, '--speed', String((MINUTE_MS / 1_000) * PACE))
    const link = await at.link()
    const view = await watch(link)
    const rings = at.rings()
    const random = seeded(1)
    const noticed: number[] = []
    const again: Record<ChildName, number[]> = { feed: [], brain: [], orchestrator: [] }
    for (let kill = 0; kill < KILLS * CHILDREN.length; kill += 1) {
      const name = CHILDREN[kill % CHILDREN.length] ?? 'feed'
      await view.until('ready', ({ processes }) => processes.every(({ state }) => state === 'ready'))
      await pause(450 + 100 * random.next())
      const victim = view.stateOf(name)?.pid
      if (victim === null || victim === undefined) throw new Error(`${name} has no pid`)
      // Whoever reads at last: what the feed writes and what the orchestrator decides shows there too.
      const ring = name === 'brain' ? rings.brain : rings.orchestrator
      const killedAt = performance.now()
      process.kill(victim, 'SIGKILL')
      const gone = view.until('noticed', ({ processes }) => processes.some((each) => each.name === name && each.pid !== victim))
      const [seenAt, backAt] = await Promise.all([gone, nextBar(name, ring)])
      noticed.push(seenAt - killedAt)
      again[name].push(backAt - killedAt)
    }
    link.close()
    const last = percentile(noticed, 0.99)
    const back = (name: ChildName, what: string): Figure => {
      const most = percentile(again[name], 1)
      const half = percentile(again[name], 0.5)
      return { what, value: `${ms(half)}, most ${ms(most)}`, aim: '≤ 500 ms', met: most <= 500 }
    }
    return [
      { what: `child death noticed and recorded, p99 of ${noticed.length}`, value: ms(last), aim: '≤ 30 ms', met: last <= 30 },
      { what: '  p50', value: ms(percentile(noticed, 0.5)), aim: 'none', met: true },
      back('feed', 'feed trading again, median'),
      back('brain', 'brain trading again, median'),
      back('orchestrator', 'orchestrator trading again, median'),
    ]
  })

/** For a killed feed the next bar is one that it had not published; for a killed reader one that it had not finished. */
const nextBar = (name: ChildName, ring: BarRing): Promise<number> => {
  const before = name === 'feed' ? ring.published() : ring.committed()
  return when(`${name} trading again`, () => ring.committed() > before)
}

const pauses = async (): Promise<Figure[]> => {
  const taken: number[] = []
  let replays = 0
  while (taken.length < PAUSES_MIN) {
    replays += 1
    await inPlace({}, async (at) => {
      await at.start('--feed', `replay:${year}`, '--speed', 'max')
      const link = await at.link()
      const view = await watch(link)
      for (let sent = 0; !view.get().feed.state.startsWith('ended'); sent += 1) {
        const kind = sent % 2 === 0 ? 'pause' : 'resume'
        const started = performance.now()
        const { outcome, message } = await command(link, { kind }, at.env)
        if (outcome !== 'accepted') throw new Error(`${kind}: ${outcome}, ${message}`)
        if (kind === 'pause') taken.push(performance.now() - started)
      }
      link.close()
    })
  }
  const [half, most] = [percentile(taken, 0.5), percentile(taken, 0.99)]
  return [
    { what: `pause sent → recorded and acknowledged, p99 of ${taken.length}`, value: ms(most), aim: '≤ 50 ms', met: most <= 50 },
    { what: `  p50, in ${replays} replays at full speed`, value: ms(half), aim: 'none', met: true },
  ]
}

const status = (): Promise<Figure[]> =>
  inPlace({}, async (at) => {
    await at.start('--feed', `replay:${year}`, '--speed', 'max')
    const { orchestrator } = at.rings()
    await when('far into the file', () => orchestrator.committed() > 500_000, 20)
    await pause(2_000)
    const runs = async (node: string): Promise<number> => {
      const times: number[] = []
      for (let run = 0; run < STATUS_RUNS; run += 1) times.push(await lifetime(node, [bin, 'status', '--json'], at.env))
      return percentile(times.slice(2), 0.95) // the first two fill the compile cache
    }
    const own = await runs(process.execPath)
    const figures: Figure[] = [{ what: 'status --json, start to exit, p95', value: ms(own), aim: '≤ 150 ms', met: own <= 150 }]
    const system = systemNode()
    if (system === null) return figures
    return [...figures, { what: "  through the system's Node", value: ms(await runs(system)), aim: 'none', met: true }]
  })

/** What a cycle took in all, of those with these numbers. */
const cyclesBetween = (at: Place, from: number, to: number): number[] =>
  readFileSync(join(at.paths.streams, 'cycles.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Cycle)
    .filter(({ number }) => number > from && number <= to)
    .map(({ stages: { drain, decide, commit, effects } }) => drain + decide + commit + effects)

/**
 * Cycle times with five consoles and without any, turn by turn in one run, so that both meet the same machine. Every other turn without
 * any is counted apart: what differs between those two is the machine's alone.
 */
const consoles = (): Promise<Figure[]> =>
  inPlace(busy, async (at) => {
    await at.start('--feed', `replay:${year}`, '--speed', String((MINUTE_MS / 1_000) * GUESTS_PACE))
    await pause(COLD_MS)
    const alone: [number[], number[]] = [[], []]
    const visited: number[] = []
    const turn = async (into: number[]): Promise<void> => {
      await pause(GUESTS_SETTLE_MS)
      const from = (await at.status()).cycle?.number ?? 0
      await pause(GUESTS_TURN_MS)
      into.push(...cyclesBetween(at, from, (await at.status()).cycle?.number ?? 0))
    }
    for (let round = 0; round < GUESTS_ROUNDS; round += 1) {
      await turn(alone[round % 2 === 0 ? 0 : 1])
      const guests = await fiveConsoles(at.env, at.socket, GUESTS_REST_MS)
      await turn(visited)
      await guests.close()
    }
    const without = alone.flat()
    const change = (one: readonly number[], other: readonly number[], share: number): number =>
      (percentile(one, share) / percentile(other, share) - 1) * 100
    const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(1)} %`
    const [more, noise] = [change(visited, without, 0.99), Math.abs(change(alone[0], alone[1], 0.99))]
    const figure = (what: string, value: string): Figure => ({ what, value, aim: 'none', met: true })
    return [
      figure(`cycle without a console, p50 and p99 of ${without.length}`, `${ms(percentile(without, 0.5))}, ${ms(percentile(without, 0.99))}`),
      figure(
        `cycle with five (stalled, killed, reconnecting), of ${visited.length}`,
        `${ms(percentile(visited, 0.5))}, ${ms(percentile(visited, 0.99))}`,
      ),
      { what: '  change of p99', value: signed(more), aim: '≤ 1 % or noise', met: more <= Math.max(1, noise) },
      figure('  the same between turns without any: noise', signed(noise)),
      figure('  change of p50', signed(change(visited, without, 0.5))),
    ]
  })

const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = { replay, fresh, latency, deaths, pauses, status, consoles }

const chosen = process.env.AEGIS_BENCH?.split(',') ?? Object.keys(PARTS)
const figures: Figure[] = []
for (const name of chosen) {
  const part = PARTS[name]
  if (part === undefined) throw new Error(`AEGIS_BENCH: no part ${name}; there are ${Object.keys(PARTS).join(', ')}`)
  console.error(`… ${name}`)
  figures.push(...(await part()))
}
printFigures('The engine', figures)
