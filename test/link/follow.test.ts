import { afterEach, expect, test, vi } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { seeded } from '../../src/random.ts'
import type { Millis } from '../../src/units.ts'
import { backOffMs } from '../../tui/link/back-off.ts'
import { type FollowOptions, type FollowState, follow } from '../../tui/link/follow.ts'
import { AT, pause, person, sample } from '../control/sample.ts'
import { createPlace, createWorld, handClock, type Place, type World } from '../control/world.ts'
import { fakeEngine, type Peer, type Request } from './fake-engine.ts'

type Seen =
  | { readonly kind: 'state'; readonly state: FollowState }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly sequence: number }
  | { readonly kind: 'changes'; readonly changes: SnapshotDelta; readonly sequence: number }

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  vi.useRealTimers()
})

/** A follower that writes down what it says, in order. */
const watch = (path: string, more: Partial<FollowOptions> = {}) => {
  const seen: Seen[] = []
  const waiters: { readonly fits: (seen: Seen) => boolean; readonly resolve: (seen: Seen) => void }[] = []
  let taken = 0
  const say = (event: Seen): void => {
    seen.push(event)
    settle()
  }
  const settle = (): void => {
    for (let waiter = waiters[0]; waiter !== undefined; waiter = waiters[0]) {
      const index = seen.findIndex((event, at) => at >= taken && (waiter as (typeof waiters)[0]).fits(event))
      if (index < 0) return
      taken = index + 1
      waiters.shift()
      waiter.resolve(seen[index] as Seen)
    }
  }
  /** The next event that fits; those before it are passed over. */
  const next = (fits: (seen: Seen) => boolean): Promise<Seen> =>
    new Promise((resolve) => {
      waiters.push({ fits, resolve })
      settle()
    })
  const follower = follow({
    path,
    client: person,
    build: 'test',
    clock: handClock(),
    random: seeded(1),
    onState: (state) => say({ kind: 'state', state }),
    onSnapshot: (snapshot, sequence) => say({ kind: 'snapshot', snapshot, sequence }),
    onChanges: (changes, sequence) => say({ kind: 'changes', changes, sequence }),
    ...more,
  })
  undo.push(follower.stop)
  const state = async <Kind extends FollowState['kind']>(kind: Kind) => {
    const event = await next((candidate) => candidate.kind === 'state' && candidate.state.kind === kind)
    return (event as Extract<Seen, { kind: 'state' }>).state as Extract<FollowState, { kind: Kind }>
  }
  const snapshot = async () => (await next(({ kind }) => kind === 'snapshot')) as Extract<Seen, { kind: 'snapshot' }>
  const changes = async () => (await next(({ kind }) => kind === 'changes')) as Extract<Seen, { kind: 'changes' }>
  return { ...follower, seen, state, snapshot, changes }
}

const place = (): Place => {
  const made = createPlace()
  undo.push(made.remove)
  return made
}
const world = async (where: Place, options: Parameters<typeof createWorld>[0] = {}): Promise<World> => {
  const made = await createWorld(options, where)
  undo.push(made.dispose)
  return made
}

test('it connects, says so, gives the snapshot and then what changes', async () => {
  const where = place()
  const { hub } = await world(where)
  const view = watch(where.path('observer'))
  expect(view.seen).toEqual([{ kind: 'state', state: { kind: 'connecting' } }])
  expect((await view.state('live')).hello).toMatchObject({ role: 'observer', pid: 17 })
  expect(await view.snapshot()).toMatchObject({ sequence: 0, snapshot: sample })
  hub.update({ equity: '2' }, true)
  expect(await view.state('live')).toMatchObject({ lastHeardAt: AT })
  expect(await view.changes()).toEqual({ kind: 'changes', sequence: 1, changes: { equity: '2' } })
})

test('an engine that goes is lost with its reason, and found again within a quarter of a second', async () => {
  const where = place()
  const first = await world(where)
  const view = watch(where.path('operator'))
  await view.snapshot()
  await first.server.close()
  const lost = await view.state('lost')
  expect(lost).toMatchObject({ since: AT, attempt: 1, reason: 'the engine closed the connection' })
  expect(lost.retryAt - AT).toBeLessThanOrEqual(250)
  const second = await world(where)
  second.hub.update({ equity: '5' })
  await view.state('live')
  expect((await view.snapshot()).snapshot.equity).toBe('5')
})

