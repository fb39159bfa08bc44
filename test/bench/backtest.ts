/**
 * What a backtest costs per bar, and how long an orchestrator needs to begin over a ledger of a million facts.
 * `AEGIS_SHARED=… node test/bench/backtest.ts`: the bars are a year of real minutes, which stay where they are.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryLedger } from '../../engine/backtest/memory-ledger.ts'
import { readBars } from '../../engine/backtest/read-bars.ts'
import { type BacktestPorts, runBacktest } from '../../engine/backtest/run.ts'
import { memoryVenue } from '../../engine/backtest/venue.ts'
import { BUILT_IN } from '../../engine/brain/built-in/index.ts'
import { loadStrategies } from '../../engine/brain/load.ts'
import { createBrain } from '../../engine/brain/machine.ts'
import { openPaperVenue } from '../../engine/brokers/paper.ts'
import { moneyFrom, scaleOf } from '../../engine/core/money.ts'
import { rulesFrom } from '../../engine/core/rules.ts'
import { emptyState } from '../../engine/core/state.ts'
import { step } from '../../engine/core/step.ts'
import { openLedger } from '../../engine/ledger/ledger.ts'
import { openStreams } from '../../engine/ledger/streams.ts'
import { recover } from '../../engine/orchestrator/recover.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { systemClock } from '../../src/clock.ts'
import { Config, StrategySetting } from '../../src/contracts/config.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import { instancePaths } from '../../src/home.ts'
import { looseSettings } from '../helpers/engine-fixture.ts'
import { buildLedger, EVENTS, streamContextOf } from './long-ledger.ts'
import { type Figure, percentile, printFigures } from './table.ts'

const ROUNDS = 9
/** The first rounds run in code that is not compiled yet. */
const WARM_UP_ROUNDS = 2
const STARTS = 5
const FILE = 'bitfinex_BTCUSD_1m_2017.csv.gz'

const data = process.env.AEGIS_SHARED
if (data === undefined) throw new Error('AEGIS_SHARED names no folder with market data')
const config = Config.parse({})
/** Losses are judged, and stop nothing: else there would be no trades after the first bad week, and less to measure. */
const careless = Config.parse(looseSettings)
const instruments: Instrument[] = [{ id: 0, symbol: 'BTCUSD', tick: '0.01', lot: '0.00000001', minNotional: '5', calendar: '24x7', sector: null }]
const { bars, rejects } = await readBars({
  file: { kind: 'replay', file: join(data, 'data', 'crypto', FILE), speed: 'max' },
  instruments,
  clock: systemClock,
})
const scales = instruments.map(scaleOf)
const rules = rulesFrom(careless, instruments, scales)

/** Every strategy that comes with the engine, with its own settings. */
const { strategies, failures } = loadStrategies({
  settings: [...BUILT_IN.keys()].map((id) => StrategySetting.parse({ id })),
  folder: '/nowhere',
  configFile: 'bench',
  symbols: ['BTCUSD'],
})
if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join('\n'))

const ports: BacktestPorts = {
  rules,
  instruments,
  strategies,
  paper: config.paper,
  cash: moneyFrom(config.paper.startingCash),
  mode: 'simulate',
  ledgerId: 'bench',
}

/** Nanoseconds per bar: the median of some rounds. */
const median = (round: () => void): number => {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now()
    round()
    return ((performance.now() - started) / bars.length) * 1e6
  })
  return percentile(rounds.slice(WARM_UP_ROUNDS), 0.5)
}

const last = { events: 0, fills: 0, signals: 0 }
const whole = median(() => {
  const ledger = memoryLedger()
  const { events, state } = runBacktest(ports, bars, ledger.take)
  if (ledger.end() !== events) throw new Error(`${ledger.end()} of ${events} facts came to the ledger`)
  Object.assign(last, { events, fills: state.counts.fills, signals: state.counts.signals })
})
const brainAlone = median(() => {
  const brain = createBrain({ instruments, strategies, feedTimeframeMs: null })
  let records = 0
  const count = (): void => {
    records += 1
  }
  for (const bar of bars) brain.onBar(bar, count, true)
  if (records !== last.signals) throw new Error(`${records} records, and ${last.signals} signals in the backtest`)
})
const coreAlone = median(() => {
  let state = emptyState({ ledgerId: 'bench', mode: 'simulate', cash: ports.cash, symbols: ['BTCUSD'] })
  const { scales: _, ...own } = rules
  state = step(rules, state, { kind: 'started', now: 0, mode: 'simulate', rules: own, configHash: '' }).state
  state = step(rules, state, { kind: 'brainStarted', now: 0, warmFrom: 1, liveFrom: 1, strategies: [] }).state
  for (const bar of bars) state = step(rules, state, { kind: 'bar', bar }).state
  if (state.barSequence !== bars.length) throw new Error(`the core is at bar ${state.barSequence}`)
})
const venueAlone = median(() => {
  const venue = memoryVenue(rules.scales, config.paper)
  for (const bar of bars) venue.see(bar)
})

