/** Figures of the ring: `npm run bench:ring`. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createShared, openShared, plainShared } from '../../engine/ring/shared.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { percentile, printFigures } from './table.ts'

const COUNT = 20_000_000
const BATCH = 64

/** A candle whose fields follow from its number, so that a torn one shows. */
const fillBar = (bar: { -readonly [Key in keyof Bar]: Bar[Key] }, sequence: number): void => {
  bar.sequence = sequence
  bar.instrument = sequence & 7
  bar.timeframeMs = 60_000
  bar.flags = sequence & 31
  bar.time = sequence * 3
  bar.eventTime = sequence * 5
  bar.ingestTime = sequence * 7
  bar.open = sequence * 11
  bar.high = sequence * 13
  bar.low = sequence * 17
  bar.close = sequence * 19
  bar.volume = sequence * 23
  bar.row = sequence ^ 0x5555
}

const isWhole = (bar: Bar, sequence: number): boolean =>
  bar.sequence === sequence &&
  bar.instrument === (sequence & 7) &&
  bar.flags === (sequence & 31) &&
  bar.time === sequence * 3 &&
  bar.eventTime === sequence * 5 &&
  bar.ingestTime === sequence * 7 &&
  bar.open === sequence * 11 &&
  bar.high === sequence * 13 &&
  bar.low === sequence * 17 &&
  bar.close === sequence * 19 &&
  bar.volume === sequence * 23 &&
  bar.row === (sequence ^ 0x5555)

const blank = () => ({
  sequence: 0,
  instrument: 0,
  timeframeMs: 0,
  flags: 0,
  time: 0,
  eventTime: 0,
  ingestTime: 0,
  open: 0,
  high: 0,
  low: 0,
  close: 0,
  volume: 0,
  row: 0,
})

const inOneProcess = (batch: number): number => {
  const { brainBars: ring } = plainShared()
  const bar = blank()
  fillBar(bar, 1)
  let sum = 0
  const onBar = (got: Bar): void => {
    sum += got.close
  }
  const rounds: number[] = []
  for (let round = 0; round < 41; round += 1) {
    const times = Math.floor(400_000 / batch)
    const started = process.hrtime.bigint()
    for (let time = 0; time < times; time += 1) {
      for (let each = 0; each < batch; each += 1) ring.push(bar)
      ring.publish()
      ring.drain(batch, onBar)
      ring.commit()
    }
    rounds.push(Number(process.hrtime.bigint() - started) / (times * batch))
  }
  if (!(sum > 0)) throw new Error('nothing was read')
  return percentile(rounds.slice(5), 0.5)
}

const child = (): void => {
  const shared = openShared({ memory: 4, feed: 5, brain: 6, orchestrator: 7 }, 'feed')
  const ring = shared.brainBars
  const bar = blank()
  const go = (): void => {
    for (let sequence = 1; sequence <= COUNT; sequence += 1) {
      fillBar(bar, sequence)
      while (!ring.push(bar)) ring.publish()
      if ((sequence & (BATCH - 1)) === 0) ring.publish()
    }
    ring.publish()
    process.disconnect()
    shared.close()
  }
  process.once('message', go)
  process.send?.('ready')
}

const betweenProcesses = async (): Promise<{ perSecond: number; bad: number; lost: number }> => {
  const { shared, descriptors, close } = createShared()
  const writer = spawn(process.execPath, [fileURLToPath(import.meta.url), 'child'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', descriptors.memory, descriptors.feed, descriptors.brain, descriptors.orchestrator],
  })
  await new Promise((resolve) => writer.once('message', resolve))
  const ring = shared.brainBars
  let expected = 1
  let bad = 0
  const onBar = (bar: Bar): void => {
    if (!isWhole(bar, expected)) bad += 1
    expected += 1
  }
  writer.send('go')
  await new Promise((resolve) => setImmediate(resolve))
  const started = process.hrtime.bigint()
  while (expected <= COUNT) if (ring.drain(256, onBar) > 0) ring.commit()
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  const lost = COUNT - (expected - 1)
  await new Promise((resolve) => (writer.exitCode === null ? writer.once('exit', resolve) : resolve(0)))
  close()
  return { perSecond: COUNT / seconds, bad, lost }
}

const tape = (): number => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-'))
  const writer = openTapeWriter(folder)
  const bar = blank()
  const rounds: number[] = []
  let sequence = 0
  for (let round = 0; round < 21; round += 1) {
    const started = process.hrtime.bigint()
    for (let batch = 0; batch < 200; batch += 1) {
      for (let each = 0; each < BATCH; each += 1) {
        fillBar(bar, ++sequence)
        writer.append(bar)
      }
      writer.flush()
    }
    rounds.push(Number(process.hrtime.bigint() - started) / (200 * BATCH))
  }
  writer.close()
  rmSync(folder, { recursive: true })
  return percentile(rounds.slice(3), 0.5)
}

if (process.argv[2] === 'child') child()
else {
  const single = inOneProcess(1)
  const batched = inOneProcess(BATCH)
  const across = await betweenProcesses()
  const appended = tape()
  printFigures('Ring and tape', [
    { what: 'push + publish + pop + commit, one candle', value: `${single.toFixed(1)} ns median`, aim: '≤ 100 ns', met: single <= 100 },
    { what: 'the same in batches of 64, per candle', value: `${batched.toFixed(1)} ns median`, aim: '≤ 50 ns', met: batched <= 50 },
    {
      what: 'between processes, every field checked',
      value: `${(across.perSecond / 1e6).toFixed(1)} M candles/s`,
      aim: '≥ 10 M/s',
      met: across.perSecond >= 10e6,
    },
    { what: 'torn or lost in 20 M', value: `${across.bad} torn, ${across.lost} lost`, aim: '0', met: across.bad + across.lost === 0 },
    { what: 'tape append + flush in batches of 64, per bar', value: `${appended.toFixed(0)} ns median`, aim: '≤ 1000 ns', met: appended <= 1_000 },
  ])
}