test('it keeps trying where there is no engine, less and less often, and says since when', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const view = watch(place().path('operator'))
  const waits: number[] = []
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    const lost = await view.state('lost')
    expect(lost).toMatchObject({ since: AT, attempt, reason: { kind: 'absent' } })
    waits.push(lost.retryAt - AT)
    await vi.advanceTimersByTimeAsync(lost.retryAt - AT)
  }
  expect(waits[0]).toBeLessThanOrEqual(250)
  expect(waits[8]).toBeGreaterThanOrEqual(2_500)
  expect(Math.max(...waits)).toBeLessThanOrEqual(5_000)
})

test.each([
  { attempt: 1, least: 100, most: 200 },
  { attempt: 3, least: 400, most: 800 },
  { attempt: 6, least: 2_500, most: 5_000 },
  { attempt: 2_000, least: 2_500, most: 5_000 },
])('the wait before attempt $attempt is between $least and $most ms', ({ attempt, least, most }) => {
  const random = seeded(attempt)
  for (let draw = 0; draw < 100; draw += 1) {
    const wait = backOffMs(attempt, random)
    expect(wait).toBeGreaterThanOrEqual(least)
    expect(wait).toBeLessThanOrEqual(most)
  }
})

test('reconnectNow does not wait for the back-off', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }) // no time passes, so only a push can bring it back
  const where = place()
  const view = watch(where.path('operator'))
  await view.state('lost')
  await world(where)
  view.reconnectNow()
  await view.state('live')
  await view.snapshot()
})

/** An engine that answers `subscribe` with the sequences given, one after the other. */
const scripted = async (where: Place, sequences: number[], onOther: (request: Request, peer: Peer) => void = () => undefined) => {
  const peers: Peer[] = []
  const engine = await fakeEngine(where.path('operator'), (request, peer) => {
    if (request.method !== 'subscribe') onOther(request, peer)
    else {
      peers.push(peer)
      peer.answer(request.id, { sequence: sequences.shift(), snapshot: sample })
    }
  })
  undo.push(engine.close)
  return { engine, peer: () => peers.at(-1) as Peer }
}

test.each([
  { says: 'a delta that skips one', method: 'delta', params: { sequence: 7, at: AT, changes: { equity: 'lost' } } },
  { says: 'a heartbeat that is ahead', method: 'heartbeat', params: { sequence: 6, at: AT } },
])('$says means asking for a new snapshot, on the same connection', async ({ method, params }) => {
  const where = place()
  const { engine, peer } = await scripted(where, [5, 9])
  const view = watch(where.path('operator'))
  await view.snapshot()
  peer().push(method, params)
  expect((await view.snapshot()).sequence).toBe(9)
  peer().push('delta', { sequence: 10, at: AT, changes: { equity: '10' } })
  expect(await view.changes()).toMatchObject({ sequence: 10 })
  expect(engine.requests.map((request) => request.method)).toEqual(['hello', 'subscribe', 'subscribe'])
  expect(view.seen.filter(({ kind }) => kind === 'changes')).toHaveLength(1)
})

test('a snapshot that the engine pushes is the new beginning', async () => {
  const where = place()
  const { peer } = await scripted(where, [5])
  const view = watch(where.path('operator'))
  await view.snapshot()
  peer().push('snapshot', { sequence: 40, at: AT, snapshot: { ...sample, equity: '40' } })
  expect(await view.snapshot()).toMatchObject({ sequence: 40, snapshot: { equity: '40' } })
  peer().push('delta', { sequence: 41, at: AT, changes: { equity: '41' } })
  expect(await view.changes()).toMatchObject({ sequence: 41 })
})

test('silence is loss, and the silent connection is let go', async () => {
  const where = place()
  const { peer } = await scripted(where, [1, 2])
  const view = watch(where.path('operator'), { silenceMsMax: 30 })
  await view.snapshot()
  const first = peer().socket
  const gone = new Promise<void>((resolve) => void first.once('close', () => resolve()))
  expect(await view.state('lost')).toMatchObject({ reason: 'the engine went silent' })
  await gone
  expect((await view.snapshot()).sequence).toBe(2)
})

