import { chmodSync, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { syncFolder } from '../../src/atomic-file.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'
import type { Order } from '../../src/contracts/order.ts'
import { DISK_REMEDY, isDiskRefusal } from '../../src/disk.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { hashOf, sha256 } from '../../src/hash.ts'
import type { RecordedInput } from '../core/input.ts'
import type { RecordedRules } from '../core/rules.ts'
import type { State } from '../core/state.ts'
import type { TapePiece } from '../tape/port.ts'
import { foldBeside } from './fold-beside.ts'
import { ORDER_KINDS, RECENT_ORDERS_MAX, type RecentOrders, recentOrders } from './recent-orders.ts'
import { harden, prepareSchema } from './schema.ts'

/** An input as the ledger keeps it: a run of bars by its range, anything else whole. */
export type StoredInput = { readonly kind: 'bars'; readonly from: number; readonly to: number } | RecordedInput

/** A state as JSON with its keys as they came, because orders and signals are gone through in that order; the hash is that of its canonical text. */
export type Checkpoint = { readonly text: string; readonly hash: string }

export const checkpointOf = (state: State): Checkpoint => ({ text: JSON.stringify(state), hash: hashOf(state) })

/** What one cycle leaves behind, written in one transaction or not at all. */
export type Entry = {
  readonly cycle: Cycle
  readonly barSequence: number
  readonly inputs: readonly StoredInput[]
  readonly events: readonly EngineEvent[]
  /** The state after it, where one is due. */
  readonly checkpoint: Checkpoint | null
  /** Records of the tape that this cycle rests on and that may not be on the disk yet; null where all are. */
  readonly tape: TapePiece | null
}

export type LedgerEnd = {
  readonly cycle: number
  readonly sequence: number
  readonly barSequence: number
  readonly input: number
  readonly chain: string
}

export type RecordedCycle = {
  readonly cycle: Cycle
  readonly barSequence: number
  readonly chain: string
  readonly inputs: readonly string[]
  readonly events: readonly string[]
}

/** PostgreSQL will stand behind the same methods. Every failure to write is thrown and nothing is tried twice. */
export type Ledger = {
  readonly id: string
  readonly end: () => LedgerEnd
  readonly append: (entry: Entry) => void
  /** The newest one before a cycle that is kept whole; its state is null where its text cannot be read, and whoever uses it holds the hash against it. */
  readonly latestCheckpoint: (before?: number) => { readonly cycle: number; readonly state: State | null; readonly hash: string } | null
  readonly checkpointHash: (cycle: number) => string | null
  /** Facts in order, of some kinds or of all. There is no index by kind, but what is passed over is not parsed. */
  readonly events: (afterSequence: number, limit?: number, kinds?: readonly EventKind[]) => EngineEvent[]
  /** Hash of the settings that the newest start or reload among these facts named; null where there is none among them. */
  readonly configHash: (afterSequence: number, upToSequence: number) => string | null
  readonly inputs: (afterNumber: number, limit?: number) => { readonly number: number; readonly cycle: number; readonly input: StoredInput }[]
  /** The rules of every start and reload, in order: bars between facts are marked under those of their time. */
  readonly rules: () => RecordedRules[]
  readonly cycles: (
    afterNumber: number,
    limit?: number,
  ) => { readonly cycle: Cycle; readonly chain: string; readonly barSequence: number; readonly input: number }[]
  /** The orders touched last, newest first; at most `RECENT_ORDERS_MAX`. */
  readonly recentOrders: (limit: number) => Order[]
  /** Every recorded cycle in order, with its rows as they were written: for verification. */
  readonly history: () => Generator<RecordedCycle>
  readonly meta: (key: string) => string | null
  readonly setMeta: (key: string, value: string) => void
  /** Moves what the write-ahead log holds into the main file, so that the log begins anew; called between cycles. @throws LedgerFailure */
  readonly settle: () => void
  /** The same beside the work, for who has no quiet moment. @throws LedgerFailure where the last one failed */
  readonly settleBeside: () => void
  readonly bytes: () => number
  readonly close: () => void
}

export const START_CHAIN = '0'.repeat(64)
const ROWS_AT_ONCE = 10_000
/** States that are kept whole, so that a start has others where the newest is damaged. Of older ones the hash is enough to verify a replay by. */
export const CHECKPOINTS_KEPT = 5
/** Pieces of the tape that are kept: whoever appends them flushes the tape before so many have come since its last flush. */
export const TAPE_PIECES_MAX = 256
/** Somebody else who holds a database is waited for so long, less than a process may be silent before it counts as stuck. */
export const BUSY_MS_MAX = 1_000

/** A write that failed. The disk may hold less than we think, so the only safe thing is to stop trading; a restart would only repeat it. */
export class LedgerFailure extends ExitError {
  constructor(message: string, cause: unknown) {
    super(Exit.corrupt, `${message}: ${(cause as Error).message}`, isDiskRefusal(cause) ? DISK_REMEDY : null)
    this.cause = cause
  }
}

/** @throws ExitError 65 where the file is no ledger of ours, or the disk refuses it. */
export const openLedger = (path: string, makeId: () => string, options: { readonly readOnly?: boolean } = {}): Ledger => {
  const isNew = !existsSync(path)
  if (isNew && options.readOnly === true) throw new ExitError(Exit.notRunning, `no ledger at ${path}`)
  let database: DatabaseSync
  let id: string
  try {
    database = new DatabaseSync(path, { readOnly: options.readOnly === true, timeout: BUSY_MS_MAX })
    if (options.readOnly !== true) harden(database)
    id = prepareSchema(database, path, makeId, options.readOnly === true)
  } catch (error) {
    if (error instanceof ExitError) throw error
    if (isDiskRefusal(error)) throw new LedgerFailure(`${path} could not be opened`, error)
    throw new ExitError(Exit.corrupt, `${path}: ${(error as Error).message}`, 'restore it from a backup; nothing was changed')
  }
  if (isNew) {
    chmodSync(path, 0o600)
    syncFolder(dirname(path))
  }
  return ledgerOver(database, path, id)
}

const ledgerOver = (database: DatabaseSync, path: string, id: string): Ledger => {
  const fold = (): void => database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  const beside = foldBeside(path, fold)
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const insertInput = database.prepare('INSERT INTO inputs VALUES (?, ?, ?, ?)')
  const insertEvent = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?)')
  const insertCycle = database.prepare('INSERT INTO cycles VALUES (?, ?, ?, ?, ?, ?)')
  const insertCheckpoint = database.prepare('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)')
  const forgetCheckpoint = database.prepare(
    `UPDATE checkpoints SET body = '' WHERE cycle = (SELECT cycle FROM checkpoints ORDER BY cycle DESC LIMIT 1 OFFSET ${CHECKPOINTS_KEPT})`,
  )
  // Backwards, so that it ends at the first one: the start of this process is never far.
  const newestSettings = database.prepare(
    "SELECT body FROM events WHERE sequence > ? AND sequence <= ? AND kind IN ('orchestratorStarted', 'rulesChanged') ORDER BY sequence DESC LIMIT 1",
  )
  let keepPiece: StatementSync | null = null // a ledger of version 1 that is only read has no table for it
  let slot = 0

  const readEnd = (): LedgerEnd => {
    const row = database.prepare('SELECT number, sequence, bar_sequence, input, chain FROM cycles ORDER BY number DESC LIMIT 1').get() as
      | { number: number; sequence: number; bar_sequence: number; input: number; chain: string }
      | undefined
    return row === undefined
      ? { cycle: 0, sequence: 0, barSequence: 0, input: 0, chain: START_CHAIN }
      : { cycle: row.number, sequence: row.sequence, barSequence: row.bar_sequence, input: row.input, chain: row.chain }
  }
  let end = readEnd()

  /** Made when somebody first asks: most who open a ledger never do. */
  let newest: RecentOrders | null = null
  const loadNewest = (): RecentOrders => {
    const found = recentOrders()
    const first = database
      .prepare("SELECT sequence FROM events WHERE kind = 'orderIntended' ORDER BY sequence DESC LIMIT 1 OFFSET ?")
      .get(RECENT_ORDERS_MAX - 1) as { sequence: number } | undefined
    const rows = database
      .prepare(`SELECT body FROM events WHERE sequence >= ? AND kind IN (${ORDER_KINDS.map(() => '?').join(', ')}) ORDER BY sequence`)
      .all(first?.sequence ?? 0, ...ORDER_KINDS) as { body: string }[]
    for (const { body } of rows) found.note(JSON.parse(body) as EngineEvent)
    return found
  }

  const append = ({ cycle, barSequence, inputs, events, checkpoint, tape }: Entry): void => {
    try {
      begin.run()
      const texts: string[] = []
      let input = end.input
      for (const stored of inputs) {
        const body = JSON.stringify(stored)
        texts.push(body)
        insertInput.run(++input, cycle.number, stored.kind, body)
      }
      for (const event of events) {
        const body = JSON.stringify(event)
        texts.push(body)
        insertEvent.run(event.sequence, cycle.number, event.kind, body)
      }
      const chain = chainOf(end.chain, texts)
      insertCycle.run(cycle.number, cycle.sequence, barSequence, input, chain, JSON.stringify(cycle))
      if (checkpoint !== null) {
        insertCheckpoint.run(cycle.number, checkpoint.hash, checkpoint.text)
        forgetCheckpoint.run()
      }
      if (tape !== null) {
        keepPiece ??= database.prepare('INSERT OR REPLACE INTO tape_tail VALUES (?, ?, ?)')
        keepPiece.run(slot, tape.first, tape.bytes)
        slot = (slot + 1) % TAPE_PIECES_MAX
      }
      commit.run()
      end = { cycle: cycle.number, sequence: cycle.sequence, barSequence, input, chain }
      if (newest !== null) for (const event of events) newest.note(event)
    } catch (error) {
      if (database.isTransaction) rollBack(database)
      throw new LedgerFailure(`cycle ${cycle.number} could not be written`, error)
    }
  }

  return {
    id,
    end: () => end,
    append,
    latestCheckpoint: (before = Number.MAX_SAFE_INTEGER) => {
      const row = database
        .prepare("SELECT cycle, hash, body FROM checkpoints WHERE cycle < ? AND body <> '' ORDER BY cycle DESC LIMIT 1")
        .get(before) as { cycle: number; hash: string; body: string } | undefined
      return row === undefined ? null : { cycle: row.cycle, hash: row.hash, state: stateOf(row.body) }
    },
    checkpointHash: (cycle) =>
      (database.prepare('SELECT hash FROM checkpoints WHERE cycle = ?').get(cycle) as { hash: string } | undefined)?.hash ?? null,
    events: (after, limit = ROWS_AT_ONCE, kinds = []) => {
      const ofKinds = kinds.length === 0 ? '' : `AND kind IN (${kinds.map(() => '?').join(', ')})`
      const select = database.prepare(`SELECT body FROM events WHERE sequence > ? ${ofKinds} ORDER BY sequence LIMIT ?`)
      return (select.all(after, ...kinds, limit) as { body: string }[]).map((row) => JSON.parse(row.body) as EngineEvent)
    },
    configHash: (after, upTo) => {
      const row = newestSettings.get(after, upTo) as { body: string } | undefined
      return row === undefined ? null : (JSON.parse(row.body) as { configHash: string }).configHash
    },
    inputs: (after, limit = ROWS_AT_ONCE) =>
      (
        database.prepare('SELECT number, cycle, body FROM inputs WHERE number > ? ORDER BY number LIMIT ?').all(after, limit) as {
          number: number
          cycle: number
          body: string
        }[]
      ).map((row) => ({ number: row.number, cycle: row.cycle, input: JSON.parse(row.body) as StoredInput })),
    rules: () =>
      (database.prepare("SELECT body FROM inputs WHERE kind IN ('started', 'reloaded') ORDER BY number").all() as { body: string }[]).map(
        (row) => (JSON.parse(row.body) as { rules: RecordedRules }).rules,
      ),
    cycles: (after, limit = ROWS_AT_ONCE) =>
      (
        database.prepare('SELECT body, chain, bar_sequence, input FROM cycles WHERE number > ? ORDER BY number LIMIT ?').all(after, limit) as {
          body: string
          chain: string
          bar_sequence: number
          input: number
        }[]
      ).map((row) => ({ cycle: JSON.parse(row.body) as Cycle, chain: row.chain, barSequence: row.bar_sequence, input: row.input })),
    recentOrders: (limit) => {
      newest ??= loadNewest()
      return newest.newest(limit)
    },
    history: () => history(database),
    meta: (key) => (database.prepare('SELECT value FROM meta WHERE key = ?').get(key) as { value: string } | undefined)?.value ?? null,
    setMeta: (key, value) => {
      try {
        database.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(key, value)
      } catch (error) {
        throw new LedgerFailure(`${key} could not be written`, error)
      }
    },
    settle: () => {
      try {
        fold()
      } catch (error) {
        throw new LedgerFailure('the write-ahead log could not be folded into the ledger', error)
      }
    },
    settleBeside: () => {
      try {
        beside.ask()
      } catch (error) {
        throw new LedgerFailure('the write-ahead log could not be folded into the ledger', error)
      }
    },
    bytes: () => [path, `${path}-wal`].reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0),
    close: () => {
      beside.close()
      database.close()
    },
  }
}