const figures: Figure[] = []
const told = (what: string, value: string): void => void figures.push({ what, value, aim: '', met: true })
const nanoseconds = (value: number): string => `${value.toFixed(0)} ns/bar`
const barsPerSecond = 1e9 / whole
figures.push({
  what: `replay of ${bars.length.toLocaleString('en')} minutes, all of it`,
  value: `${Math.round(barsPerSecond / 1_000).toLocaleString('en')},000 bars/s`,
  aim: '≥ 2,000,000 bars/s',
  met: barsPerSecond >= 2_000_000,
})
told(`  ${last.signals} signals, ${last.fills} fills, ${last.events} facts, ${rejects} rows refused`, nanoseconds(whole))
told('  brain alone', nanoseconds(brainAlone))
told('  core alone, bars only', nanoseconds(coreAlone))
told('  venue alone, nothing working', nanoseconds(venueAlone))
told('  the rest: signals, orders, fills, loop', nanoseconds(whole - brainAlone - coreAlone - venueAlone))

const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-'))
try {
  const paths = instancePaths(folder, 'default')
  for (const each of [paths.data, paths.state]) mkdirSync(each, { recursive: true })
  // Under the default settings losses stop it early, and the last trade is far behind its end: the longest way for the streams.
  const built = buildLedger(paths, { ...ports, rules: rulesFrom(config, instruments, scales) }, bars)
  const empty = emptyState({ ledgerId: 'bench', mode: 'simulate', cash: ports.cash, symbols: ['BTCUSD'] })
  const parts: Record<'ledger' | 'recover' | 'streams' | 'venue' | 'all', number[]> = { ledger: [], recover: [], streams: [], venue: [], all: [] }
  for (let round = 0; round < STARTS; round += 1) {
    const times = [performance.now()]
    const ledger = openLedger(paths.ledger, () => '')
    const tape = openTapeReader(paths.tape)
    times.push(performance.now())
    const state = recover(rules, ledger, tape, empty)
    times.push(performance.now())
    const streams = openStreams(paths, ledger, streamContextOf(rules))
    times.push(performance.now())
    const venue = openPaperVenue(paths.paperVenue, rules.scales, config.paper)
    times.push(performance.now())
    for (const [index, part] of (['ledger', 'recover', 'streams', 'venue'] as const).entries())
      parts[part].push((times[index + 1] as number) - (times[index] as number))
    parts.all.push((times[4] as number) - (times[0] as number))
    if (state.sequence !== built.sequence || state.barSequence !== built.barSequence)
      throw new Error(`recovered fact ${state.sequence} at bar ${state.barSequence}, built ${built.sequence} at ${built.barSequence}`)
    if (streams.behind() !== null) throw new Error(`the streams are behind: ${streams.behind()}`)
    streams.close()
    venue.close()
    tape.close()
    ledger.close()
  }
  const milliseconds = (values: readonly number[]): string => `${percentile(values, 0.5).toFixed(0)} ms`
  const all = percentile(parts.all, 0.5)
  figures.push({
    what: `start over a ledger of ${EVENTS.toLocaleString('en')} facts`,
    value: milliseconds(parts.all),
    aim: '≤ 1,000 ms',
    met: all <= 1_000,
  })
  told(`  opening it (${Math.round(built.bytes / 2 ** 20)} MiB, checkpoint ${built.tail} facts before its end)`, milliseconds(parts.ledger))
  told('  checkpoint and facts after it', milliseconds(parts.recover))
  told('  streams', milliseconds(parts.streams))
  told("  the venue's record", milliseconds(parts.venue))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
printFigures('Backtest', figures)
