import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Bar } from '../../src/contracts/market.ts'
import type { Order, VenueReport } from '../../src/contracts/order.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import type { Quantity } from '../../src/units.ts'
import type { Scale } from '../core/money.ts'
import { BUSY_MS_MAX, LedgerFailure } from '../ledger/ledger.ts'
import { harden } from '../ledger/schema.ts'
import type { BrokerAnswer, PaperBroker } from './broker.ts'
import { fillAt, type PaperTerms } from './paper-fill.ts'

const SCHEMA = 1

const TABLES = `
  CREATE TABLE orders (client_order_id TEXT PRIMARY KEY, symbol TEXT NOT NULL, side TEXT NOT NULL, quantity INTEGER NOT NULL, filled INTEGER NOT NULL,
    state TEXT NOT NULL, accepted_bar INTEGER NOT NULL, ordinal INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE reports (venue_sequence INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
`

type Row = { client_order_id: string; symbol: string; side: 'buy' | 'sell'; quantity: number; filled: number; accepted_bar: number; ordinal: number }

type WithoutPlace<Report> = Report extends VenueReport ? Omit<Report, 'venueSequence'> : never

/**
 * Our own venue, which keeps its own record as a real one would: an order it took is on disk before it says so, and every
 * report can be told again. An order id it knows is refused, never filled twice.
 */
