import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openLedger } from '../../engine/ledger/ledger.ts'
import { verifyCore } from '../../engine/replay/verify.ts'
import type { FromChild, ToChild } from '../../engine/supervisor/messages.ts'
import { Config } from '../../src/contracts/config.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import { ConsumedEntriesFile, EquityLine, RiskMetricsFile, SymbolExecutionFile } from '../../src/contracts/stream.ts'
import { arrayTape } from '../brain/fakes.ts'
import { instruments } from '../helpers/engine-fixture.ts'
import { testActor } from '../helpers/scripted.ts'
import { tempFolder } from '../helpers/temp.ts'
import { killer, live, market, type World, wishes, world } from './world.ts'

const bars = market(7, 400)
const records = wishes(bars)
const NEVER = Number.POSITIVE_INFINITY

const eventsOf = (place: World): EngineEvent[] => {
  const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
  try {
    return ledger.events(0, 1_000_000)
  } finally {
    ledger.close()
  }
}

const difference = (place: World) => {
  const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
  try {
    return verifyCore(ledger, arrayTape(bars), instruments).difference
  } finally {
    ledger.close()
  }
}

const at = (wanted: number, messages: readonly ToChild[]) => {
  let told = false
  return (bar: number, tell: (message: ToChild) => void): void => {
    if (told || bar < wanted) return
    told = true
    for (const message of messages) tell(message)
  }
}

const command = (asked: Extract<ToChild, { kind: 'command' }>['command'], id: string): ToChild => ({
  kind: 'command',
  id,
  actor: testActor,
  reason: 'a test',
  command: asked,
})

const results = (sent: readonly FromChild[]) => sent.filter((message) => message.kind === 'commandResult')

describe('settings that are read again', () => {
  const reload: ToChild = {
    kind: 'reload',
    id: 'reload-0001',
    actor: testActor,
    reason: 'a test',
    config: Config.parse({ guards: { universe: { deny: ['BTCUSD'] } }, risk: { positionsMax: 1 } }),
    configHash: 'other',
    changes: [{ path: 'risk.positionsMax', from: 5, to: 1 }],
  }

  test('are decided by from that moment on, are answered, and the ledger verifies', async () => {
    const place = world(tempFolder(), bars, records)
    const { sent } = await live(place, killer(NEVER), 'running', NEVER, at(150, [reload]))
    expect(results(sent)).toMatchObject([{ id: 'reload-0001', result: 'accepted', message: 'changed risk.positionsMax' }])
    const events = eventsOf(place)
    const changed = events.findIndex(({ kind }) => kind === 'rulesChanged')
    expect(events[changed]).toMatchObject({ configHash: 'other', actor: testActor.name, reason: 'a test', changes: [{ from: 5, to: 1 }] })
    const limits = (part: readonly EngineEvent[]) =>
      new Set(
        part
          .flatMap((event) => (event.kind === 'signalDecided' ? event.guards.filter(({ guard }) => guard === 'positionCount') : []))
          .map(({ limit }) => limit),
      )
    expect([...limits(events.slice(0, changed))]).toEqual([5])
    expect([...limits(events.slice(changed))]).toEqual([1])
    expect(difference(place)).toBeNull()
  })

  test('bring the reference lists with them', async () => {
    const place = world(tempFolder(), bars, records)
    const says = at(150, [reload])
    await live(place, killer(NEVER), 'running', NEVER, (bar, tell) => {
      if (bar === 149) writeFileSync(place.paths.earnings, JSON.stringify({ BTCUSD: ['2026-02-01'] }))
      says(bar, tell)
    })
    expect(eventsOf(place).filter(({ kind }) => kind === 'referencesRead')).toMatchObject([{ earnings: { BTCUSD: ['2026-02-01'] }, problems: [] }])
    expect(difference(place)).toBeNull()
  })
})

test('what a person asks of the core is obeyed or refused with the reason, and all of it verifies', async () => {
  const place = world(tempFolder(), bars, records)
  const messages = [
    command({ kind: 'trip', breaker: 'drawdown' }, 'trip-0001'),
    command({ kind: 'trip', breaker: 'nonsense' }, 'trip-0002'),
    command({ kind: 'rearm', breaker: 'emotional' }, 'rearm-001'),
    command({ kind: 'phase', to: 'proof', force: false }, 'phase-001'),
    command({ kind: 'phase', to: 'proof', force: true }, 'phase-002'),
    command({ kind: 'killSwitch', on: true, origin: 'command' }, 'switch-01'),
    command({ kind: 'killSwitch', on: false, origin: 'key' }, 'switch-02'),
    command({ kind: 'reload' }, 'reload-01'),
  ]
  const { sent } = await live(place, killer(NEVER), 'running', NEVER, at(150, messages))
  const answers = Object.fromEntries(results(sent).map((answer) => [answer.id, answer]))
  expect(answers).toMatchObject({
    'trip-0001': { result: 'accepted' },
    'trip-0002': { result: 'refused', message: expect.stringContaining('there are dailyLoss, drawdown') },
    'rearm-001': { result: 'refused', message: 'emotional control is not active' },
    'phase-001': { result: 'refused', message: expect.stringContaining('gate') },
    'phase-002': { result: 'accepted', message: expect.stringContaining('forced') },
    'switch-01': { result: 'accepted' },
    'switch-02': { result: 'refused', message: expect.stringContaining('by command') },
    'reload-01': { result: 'refused', message: expect.stringContaining('not the orchestrator') },
  })
  expect(sent).toContainEqual({ kind: 'killSwitch', origin: 'command', on: true, reason: 'a test', actor: testActor.name })
  expect(difference(place)).toBeNull()
})

