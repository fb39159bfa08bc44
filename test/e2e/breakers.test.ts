import { expect, test } from 'vitest'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { busyConfig, candleFile, type Place, place } from './engine.ts'
import { rows } from './records.ts'

const ROWS = 60_000
/** A thousand one-minute bars a second. */
const PACE = '60000'
const config = { ...busyConfig, breakers: { ...busyConfig.breakers, consecutiveLosses: { limit: 3 } } }

const events = (at: Place): EngineEvent[] =>
  rows<{ body: string }>(at.paths.ledger, 'SELECT body FROM events ORDER BY sequence').map(({ body }) => JSON.parse(body))
const losses = ({ breakers }: Snapshot) => breakers.find(({ name }) => name === 'consecutiveLosses')
const latched = (snapshot: Snapshot): boolean => losses(snapshot)?.state === 'latched'

const start = async (at: Place, args: readonly string[]): Promise<void> => {
  const { code, stderr } = await at.run(args)
  if (code !== 0) throw new Error(`${args[0]}: exit ${code}: ${stderr}`)
}

/** Entries intended after a fact. */
const entriesAfter = (all: readonly EngineEvent[], sequence: number) =>
  all.filter((event) => event.kind === 'orderIntended' && event.order.purpose === 'entry' && event.sequence > sequence)

test('three losses latch the breaker of a running engine; kills do not open it, a person with a reason does', { timeout: 120_000 }, async () => {
  const at = place(config)
  await start(at, ['start', '--feed', `replay:${candleFile(at, ROWS)}`, '--speed', PACE])
  const tripped = await at.until('latched', latched)
  expect(losses(tripped)).toMatchObject({ value: 3, limit: 3, distance: 0, needsPerson: true, reason: '3 losses in a row, the limit is 3' })

  // Signals go on to be decided, and each is refused by the breaker's name.
  await at.until('refusing', ({ guards }) => (guards.find(({ guard }) => guard === 'breakers')?.blocked ?? 0) > 5)
  process.kill(at.pidOf(tripped, 'orchestrator'), 'SIGKILL')
  const again = await at.until(
    'started again',
    (snapshot) => (snapshot.processes.find(({ name }) => name === 'orchestrator')?.restarts ?? 0) > 0 && latched(snapshot),
  )
  expect(losses(again)?.since).toBe(losses(tripped)?.since)
  process.kill(at.pidOf(again, 'supervisor'), 'SIGKILL')
  await start(at, ['start', '--feed', `replay:${at.folder}/BTCUSD_1m.csv`, '--speed', PACE])
  expect(losses(await at.until('latched still', latched))?.since).toBe(losses(tripped)?.since)

  const before = events(at)
  const moved = before.find((event) => event.kind === 'breakerMoved' && event.breaker === 'consecutiveLosses')
  if (moved?.kind !== 'breakerMoved') throw new Error('no fact of the trip')
  expect(before.slice(0, moved.sequence).filter((event) => event.kind === 'tradeClosed' && event.net < 0).length).toBeGreaterThanOrEqual(3)
  expect(entriesAfter(before, moved.sequence)).toEqual([])
  expect(before).toContainEqual(
    expect.objectContaining({
      kind: 'signalDecided',
      decision: 'BLOCKED',
      blocker: 'breakers',
      blockerReason: expect.stringContaining('consecutiveLosses'),
    }),
  )

  expect((await at.run(['breakers', 'rearm', 'consecutiveLosses', '--reason', ''])).code).not.toBe(0)
  await start(at, ['breakers', 'rearm', 'consecutiveLosses', '--reason', 'looked at the three trades'])
  expect(events(at)).toContainEqual(
    expect.objectContaining({
      kind: 'breakerMoved',
      breaker: 'consecutiveLosses',
      to: 'closed',
      reason: 'looked at the three trades',
      actor: expect.any(String),
    }),
  )
  expect(at.audit('COMMAND').map(({ reason }) => reason)).toContain('looked at the three trades')
  const passed = ({ guards }: Snapshot): number => guards.find(({ guard }) => guard === 'breakers')?.passed ?? 0
  const atOnce = passed(await at.status())
  await at.until('judging entries again', (snapshot) => passed(snapshot) > atOnce)
  expect((await at.run(['stop'])).code).toBe(0)
  const all = events(at)
  const closed = all.find((event) => event.kind === 'breakerMoved' && event.breaker === 'consecutiveLosses' && event.to === 'closed')
  expect(entriesAfter(all, closed?.sequence ?? all.length).length).toBeGreaterThan(0)
  expect((await at.run(['replay', '--verify'])).code).toBe(0)
})
