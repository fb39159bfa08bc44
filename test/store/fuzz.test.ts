import { expect, test } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import type { CommandRequest } from '../../src/contracts/command.ts'
import { seeded } from '../../src/random.ts'
import type { Millis } from '../../src/units.ts'
import { createLogBook } from '../../tui/logs/log-book.ts'
import { createOperator } from '../../tui/store/operate.ts'
import { createStdinFilter } from '../../tui/terminal/stdin-filter.ts'
import { attached, live } from '../helpers/console-state.ts'
import { storeOf } from '../helpers/draw.tsx'
import { fakeTime } from '../helpers/fake-schedule.ts'
import { FIXTURE_NOW, snapshotFixture } from '../helpers/snapshot-fixture.ts'

/** Bytes of each kind of noise. */
const BYTES = Number(process.env.AEGIS_RUNS ?? 100_000)
const CHUNK_MAX = 24
const PAUSE_MS_MAX = 400
const LINK_MS = 500

/** A console on a trading engine whose keyboard is whatever the test says; time passes only when it is told to. */
const keyboard = () => {
  const time = fakeTime()
  const clock: Clock = { now: () => (FIXTURE_NOW + time.monotonic()) as Millis, monotonic: time.monotonic }
  const store = storeOf({ ...attached(), monotonic: 0 })
  const requests: CommandRequest[] = []
  const take = async (request: CommandRequest) => {
    requests.push(request)
    return { outcome: 'accepted' as const, auditSequence: 1, message: 'taken' }
  }
  const views = new Set<string>()
  const dialogs = new Set<string>()
  const operator = createOperator({
    store,
    logs: createLogBook({ later: (run) => run(), onProgress: () => undefined }),
    command: take,
    engineNow: clock.now,
    reconnect: () => undefined,
    actor: { kind: 'operator', uid: 1, name: 'maria', tty: null, ssh: null },
    newId: () => `id-${requests.length}`,
    clock,
    schedule: time.schedule,
    onDetach: () => undefined,
    onRepaint: () => undefined,
    onSuspend: () => undefined,
    outside: {
      copy: (text) => ({ text, tone: 'text' }),
      plain: () => undefined,
      diagnose: () => undefined,
      exportTo: (path) => ({ text: path, tone: 'text' }),
      verify: () => undefined,
      attach: () => undefined,
      wallBoard: () => undefined,
      commandTo: async (_instance, requestAt) => await take(requestAt(clock.now())),
    },
  })
  let count = 0
  const filter = createStdinFilter({
    escMs: 25,
    monotonic: time.monotonic,
    schedule: time.schedule,
    onEvent: (event) => {
      count += 1
      operator.press(event)
      const { view, dialog } = store.get()
      views.add(view)
      if (dialog !== null) dialogs.add(`${dialog.command.kind} ${dialog.stage}`)
    },
    onFocus: (on) => store.update({ kind: 'inFocus', on }),
  })
  let heardAt = 0
  return {
    store,
    requests,
    views,
    dialogs,
    events: () => count,
    push: (chunk: string): void => filter.push(chunk),
    /** The engine is heard of as often as in life: a stale link would refuse everything, and so prove nothing. */
    pass: (ms: number): void => {
      time.pass(ms)
      if (time.monotonic() - heardAt < LINK_MS) return
      heardAt = time.monotonic()
      store.update({ kind: 'link', state: live(clock.now()) })
      store.update({ kind: 'snapshot', snapshot: snapshotFixture({ asOf: clock.now() }), sequence: heardAt })
    },
  }
}

/** Of one chunk of noise: its bytes. What is not UTF-8 becomes what a terminal's decoder makes of it. */
const NOISE: Readonly<Record<string, (random: ReturnType<typeof seeded>) => number>> = {
  'any bytes': (random) => Math.floor(random.next() * 256),
  'printable characters': (random) => 0x20 + Math.floor(random.next() * 0x5f),
  'beginnings, middles and ends of sequences': (random) => {
    const parts = '\u001b\u001b[[?0123456789;~ABCDHFMOIPRZ<uy\r\u0003'
    return parts.charCodeAt(Math.floor(random.next() * parts.length))
  },
}

test.each(Object.entries(NOISE))(`${BYTES} random bytes (%s) send no control request and break nothing`, async (_, byteOf) => {
  const random = seeded(20_261_121)
  const decoder = new TextDecoder()
  const { push, pass, requests, views, store, events } = keyboard()
  for (let sent = 0; sent < BYTES; ) {
    const chunk = Uint8Array.from({ length: 1 + Math.floor(random.next() * CHUNK_MAX) }, () => byteOf(random))
    sent += chunk.length
    push(decoder.decode(chunk, { stream: true }))
    if (random.next() < 0.3) pass(Math.floor(random.next() * PAUSE_MS_MAX))
  }
  pass(5_000)
  await new Promise((resolve) => setImmediate(resolve))
  expect(requests).toEqual([])
  // The noise did reach the keys.
  expect(events()).toBeGreaterThan(BYTES / 200)
  expect(store.get().view).toSatisfy((view) => views.has(view))
})

test('the same keyboard does send what a person typed with care, so silence above means something', async () => {
  const { push, pass, requests, dialogs } = keyboard()
  for (const key of ['p', 'o', 'k', '\r', 'y']) {
    push(key)
    pass(400)
  }
  await new Promise((resolve) => setImmediate(resolve))
  expect(requests.map(({ command, reason }) => [command.kind, reason])).toEqual([['pause', 'ok']])
  expect(dialogs.size).toBeGreaterThan(1)
})

test('random single keys, each with time to be read, open dialogs; without a reason and its confirmation none of them sends', async () => {
  const random = seeded(7)
  const { push, pass, requests, dialogs } = keyboard()
  const keys = 'pRHFKxXatc12345678jk?/:\t'
  for (let sent = 0; sent < BYTES / 10; sent += 1) {
    push(random.next() < 0.2 ? '\u001b' : (keys[Math.floor(random.next() * keys.length)] ?? 'p'))
    pass(400)
  }
  await new Promise((resolve) => setImmediate(resolve))
  expect(dialogs.size).toBeGreaterThan(0)
  expect(requests).toEqual([])
})
