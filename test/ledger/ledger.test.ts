import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { CHECKPOINTS_KEPT, checkpointOf, LedgerFailure, lastLedgerBar, openLedger, TAPE_PIECES_MAX, tapePieces } from '../../engine/ledger/ledger.ts'
import { RECENT_ORDERS_MAX } from '../../engine/ledger/recent-orders.ts'
import { LEDGER_SCHEMA } from '../../engine/ledger/schema.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import { Exit } from '../../src/exit.ts'
import { machine, openLong, T0 } from '../helpers/engine-fixture.ts'
import { entryOf } from '../helpers/ledger-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

const fresh = () => {
  const path = join(tempFolder(), 'execution.sqlite')
  return { path, ledger: openLedger(path, () => 'led') }
}

const story = () => {
  const world = machine()
  openLong(world)
  return world
}

describe('a ledger', () => {
  test('gives back what it was given, in order, after being opened again', () => {
    const { path, ledger } = fresh()
    const world = story()
    ledger.append(entryOf(1, world.events))
    ledger.close()
    const again = openLedger(path, () => 'other')
    expect(again.id).toBe('led')
    expect(again.events(0)).toEqual(world.events)
    expect(again.end()).toMatchObject({ cycle: 1, sequence: world.events.length, barSequence: 1, input: 1 })
    const intended = world.events.find((event) => event.kind === 'orderIntended')
    expect(again.recentOrders(5)).toMatchObject([{ clientOrderId: `led-${intended?.sequence}`, state: 'filled' }])
    again.close()
    expect(lastLedgerBar(path)).toBe(1)
  })

  test.each([
    { says: 'no file', text: null },
    { says: 'an empty file', text: '' },
    { says: 'garbage', text: 'this is no database '.repeat(1_000) },
  ])('has dealt with no bar where there is $says', ({ text }) => {
    const path = join(tempFolder(), 'execution.sqlite')
    if (text !== null) writeFileSync(path, text)
    expect(lastLedgerBar(path)).toBe(0)
  })

  test('is readable by its owner only', () => {
    const { path, ledger } = fresh()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    ledger.close()
  })

  test('a cycle that cannot be written leaves nothing of itself and is never tried again', () => {
    const { ledger } = fresh()
    const world = story()
    ledger.append(entryOf(1, world.events))
    // The same events again break the key on their sequence, half way through the transaction.
    expect(() => ledger.append(entryOf(2, world.events))).toThrow(LedgerFailure)
    expect(ledger.end().cycle).toBe(1)
    expect(ledger.inputs(0)).toHaveLength(1)
    ledger.close()
  })

  test('a changed row breaks the chain of its cycle', () => {
    const { path, ledger } = fresh()
    const world = story()
    ledger.append(entryOf(1, world.events))
    const [before] = [...ledger.history()]
    ledger.close()
    const database = new DatabaseSync(path)
    database.exec("UPDATE events SET body = json_set(body, '$.at', 1) WHERE sequence = 2")
    database.close()
    const again = openLedger(path, () => '')
    const [after] = [...again.history()]
    expect(after?.chain).toBe(before?.chain)
    expect(after?.events).not.toEqual(before?.events)
    again.close()
  })
})

describe('refused with exit code 65, and left as it was', () => {
  test('a file that is no database', () => {
    const path = join(tempFolder(), 'execution.sqlite')
    writeFileSync(path, 'not a database at all, but long enough to be taken for one'.repeat(100))
    expect(() => openLedger(path, () => 'x')).toThrow(expect.objectContaining({ code: Exit.corrupt }))
    expect(statSync(path).size).toBe(5_800)
  })

  test('a database of something else', () => {
    const path = join(tempFolder(), 'execution.sqlite')
    const database = new DatabaseSync(path)
    database.exec('CREATE TABLE photos (id INTEGER)')
    database.close()
    expect(() => openLedger(path, () => 'x')).toThrow(/something else/)
  })

  test('a ledger of a newer version: nothing is dropped', () => {
    const { path, ledger } = fresh()
    ledger.append(entryOf(1, story().events))
    ledger.close()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version=99')
    database.close()
    expect(() => openLedger(path, () => 'x')).toThrow(/newer version \(schema 99/)
    const kept = new DatabaseSync(path)
    expect(kept.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: story().events.length })
    kept.close()
  })
})

