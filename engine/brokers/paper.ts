import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { VenueReport } from '../../src/contracts/order.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import type { Scale } from '../core/money.ts'
import { foldBeside } from '../ledger/fold-beside.ts'
import { BUSY_MS_MAX, LedgerFailure } from '../ledger/ledger.ts'
import { harden } from '../ledger/schema.ts'
import type { PaperBroker } from './broker.ts'
import type { PaperTerms } from './paper-fill.ts'
import { type CallFault, type PaperOrder, type PaperRecord, paperVenue } from './paper-venue.ts'

const SCHEMA = 1

const TABLES = `
  CREATE TABLE orders (client_order_id TEXT PRIMARY KEY, symbol TEXT NOT NULL, side TEXT NOT NULL, quantity INTEGER NOT NULL, filled INTEGER NOT NULL,
    state TEXT NOT NULL, accepted_bar INTEGER NOT NULL, ordinal INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE reports (venue_sequence INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
`

type Row = { client_order_id: string; symbol: string; side: 'buy' | 'sell'; quantity: number; filled: number; accepted_bar: number; ordinal: number }

/** Our own venue with its record on disk, apart from the ledger as that of a real one would be. */
export const openPaperVenue = (path: string, scales: readonly Scale[], terms: PaperTerms, fault?: CallFault): PaperBroker =>
  paperVenue(openRecord(path), scales, terms, fault)

const openRecord = (path: string): PaperRecord => {
  const database = opened(path)
  const fold = (): void => database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  const beside = foldBeside(path, fold)

  const insertOrder = database.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, 0, 'working', ?, ?)")
  const updateOrder = database.prepare('UPDATE orders SET filled = ?, state = ?, accepted_bar = ? WHERE client_order_id = ?')
  const insertReport = database.prepare('INSERT INTO reports VALUES (?, ?, ?, ?)')
  const findOrder = database.prepare('SELECT state FROM orders WHERE client_order_id = ?')
  const findReports = database.prepare('SELECT body FROM reports WHERE client_order_id = ? ORDER BY venue_sequence')
  const reportsAfter = database.prepare('SELECT body FROM reports WHERE venue_sequence > ? ORDER BY venue_sequence')
  const held = database.prepare(
    "SELECT symbol, sum(CASE side WHEN 'buy' THEN filled ELSE -filled END) AS held FROM orders GROUP BY symbol HAVING held <> 0 ORDER BY symbol",
  )
  const last = (sql: string): number => (database.prepare(sql).get() as { n: number | null }).n ?? 0

  return {
    last: { venueSequence: last('SELECT max(venue_sequence) AS n FROM reports'), ordinal: last('SELECT max(ordinal) AS n FROM orders') },
    working: (database.prepare("SELECT * FROM orders WHERE state = 'working' ORDER BY ordinal").all() as Row[]).map(orderOf),
    knows: (clientOrderId) => findOrder.get(clientOrderId) !== undefined,
    transaction: (work) => {
      try {
        database.exec('BEGIN IMMEDIATE')
        const reports = work()
        for (const report of reports) insertReport.run(report.venueSequence, report.clientOrderId, report.kind, JSON.stringify(report))
        database.exec('COMMIT')
        return reports
      } catch (error) {
        // Orders in memory may now differ from the record, so this process must not go on: the next one reads the record.
        throw new LedgerFailure('the paper venue could not write its record', error)
      }
    },
    took: ({ clientOrderId, symbol, side, quantity, acceptedBar, ordinal }) =>
      void insertOrder.run(clientOrderId, symbol, side, quantity, acceptedBar, ordinal),
    moved: (clientOrderId, filled, state, barSequence) => void updateOrder.run(filled, state, barSequence, clientOrderId),
    saidOf: (clientOrderId) => (findReports.all(clientOrderId) as Body[]).map(reportOf),
    saidAfter: (venueSequence) => (reportsAfter.all(venueSequence) as Body[]).map(reportOf),
    positions: () => (held.all() as { symbol: string; held: number }[]).map(({ symbol, held: quantity }) => ({ symbol, quantity })),
    settle: () => {
      try {
        fold()
      } catch (error) {
        throw new LedgerFailure('the paper venue could not fold its log into its record', error)
      }
    },
    settleBeside: () => {
      try {
        beside.ask()
      } catch (error) {
        throw new LedgerFailure('the paper venue could not fold its log into its record', error)
      }
    },
    close: () => {
      beside.close()
      database.close()
    },
  }
}

type Body = { readonly body: string }

const reportOf = ({ body }: Body): VenueReport => JSON.parse(body) as VenueReport

const orderOf = (row: Row): PaperOrder => ({
  clientOrderId: row.client_order_id,
  symbol: row.symbol,
  side: row.side,
  quantity: row.quantity,
  filled: row.filled,
  acceptedBar: row.accepted_bar,
  ordinal: row.ordinal,
})

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
