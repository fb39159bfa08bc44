import type { VenueReport } from '../../src/contracts/order.ts'
import type { PaperBroker } from '../brokers/broker.ts'
import type { PaperTerms } from '../brokers/paper-fill.ts'
import { type PaperRecord, paperVenue } from '../brokers/paper-venue.ts'
import type { Scale } from '../core/money.ts'

/** Our own venue with its record in memory: it takes, fills and says what the one on disk does. It ends with the backtest. */
export const memoryVenue = (scales: readonly Scale[], terms: PaperTerms): PaperBroker => paperVenue(memoryRecord(), scales, terms)

/** As many reports as a backtest has orders, a few for each. */
const memoryRecord = (): PaperRecord => {
  const known = new Set<string>()
  const reports: VenueReport[] = []

  return {
    last: { venueSequence: 0, ordinal: 0 },
    working: [],
    knows: (clientOrderId) => known.has(clientOrderId),
    // Nothing here can fail half way: what throws ends the backtest.
    transaction: (work) => {
      const said = work()
      reports.push(...said)
      return said
    },
    took: ({ clientOrderId }) => void known.add(clientOrderId),
    moved: () => undefined, // the venue's own orders are the record
    saidOf: (clientOrderId) => reports.filter((report) => report.clientOrderId === clientOrderId),
    saidAfter: (venueSequence) => reports.filter((report) => report.venueSequence > venueSequence),
    settle: () => undefined,
    close: () => undefined,
  }
}
