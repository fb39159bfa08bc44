import { describe, expect, test } from 'vitest'
import { isOverdue, stayMsMax } from '../../engine/core/deadlines.ts'
import { pipelineOf } from '../../engine/core/pipeline.ts'
import type { OpenSignal, State } from '../../engine/core/state.ts'
import { SIGNAL_STATES, type SignalState } from '../../src/contracts/signal.ts'
import { fresh, MINUTE, machine, openLong, rules, T0 } from '../helpers/engine-fixture.ts'

const signalId = `BTCUSD_${T0}_0000000a`

const waiting = (state: SignalState, since = T0, clientOrderId: string | null = null): OpenSignal => ({
  symbol: 'BTCUSD',
  strategy: 'test',
  state,
  at: since,
  since,
  clientOrderId,
})

/** A state in which one signal waits. */
const holding = (signal: OpenSignal): State => {
  const empty = fresh()
  return { ...empty, clock: T0, signals: { [signalId]: signal }, signalCounts: { ...empty.signalCounts, [signal.state]: 1 } }
}

const EXPIRING = ['generated', 'evaluating', 'approved', 'executing'] as const
const WAITING = ['executed', 'blocked'] as const
const deadline = (state: SignalState): number => {
  const max = stayMsMax(rules, state)
  if (max === null) throw new Error(`${state} has a deadline`)
  return max
}

test('every state that is not over has a deadline, and no other', () => {
  const without = SIGNAL_STATES.filter((state) => stayMsMax(rules, state) === null)
  expect(without).toEqual(['expired', 'learned'])
})

describe.each(EXPIRING)('a signal that is %s', (state) => {
  test('stays exactly until its deadline and expires a millisecond later, with its own code', () => {
    const world = machine(holding(waiting(state)))
    world.give({ kind: 'timer', now: T0 + deadline(state) })
    expect(world.state().signals[signalId]?.state).toBe(state)
    world.give({ kind: 'timer', now: T0 + deadline(state) + 1 })
    expect(world.state().signals[signalId]).toBeUndefined()
    expect(world.events.filter(({ kind }) => kind === 'signalStateChanged')).toMatchObject([
      { signalId, from: state, to: 'expired', reason: `expired_in_${state}` },
    ])
    expect(world.state().signalCounts).toMatchObject({ [state]: 0, expired: 1 })
  })

  test('expires on a bar of a later minute too, where no timer runs', () => {
    const world = machine(holding(waiting(state, T0 - deadline(state) - 1)))
    world.bar(1)
    expect(world.events.filter(({ kind }) => kind === 'signalStateChanged')).toMatchObject([{ reason: `expired_in_${state}` }])
  })
})

test('between two bars of one minute nobody looks', () => {
  const world = machine({ ...holding(waiting('approved', T0 - 10 * MINUTE)), clock: T0 + MINUTE })
  world.bar(1)
  expect(world.state().signals[signalId]?.state).toBe('approved')
  world.bar(2)
  expect(world.state().signals[signalId]).toBeUndefined()
})

describe.each(WAITING)('a signal that is %s', (state) => {
  test('never expires: beyond its deadline it is stuck, and exactly at it it is not', () => {
    const world = machine(holding(waiting(state)))
    const late = T0 + deadline(state) + 1
    world.give({ kind: 'timer', now: late })
    expect(world.state().signals[signalId]?.state).toBe(state)
    expect(pipelineOf(rules, world.state(), late - 1).stuckCount).toBe(0)
    expect(pipelineOf(rules, world.state(), late)).toMatchObject({ stuckCount: 1, stuck: [{ signalId, state, ageMs: deadline(state) + 1 }] })
  })
})

test('a signal whose order may rest at the venue never expires, and is stuck', () => {
  const world = machine()
  world.started()
  world.bar(1)
  const { effects } = world.signal(1, 'long')
  const sent = effects.find(({ kind }) => kind === 'submit')
  if (sent?.kind !== 'submit') throw new Error('the entry was sent')
  const id = sent.order.signalId ?? ''
  const late = T0 + MINUTE + deadline('executing') + 1
  world.give({ kind: 'timer', now: late })
  expect(world.state().signals[id]?.state).toBe('executing')
  expect(pipelineOf(rules, world.state(), late).stuck.map(({ signalId }) => signalId)).toEqual([id])
})

test('an open position keeps its signal executed', () => {
  const world = machine()
  openLong(world)
  world.give({ kind: 'timer', now: T0 + 60 * MINUTE })
  expect(Object.values(world.state().signals).map(({ state }) => state)).toEqual(['executed'])
})

describe('the pipeline', () => {
  const now = T0 + 60 * MINUTE
  const stuckSignals = (count: number): State['signals'] =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`BTCUSD_${T0}_${index.toString(16).padStart(8, '0')}`, waiting('approved')]))

  test.each([
    { says: 'signals that come are healthy', over: { lastSignalAt: now }, status: 'HEALTHY' },
    { says: 'a last one an hour ago is healthy still', over: { lastSignalAt: now - 60 * MINUTE }, status: 'HEALTHY' },
    { says: 'one a little longer ago is not', over: { lastSignalAt: now - 60 * MINUTE - 1 }, status: 'WARNING' },
    { says: 'none ever is a warning', over: { lastSignalAt: null }, status: 'WARNING' },
    { says: 'one that is stuck is a warning', over: { lastSignalAt: now, signals: stuckSignals(1) }, status: 'WARNING' },
    { says: 'ten that are stuck are a warning', over: { lastSignalAt: now, signals: stuckSignals(10) }, status: 'WARNING' },
    { says: 'eleven are critical', over: { lastSignalAt: now, signals: stuckSignals(11) }, status: 'CRITICAL' },
  ])('$says', ({ over, status }) => {
    const { reason, ...view } = pipelineOf(rules, fresh(over), now)
    expect(view.status).toBe(status)
    expect(reason).not.toBe('')
  })

  test('counts the last hour and the last minute by when signals were made', () => {
    const made = (at: number, index: number) => ({ id: `A_B_${at}_${index.toString(16).padStart(8, '0')}`, barSequence: index })
    const recentSignals = [now - 60 * MINUTE, now - 60 * MINUTE + 1, now - MINUTE, now - MINUTE + 1, now].map(made)
    expect(pipelineOf(rules, fresh({ recentSignals }), now)).toMatchObject({ perHour: 4, perMinute: 4 / 60, lastMinute: 2 })
  })

  test('decay is told as it is spread, and not at all where nothing was executed', () => {
    expect(pipelineOf(rules, fresh(), now).decay).toBeNull()
    const decays = [9, 1, 2, 3, 4, 5, 6, 7, 8, 10]
    expect(pipelineOf(rules, fresh({ decays }), now).decay).toEqual({ count: 10, min: 1, median: 5, p90: 9, max: 10 })
  })

  test('a state that may last for ever is never overdue', () => {
    expect(isOverdue(rules, waiting('learned', 0), Number.MAX_SAFE_INTEGER)).toBe(false)
  })
})
