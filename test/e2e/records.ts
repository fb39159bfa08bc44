import { DatabaseSync } from 'node:sqlite'

/** Rows of a database that an engine left behind, or still writes. */
export const rows = <Row>(path: string, sql: string): Row[] => {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database.prepare(sql).all() as Row[]
  } finally {
    database.close()
  }
}

/** What venue and ledger must agree on, of each fill that a query finds. */
export const fills = (path: string, sql: string) =>
  rows<{ body: string }>(path, sql).map(({ body }) => {
    const { clientOrderId, executionId, quantity, price, fee } = JSON.parse(body)
    return { clientOrderId, executionId, quantity, price, fee }
  })
