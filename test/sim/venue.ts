import type { BrokerAnswer } from '../../engine/brokers/broker.ts'
import { fillAt, type PaperTerms } from '../../engine/brokers/paper-fill.ts'
import type { Scale } from '../../engine/core/money.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { Order, VenueReport } from '../../src/contracts/order.ts'
import type { Random } from '../../src/random.ts'
import type { Quantity } from '../../src/units.ts'
import type { Bug, Faults } from './faults.ts'

type Working = { readonly order: Order; filled: number; acceptedBar: number; readonly ordinal: number }
type Request =
  | { readonly kind: 'submit'; readonly order: Order; readonly barSequence: number }
  | { readonly kind: 'cancel' | 'query'; readonly clientOrderId: string }

export type Fill = Extract<VenueReport, { kind: 'filled' }>

type WithoutPlace<Report> = Report extends VenueReport ? Omit<Report, 'venueSequence'> : never

/**
 * A venue at the other end of a bad line. It keeps its own record and never forgets; requests and reports travel in order, late, and are
 * lost where the line breaks. After that it tells again what may not have arrived, so some of it comes twice.
 */
export const hostileVenue = (options: {
  readonly scales: readonly Scale[]
  readonly terms: PaperTerms
  readonly faults: Faults
  readonly random: Random
  readonly bug: Bug | null
  /** Told of every order as it reaches the venue. */
  readonly onArrival: (order: Order, known: Order | null) => void
}) => {
  const { scales, terms, faults, random, bug, onArrival } = options
  const orders = new Map<string, Order>()
  const working = new Map<string, Working>()
  const said: VenueReport[] = []
  const requests: { readonly due: number; readonly request: Request }[] = []
  const answers: { readonly due: number; readonly answer: BrokerAnswer }[] = []
  /** Fills that the planted bug keeps from everybody for ever. */
  const hidden = new Set<number>()
  let step = 0
  let at = 0
  let barSequence = 0
  let connected = false
  let calm = false
  let calls = { ok: 0, failed: 0 }

  const chance = (rate: number): boolean => !calm && random.next() < rate
  const late = (): number => step + (calm ? 0 : Math.floor(random.next() * (faults.latencyStepsMax + 1)))

  const tell = (answer: BrokerAnswer): void => {
    if (!connected) return
    if (answer.kind === 'report' && hidden.has(answer.report.venueSequence)) return
    answers.push({ due: late(), answer })
    // That an order never arrived is found out at our own end of the line, where nothing is doubled.
    if (answer.kind !== 'neverArrived' && chance(faults.doubled)) answers.push({ due: late(), answer })
  }

  const say = (report: WithoutPlace<VenueReport>): void => {
    const placed = { ...report, venueSequence: said.length + 1 } as VenueReport
    said.push(placed)
    if (placed.kind === 'filled' && bug?.kind === 'lostFill' && random.next() < 0.2) hidden.add(placed.venueSequence)
    tell({ kind: 'report', report: placed })
    if (placed.kind === 'filled' && bug?.kind === 'doubledFill' && random.next() < 0.2)
      tell({ kind: 'report', report: { ...placed, executionId: `${placed.executionId}-again` } })
  }

  const arrive = (request: Request): void => {
    if (request.kind === 'submit') take(request.order, request.barSequence)
    else if (request.kind === 'cancel') cancel(request.clientOrderId)
    else query(request.clientOrderId)
  }

  const take = (order: Order, knownBar: number): void => {
    const { clientOrderId } = order
    onArrival(order, orders.get(clientOrderId) ?? null)
    if (orders.has(clientOrderId)) {
      query(clientOrderId)
      return
    }
    orders.set(clientOrderId, order)
    if (chance(faults.reject)) {
      say({ kind: 'rejected', clientOrderId, reason: 'not today', at, barSequence })
      return
    }
    working.set(clientOrderId, { order, filled: 0, acceptedBar: knownBar, ordinal: orders.size })
    say({ kind: 'acknowledged', clientOrderId, venueOrderId: `v-${orders.size}`, at, barSequence })
  }

  const cancel = (clientOrderId: string): void => {
    if (working.delete(clientOrderId)) say({ kind: 'cancelled', clientOrderId, reason: 'asked', at, barSequence })
  }

  /** Requests travel in order, so what has not arrived before the question never will. */
  const query = (clientOrderId: string): void => {
    if (!orders.has(clientOrderId)) tell({ kind: 'neverArrived', clientOrderId })
    for (const report of said) if (report.clientOrderId === clientOrderId) tell({ kind: 'report', report })
  }

  const ask = (request: Request): void => {
    if (chance(faults.apiFailure)) {
      calls = { ...calls, failed: calls.failed + 1 }
      // Whoever asked may find out later that nothing came of it.
      if (request.kind === 'submit' && random.next() < 0.5)
        requests.push({ due: late(), request: { kind: 'query', clientOrderId: request.order.clientOrderId } })
      return
    }
    calls = { ...calls, ok: calls.ok + 1 }
    requests.push({ due: late(), request })
  }

  const flush = (): void => {
    for (let head = requests[0]; head !== undefined && head.due <= step; head = requests[0]) {
      requests.shift()
      arrive(head.request)
    }
  }

  const meet = (bar: Bar): void => {
    barSequence = bar.sequence
    const scale = scales[bar.instrument]
    if (scale === undefined) return
    for (const each of [...working.values()]) {
      if (each.order.symbol !== scale.symbol || each.acceptedBar >= bar.sequence) continue
      const left = (each.order.quantity - each.filled) as Quantity
      const result = fillAt(terms, scale, { side: each.order.side, symbol: scale.symbol, left, ordinal: each.ordinal }, bar)
      each.filled += result.quantity
      each.acceptedBar = bar.sequence
      if (result.complete) working.delete(each.order.clientOrderId)
      const { quantity, price, fee, complete } = result
      const { clientOrderId } = each.order
      const executionId = `x-${each.ordinal}-${bar.sequence}`
      say({ kind: 'filled', clientOrderId, executionId, quantity, price, fee, complete, at, barSequence })
    }
  }

  /** The order was sent once more since: it may arrive after all. */
  const isOutdated = (answer: BrokerAnswer): boolean =>
    answer.kind === 'neverArrived' &&
    (orders.has(answer.clientOrderId) ||
      requests.some(({ request }) => request.kind === 'submit' && request.order.clientOrderId === answer.clientOrderId))

  return {
    /** Time passes; what was on the way arrives. */
    pass: (now: number, nowAt: number): void => {
      step = now
      at = nowAt
      if (chance(faults.disconnect)) {
        answers.length = 0
        connected = false
      }
      flush()
    },
    meet,
    isConnected: () => connected,
    /** The line is there again: everything after a report is told once more. */
    connect: (after: number): void => {
      connected = true
      answers.length = 0
      for (const report of said) if (report.venueSequence > after) tell({ kind: 'report', report })
    },
    /** Nobody listens any more. */
    leave: (): void => {
      connected = false
      answers.length = 0
    },
    submit: (order: Order, knownBar: number): void => {
      if (random.next() < 0.9) tell({ kind: 'sent', clientOrderId: order.clientOrderId })
      ask({ kind: 'submit', order, barSequence: knownBar })
      flush()
    },
    cancel: (clientOrderId: string): void => {
      ask({ kind: 'cancel', clientOrderId })
      flush()
    },
    query: (clientOrderId: string): void => {
      ask({ kind: 'query', clientOrderId })
      flush()
    },
    /** What has arrived at our end. */
    delivered: (): BrokerAnswer[] => {
      const due: BrokerAnswer[] = []
      for (let head = answers[0]; head !== undefined && head.due <= step; head = answers[0]) {
        answers.shift()
        if (!isOutdated(head.answer)) due.push(head.answer)
      }
      return due
    },
    takeCalls: () => {
      const seen = calls
      calls = { ok: 0, failed: 0 }
      return seen
    },
    /** From now on nothing goes wrong. */
    settle: (): void => {
      calm = true
    },
    sequence: () => said.length,
    fills: (): Fill[] => said.filter((report): report is Fill => report.kind === 'filled'),
    positions: () => {
      const held = new Map<string, number>()
      for (const report of said) {
        const order = report.kind === 'filled' ? orders.get(report.clientOrderId) : undefined
        if (report.kind !== 'filled' || order === undefined) continue
        held.set(order.symbol, (held.get(order.symbol) ?? 0) + (order.side === 'buy' ? report.quantity : -report.quantity))
      }
      return [...held].filter(([, quantity]) => quantity !== 0).map(([symbol, quantity]) => ({ symbol, quantity }))
    },
  }
}
export type HostileVenue = ReturnType<typeof hostileVenue>
