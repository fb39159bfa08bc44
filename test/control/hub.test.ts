import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createHub, TICK_MS } from '../../engine/control/hub.ts'
import type { Delta } from '../../src/contracts/wire.ts'
import { sample } from './sample.ts'
import { handClock } from './world.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const watched = () => {
  const hub = createHub(sample, handClock())
  const deltas: Delta[] = []
  return { hub, deltas, leave: hub.subscribe((delta) => void deltas.push(delta)) }
}

test('changes within a tick leave as one delta with the newest values', () => {
  const { hub, deltas } = watched()
  hub.update({ equity: '2', illegalMoves: 1 })
  hub.update({ equity: '3' })
  expect(deltas).toEqual([])
  vi.advanceTimersByTime(TICK_MS)
  expect(deltas.map(({ sequence, changes }) => ({ sequence, changes }))).toEqual([{ sequence: 1, changes: { equity: '3', illegalMoves: 1 } }])
})

test('an urgent change leaves at once and takes what waited with it', () => {
  const { hub, deltas } = watched()
  hub.update({ equity: '2' })
  hub.update({ illegalMoves: 1 }, true)
  expect(deltas.map(({ changes }) => changes)).toEqual([{ equity: '2', illegalMoves: 1 }])
  vi.advanceTimersByTime(TICK_MS)
  expect(deltas).toHaveLength(1)
})

test('a section that equals what is there is dropped, whatever the order of its members', () => {
  const { hub, deltas } = watched()
  hub.update({ signals: { lastAt: null, byState: {}, total: 0, pipeline: null }, equity: '1' }, true)
  expect(vi.getTimerCount()).toBe(0)
  expect(deltas).toEqual([])
  hub.update({ signals: { total: 1, byState: {}, lastAt: null, pipeline: null } }, true)
  hub.update({ signals: { total: 1, byState: {}, lastAt: null, pipeline: null } }, true)
  hub.update({ signals: { total: 0, byState: {}, lastAt: null, pipeline: null } }, true)
  expect(deltas.map(({ changes }) => changes.signals?.total)).toEqual([1, 0])
})

test('an undefined section changes nothing', () => {
  const { hub, deltas } = watched()
  hub.update({ equity: undefined }, true)
  expect(deltas).toEqual([])
  expect(hub.get().snapshot.equity).toBe('1')
})

test('a reader that joins at the snapshot and applies the deltas ends at the same value', () => {
  const { hub } = watched()
  hub.update({ equity: '2' })
  let view = hub.get().snapshot
  let sequence = hub.get().sequence
  hub.subscribe((delta) => {
    expect(delta.sequence).toBe(sequence + 1)
    sequence = delta.sequence
    view = { ...view, ...(delta.changes as typeof view) }
  })
  hub.update({ illegalMoves: 4 })
  vi.advanceTimersByTime(TICK_MS)
  hub.update({ equity: '5' })
  vi.advanceTimersByTime(TICK_MS)
  expect(view).toEqual(hub.get().snapshot)
  expect(sequence).toBe(hub.get().sequence)
})

test('with nobody listening it only merges: no timer, no delta, and one new number when someone looks', () => {
  const { hub, leave } = watched()
  hub.update({ equity: '2' })
  leave()
  hub.update({ equity: '3' })
  hub.update({ equity: '4' }, true)
  expect(vi.getTimerCount()).toBe(0)
  expect(hub.get()).toMatchObject({ sequence: 1, snapshot: { equity: '4' } })
  expect(hub.get().sequence).toBe(1)
})

test('what changed while nobody listened is compared with later', () => {
  const { hub, leave } = watched()
  hub.update({ equity: '2' }, true)
  leave()
  hub.update({ equity: '3' })
  const deltas: Delta[] = []
  hub.subscribe((delta) => void deltas.push(delta))
  hub.update({ equity: '2' }, true)
  expect(deltas.map(({ changes }) => changes)).toEqual([{ equity: '2' }])
})

test('a closed hub keeps no timer', () => {
  const { hub, deltas } = watched()
  hub.update({ equity: '2' })
  hub.close()
  hub.update({ equity: '3' }, true)
  expect(vi.getTimerCount()).toBe(0)
  expect(deltas).toEqual([])
})
