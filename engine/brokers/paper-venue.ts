import type { Bar } from '../../src/contracts/market.ts'
import type { Order, VenueReport } from '../../src/contracts/order.ts'
import type { Quantity } from '../../src/units.ts'
import type { Scale } from '../core/money.ts'
import type { BrokerAnswer, PaperBroker, Statement, VenueCalls } from './broker.ts'
import { fillAt, type PaperTerms } from './paper-fill.ts'

/** An order as the venue knows it; what changes is moved by the venue alone. */
export type PaperOrder = {
  readonly clientOrderId: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly quantity: number
  filled: number
  /** The last bar it may not be filled on. */
  acceptedBar: number
  readonly ordinal: number
}

/** Where our own venue keeps what it took and what it said. On disk for the engine, in memory for a backtest: the venue cannot tell. */
export type PaperRecord = {
  /** Highest numbers given so far, and the orders that still work, in their order. */
  readonly last: { readonly venueSequence: number; readonly ordinal: number }
  readonly working: readonly PaperOrder[]
  readonly knows: (clientOrderId: string) => boolean
  /** Keeps what the work does and the reports that it returns: all of it or nothing. */
  readonly transaction: (work: () => readonly VenueReport[]) => readonly VenueReport[]
  /** Inside a transaction only. */
  readonly took: (order: PaperOrder) => void
  readonly moved: (clientOrderId: string, filled: number, state: 'working' | 'filled' | 'cancelled', barSequence: number) => void
  /** Everything said of one order, and everything said after a sequence, in order. */
  readonly saidOf: (clientOrderId: string) => readonly VenueReport[]
  readonly saidAfter: (venueSequence: number) => readonly VenueReport[]
  /** Signed quantities by symbol over all orders it ever took, without what is flat. */
  readonly positions: () => Statement['positions']
  readonly settle: () => void
  readonly settleBeside: () => void
  readonly close: () => void
}

/** Why a call to the venue fails, or null: a test's way to make one fail. */
export type CallFault = (call: 'submit' | 'cancel' | 'query' | 'statement') => string | null

type WithoutPlace<Report> = Report extends VenueReport ? Omit<Report, 'venueSequence'> : never

const NO_CALLS: VenueCalls = { ok: 0, failed: 0, reason: null }

/**
 * Our own venue over its record, which it keeps as a real one would: an order it took is recorded before it says so, and every
 * report can be told again. An order id it knows is refused, never filled twice.
 */
export const paperVenue = (record: PaperRecord, scales: readonly Scale[], terms: PaperTerms, fault: CallFault = () => null): PaperBroker => {
  let { venueSequence, ordinal } = record.last
  let clock = 0
  let barSequence = 0
  let listener: (answer: BrokerAnswer) => void = () => undefined
  let calls: VenueCalls = NO_CALLS
  const fails = (call: Parameters<CallFault>[0]): boolean => {
    const reason = fault(call)
    calls = reason === null ? { ...calls, ok: calls.ok + 1 } : { ...calls, failed: calls.failed + 1, reason: `${call}: ${reason}` }
    return reason !== null
  }
  const working = new Map(record.working.map((order) => [order.clientOrderId, order]))

  const transaction = (work: () => readonly VenueReport[]): void => {
    for (const report of record.transaction(work)) listener({ kind: 'report', report })
  }
  const place = (report: WithoutPlace<VenueReport>): VenueReport => ({ ...report, venueSequence: ++venueSequence }) as VenueReport

  const submit = ({ clientOrderId, symbol, side, quantity, intendedAt }: Order, knownBar: number): void => {
    if (fails('submit')) {
      // Within one process a call that failed certainly never left.
      listener({ kind: 'neverArrived', clientOrderId })
      return
    }
    listener({ kind: 'sent', clientOrderId })
    if (record.knows(clientOrderId)) {
      tellAgain(clientOrderId)
      return
    }
    transaction(() => {
      const order: PaperOrder = { clientOrderId, symbol, side, quantity, filled: 0, acceptedBar: knownBar, ordinal: ++ordinal }
      record.took(order)
      working.set(clientOrderId, order)
      return [place({ kind: 'acknowledged', clientOrderId, venueOrderId: `paper-${order.ordinal}`, at: clock || intendedAt, barSequence: knownBar })]
    })
  }

  const cancel = (clientOrderId: string): void => {
    if (fails('cancel')) return // the order works on, and whoever wants it gone asks again
    const order = working.get(clientOrderId)
    if (order === undefined) return // filled or ended on the way: its own report says so
    transaction(() => {
      working.delete(clientOrderId)
      record.moved(clientOrderId, order.filled, 'cancelled', barSequence)
      return [place({ kind: 'cancelled', clientOrderId, reason: 'asked', at: clock, barSequence })]
    })
  }

  /** Known: everything it ever said of the order is said again. Unknown: nothing can be on the way within one process, so it never arrived. */
  const query = (clientOrderId: string): void => {
    if (!fails('query')) tellAgain(clientOrderId)
  }

  const tellAgain = (clientOrderId: string): void => {
    const reports = record.saidOf(clientOrderId)
    if (reports.length === 0) listener({ kind: 'neverArrived', clientOrderId })
    for (const report of reports) listener({ kind: 'report', report })
  }

  const see = (bar: Bar): void => {
    clock = bar.eventTime
    barSequence = bar.sequence
    if (working.size === 0) return
    const scale = scales[bar.instrument]
    if (scale === undefined) return
    const meeting = [...working.values()].filter((order) => order.symbol === scale.symbol && order.acceptedBar < bar.sequence)
    if (meeting.length > 0) transaction(() => meeting.map((order) => fill(order, scale, bar)))
  }

  const fill = (order: PaperOrder, scale: Scale, bar: Bar): VenueReport => {
    const { clientOrderId } = order
    const left = (order.quantity - order.filled) as Quantity
    const result = fillAt(terms, scale, { side: order.side, symbol: order.symbol, left, ordinal: order.side === 'buy' ? 0 : 1 }, bar)
    order.filled += result.quantity
    order.acceptedBar = bar.sequence
    record.moved(clientOrderId, order.filled, result.complete ? 'filled' : 'working', bar.sequence)
    if (result.complete) working.delete(clientOrderId)
    return place({
      kind: 'filled',
      clientOrderId,
      executionId: `paper-${order.ordinal}-${bar.sequence}`,
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
      for (const report of record.saidAfter(after)) listener({ kind: 'report', report })
    },
    submit,
    cancel,
    query,
    see,
    statement: () => (fails('statement') ? null : { venueSequence, positions: record.positions() }),
    takeCalls: () => {
      const taken = calls
      calls = NO_CALLS
      return taken
    },
    settle: record.settle,
    settleBeside: record.settleBeside,
    close: record.close,
  }
}
