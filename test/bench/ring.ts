/** Figures of the ring and the tape: `node test/bench/ring.ts` under Node 24. Everything is measured on the shared memory that the engine uses. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createShared, openShared, type SharedDescriptors } from '../../engine/ring/shared.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { isWhole } from '../ring/bars.ts'
import { INHERITED } from '../ring/children/descriptors.ts'
import { ticksOf } from '../ring/processor-time.ts'
import { percentile, printFigures } from './table.ts'

const COUNT = 20_000_000
const BATCH = 64
const WAKE_UPS = 5_000
const IDLE_MS = 3_000
const TAPE_RECORDS = 500_000

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] }

/** One bar for all, as the feed has it; every field follows from the sequence, so that a torn one shows (`isWhole`). */
const bar: Writable<Bar> = {
  sequence: 0,
  instrument: 0,
  timeframeMs: 0,
  flags: 0,
  eventTime: 0.5,
  ingestTime: 0.5,
  time: 0.5,
  open: 0.5,
  high: 0.5,
  low: 0.5,
  close: 0.5,
  volume: 0.5,
  row: 0,
}
const fill = (sequence: number): void => {
  bar.sequence = sequence
  bar.instrument = sequence % 7
  bar.timeframeMs = 60_000 + (sequence % 5)
  bar.flags = sequence & 31
  bar.eventTime = sequence * 5 + 0.25
  bar.ingestTime = sequence * 7 + 0.5
  bar.time = sequence * 3
  bar.open = sequence * 11 + 0.125
  bar.high = sequence * 13
  bar.low = sequence / 17
  bar.close = sequence * 19
  bar.volume = sequence / 23
  bar.row = sequence + 1_000
}

/** Nanoseconds of one candle through the ring, both sides in one process. */
const throughRing = (batch: number): number => {
  const { shared, close } = createShared()
  const { brainBars: ring } = shared
  fill(1)
  let sum = 0
  const onBar = (got: Bar): void => {
    sum += got.close
  }
  const pass = (times: number): void => {
    for (let time = 0; time < times; time += 1) {
      for (let each = 0; each < batch; each += 1) ring.push(bar)
      ring.publish()
      ring.drain(batch, onBar)
      ring.commit()
    }
  }
  const rounds: number[] = []
  for (let round = 0; round < 41; round += 1) {
    const times = Math.floor(400_000 / batch)
    const started = process.hrtime.bigint()
    pass(times)
    rounds.push(Number(process.hrtime.bigint() - started) / (times * batch))
  }
  close()
  if (!(sum > 0)) throw new Error('nothing was read')
  return percentile(rounds.slice(5), 0.5)
}

const children: Record<string, () => void> = {
  /** As the feed at full speed. */
  write: () => {
    const { brainBars: ring, close } = openShared(INHERITED, 'feed')
    process.once('message', () => {
      for (let sequence = 1; sequence <= COUNT; sequence += 1) {
        fill(sequence)
        while (!ring.push(bar)) ring.publish()
        if ((sequence & (BATCH - 1)) === 0) ring.publish()
      }
      ring.publish()
      process.disconnect()
      close()
    })
    process.send?.('ready')
  },
  /** As the brain: answers every bar with the moment at which it came. */
  answer: () => {
    const { brainBars, orchestratorBars, doorbells, close } = openShared(INHERITED, 'brain')
    let ended = false
    process.once('disconnect', () => {
      ended = true
      doorbells.brain.wake()
    })
    const run = async (): Promise<void> => {
      for (;;) {
        await doorbells.brain.sleep(() => ended || brainBars.pending() > 0)
        if (ended) break
        brainBars.drain(1, (got) => orchestratorBars.push({ ...got, ingestTime: Number(process.hrtime.bigint()) - got.eventTime }))
        brainBars.commit()
        orchestratorBars.publish()
        doorbells.feed.ring()
      }
      close()
    }
    process.send?.('ready')
    void run()
  },
}

const start = async (name: string, { memory, feed, brain, orchestrator }: SharedDescriptors): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), name], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', memory, feed, brain, orchestrator],
  })
  await new Promise((resolve) => child.once('message', resolve))
  return child
}
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => (child.exitCode === null ? child.once('exit', () => resolve()) : resolve()))

const betweenProcesses = async (): Promise<{ readonly perSecond: number; readonly torn: number; readonly lost: number }> => {
  const { shared, descriptors, close } = createShared()
  const { brainBars: ring } = shared
  const writer = await start('write', descriptors)
  let seen = 0
  let torn = 0
  let lost = 0
  const onBar = (got: Bar): void => {
    if (!isWhole(got)) torn += 1
    if (got.sequence !== seen + 1) lost += 1
    seen = got.sequence
  }
  writer.send('go')
  while (ring.pending() === 0) await new Promise((resolve) => setImmediate(resolve))
  const started = process.hrtime.bigint()
  while (seen < COUNT) if (ring.drain(256, onBar) > 0) ring.commit()
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  await ended(writer)
  close()
  return { perSecond: COUNT / seconds, torn, lost }
}

