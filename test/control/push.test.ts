import { afterEach, expect, test } from 'vitest'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { CLIENT_BACKLOG_BYTES_MAX, Delta, Heartbeat, Resnapshot, SubscribeResult } from '../../src/contracts/wire.ts'
import { bulk } from './sample.ts'
import { createWorld, type Message, type RawClient, type World } from './world.ts'

const worlds: World[] = []
const world = async (...given: Parameters<typeof createWorld>): Promise<World> => {
  const made = await createWorld(...given)
  worlds.push(made)
  return made
}
afterEach(async () => {
  for (const made of worlds.splice(0)) await made.dispose()
})

const subscribed = async ({ client }: World): Promise<RawClient> => {
  const reader = await client('observer')
  await reader.hello()
  await reader.ask('subscribe', {})
  return reader
}

const isPush = ({ method }: Message): boolean => method !== undefined
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** About 2.4 MB: far beyond the cap of one client and what the kernel holds for it. */
const BURST = { deltas: 120, bytes: 20_000 } as const

/** Pushes the burst and waits until the reader, which keeps up, has each delta. */
const burst = async ({ hub }: World, reader: RawClient): Promise<number[]> => {
  const sequences: number[] = []
  for (let index = 0; index < BURST.deltas; index += 1) {
    hub.update(bulk(index, BURST.bytes), true)
    sequences.push((await reader.next(({ method }) => method === 'delta')).params.sequence)
  }
  return sequences
}

test('subscribe answers with a snapshot at n, and deltas follow from n + 1', async () => {
  const engine = await world()
  const { hub, client } = engine
  const reader = await client('observer')
  await reader.hello()
  hub.update({ equity: '2' })
  const { sequence, snapshot } = SubscribeResult.parse((await reader.ask('subscribe', {})).result)
  expect(snapshot.equity).toBe('2')
  for (const equity of ['3', '4', '5']) hub.update({ equity }, true)
  const deltas = [await reader.next(isPush), await reader.next(isPush), await reader.next(isPush)].map(({ params }) => Delta.parse(params))
  expect(deltas.map((delta) => delta.sequence)).toEqual([sequence + 1, sequence + 2, sequence + 3])
  expect(deltas.map(({ changes }) => changes)).toEqual([{ equity: '3' }, { equity: '4' }, { equity: '5' }])
})

test('whenever clients join a busy engine, each sees an unbroken sequence and ends at its state', async () => {
  const engine = await world()
  const { hub } = engine
  const busy = (async () => {
    for (let index = 0; index < 400; index += 1) {
      hub.update({ illegalMoves: index + 1 }, true)
      if (index % 2 === 0) await Promise.resolve()
      else await turn()
    }
  })()
  const readers = await Promise.all(Array.from({ length: 20 }, () => engine.client('observer')))
  const views = readers.map(async (reader, index) => {
    for (let wait = 0; wait < index; wait += 1) await turn()
    await reader.hello()
    const first = SubscribeResult.parse((await reader.ask('subscribe', {})).result)
    return await track(reader, first, (view) => view.illegalMoves === 400)
  })
  await busy
  for (const view of await Promise.all(views)) expect(view).toEqual(hub.get().snapshot)
})

test('no change overtakes the snapshot, not even one between making it and sending it', async () => {
  let changed = false
  const { client } = await world({
    onGet: (hub) => {
      if (!changed) queueMicrotask(() => hub.update({ equity: 'new' }, true))
      changed = true
    },
  })
  const reader = await client('observer')
  await reader.hello()
  const answer = reader.ask('subscribe', {})
  const pushed = await reader.next(isPush)
  expect(pushed).toMatchObject({ method: 'snapshot', params: { sequence: 1, snapshot: { equity: 'new' } } })
  expect((await answer).result).toMatchObject({ sequence: 0, snapshot: { equity: '1' } })
  expect(reader.order).toEqual(['answer', 'answer', 'snapshot'])
})