test('a breaker that a person tripped refuses every entry after it, and a restart does not forget it', async () => {
  const place = world(tempFolder(), bars, records)
  await live(place, killer(NEVER), 'running', NEVER, at(150, [command({ kind: 'trip', breaker: 'drawdown' }, 'trip-0001')]))
  await live(place, killer(NEVER))
  const events = eventsOf(place)
  const tripped = events.findIndex((event) => event.kind === 'breakerMoved' && event.breaker === 'drawdown')
  const entries = (part: readonly EngineEvent[]) => part.filter((event) => event.kind === 'orderIntended' && event.order.purpose === 'entry').length
  expect(entries(events.slice(0, tripped))).toBeGreaterThan(0)
  expect(entries(events.slice(tripped))).toBe(0)
  expect(events.filter((event) => event.kind === 'breakerMoved' && event.breaker === 'drawdown')).toHaveLength(1)
})

describe('a checkpoint that is not the one that was written', () => {
  test.each([
    { says: 'another value', sql: "UPDATE checkpoints SET body = json_set(body, '$.cash', 1)" },
    { says: 'no JSON at all', sql: "UPDATE checkpoints SET body = '{'" },
    { says: 'the newest alone', sql: "UPDATE checkpoints SET body = json_set(body, '$.cash', 1) WHERE cycle = (SELECT max(cycle) FROM checkpoints)" },
  ])('$says: it is left out, the state is the same, and the ledger is in trouble until a person says otherwise', async ({ sql }) => {
    const place = world(tempFolder(), bars, records)
    await live(place, killer(NEVER))
    const before = eventsOf(place).length
    const database = new DatabaseSync(place.paths.ledger)
    database.exec(sql)
    database.close()
    await live(place, killer(NEVER))
    const after = eventsOf(place).slice(before)
    expect(after.filter(({ kind }) => kind === 'troubleSeen')).toMatchObject([{ breaker: 'ledgerTrouble' }])
    expect(after.filter(({ kind }) => kind === 'breakerMoved')).toMatchObject([{ breaker: 'ledgerTrouble', to: 'latched' }])
    // Deciding everything again from the first input leads to the same state, so recovery did too.
    const found = difference(place)
    expect(found === null || found.what === 'hash of the checkpoint').toBe(true)
  })
})

test('an order that the venue’s record has lost is a difference, and entries end until a person has looked', async () => {
  const place = world(tempFolder(), bars, records)
  await live(place, killer(NEVER), 'running', 200)
  const database = new DatabaseSync(place.paths.paperVenue)
  database.exec('DELETE FROM orders WHERE client_order_id = (SELECT client_order_id FROM orders WHERE filled > 0 ORDER BY ordinal DESC LIMIT 1)')
  database.close()
  await live(place, killer(NEVER), 'running', 201)
  expect(eventsOf(place).filter((event) => event.kind === 'breakerMoved')).toMatchObject([{ breaker: 'reconciliation', to: 'latched' }])
})

test('the files for whoever looks at files stand at the end of the ledger and fit their contracts', async () => {
  const place = world(tempFolder(), bars, records)
  await live(place, killer(NEVER))
  const { sequence } = eventsOf(place).at(-1) as EngineEvent
  const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
  const day = new Date(bars.at(-1)?.eventTime ?? 0).toISOString().slice(0, 10)
  expect(RiskMetricsFile.parse(read(place.paths.riskMetrics))).toMatchObject({ ledger_sequence: sequence, date: day })
  expect(SymbolExecutionFile.parse(read(place.paths.symbolStates(day))).ledger_sequence).toBe(sequence)
  expect(ConsumedEntriesFile.parse(read(place.paths.consumedEntries(day))).consumed).toEqual(['BTCUSD'])
})

test('the curve of a replay comes near the best that its account was worth, however fast it went', async () => {
  const place = world(tempFolder(), bars, records)
  await live(place, killer(NEVER))
  const { risk } = RiskMetricsFile.parse(JSON.parse(readFileSync(place.paths.riskMetrics, 'utf8')))
  const curve = readdirSync(place.paths.equity).flatMap((name) => readFileSync(join(place.paths.equity, name), 'utf8').trimEnd().split('\n'))
  const worth = curve.map((line) => Number(EquityLine.parse(JSON.parse(line)).equity))
  expect(Math.max(...worth)).toBeGreaterThan(Number(risk.peak) * 0.999)
  expect(Math.max(...worth)).toBeLessThanOrEqual(Number(risk.peak))
  expect(Number(risk.peak)).toBeGreaterThan(worth[0] as number)
})