/** Microseconds from the push to the sleeper that has the bar, and what the sleeper costs while nothing comes (a share of one core). */
const wakeUps = async (): Promise<{ readonly p50: number; readonly p99: number; readonly idle: number }> => {
  const { descriptors } = createShared()
  const { brainBars, orchestratorBars, doorbells, close } = openShared(descriptors, 'feed')
  const sleeper = await start('answer', descriptors)
  const latencies: number[] = []
  for (let round = 1; round <= WAKE_UPS; round += 1) {
    fill(round)
    bar.eventTime = Number(process.hrtime.bigint())
    brainBars.push(bar)
    brainBars.publish()
    doorbells.brain.ring()
    while (orchestratorBars.pending() === 0) await doorbells.feed.sleep(() => orchestratorBars.pending() > 0)
    orchestratorBars.drain(1, (got) => void latencies.push(got.ingestTime / 1_000))
    orchestratorBars.commit()
  }
  const before = ticksOf(sleeper.pid ?? 0)
  await doorbells.feed.sleep(() => false, IDLE_MS)
  const idle = ((ticksOf(sleeper.pid ?? 0) - before) * 10) / IDLE_MS
  sleeper.disconnect()
  await ended(sleeper)
  close()
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), idle }
}

const onTape = (): { readonly appendNs: number; readonly openMs: number } => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-'))
  try {
    const writer = openTapeWriter(folder)
    const rounds: number[] = []
    let sequence = 0
    while (sequence < TAPE_RECORDS) {
      const started = process.hrtime.bigint()
      const first = sequence
      for (let batch = 0; batch < 200 && sequence < TAPE_RECORDS; batch += 1) {
        for (let each = 0; each < BATCH && sequence < TAPE_RECORDS; each += 1) {
          sequence += 1
          fill(sequence)
          writer.append(bar)
        }
        writer.flush()
      }
      rounds.push(Number(process.hrtime.bigint() - started) / (sequence - first))
    }
    writer.close()
    const opens: number[] = []
    for (let round = 0; round < 7; round += 1) {
      const started = performance.now()
      const again = openTapeWriter(folder)
      opens.push(performance.now() - started)
      if (again.end().bars !== TAPE_RECORDS) throw new Error('bars are missing on the tape')
      again.close()
    }
    return { appendNs: percentile(rounds.slice(3), 0.5), openMs: percentile(opens, 0.5) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const measure = async (): Promise<void> => {
  const single = throughRing(1)
  const batched = throughRing(BATCH)
  const passes = [await betweenProcesses(), await betweenProcesses(), await betweenProcesses()]
  const perSecond = percentile(
    passes.map((pass) => pass.perSecond),
    0.5,
  )
  const torn = passes.reduce((sum, pass) => sum + pass.torn, 0)
  const lost = passes.reduce((sum, pass) => sum + pass.lost, 0)
  const wake = await wakeUps()
  const tape = onTape()
  printFigures('Ring and tape', [
    { what: 'push + publish + pop + commit, one candle', value: `${single.toFixed(1)} ns median`, aim: '≤ 100 ns', met: single <= 100 },
    { what: 'the same in batches of 64, per candle', value: `${batched.toFixed(1)} ns median`, aim: '≤ 50 ns', met: batched <= 50 },
    {
      what: 'between processes, every field checked, of 3 passes',
      value: `${(perSecond / 1e6).toFixed(1)} M candles/s median`,
      aim: '≥ 10 M/s',
      met: perSecond >= 10e6,
    },
    { what: 'torn or lost in 3 × 20 M', value: `${torn} torn, ${lost} lost`, aim: '0', met: torn + lost === 0 },
    {
      what: 'push until a sleeping process has it, p50 / p99',
      value: `${wake.p50.toFixed(0)} / ${wake.p99.toFixed(0)} µs`,
      aim: '≤ 200 / 5,000 µs',
      met: wake.p50 <= 200 && wake.p99 <= 5_000,
    },
    { what: 'processor time of the sleeper, of one core', value: `${(wake.idle * 100).toFixed(2)} %`, aim: '≤ 0.35 %', met: wake.idle <= 0.0035 },
    {
      what: 'tape append + flush in batches of 64, per bar',
      value: `${tape.appendNs.toFixed(0)} ns median`,
      aim: '≤ 1,000 ns',
      met: tape.appendNs <= 1_000,
    },
    { what: 'opening a tape of 500,000 records', value: `${tape.openMs.toFixed(0)} ms median`, aim: '≤ 100 ms', met: tape.openMs <= 100 },
  ])
}

const child = children[process.argv[2] ?? '']
if (child === undefined) await measure()
else child()