test('heartbeats keep a quiet engine alive', async () => {
  const where = place()
  await world(where, { limits: { heartbeatMs: 20 } })
  const view = watch(where.path('operator'), { silenceMsMax: 2_000 })
  await view.snapshot()
  for (let beat = 0; beat < 5; beat += 1) await view.state('live')
  expect(view.seen.some((event) => event.kind === 'state' && event.state.kind === 'lost')).toBe(false)
})

test('a push of another shape is not shown', async () => {
  const where = place()
  const { peer } = await scripted(where, [1, 2])
  const view = watch(where.path('operator'))
  await view.snapshot()
  peer().push('delta', { sequence: 2, changes: 'all of it' })
  expect(await view.state('lost')).toMatchObject({ reason: 'the engine sent a delta of another shape' })
})

const { signals: _, ...withoutSignals } = sample
test.each([
  { says: 'nothing', told: null },
  { says: 'no snapshot', told: { sequence: 1 } },
  { says: 'a snapshot of another version', told: { sequence: 1, snapshot: withoutSignals } },
  { says: 'a list that is none', told: { sequence: 1, snapshot: { ...sample, processes: 7 } } },
  { says: 'a word that is new', told: { sequence: 1, snapshot: { ...sample, engine: { ...sample.engine, state: 'asleep' } } } },
])('an engine that answers with $says is lost with the reason, and nothing of it is shown', async ({ told }) => {
  const where = place()
  const engine = await fakeEngine(where.path('operator'), ({ id }, peer) => peer.answer(id, told))
  undo.push(engine.close)
  const view = watch(where.path('operator'))
  expect(await view.state('lost')).toMatchObject({ reason: expect.stringContaining('use the console of its version') })
  expect(view.seen.some(({ kind }) => kind === 'snapshot')).toBe(false)
})

test.each([
  { method: 'delta', params: { sequence: 2, at: AT, changes: { positions: null } } },
  { method: 'snapshot', params: { sequence: 2, at: AT, snapshot: withoutSignals } },
])('a $method that a view could not show is not shown', async ({ method, params }) => {
  const where = place()
  const { peer } = await scripted(where, [1, 2])
  const view = watch(where.path('operator'))
  await view.snapshot()
  peer().push(method, params)
  expect(await view.state('lost')).toMatchObject({ reason: expect.stringContaining('use the console of its version') })
})

test('members that are new to us, and figures beyond our limits, are no reason to lose an engine', async () => {
  const where = place()
  const { peer } = await scripted(where, [1])
  const view = watch(where.path('operator'))
  await view.snapshot()
  peer().push('snapshot', { sequence: 2, at: AT, snapshot: { ...sample, asOf: AT + 0.5, moods: [], engine: { ...sample.engine, mood: 'fine' } } })
  expect((await view.snapshot()).sequence).toBe(2)
})

test.each([null, 'accepted', {}, { outcome: 'done', auditSequence: 1, message: '' }, { outcome: 'accepted', auditSequence: null, message: '' }])(
  'an answer to a command that is none, %j, leaves it unknown',
  async (answer) => {
    const where = place()
    await scripted(where, [1], ({ id }, peer) => peer.answer(id, answer))
    const view = watch(where.path('operator'))
    await view.snapshot()
    expect(await view.command(pause())).toMatchObject({ outcome: 'unknown', auditSequence: null })
  },
)

test('a command without an answer in time is unknown, and the same id can be asked again', async () => {
  const where = place()
  let asked = 0
  const accepted = { outcome: 'accepted', auditSequence: 3, message: '' }
  await scripted(where, [1], ({ id }, peer) => {
    asked += 1
    if (asked === 2) peer.answer(id, accepted)
  })
  const view = watch(where.path('operator'), { requestMsMax: 20 })
  await view.snapshot()
  expect(await view.command(pause())).toMatchObject({ outcome: 'unknown', auditSequence: null })
  expect(await view.command(pause())).toEqual(accepted)
})

test('a command that was never sent is refused; one that may have arrived stays unknown while there is no engine', async () => {
  const where = place()
  const { engine } = await scripted(where, [1], (_, peer) => peer.socket.destroy())
  const view = watch(where.path('operator'))
  await view.snapshot()
  expect(await view.command(pause('first-command'))).toMatchObject({ outcome: 'unknown' })
  await engine.close()
  await view.state('lost')
  expect(await view.command(pause('first-command'))).toMatchObject({ outcome: 'unknown' })
  expect(await view.command(pause('other-command'))).toMatchObject({ outcome: 'refused', message: 'not sent: no engine is connected' })
})