test('checkpoints: the newest are kept whole, of older ones the hash', () => {
  const { ledger } = fresh()
  const { state } = story()
  const written = Array.from({ length: CHECKPOINTS_KEPT + 3 }, (_, index) => checkpointOf({ ...state(), clock: index + 1 }))
  for (const [index, checkpoint] of written.entries()) ledger.append({ ...entryOf(index + 1, []), checkpoint })
  const found: number[] = []
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const checkpoint = ledger.latestCheckpoint(before)
    if (checkpoint === null) break
    expect(checkpoint.state?.clock).toBe(checkpoint.cycle)
    found.push(checkpoint.cycle)
    before = checkpoint.cycle
  }
  expect(found).toEqual([8, 7, 6, 5, 4])
  expect(written.map((_, index) => ledger.checkpointHash(index + 1))).toEqual(written.map(({ hash }) => hash))
  expect(ledger.checkpointHash(99)).toBe(null)
  ledger.close()
})

type OrderRow = {
  readonly client_order_id: string
  readonly sequence: number
  readonly symbol: string
  readonly state: string
  readonly body: string
}

const ordersIn = (path: string): OrderRow[] => {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('SELECT * FROM orders ORDER BY sequence DESC').all() as OrderRow[]
  database.close()
  return rows
}

describe('orders', () => {
  const told = (sequence: number, event: object): EngineEvent => ({ ...event, sequence, at: T0 + sequence, cause: null }) as unknown as EngineEvent
  const intended = (sequence: number, id: string) =>
    told(sequence, {
      kind: 'orderIntended',
      order: { clientOrderId: id, symbol: 'BTCUSD', state: 'intended', filled: 0, updatedAt: 0, venueOrderId: null },
    })
  const moved = (sequence: number, id: string, to: string, venueOrderId: string | null = null) =>
    told(sequence, { kind: 'orderStateChanged', clientOrderId: id, to, venueOrderId })
  const filled = (sequence: number, id: string, state: string, quantity: number) =>
    told(sequence, {
      kind: 'orderFilled',
      clientOrderId: id,
      order: { clientOrderId: id, symbol: 'BTCUSD', state, filled: quantity, updatedAt: 1, venueOrderId: 'v1' },
    })
  const events = [
    intended(1, 'a'),
    intended(2, 'b'),
    moved(3, 'a', 'acknowledged', 'v1'),
    filled(4, 'a', 'partiallyFilled', 5),
    moved(5, 'a', 'cancelled'),
  ]

  test('as they stand, the one touched last first: kept while writing, found again after opening, and the same for sqlite3', () => {
    const { path, ledger } = fresh()
    expect(ledger.recentOrders(5)).toEqual([]) // from here on they are kept
    ledger.append(entryOf(1, events))
    const kept = ledger.recentOrders(5)
    expect(kept).toEqual([
      { clientOrderId: 'a', symbol: 'BTCUSD', state: 'cancelled', filled: 5, updatedAt: T0 + 5, venueOrderId: 'v1' },
      { clientOrderId: 'b', symbol: 'BTCUSD', state: 'intended', filled: 0, updatedAt: 0, venueOrderId: null },
    ])
    expect(ledger.recentOrders(1)).toHaveLength(1)
    ledger.close()
    const again = openLedger(path, () => '')
    expect(again.recentOrders(5)).toEqual(kept)
    again.close()
    const rows = ordersIn(path)
    expect(rows.map(({ client_order_id, sequence, symbol, state }) => [client_order_id, sequence, symbol, state])).toEqual([
      ['a', 5, 'BTCUSD', 'cancelled'],
      ['b', 2, 'BTCUSD', 'intended'],
    ])
    expect(JSON.parse(rows[0]?.body ?? '')).toMatchObject({ state: 'cancelled', filled: 5, venueOrderId: 'v1' })
  })

  test('are forgotten beyond a number, the one touched longest ago first', () => {
    const { path, ledger } = fresh()
    ledger.append(
      entryOf(
        1,
        Array.from({ length: RECENT_ORDERS_MAX + 50 }, (_, index) => intended(index + 1, `o${index}`)),
      ),
    )
    const newest = ledger.recentOrders(1_000)
    expect(newest).toHaveLength(RECENT_ORDERS_MAX)
    expect(newest.at(-1)?.clientOrderId).toBe('o50')
    ledger.append(entryOf(2, [moved(1_000, 'o0', 'expired'), moved(1_001, 'o50', 'expired'), intended(1_002, 'new')]))
    expect(ledger.recentOrders(1_000).map(({ clientOrderId }) => clientOrderId)).toEqual(expect.arrayContaining(['new', 'o50']))
    expect(ledger.recentOrders(1_000)).toHaveLength(RECENT_ORDERS_MAX)
    ledger.close()
    expect(ordersIn(path)).toHaveLength(RECENT_ORDERS_MAX + 51)
  })
})