export const openPaperVenue = (path: string, scales: readonly Scale[], terms: PaperTerms): PaperBroker => {
  const database = opened(path)

  const insertOrder = database.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, 0, 'working', ?, ?)")
  const updateOrder = database.prepare('UPDATE orders SET filled = ?, state = ?, accepted_bar = ? WHERE client_order_id = ?')
  const insertReport = database.prepare('INSERT INTO reports VALUES (?, ?, ?, ?)')
  const findOrder = database.prepare('SELECT state FROM orders WHERE client_order_id = ?')
  const last = (sql: string): number => (database.prepare(sql).get() as { n: number | null }).n ?? 0

  let venueSequence = last('SELECT max(venue_sequence) AS n FROM reports')
  let ordinal = last('SELECT max(ordinal) AS n FROM orders')
  let clock = 0
  let barSequence = 0
  let listener: (answer: BrokerAnswer) => void = () => undefined
  const working = new Map<string, Row>(
    (database.prepare("SELECT * FROM orders WHERE state = 'working' ORDER BY ordinal").all() as Row[]).map((row) => [row.client_order_id, row]),
  )

  const transaction = (work: () => VenueReport[]): void => {
    let reports: VenueReport[]
    try {
      database.exec('BEGIN IMMEDIATE')
      reports = work()
      for (const report of reports) insertReport.run(report.venueSequence, report.clientOrderId, report.kind, JSON.stringify(report))
      database.exec('COMMIT')
    } catch (error) {
      // Orders in memory may now differ from the record, so this process must not go on: the next one reads the record.
      throw new LedgerFailure('the paper venue could not write its record', error)
    }
    for (const report of reports) listener({ kind: 'report', report })
  }
  const place = (report: WithoutPlace<VenueReport>): VenueReport => ({ ...report, venueSequence: ++venueSequence }) as VenueReport

  const submit = (order: Order, knownBar: number): void => {
    if (findOrder.get(order.clientOrderId) !== undefined) {
      listener({ kind: 'sent', clientOrderId: order.clientOrderId })
      query(order.clientOrderId)
      return
    }
    listener({ kind: 'sent', clientOrderId: order.clientOrderId })
    transaction(() => {
      const row: Row = {
        client_order_id: order.clientOrderId,
        symbol: order.symbol,
        side: order.side,
        quantity: order.quantity,
        filled: 0,
        accepted_bar: knownBar,
        ordinal: ++ordinal,
      }
      insertOrder.run(row.client_order_id, row.symbol, row.side, row.quantity, row.accepted_bar, row.ordinal)
      working.set(row.client_order_id, row)
      return [
        place({
          kind: 'acknowledged',
          clientOrderId: order.clientOrderId,
          venueOrderId: `paper-${row.ordinal}`,
          at: clock || order.intendedAt,
          barSequence: knownBar,
        }),
      ]
    })
  }

  const cancel = (clientOrderId: string): void => {
    if (!working.has(clientOrderId)) return // filled or ended on the way: its own report says so
    transaction(() => {
      const row = working.get(clientOrderId)
      working.delete(clientOrderId)
      updateOrder.run(row?.filled ?? 0, 'cancelled', barSequence, clientOrderId)
      return [place({ kind: 'cancelled', clientOrderId, reason: 'asked', at: clock, barSequence })]
    })
  }

  /** Known: everything it ever said of the order is said again. Unknown: nothing can be on the way within one process, so it never arrived. */
  const query = (clientOrderId: string): void => {
    const rows = database.prepare('SELECT body FROM reports WHERE client_order_id = ? ORDER BY venue_sequence').all(clientOrderId) as {
      body: string
    }[]
    if (rows.length === 0) listener({ kind: 'neverArrived', clientOrderId })
    for (const row of rows) listener({ kind: 'report', report: JSON.parse(row.body) as VenueReport })
  }

  const see = (bar: Bar): void => {
    clock = bar.eventTime
    barSequence = bar.sequence
    if (working.size === 0) return
    const scale = scales[bar.instrument]
    if (scale === undefined) return
    const meeting = [...working.values()].filter((row) => row.symbol === scale.symbol && row.accepted_bar < bar.sequence)
    if (meeting.length > 0) transaction(() => meeting.map((row) => fill(row, scale, bar)))
  }

  const fill = (row: Row, scale: Scale, bar: Bar): VenueReport => {
    const left = (row.quantity - row.filled) as Quantity
    const result = fillAt(terms, scale, { side: row.side, symbol: row.symbol, left, ordinal: row.side === 'buy' ? 0 : 1 }, bar)
    row.filled += result.quantity
    row.accepted_bar = bar.sequence
    updateOrder.run(row.filled, result.complete ? 'filled' : 'working', bar.sequence, row.client_order_id)
    if (result.complete) working.delete(row.client_order_id)
    return place({
      kind: 'filled',
      clientOrderId: row.client_order_id,
      executionId: `paper-${row.ordinal}-${bar.sequence}`,
      quantity: result.quantity,
      price: result.price,
      fee: result.fee,
      complete: result.complete,
      at: bar.eventTime,
      barSequence: bar.sequence,
    })
  }

  return {
    venue: 'paper',
    inFlightMsMax: 0,
    connect: (after, onAnswer) => {
      listener = onAnswer
      const rows = database.prepare('SELECT body FROM reports WHERE venue_sequence > ? ORDER BY venue_sequence').all(after) as { body: string }[]
      for (const row of rows) listener({ kind: 'report', report: JSON.parse(row.body) as VenueReport })
    },
    submit,
    cancel,
    query,
    see,
    settle: () => {
      try {
        database.exec('PRAGMA wal_checkpoint(PASSIVE)')
      } catch (error) {
        throw new LedgerFailure('the paper venue could not fold its log into its record', error)
      }
    },
    close: () => database.close(),
  }
}

/** @throws ExitError 65: what it took is not known without its record, so nothing may be sent to it. */
const opened = (path: string): DatabaseSync => {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_MS_MAX })
    harden(database)
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    if (version > SCHEMA)
      throw new ExitError(
        Exit.corrupt,
        `${path} was written by a newer version (schema ${version})`,
        'start the newer version again; nothing was changed',
      )
    if (version === 0) {
      database.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version=${SCHEMA}; COMMIT`)
      chmodSync(path, 0o600)
    }
    return database
  } catch (error) {
    if (error instanceof ExitError) throw error
    throw new LedgerFailure(`the paper venue's record ${path} could not be opened`, error)
  }
}
