import type { DatabaseSync } from 'node:sqlite'
import { Exit, ExitError } from '../../src/exit.ts'

/** Raised with every change of the tables. A ledger of a newer number is refused, never dropped or rewritten. */
export const LEDGER_SCHEMA = 3

/** WAL reset lost data before this version (sqlite.org/wal.html#walresetbug). */
const SQLITE_VERSION_MIN = '3.51.3'

/**
 * The newest records of the tape as they lie there, bars and rejects: the flush of a commit then makes them outlive a power cut too, and
 * the tape itself can be flushed in a quieter moment. A few rows, written over again and again.
 */
const TAPE_TAIL = 'CREATE TABLE tape_tail (slot INTEGER PRIMARY KEY, first INTEGER NOT NULL, records BLOB NOT NULL) STRICT;'

/**
 * Every order as it stands, for people with sqlite3 in hand. It was a table up to version 2, and a fifth of what a commit wrote, though
 * the facts say all of it.
 */
const ORDERS = `
  CREATE VIEW orders AS
    WITH told AS (
      SELECT sequence, json_extract(body, '$.order.clientOrderId') AS id, json_extract(body, '$.order.state') AS state, json_extract(body, '$.order') AS record
        FROM events WHERE kind IN ('orderIntended', 'orderFilled')
      UNION ALL
      SELECT sequence, json_extract(body, '$.clientOrderId'), json_extract(body, '$.to'), NULL FROM events WHERE kind = 'orderStateChanged'
    )
    SELECT id AS client_order_id, latest.sequence, json_extract(record, '$.symbol') AS symbol, latest.state, json_set(record, '$.state', latest.state) AS body
      FROM (SELECT id, max(sequence) AS sequence, state FROM told GROUP BY id) AS latest
      JOIN (SELECT id, max(sequence), record FROM told WHERE record IS NOT NULL GROUP BY id) USING (id);
`

const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  -- Everything the core was told, in order. Bars are on the tape once; a row of kind 'bars' names their range.
  CREATE TABLE inputs (number INTEGER PRIMARY KEY, cycle INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  -- Every fact, in order, without holes. No index by kind: it made up two fifths of what a commit writes, and nothing asks by kind in a hurry.
  CREATE TABLE events (sequence INTEGER PRIMARY KEY, cycle INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  -- Recorded cycles; chain is SHA-256 over the chain before and this cycle's inputs and events.
  CREATE TABLE cycles (number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, bar_sequence INTEGER NOT NULL, input INTEGER NOT NULL, chain TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  -- The state folded up to a cycle, so that a start need not fold from the first event. Only the newest ones keep their text.
  CREATE TABLE checkpoints (cycle INTEGER PRIMARY KEY, hash TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  ${TAPE_TAIL}
  ${ORDERS}
`

const older = (version: string, least: string): boolean => {
  const [a = [], b = []] = [version, least].map((text) => text.split('.').map(Number))
  for (let index = 0; index < b.length; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** @throws ExitError 78 on an SQLite that loses data. */
export const assertSqlite = (database: DatabaseSync): void => {
  const row = database.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  if (older(row.version, SQLITE_VERSION_MIN)) {
    throw new ExitError(
      Exit.configuration,
      `SQLite ${row.version} can lose data; ${SQLITE_VERSION_MIN} is the least`,
      'run under the Node that the project brings',
    )
  }
}

/** WAL with a flush at every commit: nothing less kept every acknowledged row in the power-loss tests. Checkpoints are made off the hot path. */
export const harden = (database: DatabaseSync): void => {
  assertSqlite(database)
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON')
}

/** Makes the tables of a new ledger, or checks that an old one is ours and brings it up to date. @throws ExitError 65 where it is not. */
export const prepareSchema = (database: DatabaseSync, path: string, id: () => string, readOnly: boolean): string => {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version === 0) {
    const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table'").get() as { tables: number }
    if (tables > 0) throw new ExitError(Exit.corrupt, `${path} is an SQLite file of something else`, 'move it away and start again')
    const created = id()
    database.exec('BEGIN IMMEDIATE')
    database.exec(TABLES)
    database.prepare('INSERT INTO meta VALUES (?, ?)').run('ledgerId', created)
    database.exec(`PRAGMA user_version=${LEDGER_SCHEMA}; COMMIT`)
    return created
  }
  if (version > LEDGER_SCHEMA) {
    throw new ExitError(
      Exit.corrupt,
      `${path} was written by a newer version (schema ${version}, this one knows ${LEDGER_SCHEMA})`,
      'start the newer version again; nothing was changed',
    )
  }
  const row = database.prepare('SELECT value FROM meta WHERE key = ?').get('ledgerId') as { value: string } | undefined
  if (row === undefined) throw new ExitError(Exit.corrupt, `${path} has no ledger id`, 'restore it from a backup')
  // What an older version lacks nobody asks of a ledger that is only read.
  if (version < LEDGER_SCHEMA && !readOnly) {
    const steps = [version < 2 ? TAPE_TAIL : '', `DROP TABLE orders; ${ORDERS}`]
    database.exec(`BEGIN IMMEDIATE; ${steps.join('')} PRAGMA user_version=${LEDGER_SCHEMA}; COMMIT`)
  }
  return row.value
}