describe('copies of the tape in a ledger', () => {
  const pieceOf = (number: number) => ({ first: number * 2, bytes: new Uint8Array(192).fill(number) })

  test('are given back in order, and there are never more than so many', () => {
    const { path, ledger } = fresh()
    ledger.append(entryOf(1, []))
    expect(tapePieces(path)).toEqual([])
    for (let number = 2; number <= TAPE_PIECES_MAX + 5; number += 1) ledger.append({ ...entryOf(number, []), tape: pieceOf(number) })
    const pieces = tapePieces(path)
    expect(pieces).toHaveLength(TAPE_PIECES_MAX)
    expect(pieces).toEqual(Array.from({ length: TAPE_PIECES_MAX }, (_, index) => pieceOf(index + 6)))
    ledger.close()
  })

  test('are none where there is no ledger, or something else in its place', () => {
    const path = join(tempFolder(), 'execution.sqlite')
    expect(tapePieces(path)).toEqual([])
    writeFileSync(path, 'this is no database '.repeat(1_000))
    expect(tapePieces(path)).toEqual([])
  })

  test('find their place in a ledger of an older version, which keeps all it had; one that is only read stays as it is', () => {
    const { path, ledger } = fresh()
    const { events } = story()
    ledger.append(entryOf(1, events))
    ledger.close()
    const database = new DatabaseSync(path)
    database.exec('DROP TABLE tape_tail; DROP VIEW orders; CREATE TABLE orders (client_order_id TEXT PRIMARY KEY); PRAGMA user_version=1')
    database.close()
    const version = (): unknown => {
      const looked = new DatabaseSync(path, { readOnly: true })
      const row = looked.prepare('PRAGMA user_version').get()
      looked.close()
      return row
    }

    const read = openLedger(path, () => '', { readOnly: true })
    expect(read.events(0)).toEqual(events)
    read.close()
    expect(tapePieces(path)).toEqual([])
    expect(version()).toEqual({ user_version: 1 })

    const upgraded = openLedger(path, () => 'other')
    expect(version()).toEqual({ user_version: LEDGER_SCHEMA })
    expect(ordersIn(path)).toHaveLength(1)
    expect(upgraded.id).toBe('led')
    expect(upgraded.events(0)).toEqual(events)
    upgraded.append({ ...entryOf(2, []), tape: pieceOf(2) })
    upgraded.close()
    expect(tapePieces(path)).toEqual([pieceOf(2)])
  })
})

test('reading a ledger that is not there says that there is none', () => {
  const folder = tempFolder()
  chmodSync(folder, 0o700)
  expect(() => openLedger(join(folder, 'none.sqlite'), () => 'x', { readOnly: true })).toThrow(expect.objectContaining({ code: Exit.notRunning }))
})
