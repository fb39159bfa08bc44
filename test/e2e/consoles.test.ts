import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Cycle } from '../../src/contracts/cycle.ts'
import { socketPath } from '../../src/home.ts'
import { localActor } from '../../tui/link/actor.ts'
import { connect } from '../../tui/link/connect.ts'
import { fiveConsoles } from '../helpers/five-consoles.ts'
import { busyConfig, candleFile, linesOf, type Place, place } from './engine.ts'
import { rows } from './records.ts'

vi.setConfig({ testTimeout: 120_000 })

const ROWS = 12_000
/** A thousand one-minute bars a second. */
const PACE = '60000'
/** Seen: 0.3 s. The engine says something each second, and a console without a word for 2.5 s calls it lost. */
const SILENCE_MS_MAX = 5_000

/** Hears everything that the engine says to its consoles: the longest silence, and whether a number was left out. */
const witness = async (at: Place) => {
  const linked = await connect({ path: socketPath(at.env, at.home, 'default', 'operator'), client: localActor(at.env), build: 'test' })
  if (!linked.ok) throw new Error(linked.error.message)
  onTestFinished(linked.value.close)
  let [last, heardAt, silenceMs, holes, deltas] = [Number.NaN, performance.now(), 0, 0, 0]
  linked.value.onNotification((name, params) => {
    const { sequence } = params as { readonly sequence: number }
    silenceMs = Math.max(silenceMs, performance.now() - heardAt)
    heardAt = performance.now()
    if (name === 'delta') deltas += 1
    if (name !== 'delta' || sequence !== last + 1) holes += name === 'heartbeat' && sequence === last ? 0 : 1
    last = sequence
  })
  const answer = await linked.value.request('subscribe', {})
  if (!answer.ok) throw new Error(answer.error.message)
  last = answer.value.sequence
  return () => ({ silenceMs, holes, deltas })
}

test('with five consoles, one stalled, one killed and one that comes and goes, every cycle is recorded and the engine is never silent', async () => {
  const at = place({ ...busyConfig })
  const file = candleFile(at, ROWS)
  expect((await at.run(['start', '--feed', `replay:${file}`, '--speed', PACE])).code).toBe(0)
  const before = await at.until('running', ({ engine, feed }) => engine.state === 'running' && feed.bars > 0)
  const heard = await witness(at)
  const consoles = await fiveConsoles(at.env, socketPath(at.env, at.home, 'default', 'operator'))
  onTestFinished(() => consoles.close().catch(() => undefined))
  const met = await at.status()
  expect(met.feed.state).toBe('running') // they came while there was work to do
  const after = await at.until('at the end', ({ feed }) => feed.state.startsWith('ended') && feed.decided === ROWS, 90_000)
  await consoles.close()
  expect(consoles.visits()).toBeGreaterThan(50)

  const { silenceMs, holes, deltas } = heard()
  expect(silenceMs).toBeLessThan(SILENCE_MS_MAX)
  expect(holes).toBe(0)
  expect(deltas).toBeGreaterThan(10)
  expect(after.processes.map(({ pid, state, restarts }) => [pid, state, restarts])).toEqual(before.processes.map(({ pid }) => [pid, 'ready', 0]))
  expect(after.feed).toMatchObject({ rows: ROWS, bars: ROWS, rejects: 0, consumed: ROWS, decided: ROWS })
  expect(after.alerts.filter(({ level }) => level === 'critical')).toEqual([])

  expect((await at.run(['stop'])).code).toBe(0)
  const recorded = rows<{ number: number }>(at.paths.ledger, 'SELECT number FROM cycles ORDER BY number').map(({ number }) => number)
  expect(linesOf<Cycle>(join(at.paths.streams, 'cycles.jsonl')).map(({ number }) => number)).toEqual(recorded)
  expect(recorded.filter((number) => number > (met.cycle?.number ?? 0)).length).toBeGreaterThan(100)
  const [facts] = rows<{ count: number; last: number }>(at.paths.ledger, 'SELECT count(*) AS count, max(sequence) AS last FROM events')
  expect(facts?.count).toBe(facts?.last)
  expect(JSON.parse((await at.run(['replay', '--verify', '--json'])).stdout)).toMatchObject({ clean: true })
})
