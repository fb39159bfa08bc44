import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Entry, openLedger } from '../../engine/ledger/ledger.ts'
import { openStreams, type Streams } from '../../engine/ledger/streams.ts'
import { tally } from '../../engine/orchestrator/cycle-draft.ts'
import { CycleLine, ExitEventLine, PortfolioDecisionLine, SignalBusLine, SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import { instancePaths } from '../../src/home.ts'
import { fill, machine, openLong, T0 } from '../helpers/engine-fixture.ts'
import { entryOf, streamContext } from '../helpers/ledger-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

const world = () => {
  const paths = instancePaths(tempFolder(), 'default')
  mkdirSync(paths.data, { recursive: true })
  const ledger = openLedger(paths.ledger, () => 'led')
  return { paths, ledger }
}

const linesOf = (path: string): unknown[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    : []

const roundTrip = () => {
  const engine = machine()
  openLong(engine)
  const quantity = engine.state().books[0]?.position?.quantity ?? 0
  const effect = engine.bar(3, { high: 110, close: 110 }).effects[0]
  if (effect?.kind !== 'submit') throw new Error('no exit')
  engine.report(fill(effect.order.clientOrderId, quantity, 11_000, 4))
  return engine.events
}

const all = (paths: ReturnType<typeof instancePaths>) => ({
  bus: linesOf(join(paths.streams, 'signal_bus.jsonl')),
  decisions: linesOf(join(paths.streams, 'signal_decisions.jsonl')),
  cycles: linesOf(join(paths.streams, 'cycles.jsonl')),
  trades: readdirSync(paths.trades).flatMap((day) => linesOf(join(paths.trades, day))),
})

test('every line fits its contract, and a trade has the 27 fields of the older record', () => {
  const { paths, ledger } = world()
  const streams = openStreams(paths, ledger, streamContext)
  const entry = entryOf(1, roundTrip())
  ledger.append(entry)
  streams.export(entry.cycle, entry.events)
  streams.close()
  const { bus, decisions, cycles, trades } = all(paths)
  expect(bus.map((line) => SignalBusLine.safeParse(line).success)).toEqual(bus.map(() => true))
  expect(decisions.map((line) => SignalDecisionLine.safeParse(line).success)).toEqual([true])
  expect(cycles.map((line) => CycleLine.safeParse(line).success)).toEqual([true])
  expect(trades.map((line) => TradeLine.parse(line).outcome)).toEqual(['open', 'win'])
  const { sequence: _s, execution_id: _e, parent_order_id: _p, ...older } = TradeLine.parse(trades[1])
  expect(Object.keys(older)).toHaveLength(27)
  expect(older).toMatchObject({
    action: 'SELL',
    price: '110.00',
    exit_reasoning: 'target',
    order_id: TradeLine.parse(trades[0]).order_id,
    execution_mode: 'PAPER_SIM',
  })
  ledger.close()
})

test('streams cut off at any byte are completed from the ledger, without hole or double', () => {
  const { paths, ledger } = world()
  const entry = entryOf(1, roundTrip())
  ledger.append(entry)
  openStreams(paths, ledger, streamContext).close()
  const whole = all(paths)
  const bus = join(paths.streams, 'signal_bus.jsonl')
  const length = readFileSync(bus).length
  for (let cut = 0; cut <= length; cut += 37) {
    truncateSync(bus, cut)
    openStreams(paths, ledger, streamContext).close()
    expect(all(paths)).toEqual(whole)
  }
  ledger.close()
})

test('a file that lost its lines gets its own back, and the others stay as they are', () => {
  const { paths, ledger } = world()
  const entry = entryOf(1, roundTrip())
  ledger.append(entry)
  openStreams(paths, ledger, streamContext).close()
  const whole = all(paths)
  const days = readdirSync(paths.trades).map((day) => join(paths.trades, day))
  const files = ['signal_bus.jsonl', 'signal_decisions.jsonl', 'cycles.jsonl'].map((name) => join(paths.streams, name))
  for (const file of [...files, ...days]) {
    truncateSync(file, 0)
    openStreams(paths, ledger, streamContext).close()
    expect(all(paths), file).toEqual(whole)
  }
  expect(whole.trades.length).toBeGreaterThan(0)
  expect(whole.decisions.length).toBeGreaterThan(0)
  ledger.close()
})

test('what a crash kept from the streams is written at the next start', () => {
  const { paths, ledger } = world()
  const events = roundTrip()
  const half = Math.floor(events.length / 2)
  const first = entryOf(1, events.slice(0, half))
  const second = entryOf(2, events.slice(half))
  const streams = openStreams(paths, ledger, streamContext)
  ledger.append(first)
  streams.export(first.cycle, first.events)
  ledger.append(second) // and then the process dies
  streams.close()
  openStreams(paths, ledger, streamContext).close()
  expect(all(paths).cycles).toHaveLength(2)
  expect(all(paths).trades).toHaveLength(2)
  ledger.close()
})

test.each([
  ['the folder of the streams', (paths: ReturnType<typeof instancePaths>) => paths.streams],
  ['one stream', (paths: ReturnType<typeof instancePaths>) => join(paths.streams, 'signal_bus.jsonl')],
  ['the folder of the trades', (paths: ReturnType<typeof instancePaths>) => paths.trades],
] as const)('%s, deleted or moved while they are written, is made anew from the ledger and loses nothing', (_, place) => {
  for (const lose of [(path: string) => rmSync(path, { recursive: true }), (path: string) => renameSync(path, `${path}.aside`)]) {
    const { paths, ledger } = world()
    const events = roundTrip()
    const half = Math.floor(events.length / 2)
    const heard: string[] = []
    const streams = openStreams(paths, ledger, streamContext, (path) => heard.push(path))
    const first = entryOf(1, events.slice(0, half))
    ledger.append(first)
    streams.export(first.cycle, first.events)
    lose(place(paths))
    const second = entryOf(2, events.slice(half))
    ledger.append(second)
    streams.export(second.cycle, second.events)
    streams.refresh()
    expect([streams.behind(), heard]).toEqual([null, [place(paths)]])
    streams.refresh()
    expect(heard).toHaveLength(1)
    const seen = all(paths)
    streams.close()
    expect(seen.bus.length > 0 && seen.trades.length > 0).toBe(true)
    rmSync(paths.streams, { recursive: true })
    openStreams(paths, ledger, streamContext).close()
    expect(seen).toEqual(all(paths))
    ledger.close()
  }
})

test('a long record that was deleted comes back a part at a time, and until then the streams say that they are behind', () => {
  const { paths, ledger } = world()
  const streams = openStreams(paths, ledger, streamContext)
  const export_ = (number: number): void => {
    const entry = entryOf(number, [])
    ledger.append(entry)
    streams.export(entry.cycle, entry.events)
  }
  for (let number = 1; number <= 1_500; number += 1) export_(number)
  rmSync(paths.streams, { recursive: true })
  streams.refresh()
  expect(streams.behind()).toMatch(/^\S+streams was deleted or moved: made anew from the ledger$/)
  export_(1_501)
  for (let looks = 0; looks < 5; looks += 1) streams.refresh()
  expect(streams.behind()).toBeNull()
  expect((all(paths).cycles as { number: number }[]).map(({ number }) => number)).toEqual(Array.from({ length: 1_501 }, (_, index) => index + 1))
  streams.close()
  ledger.close()
})

test('a folder that cannot be made anew is told once, and the streams stay behind until it can', () => {
  const { paths, ledger } = world()
  const heard: string[] = []
  const streams = openStreams(paths, ledger, streamContext, (path) => heard.push(path))
  rmSync(paths.streams, { recursive: true })
  writeFileSync(paths.streams, 'in the way')
  for (let looks = 0; looks < 3; looks += 1) streams.refresh()
  expect([heard.length, streams.behind()]).toEqual([1, expect.stringContaining('EEXIST')])
  rmSync(paths.streams)
  streams.refresh()
  expect([streams.behind(), existsSync(join(paths.streams, 'cycles.jsonl'))]).toEqual([null, true])
  streams.close()
  ledger.close()
})

describe('a last line that is not ours', () => {
  const FOREIGN = '{"hello":"world"}\n'

  test('keeps nobody from a start: it is named, nothing is written behind it, and without it all goes on', () => {
    const { paths, ledger } = world()
    const events = roundTrip()
    const half = Math.floor(events.length / 2)
    ledger.append(entryOf(1, events.slice(0, half)))
    openStreams(paths, ledger, streamContext).close()
    const path = join(paths.streams, 'signal_bus.jsonl')
    const ours = readFileSync(path, 'utf8')
    appendFileSync(path, FOREIGN)
    const streams = openStreams(paths, ledger, streamContext)
    expect(streams.behind()).toMatch(/signal_bus.jsonl: the last line has no sequence/)
    const second = entryOf(2, events.slice(half))
    ledger.append(second)
    streams.export(second.cycle, second.events)
    streams.refresh()
    expect([streams.behind(), readFileSync(path, 'utf8')]).toEqual([expect.stringContaining('no sequence'), ours + FOREIGN])
    writeFileSync(path, ours)
    streams.refresh()
    const seen = all(paths)
    expect([streams.behind(), seen.cycles.length, seen.trades.length]).toEqual([null, 2, 2])
    streams.close()
    rmSync(paths.streams, { recursive: true })
    openStreams(paths, ledger, streamContext).close()
    expect(seen).toEqual(all(paths))
    ledger.close()
  })

  test('in a file that was put in the place of another leaves no hole in any', () => {
    const { paths, ledger } = world()
    ledger.append(entryOf(1, roundTrip()))
    const streams = openStreams(paths, ledger, streamContext)
    const before = all(paths)
    expect(before.trades).toHaveLength(2)
    const decisions = join(paths.streams, 'signal_decisions.jsonl')
    rmSync(paths.trades, { recursive: true })
    rmSync(decisions)
    writeFileSync(decisions, FOREIGN)
    streams.refresh()
    streams.refresh()
    expect(readFileSync(decisions, 'utf8')).toBe(FOREIGN)
    truncateSync(decisions, 0)
    streams.refresh()
    expect([streams.behind(), all(paths)]).toEqual([null, before])
    streams.close()
    ledger.close()
  })
})

/** An entry whose cycle counts what is in it. */
const counted = (number: number, events: Parameters<typeof entryOf>[1]) => {
  const entry = entryOf(number, events)
  return { ...entry, cycle: { ...entry.cycle, events: events.length, ...tally(events) } }
}

const linesIn = (folder: string): unknown[] =>
  readdirSync(folder)
    .sort()
    .flatMap((day) => linesOf(join(folder, day)))

test('every fill of an exit and every move of a stop is a line of EXIT_EVENTS, cut off at any byte or not', () => {
  const { paths, ledger } = world()
  const events = roundTrip()
  const entry = counted(1, events)
  ledger.append(entry)
  openStreams(paths, ledger, streamContext).close()
  const whole = linesIn(paths.exitEvents)
  const expected = events.filter((event) => event.kind === 'stopEvent' || (event.kind === 'orderFilled' && event.order.purpose === 'exit'))
  expect(whole.map((line) => ExitEventLine.parse(line).sequence)).toEqual(expected.map(({ sequence }) => sequence))
  expect(whole.at(-1)).toMatchObject({
    event_type: 'EXIT_FILLED',
    price: '110.00',
    entry_ts_ny: '2026-01-04T19:02:00',
    exit_ts_ny: '2026-01-04T19:04:00',
    mode: 'simulate',
  })
  const [day = ''] = readdirSync(paths.exitEvents)
  const file = join(paths.exitEvents, day)
  for (let cut = 0; cut <= readFileSync(file).length; cut += 41) {
    truncateSync(file, cut)
    openStreams(paths, ledger, streamContext).close()
    expect(linesIn(paths.exitEvents)).toEqual(whole)
  }
  ledger.close()
})

test('cycles that decided something of the portfolio are recorded, the same ones by whoever writes them', () => {
  const { paths, ledger } = world()
  const events = roundTrip()
  const quiet = entryOf(1, events.slice(0, 2))
  const busy = counted(2, events.slice(2))
  const streams = openStreams(paths, ledger, streamContext)
  for (const entry of [quiet, busy]) {
    ledger.append(entry)
    streams.export(entry.cycle, entry.events)
  }
  streams.close()
  const whole = linesIn(paths.portfolioDecisions)
  expect(whole.map((line) => PortfolioDecisionLine.parse(line).cycle.number)).toEqual([2])
  expect(whole[0]).toMatchObject({
    intents: { intent_count: 2 },
    intents_meta: { entry_rejections: { candidates_seen: 1, accepted: 1, rejected: 0 } },
    actions: {
      submitted_orders: [
        { purpose: 'entry', side: 'buy' },
        { purpose: 'exit', side: 'sell' },
      ],
      skipped: [],
      errors: [],
    },
  })
  expect(linesOf(paths.portfolioDecision)).toEqual(whole)
  const [day = ''] = readdirSync(paths.portfolioDecisions)
  truncateSync(join(paths.portfolioDecisions, day), 100)
  openStreams(paths, ledger, streamContext).close()
  expect(linesIn(paths.portfolioDecisions)).toEqual(whole)
  ledger.close()
})

test('a long replay keeps the files of a few days open, and a day that it comes back to is gone on with', () => {
  const { paths, ledger } = world()
  const streams = openStreams(paths, ledger, streamContext)
  const open = (): number => readdirSync('/proc/self/fd').length
  const days = [...Array.from({ length: 100 }, (_, day) => day), 0]
  const before = open()
  for (const [index, day] of days.entries()) {
    const { cycle, ...entry } = entryOf(index + 1, [])
    const decided = { ...entry, cycle: { ...cycle, orders: 1, feedAt: T0 + day * 86_400_000 } }
    ledger.append(decided)
    streams.export(decided.cycle, [])
  }
  expect(open() - before).toBeLessThan(20)
  expect(streams.behind()).toBeNull()
  const [first = '', ...others] = readdirSync(paths.portfolioDecisions).sort()
  expect([linesOf(join(paths.portfolioDecisions, first)).length, others.length]).toEqual([2, 99])
  streams.close()
  ledger.close()
})

test('the newest portfolio decision has a file of its own, brought up to it when asked, at the end, and by whoever opens the streams again', () => {
  const { paths, ledger } = world()
  const events = roundTrip()
  const material = (number: number, from: number, to?: number): Entry => {
    const entry = counted(number, events.slice(from, to))
    return { ...entry, cycle: { ...entry.cycle, signals: 1 } }
  }
  const entries = [material(1, 0, 4), material(2, 4, 8), material(3, 8)]
  const newest = (): number | null =>
    existsSync(paths.portfolioDecision) ? (linesOf(paths.portfolioDecision)[0] as PortfolioDecisionLine).cycle.number : null
  const exportTo = (streams: Streams, entry: Entry | undefined): void => {
    if (entry === undefined) throw new Error('no entry')
    ledger.append(entry)
    streams.export(entry.cycle, entry.events)
  }
  const first = openStreams(paths, ledger, streamContext)
  exportTo(first, entries[0])
  expect(newest()).toBe(null)
  first.refresh()
  expect(newest()).toBe(1)
  exportTo(first, entries[1]) // and is killed here
  expect(newest()).toBe(1)
  const second = openStreams(paths, ledger, streamContext)
  expect(newest()).toBe(2)
  exportTo(second, entries[2])
  second.close()
  expect(newest()).toBe(3)
  ledger.close()
})

describe('lines carry the settings that they were decided by', () => {
  /** A round trip whose settings were read again right before its decision. */
  const reloaded = () => {
    const events = roundTrip()
    const decided = events.findIndex(({ kind }) => kind === 'signalDecided')
    const { sequence, at, barSequence } = events[decided] ?? { sequence: 0, at: 0, barSequence: 0 }
    const changed = { kind: 'rulesChanged' as const, sequence, at, barSequence, configHash: 'other', actor: 'ada', reason: 'a test', changes: [] }
    return [...events.slice(0, decided), changed, ...events.slice(decided).map((event) => ({ ...event, sequence: event.sequence + 1 }))]
  }
  const hashes = (paths: ReturnType<typeof instancePaths>) => ({
    decisions: (all(paths).decisions as { config_hash: string }[]).map(({ config_hash }) => config_hash),
    portfolio: (linesIn(paths.portfolioDecisions) as PortfolioDecisionLine[]).map(({ inputs }) => inputs.config_hash),
  })
  const others = { decisions: ['other'], portfolio: ['other'] }

  test('as they are written', () => {
    const { paths, ledger } = world()
    const streams = openStreams(paths, ledger, streamContext)
    const entry = counted(1, reloaded())
    ledger.append(entry)
    streams.export(entry.cycle, entry.events)
    streams.close()
    expect(hashes(paths)).toEqual(others)
    ledger.close()
  })

  test('where they are written late, by whoever has other settings now', () => {
    const { paths, ledger } = world()
    ledger.append(counted(1, reloaded()))
    openStreams(paths, ledger, { ...streamContext, configHash: 'newer' }).close()
    expect(hashes(paths)).toEqual(others)
    ledger.close()
  })

  test('where they came while the streams were behind', () => {
    const { paths, ledger } = world()
    const streams = openStreams(paths, ledger, streamContext)
    rmSync(paths.streams, { recursive: true })
    writeFileSync(paths.streams, 'in the way')
    streams.refresh()
    expect(streams.behind()).not.toBeNull()
    const events = reloaded()
    const decided = events.findIndex(({ kind }) => kind === 'signalDecided')
    const [before, after] = [counted(1, events.slice(0, decided)), counted(2, events.slice(decided))]
    ledger.append(before)
    streams.export(before.cycle, before.events)
    rmSync(paths.streams)
    streams.refresh()
    expect(streams.behind()).toBeNull()
    ledger.append(after)
    streams.export(after.cycle, after.events)
    streams.close()
    expect(hashes(paths).decisions).toEqual(['other'])
    ledger.close()
  })
})

test('what was seen of the market stands in the decision, and what candles do not have is null', () => {
  const { paths, ledger } = world()
  const entry = entryOf(1, roundTrip())
  ledger.append(entry)
  openStreams(paths, ledger, streamContext).close()
  expect(all(paths).decisions).toMatchObject([{ market_snapshot: { price: 100, spread: null, funding_rate: null, regime: 'unknown' } }])
  ledger.close()
})
