import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openLedger } from '../../engine/ledger/ledger.ts'
import { verifyCore } from '../../engine/replay/verify.ts'
import { verifySignals } from '../../engine/replay/verify-signals.ts'
import { assert } from '../../src/assert.ts'
import { seeded } from '../../src/random.ts'
import { arrayTape } from '../brain/fakes.ts'
import { instruments } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'
import { executions, killer, live, market, trades, type World, wishes, world } from './world.ts'

const NEVER = Number.POSITIVE_INFINITY

const verified = (place: World) => {
  const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
  try {
    const core = verifyCore(ledger, arrayTape(place.bars), instruments)
    const signals = verifySignals(core.brainRuns, arrayTape(place.bars), instruments, '/nowhere')
    return { core: core.difference, signals: signals.difference, unverifiable: signals.unverifiable }
  } finally {
    ledger.close()
  }
}

const sequences = (place: World, name: string, field: string): number[] =>
  readFileSync(join(place.paths.streams, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line)[field])

/** What later decisions hang on, without ids (made from ledger sequences) and what only tells of restarts. */
const decidesBy = (place: World) => {
  const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
  try {
    const state = ledger.latestCheckpoint()?.state
    assert(state, 'a drained life leaves a checkpoint')
    const { duplicates: _, ...counts } = state.counts
    const { cash, realised, fees, books, risk, signalCounts, sources, decays, tallies } = state
    const plain = books.map(({ position, shadows: __, ...book }) => ({ ...book, position: position && { ...position, entryOrderId: '' } }))
    return { counts, cash, realised, fees, books: plain, risk, signalCounts, sources, decays, tallies }
  } finally {
    ledger.close()
  }
}

const bars = market(7, 400)
const records = wishes(bars)

const undisturbed = async () => {
  const place = world(tempFolder(), bars, records)
  const steps = killer(NEVER)
  await live(place, steps)
  return { place, steps: steps.steps(), trades: trades(place), decidesBy: decidesBy(place) }
}

describe('a replay that is killed and started again', () => {
  test('trades at all, ends verified, and its ledger equals the record of the venue', async () => {
    const { place, trades: made } = await undisturbed()
    expect(made.length).toBeGreaterThan(20)
    expect(verified(place)).toEqual({ core: null, signals: null, unverifiable: [] })
    const { venue, ledger, orders, intents } = executions(place)
    expect(ledger).toEqual(venue)
    expect(orders).toBe(intents)
  })

  test('makes the same trades whichever step it was killed at', { timeout: 120_000 }, async () => {
    const { steps, trades: expected } = await undisturbed()
    const random = seeded(1)
    // Every early step, then a sample: all of them are a nightly command.
    const every = Number(process.env.AEGIS_KILL_EVERY ?? 0)
    const chosen =
      every > 0
        ? Array.from({ length: Math.floor(steps / every) }, (_, index) => index * every + 1)
        : [...Array(40).keys()].map((index) => (index < 15 ? index + 1 : 1 + Math.floor(random.next() * steps)))
    for (const at of chosen) {
      const place = world(tempFolder(), bars, records)
      const first = await live(place, killer(at))
      expect(first.killed).toBe(true)
      await live(place, killer(NEVER))
      const { venue, ledger, orders } = executions(place)
      expect.soft(trades(place), `killed at ${at}`).toEqual(expected)
      expect.soft(ledger, `killed at ${at}`).toEqual(venue)
      expect.soft(new Set(ledger.map((each) => each.executionId)).size, `killed at ${at}`).toBe(ledger.length)
      expect.soft(orders, `killed at ${at}`).toBe(new Set(venue.map((each) => each.clientOrderId)).size)
      expect.soft(verified(place), `killed at ${at}`).toEqual({ core: null, signals: null, unverifiable: [] })
    }
  })

  test('survives many kills in a row, decides by the same state after them, and its streams have neither hole nor double', {
    timeout: 60_000,
  }, async () => {
    const { trades: expected, decidesBy: state } = await undisturbed()
    const place = world(tempFolder(), bars, records)
    const random = seeded(3)
    let lives = 0
    for (let killed = true; killed && lives < 1_000; lives += 1)
      killed = (await live(place, killer(lives < 40 ? 5 + Math.floor(random.next() * 60) : NEVER))).killed
    expect(lives).toBeGreaterThan(20)
    expect(trades(place)).toEqual(expected)
    expect(decidesBy(place)).toEqual(state)
    const bus = sequences(place, 'signal_bus.jsonl', 'sequence')
    expect(bus).toEqual([...new Set(bus)].sort((a, b) => a - b))
    const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
    const facts = ledger.events(0, 1_000_000).filter((event) => event.kind === 'signalReceived' || event.kind === 'signalStateChanged')
    expect(bus).toEqual(facts.map((event) => event.sequence))
    expect(sequences(place, 'cycles.jsonl', 'number')).toEqual(ledger.cycles(0, 1_000_000).map((row) => row.cycle.number))
    ledger.close()
    expect(verified(place)).toEqual({ core: null, signals: null, unverifiable: [] })
  })

  test('whose supervisor died finishes its cycle and nothing more, and the next life makes the trades it would have made', async () => {
    const { trades: expected } = await undisturbed()
    for (const bar of [20, 77, 133, 240, 301]) {
      const place = world(tempFolder(), bars, records)
      await live(place, killer(NEVER), 'running', bar)
      expect(trades(place).length).toBeLessThan(expected.length)
      await live(place, killer(NEVER))
      expect.soft(trades(place), `orphaned at bar ${bar}`).toEqual(expected)
      expect.soft(verified(place), `orphaned at bar ${bar}`).toEqual({ core: null, signals: null, unverifiable: [] })
    }
  })

  test('whose supervisor died before it began leaves what it was killed with to the life after it', { timeout: 60_000 }, async () => {
    const { trades: expected } = await undisturbed()
    for (let at = 100; at <= 140; at += 1) {
      const place = world(tempFolder(), bars, records)
      expect((await live(place, killer(at))).killed).toBe(true)
      await live(place, killer(NEVER), 'running', 0)
      await live(place, killer(NEVER))
      expect.soft(trades(place), `killed at ${at}`).toEqual(expected)
      expect.soft(verified(place), `killed at ${at}`).toEqual({ core: null, signals: null, unverifiable: [] })
    }
  })

  test('that was halted is still halted, and still lets nothing in', async () => {
    const place = world(tempFolder(), bars, records)
    await live(place, killer(120))
    const { sent } = await live(place, killer(NEVER), 'halted')
    const views = sent.flatMap((message) => (message.kind === 'view' && message.changes.engine !== undefined ? [message.changes.engine.state] : []))
    expect(views).toContain('halted')
    expect(views).not.toContain('running')
  })
})
