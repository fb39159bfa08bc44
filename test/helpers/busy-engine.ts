/**
 * A fake engine in a process of its own, under a load that stays the same: twelve symbols, one cycle in ten seconds, changes four times a
 * second and 200 log lines a second. Its parent tells it what to do; it answers when that is done.
 * Arguments: the socket's path, the folder of the logs.
 */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { seeded } from '../../src/random.ts'
import { engineStandIn, type Fault } from './engine-stand-in.ts'
import { cycleFixture, snapshotFixture } from './snapshot-fixture.ts'

/** What the parent may ask for. */
export type Order =
  | { readonly kind: 'load'; readonly changesPerSecond: number; readonly logLinesPerSecond: number }
  | { readonly kind: 'change'; readonly changes: SnapshotDelta }
  | { readonly kind: 'suffer'; readonly fault: Fault }
  | { readonly kind: 'die' }

/** `at` is the time in milliseconds since the epoch, with fractions, at which it was done. */
export type Done = { readonly at: number; readonly commands: number }

const SYMBOLS = ['ADA', 'AVAX', 'BNB', 'BTC', 'DOGE', 'DOT', 'ETH', 'LINK', 'LTC', 'SOL', 'TRX', 'XRP'] as const
const CYCLE_MS = 10_000
const CYCLES_KEPT = 20
/** Its feed goes by its data, a minute behind: by the wall clock an engine makes a cycle each second. */
const DATA_BEHIND_MS = 60_000
const LOG_BATCH_MS = 50
const LOGS = ['feed', 'brain', 'orchestrator', 'supervisor'] as const

const [path = '', folder = ''] = process.argv.slice(2)
const random = seeded(1)
const prices = SYMBOLS.map((_, index) => 100 * (index + 1))
let bars = 3_000
let lines = 0
let cycle = 999

const instruments = (now: number) =>
  SYMBOLS.map((symbol, index) => ({
    symbol: `${symbol}USD`,
    timeframe: '1s' as const,
    bars: Math.floor(bars / SYMBOLS.length),
    lastPrice: (prices[index] ?? 0).toFixed(2),
    lastAt: now,
    ageMs: 0,
    stale: false,
  }))

const base = snapshotFixture()
const now = Date.now()
const initial = snapshotFixture({
  engine: { ...base.engine, startedAt: now - 90_000 },
  processes: base.processes.map((each) => ({ ...each, startedAt: now - 90_000, lastProgressAt: now })),
  feed: { ...base.feed, clock: now - DATA_BEHIND_MS, instruments: instruments(now) },
  cycle: cycleFixture(cycle, { at: now, feedAt: now }),
  cycles: Array.from({ length: CYCLES_KEPT }, (_, index) =>
    cycleFixture(cycle - index, { at: now - index * CYCLE_MS, feedAt: now - index * CYCLE_MS }),
  ),
  asOf: now,
})
let cycles = initial.cycles

const engine = await engineStandIn(path, initial, () => ({ outcome: 'accepted', auditSequence: 4_711, message: 'done' }))

const change = (): void => {
  const at = Date.now()
  bars += SYMBOLS.length
  for (const [index, price] of prices.entries()) prices[index] = Math.max(1, price * (1 + 0.0005 * random.normal()))
  engine.change({
    feed: { ...initial.feed, clock: at - DATA_BEHIND_MS, rows: bars + 5, bars, consumed: bars, decided: bars, instruments: instruments(at) },
    asOf: at,
  })
}

const nextCycle = (): void => {
  cycle += 1
  const made = cycleFixture(cycle, { at: Date.now(), feedAt: Date.now() })
  cycles = [made, ...cycles].slice(0, CYCLES_KEPT)
  engine.change({ cycle: made, cycles })
}

mkdirSync(folder, { recursive: true })
const writeLogs = (count: number): void => {
  const batches = new Map<string, string>()
  for (let index = 0; index < count; index += 1) {
    lines += 1
    const name = LOGS[lines % LOGS.length] ?? 'feed'
    const line = JSON.stringify({
      level: lines % 97 === 0 ? 40 : 30,
      time: Date.now(),
      pid: process.pid,
      msg: `line ${lines}: bar of ${SYMBOLS[lines % SYMBOLS.length]}USD taken in`,
      cycle,
      lagMs: lines % 13,
    })
    batches.set(name, `${batches.get(name) ?? ''}${line}\n`)
  }
  for (const [name, text] of batches) appendFileSync(join(folder, `${name}.jsonl`), text)
}

let timers: NodeJS.Timeout[] = []
const load = (changesPerSecond: number, logLinesPerSecond: number): void => {
  for (const timer of timers) clearInterval(timer)
  timers = []
  if (changesPerSecond > 0) timers.push(setInterval(change, 1_000 / changesPerSecond), setInterval(nextCycle, CYCLE_MS))
  if (logLinesPerSecond > 0) {
    const from = performance.now()
    let written = 0
    timers.push(
      setInterval(() => {
        const due = Math.floor(((performance.now() - from) * logLinesPerSecond) / 1_000)
        if (due > written) writeLogs(due - written)
        written = due
      }, LOG_BATCH_MS),
    )
  }
}

const done = (): void => {
  process.send?.({ at: performance.timeOrigin + performance.now(), commands: engine.commands.length } satisfies Done)
}

process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'load':
      load(order.changesPerSecond, order.logLinesPerSecond)
      break
    case 'change':
      engine.change(order.changes)
      break
    case 'suffer':
      engine.suffer(order.fault)
      break
    case 'die':
      load(0, 0)
      void engine.close().then(done)
      return
  }
  done()
})
process.on('disconnect', () => process.exit(0))
done()