/** Follows by the rules of the protocol and fails at a gap. */
const track = async (reader: RawClient, { sequence, snapshot }: SubscribeResult, done: (view: Snapshot) => boolean): Promise<Snapshot> => {
  let view = snapshot
  let at = sequence
  while (!done(view)) {
    const { method, params } = await reader.next(isPush)
    if (method === 'snapshot') {
      const again = Resnapshot.parse(params)
      expect(again.sequence).toBeGreaterThanOrEqual(at)
      view = again.snapshot
      at = again.sequence
    } else if (method === 'delta') {
      const delta = Delta.parse(params)
      expect(delta.sequence).toBe(at + 1)
      view = { ...view, ...(delta.changes as Partial<Snapshot>) }
      at = delta.sequence
    }
  }
  return view
}

test('a client that does not read costs a bounded backlog, then gets one snapshot and goes on from there', async () => {
  const engine = await world()
  const [slow, quick] = [await subscribed(engine), await subscribed(engine)]
  slow.socket.pause()
  const sequences = await burst(engine, quick)
  expect(sequences).toEqual(sequences.map((_, index) => index + 1))

  slow.socket.resume()
  let last = 0
  let message = await slow.next(isPush)
  for (; message.method === 'delta'; message = await slow.next(isPush)) {
    expect(message.params.sequence).toBe(last + 1)
    last = message.params.sequence
  }
  expect(message.method).toBe('snapshot')
  expect(Resnapshot.parse(message.params)).toMatchObject({ sequence: BURST.deltas, snapshot: engine.hub.get().snapshot })
  // What it was sent is the cap, one frame, and what two kernel buffers and Node's own hold.
  expect(slow.socket.bytesRead).toBeLessThan(CLIENT_BACKLOG_BYTES_MAX + 1_000_000)
  expect(last).toBeLessThan(BURST.deltas / 2)

  engine.hub.update({ equity: '9' }, true)
  expect((await slow.next(isPush)).params).toMatchObject({ sequence: BURST.deltas + 1, changes: { equity: '9' } })
})

test('a client that stays behind for too long is disconnected, and nobody else is', async () => {
  const engine = await world({ limits: { stallMsMax: 30 } })
  const [stalled, quick] = [await subscribed(engine), await subscribed(engine)]
  stalled.socket.pause()
  await burst(engine, quick)
  await engine.log('did not read for too long')
  stalled.socket.resume()
  await stalled.closed
  engine.hub.update({ equity: '9' }, true)
  expect((await quick.next(isPush)).params.changes).toEqual({ equity: '9' })
})

test('replies are never dropped, and requests of a client that does not read wait instead of piling up', async () => {
  let served = 0
  const engine = await world({
    onGet: () => {
      served += 1
    },
  })
  const { hub, client } = engine
  hub.update(bulk(1, 20_000))
  const greedy = await client()
  await greedy.hello()
  greedy.socket.pause()
  const count = 200 // 4 MB of answers
  greedy.write(Array.from({ length: count }, (_, index) => `${JSON.stringify({ jsonrpc: '2.0', id: `s${index}`, method: 'status' })}\n`).join(''))
  const other = await client()
  await other.hello()
  for (let index = 0; index < 50; index += 1) expect((await other.ask('status')).result.instance).toBe('default')
  expect(served).toBeLessThan(50 + count / 2) // the rest waits on the client's side
  greedy.socket.resume()
  for (let index = 0; index < count; index += 1) expect((await greedy.next(({ id }) => id === `s${index}`)).result.alerts).toHaveLength(1)
})

test('silence is filled with heartbeats that carry the sequence, for subscribers only', async () => {
  const engine = await world({ limits: { heartbeatMs: 10 } })
  const reader = await subscribed(engine)
  const bystander = await engine.client()
  await bystander.hello()
  engine.hub.update({ equity: '2' }, true)
  expect((await reader.next(isPush)).method).toBe('delta')
  for (let beat = 0; beat < 3; beat += 1) {
    const { method, params } = await reader.next(isPush)
    expect(method).toBe('heartbeat')
    expect(Heartbeat.parse(params).sequence).toBe(1)
  }
  await bystander.ask('status') // anything pushed before would have come before this answer
  const pushed = await Promise.race([bystander.next(isPush).then(() => true), turn().then(() => false)])
  expect(pushed).toBe(false)
})

test('with the last subscriber the work for subscribers ends', async () => {
  const engine = await world()
  const reader = await subscribed(engine)
  reader.socket.end()
  await reader.closed
  engine.hub.update({ equity: '2' }, true)
  engine.hub.update({ equity: '3' }, true)
  expect(engine.hub.get().sequence).toBe(1) // two deltas would have made it two
})
