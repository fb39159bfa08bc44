import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seeded } from '../../src/random.ts'
import { busyConfig, candleFile, goneOf, type Place, place } from './engine.ts'
import { fills, rows } from './records.ts'

const ROWS = 40_000
/** Some six hundred one-minute bars a second, so that the kills fall into the replay and not behind it. */
const PACE = '40000'
const KILLS = Number(process.env.AEGIS_KILLS ?? 200)

const config = {
  ...busyConfig,
  supervisor: { restartsMax: 100, restartWindowMs: 1_000 },
  paper: { partialFillChance: 0.3 },
}

const lines = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** What the market and the strategies alone decide; ids hold ledger sequences and so tell of restarts. */
const trades = ({ paths }: Place) =>
  readdirSync(paths.trades)
    .sort()
    .flatMap((day) => lines(join(paths.trades, day)))
    .map(({ timestamp, symbol, action, quantity, price, profit_loss, commission, exit_reasoning }) => ({
      timestamp,
      symbol,
      action,
      quantity,
      price,
      profit_loss,
      commission,
      exit_reasoning,
    }))

const killed = (pid: number): boolean => {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

const start = async (at: Place, file: string, speed: string): Promise<void> => {
  const { code, stderr } = await at.run(['start', '--feed', `replay:${file}`, '--speed', speed])
  if (code !== 0) throw new Error(`start: exit ${code}: ${stderr}`)
}

const replayWhole = async (file: (at: Place) => string) => {
  const at = place(config)
  await start(at, file(at), 'max')
  await at.until('at the end', (snapshot) => snapshot.feed.state.startsWith('ended') && snapshot.feed.decided === ROWS, 240_000)
  await at.run(['stop'])
  return trades(at)
}

test(`${KILLS} kills over all four processes during a replay lose nothing, double nothing and change no trade`, { timeout: 540_000 }, async () => {
  const expected = await replayWhole((at) => candleFile(at, ROWS))
  expect(expected.length).toBeGreaterThan(200)

  const at = place(config)
  const file = candleFile(at, ROWS)
  const random = seeded(11)
  await start(at, file, PACE)
  let supervisorKills = 0
  for (let kills = 0; kills < KILLS; ) {
    const snapshot = await at.status()
    const names = ['feed', 'brain', 'orchestrator', 'feed', 'brain', 'orchestrator', 'feed', 'brain', 'orchestrator', 'supervisor'] as const
    const name = names[Math.floor(random.next() * names.length)] ?? 'feed'
    const victim = snapshot.processes.find((each) => each.name === name)?.pid
    if (victim === null || victim === undefined) continue
    if (!killed(victim)) continue // it was gone before: the supervisor is about to notice
    kills += 1
    await goneOf(victim)
    if (name !== 'supervisor') continue
    supervisorKills += 1
    const orphans = snapshot.processes.flatMap((each) => (each.name === 'supervisor' || each.pid === null ? [] : [each.pid]))
    for (const orphan of orphans) await goneOf(orphan)
    await start(at, file, PACE)
  }
  expect(supervisorKills).toBeGreaterThan(0)

  const done = await at.until(
    'at the end',
    (snapshot) => snapshot.feed.state.startsWith('ended') && snapshot.feed.decided === ROWS && snapshot.engine.state === 'running',
    120_000,
  )
  expect(done.feed.rows).toBe(ROWS)
  expect(done.feed.bars + done.feed.rejects).toBe(ROWS)
  expect(done.processes.every((each) => each.state === 'ready')).toBe(true)
  expect((await at.run(['stop'])).code).toBe(0)

  expect(trades(at)).toEqual(expected)
  const booked = fills(at.paths.ledger, "SELECT body FROM events WHERE kind = 'orderFilled' ORDER BY sequence")
  expect(booked).toEqual(fills(at.paths.paperVenue, "SELECT body FROM reports WHERE kind = 'filled' ORDER BY venue_sequence"))
  expect(new Set(booked.map((fill) => fill.executionId)).size).toBe(booked.length)

  const bus = lines(join(at.paths.streams, 'signal_bus.jsonl')).map((line) => line.sequence)
  const facts = rows<{ sequence: number }>(
    at.paths.ledger,
    "SELECT sequence FROM events WHERE kind IN ('signalReceived', 'signalStateChanged') ORDER BY sequence",
  )
  expect(bus).toEqual(facts.map((row) => row.sequence))
  const cycles = lines(join(at.paths.streams, 'cycles.jsonl')).map((line) => line.number)
  expect(cycles).toEqual(rows<{ number: number }>(at.paths.ledger, 'SELECT number FROM cycles ORDER BY number').map((row) => row.number))

  const verified = await at.run(['replay', '--verify', '--json'])
  expect(JSON.parse(verified.stdout)).toMatchObject({ clean: true })
  expect((await at.run(['audit', 'verify'])).code).toBe(0)
})