test('what the engine refuses at its door is refused, what failed inside is unknown', async () => {
  const where = place()
  const { logged } = await world(where, { command: () => Promise.reject(new Error('broken')) })
  const observer = watch(where.path('observer'))
  const operator = watch(where.path('operator'))
  await Promise.all([observer.snapshot(), operator.snapshot()])
  expect(await observer.command(pause())).toMatchObject({ outcome: 'refused' })
  expect(await operator.command(pause())).toMatchObject({ outcome: 'unknown' })
  expect(logged.join()).toContain('broken')
})

test('after stop nothing is said and no connection stays', async () => {
  const where = place()
  const { peer } = await scripted(where, [1])
  const view = watch(where.path('operator'))
  await view.snapshot()
  const gone = new Promise<void>((resolve) => void peer().socket.once('close', () => resolve()))
  const before = view.seen.length
  view.stop()
  await gone
  expect(view.seen).toHaveLength(before)
})

test('stopped while it connects, it says nothing more either', async () => {
  const where = place()
  const engine = await fakeEngine(where.path('operator'), () => undefined)
  undo.push(engine.close)
  const view = watch(where.path('operator'))
  view.stop()
  await new Promise((resolve) => setImmediate(resolve))
  expect(view.seen).toEqual([{ kind: 'state', state: { kind: 'connecting' } }])
})

/** An engine that gives its snapshot and then says what a test wants it to say. */
const talking = async () => {
  const where = place()
  let peer: Peer | null = null
  const engine = await fakeEngine(where.path('operator'), (request, to) => {
    to.answer(request.id, { sequence: 1, snapshot: sample })
    peer = to
  })
  undo.push(engine.close)
  return { where, push: (method: string, params: object): void => peer?.push(method, params) }
}

test('quiet is told once, before the engine counts as lost, and again after it was heard', async () => {
  const { where, push } = await talking()
  const told: number[] = []
  let onTold = (): void => undefined
  const nextTold = (): Promise<void> =>
    new Promise((resolve) => {
      onTold = resolve
    })
  const view = watch(where.path('operator'), {
    quiet: {
      ms: 20,
      onQuiet: () => {
        told.push(performance.now())
        onTold()
      },
    },
    silenceMsMax: 10_000,
  })
  const first = nextTold()
  await view.snapshot()
  await first
  const second = nextTold()
  push('heartbeat', { sequence: 1, at: AT })
  await second
  expect(told).toHaveLength(2)
  expect(view.seen.filter((each) => each.kind === 'state' && each.state.kind === 'lost')).toEqual([])
})

/** A view of an engine that talks, with both clocks of the console in hand. */
const watchByHand = async () => {
  const { where, push } = await talking()
  const passed = { wall: 0, steady: 0 }
  const clock: Clock = { now: () => (AT + passed.wall) as Millis, monotonic: () => passed.steady }
  const view = watch(where.path('operator'), { clock })
  await view.snapshot()
  /** When it counts as heard, by the console's clock. */
  const heard = async (at: number): Promise<number> => {
    push('heartbeat', { sequence: 1, at })
    return (await view.state('live')).lastHeardAt
  }
  return { passed, heard }
}

test('what waited on its way is as old as it is, and what claims to be of the future is of now', async () => {
  const { passed, heard } = await watchByHand()
  Object.assign(passed, { wall: 5_000, steady: 5_000 })
  expect(await heard(AT + 1_000)).toBe(AT + 1_000)
  expect(await heard(AT + 9_000)).toBe(AT + 5_000)
})

test.each([
  { whose: 'the console', wall: 3_601_000, steady: 1_000, at: AT + 1_000 },
  { whose: 'the engine', wall: 1_000, steady: 1_000, at: AT - 3_600_000 },
  { whose: 'their host', wall: -3_599_000, steady: 1_000, at: AT - 3_599_000 },
])('a clock of $whose that is set makes nothing old that is said now', async ({ wall, steady, at }) => {
  const { passed, heard } = await watchByHand()
  Object.assign(passed, { wall, steady })
  expect(await heard(at)).toBe(AT + wall)
  Object.assign(passed, { wall: wall + 3_000, steady: steady + 3_000 })
  expect(await heard(at + 1_000)).toBe(AT + wall + 1_000)
})
