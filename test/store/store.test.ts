import { expect, test } from 'vitest'
import { frameIntervalMs } from '../../tui/store/select.ts'
import { SETTINGS } from '../../tui/store/state.ts'
import { createStore } from '../../tui/store/store.ts'
import { attached } from '../helpers/console-state.ts'
import { fakeTime } from '../helpers/fake-schedule.ts'

type Action = { readonly kind: 'data' | 'input' | 'nothing' }

const counted = () => {
  const time = fakeTime()
  const store = createStore<number, Action>({
    initial: 0,
    reduce: (state, action) => (action.kind === 'nothing' ? state : state + 1),
    urgent: (_before, _after, action) => action.kind === 'input',
    monotonic: time.monotonic,
    schedule: time.schedule,
  })
  let heard = 0
  const unsubscribe = store.subscribe(() => {
    heard += 1
  })
  time.pass(1_000)
  return { ...time, store, unsubscribe, heard: () => heard }
}

test('a flood of data is heard of four times a second, with the newest state', () => {
  const { store, pass, heard } = counted()
  for (let ms = 0; ms < 10_000; ms += 5) {
    store.update({ kind: 'data' })
    pass(5)
  }
  expect(heard()).toBeGreaterThanOrEqual(39)
  expect(heard()).toBeLessThanOrEqual(41)
  expect(store.get()).toBe(2_000)
})

test('data after a quiet while is heard of at once, and the last of a burst is not lost', () => {
  const { store, pass, heard, pending } = counted()
  store.update({ kind: 'data' })
  expect(heard()).toBe(1)
  store.update({ kind: 'data' })
  expect(heard()).toBe(1)
  expect(pending()).toBe(1)
  pass(250)
  expect(heard()).toBe(2)
  expect(pending()).toBe(0)
})

test('input does not wait, and takes the pending data with it', () => {
  const { store, heard, pending, pass } = counted()
  store.update({ kind: 'data' })
  store.update({ kind: 'data' })
  store.update({ kind: 'input' })
  expect(heard()).toBe(2)
  expect(pending()).toBe(0)
  pass(1_000)
  expect(heard()).toBe(2)
})

test('what changes nothing is not told, and nobody is told after leaving', () => {
  const { store, heard, unsubscribe, pending } = counted()
  store.update({ kind: 'nothing' })
  expect(heard()).toBe(0)
  unsubscribe()
  store.update({ kind: 'input' })
  expect(heard()).toBe(0)
  store.update({ kind: 'data' })
  store.close()
  expect(pending()).toBe(0)
})

test.each([
  { says: 'by default four a second', changes: {}, ms: 250 },
  { says: 'as many as were asked for', changes: { settings: { ...SETTINGS, fps: 10 } }, ms: 100 },
  { says: 'fewer where a log flows', changes: { view: 'logs' as const }, ms: 375 },
  { says: 'one in three seconds where nobody looks', changes: { inFocus: false }, ms: 3_000 },
  { says: 'whatever was asked for', changes: { inFocus: false, settings: { ...SETTINGS, fps: 10 } }, ms: 3_000 },
  { says: 'one a second where bytes are dear', changes: { settings: { ...SETTINGS, lowBandwidth: true } }, ms: 1_000 },
  { says: 'and fewer still of a log', changes: { settings: { ...SETTINGS, lowBandwidth: true }, view: 'logs' as const }, ms: 1_500 },
])('frames that data makes: $says', ({ changes, ms }) => {
  expect(frameIntervalMs({ ...attached(), ...changes })).toBe(ms)
})