const stateOf = (body: string): State | null => {
  try {
    return JSON.parse(body) as State
  } catch {
    return null // told by whoever wants to begin from it
  }
}

const CYCLES_AT_ONCE = 500

function* history(database: DatabaseSync): Generator<RecordedCycle> {
  const selectCycles = database.prepare('SELECT number, bar_sequence, chain, body FROM cycles WHERE number > ? ORDER BY number LIMIT ?')
  const selectInputs = database.prepare('SELECT cycle, body FROM inputs WHERE cycle BETWEEN ? AND ? ORDER BY number')
  const selectEvents = database.prepare('SELECT cycle, body FROM events WHERE cycle BETWEEN ? AND ? ORDER BY sequence')
  const byCycle = (rows: { cycle: number; body: string }[]): Map<number, string[]> => {
    const groups = new Map<number, string[]>()
    for (const { cycle, body } of rows) {
      const group = groups.get(cycle)
      if (group === undefined) groups.set(cycle, [body])
      else group.push(body)
    }
    return groups
  }
  for (let after = 0; ; ) {
    const rows = selectCycles.all(after, CYCLES_AT_ONCE) as { number: number; bar_sequence: number; chain: string; body: string }[]
    const [first, last] = [rows[0], rows.at(-1)]
    if (first === undefined || last === undefined) return
    const inputs = byCycle(selectInputs.all(first.number, last.number) as { cycle: number; body: string }[])
    const events = byCycle(selectEvents.all(first.number, last.number) as { cycle: number; body: string }[])
    for (const row of rows) {
      yield {
        cycle: JSON.parse(row.body) as Cycle,
        barSequence: row.bar_sequence,
        chain: row.chain,
        inputs: inputs.get(row.number) ?? [],
        events: events.get(row.number) ?? [],
      }
    }
    after = last.number
  }
}

