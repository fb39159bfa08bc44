import type { VenueReport } from '../../src/contracts/order.ts'
import type { PaperBroker } from '../brokers/broker.ts'
import type { PaperTerms } from '../brokers/paper-fill.ts'
import { type PaperRecord, paperVenue } from '../brokers/paper-venue.ts'
import type { Scale } from '../core/money.ts'

/** Our own venue with its record in memory: it takes, fills and says what the one on disk does. It ends with the backtest. */
export const memoryVenue = (scales: readonly Scale[], terms: PaperTerms): PaperBroker => paperVenue(memoryRecord(), scales, terms)

/** As many reports as a backtest has orders, a few for each. */
const memoryRecord = (): PaperRecord => {
  const orders = new Map<string, { readonly symbol: string; readonly side: 'buy' | 'sell' }>()
  const reports: VenueReport[] = []

  return {
    last: { venueSequence: 0, ordinal: 0 },
    working: [],
    knows: (clientOrderId) => orders.has(clientOrderId),
    // Nothing here can fail half way: what throws ends the backtest.
    transaction: (work) => {
      const said = work()
      reports.push(...said)
      return said
    },
    took: ({ clientOrderId, symbol, side }) => void orders.set(clientOrderId, { symbol, side }),
    moved: () => undefined, // the venue's own orders are the record
    positions: () => {
      const held = new Map<string, number>()
      for (const report of reports) {
        const order = report.kind === 'filled' ? orders.get(report.clientOrderId) : undefined
        if (order === undefined || report.kind !== 'filled') continue
        held.set(order.symbol, (held.get(order.symbol) ?? 0) + (order.side === 'buy' ? report.quantity : -report.quantity))
      }
      return [...held].filter(([, quantity]) => quantity !== 0).map(([symbol, quantity]) => ({ symbol, quantity }))
    },
    saidOf: (clientOrderId) => reports.filter((report) => report.clientOrderId === clientOrderId),
    saidAfter: (venueSequence) => reports.filter((report) => report.venueSequence > venueSequence),
    settle: () => undefined,
    settleBeside: () => undefined,
    close: () => undefined,
  }
}