/** Nothing of the cycle may be read as if it were written. A disk that refuses even this changes nothing: the process ends anyway. */
const rollBack = (database: DatabaseSync): void => {
  try {
    database.exec('ROLLBACK')
  } catch {
    // The write that failed is what gets reported; SQLite drops the open transaction when the file is next opened.
  }
}

/** Ties a cycle to all before it: changing any stored input or event breaks every chain after it. */
export const chainOf = (previous: string, texts: readonly string[]): string => sha256(`${previous}\n${texts.join('\n')}`)

/** SQLITE_ERROR (no such table), SQLITE_CORRUPT, SQLITE_NOTADB: what stands there is no ledger of ours. */
const NO_LEDGER = new Set([1, 11, 26])

/**
 * Last bar that a ledger accounts for; 0 without one. For the supervisor, which lets the rings of a replay begin there. What cannot
 * be read as a ledger counts as none here: the orchestrator judges it, halts and says why.
 */
export const lastLedgerBar = (path: string): number =>
  lookInto(path, 0, (database) => {
    const row = database.prepare('SELECT bar_sequence FROM cycles ORDER BY number DESC LIMIT 1').get() as { bar_sequence: number } | undefined
    return row?.bar_sequence ?? 0
  })

/** The copies that a ledger keeps of the tape's newest records, for whoever opens the tape after a power cut; none without a ledger. */
export const tapePieces = (path: string): TapePiece[] =>
  lookInto(path, [], (database) => database.prepare('SELECT first, records AS bytes FROM tape_tail ORDER BY first').all() as TapePiece[])

const lookInto = <Found>(path: string, none: Found, look: (database: DatabaseSync) => Found): Found => {
  if (!existsSync(path)) return none
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS_MAX })
  try {
    return look(database)
  } catch (error) {
    if (NO_LEDGER.has(((error as { errcode?: number }).errcode ?? 0) % 256)) return none
    throw error
  } finally {
    database.close()
  }
}
