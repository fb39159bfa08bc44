import { assert } from '../../src/assert.ts'
import type { GuardTally } from '../../src/contracts/breaker.ts'
import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'
import type { Order, OrderState } from '../../src/contracts/order.ts'
import type { GuardResult, SignalState } from '../../src/contracts/signal.ts'
import { type Money, money, type Price, price, type Quantity, quantity } from '../../src/units.ts'
import { riskAppliers, withEntry, withOrderEnd, withOrderSent } from './apply-risk.ts'
import { shadowAppliers, withShadowsLeaving } from './apply-shadow.ts'
import { type Applier, bookOf, withBook, without, withRisk } from './fold.ts'
import { isOver } from './machines.ts'
import { mulDiv } from './money.ts'
import type { Book, OpenOrder, OpenSignal, Position, SourceTally, State } from './state.ts'

/** Signals older than this many bars can no longer come twice: the ring that a dead brain reads again is shorter. */
const DUPLICATE_WINDOW_BARS = 16_384

const count = (state: State, name: keyof State['counts']): State => ({ ...state, counts: { ...state.counts, [name]: state.counts[name] + 1 } })

/** In the order of their bars, so that the search for a duplicate ends at the bar that it would be of. */
const withRecent = (before: State['recentSignals'], seen: State['recentSignals'][number]): State['recentSignals'] => {
  const oldest = seen.barSequence - DUPLICATE_WINDOW_BARS
  // One or two leave with each that comes, so looking from the front is short; asking every one was most of what a signal cost.
  let gone = 0
  while ((before[gone]?.barSequence ?? oldest) < oldest) gone += 1
  const kept = before.slice(gone)
  const behind = kept.findLastIndex(({ barSequence }) => barSequence <= seen.barSequence) + 1
  kept.splice(behind, 0, seen)
  return kept
}

const DECAYS_KEPT = 500

const sourceOf = (state: State, strategy: string, at: number): SourceTally =>
  state.sources[strategy] ?? { signals: 0, approved: 0, blocked: 0, executed: 0, expired: 0, lastAt: at }

const TALLIED: Partial<Record<SignalState, keyof Omit<SourceTally, 'lastAt' | 'signals'>>> = {
  approved: 'approved',
  blocked: 'blocked',
  executed: 'executed',
  expired: 'expired',
}

/** A signal is kept until it is learned or expired: what was blocked or executed still waits for its outcome. */
const moveSignal = (state: State, id: string, from: OpenSignal, to: SignalState, at: number): State => {
  const counts = { ...state.signalCounts, [to]: state.signalCounts[to] + 1, [from.state]: state.signalCounts[from.state] - 1 }
  const source = sourceOf(state, from.strategy, at)
  const tallied = TALLIED[to]
  const sources = tallied === undefined ? state.sources : { ...state.sources, [from.strategy]: { ...source, [tallied]: source[tallied] + 1 } }
  const decays = to === 'executed' ? [...state.decays, (at - from.at) / 1_000].slice(-DECAYS_KEPT) : state.decays
  const over = to === 'expired' || to === 'learned'
  const signals = over ? without(state.signals, id) : { ...state.signals, [id]: { ...from, state: to, since: at } }
  return { ...state, signalCounts: counts, sources, decays, signals }
}

const tallied = (tally: GuardTally | undefined, result: GuardResult): GuardTally => {
  const before = tally ?? {
    guard: result.guard,
    class: result.class,
    unit: result.unit,
    passed: 0,
    blocked: 0,
    errors: 0,
    abstained: 0,
    lastValue: null,
    limit: null,
  }
  return {
    ...before,
    passed: before.passed + (result.verdict === 'pass' ? 1 : 0),
    blocked: before.blocked + (result.verdict === 'block' ? 1 : 0),
    errors: before.errors + (result.verdict === 'error' ? 1 : 0),
    abstained: before.abstained + (result.verdict === 'abstain' ? 1 : 0),
    lastValue: result.value,
    limit: result.limit,
  }
}

/** What part of a position's cost leaves with a part of its quantity; the rest stays, so nothing is lost to rounding. */
export const costPart = (position: Position, lots: Quantity): Money =>
  lots === position.quantity ? position.cost : (mulDiv(position.cost, lots, 1, position.quantity, 'up') as Money)

/** Average price of an order's fills, to the nearest tick. */
const averagePrice = ({ filledValue, filled }: Order): Price => price(Number((BigInt(filledValue) + BigInt(Math.floor(filled / 2))) / BigInt(filled)))

/** A position with one more fill of its entry. */
export const opened = (
  before: Position,
  fill: { readonly lots: Quantity; readonly value: Money; readonly fee: Money; readonly entryPrice: Price },
): Position => {
  const lots = quantity(before.quantity + fill.lots)
  const cost = money(before.cost + fill.value)
  return {
    ...before,
    quantity: lots,
    quantityMax: lots,
    cost,
    costMax: cost,
    entryPrice: fill.entryPrice,
    // The first fill is the first price there is; later ones keep what the bars have shown since.
    best: before.quantity === 0 ? fill.entryPrice : before.best,
    fees: money(before.fees + fill.fee),
  }
}

/** A position before its first fill. */
export const blankPosition = (
  about: Pick<Position, 'side' | 'stop' | 'target' | 'strategy' | 'signalId' | 'entryOrderId' | 'openedAt'> & { readonly at: Price },
): Position => ({
  side: about.side,
  quantity: quantity(0),
  quantityMax: quantity(0),
  cost: money(0),
  costMax: money(0),
  entryPrice: about.at,
  stop: about.stop,
  firstStop: about.stop,
  target: about.target,
  best: about.at,
  partials: 0,
  booked: money(0),
  fees: money(0),
  strategy: about.strategy,
  signalId: about.signalId,
  entryOrderId: about.entryOrderId,
  openedAt: about.openedAt,
  unprotectedSince: null,
  stopSkipped: null,
})

export const reduced = (position: Position, lots: Quantity, realised: Money, fee: Money): Position | null =>
  lots === position.quantity
    ? null
    : {
        ...position,
        quantity: quantity(position.quantity - lots),
        cost: money(position.cost - costPart(position, lots)),
        booked: money(position.booked + realised),
        fees: money(position.fees + fee),
      }

const blankOf = (open: OpenOrder, event: Extract<EngineEvent, { kind: 'orderFilled' }>): Position =>
  blankPosition({
    side: open.order.side === 'buy' ? 'long' : 'short',
    stop: open.stop,
    target: open.target,
    strategy: open.strategy,
    signalId: open.order.signalId,
    entryOrderId: open.order.clientOrderId,
    openedAt: event.at,
    at: event.price as Price,
  })

/** True where what is left of an exit order is all that is open. */
export const leavesWhole = (position: Position, order: Order): boolean => order.quantity - order.filled >= position.quantity

/**
 * An exit of less than the whole is one of the partial exits, whatever becomes of it: it is not tried twice. One of the whole is
 * wanted until the position is gone.
 */
const withExit = (state: State, order: Order): State => {
  const book = bookOf(state, order.symbol)
  if (book.position === null) return state
  if (leavesWhole(book.position, order)) return withBook(state, wanting(book, order.reason))
  return withBook(state, { ...book, position: { ...book.position, partials: book.position.partials + 1 } })
}

const wanting = (book: Book, reason: string): Book => ({
  ...book,
  wantedExit: { tries: 0, triedAt: 0, triedBar: 0, ...book.wantedExit, reason },
})

/** The venue ended an exit of the whole. One that was filled in part is the first try of what is left. */
const withRefusal = (state: State, { order }: OpenOrder, at: number): State => {
  const book = bookOf(state, order.symbol)
  if (order.purpose !== 'exit' || book.position === null || !book.wantedExit || !leavesWhole(book.position, order)) return state
  const tries = order.filled > 0 ? 1 : book.wantedExit.tries + 1
  return withBook(state, { ...book, wantedExit: { ...book.wantedExit, tries, triedAt: at, triedBar: state.barSequence } })
}

/** States that only an order comes into that left for the venue. One that never arrived expires, and one that nobody knows of may not have left. */
const LEFT: ReadonlySet<OrderState> = new Set(['submitted', 'acknowledged', 'partiallyFilled', 'filled', 'rejected', 'cancelled'])

/** An order that left is counted once. After a new start its leaving was not seen, and what the venue says of it counts instead. */
const withSent = (state: State, { sent }: OpenOrder): State => (sent === false ? withOrderSent(count(state, 'submitted')) : state)

const appliers: { readonly [Kind in EventKind]: Applier<Kind> } = {
  desiredChanged: (state, { desired, reason }) => ({ ...state, engine: { ...state.engine, desired, reason } }),
  engineStateChanged: (state, { to, reason, at }) => ({ ...state, engine: { ...state.engine, state: to, reason, since: at } }),
  orchestratorStarted: (state, { mode }) => ({ ...state, mode }),
  brainStateChanged: (state, { to }) => ({ ...state, brain: to }),
  brainStarted: (state) => ({ ...withRisk(state, { stoppedStrategies: [] }), brain: 'ready' }),
  strategyStopped: (state, { strategy }) =>
    state.risk.stoppedStrategies.includes(strategy) ? state : withRisk(state, { stoppedStrategies: [...state.risk.stoppedStrategies, strategy] }),

  signalReceived: (state, { signal, at }) => {
    const recent = withRecent(state.recentSignals, { id: signal.id, barSequence: signal.barSequence })
    const source = sourceOf(state, signal.strategy, at)
    const sources = { ...state.sources, [signal.strategy]: { ...source, signals: source.signals + 1, lastAt: at } }
    const made: OpenSignal = { symbol: signal.symbol, strategy: signal.strategy, state: 'generated', at: signal.at, since: at, clientOrderId: null }
    const signalCounts = { ...state.signalCounts, generated: state.signalCounts.generated + 1 }
    const signals = { ...state.signals, [signal.id]: made }
    return count({ ...withShadowsLeaving(state, signal), recentSignals: recent, lastSignalAt: at, sources, signalCounts, signals }, 'signals')
  },
  signalDuplicated: (state) => count(state, 'duplicates'),
  signalStateChanged: (state, { signalId, to, at }) => {
    const open = state.signals[signalId]
    assert(open, `signal ${signalId} is open`)
    return moveSignal(state, signalId, open, to, at)
  },
  signalDecided: (state, { decision, guards }) => {
    const tallies = { ...state.tallies }
    for (const result of guards) tallies[result.guard] = tallied(tallies[result.guard], result)
    return count({ ...state, tallies }, decision === 'APPROVED' ? 'approved' : 'blocked')
  },

  orderIntended: (state, { order, stop, target, strategy, reasoning, indicators, barSequence, entryDay }) => {
    const open: OpenOrder = {
      order,
      stop: stop as Price | null,
      target: target as Price | null,
      strategy,
      reasoning,
      indicators,
      barSequence,
      sent: false,
    }
    const signal = order.signalId === null ? undefined : state.signals[order.signalId]
    const signals =
      order.signalId === null || signal === undefined
        ? state.signals
        : { ...state.signals, [order.signalId]: { ...signal, clientOrderId: order.clientOrderId } }
    const entered = order.purpose === 'entry' ? withEntry(state, order.symbol, entryDay) : state
    const left = order.purpose === 'exit' ? withExit(entered, order) : entered
    return count({ ...left, signals, orders: { ...state.orders, [order.clientOrderId]: open } }, 'orders')
  },
  orderStateChanged: (state, { clientOrderId, to, venueOrderId, venueSequence, at }) => {
    const open = state.orders[clientOrderId]
    assert(open, `order ${clientOrderId} is open`)
    const order = { ...open.order, state: to, venueOrderId: venueOrderId ?? open.order.venueOrderId, updatedAt: at }
    const over = isOver(to)
    const refused = over && to !== 'filled' ? withRefusal(state, open, at) : state
    const left = LEFT.has(to)
    return {
      ...withOrderEnd(left ? withSent(refused, open) : refused, to, at),
      venueSequence: Math.max(state.venueSequence, venueSequence),
      orders: over ? without(state.orders, clientOrderId) : { ...state.orders, [clientOrderId]: { ...open, order, sent: open.sent || left } },
      executions: over ? without(state.executions, clientOrderId) : state.executions,
    }
  },
  orderFilled: (state, event) => {
    const open = state.orders[event.clientOrderId]
    assert(open, `order ${event.clientOrderId} is open`)
    const book = bookOf(state, event.order.symbol)
    const lots = event.quantity as Quantity
    const value = money(event.notional)
    const entry = event.order.purpose === 'entry'
    assert(entry || book.position, `an exit of ${book.symbol} has a position`)
    const position = entry
      ? opened(book.position ?? blankOf(open, event), { lots, value, fee: money(event.fee), entryPrice: averagePrice(event.order) })
      : reduced(book.position as Position, lots, money(event.realised ?? 0), money(event.fee))
    const exiting = !entry && position === null
    const paid = event.order.side === 'buy' ? -event.notional : event.notional
    const executions = { ...state.executions, [event.clientOrderId]: [...(state.executions[event.clientOrderId] ?? []), event.executionId] }
    return count(
      {
        ...withBook(withSent(state, open), { ...book, position, lastExitAt: exiting ? event.at : book.lastExitAt }),
        cash: money(state.cash + paid - event.fee),
        fees: money(state.fees + event.fee),
        realised: money(state.realised + (event.realised ?? 0)),
        venueSequence: Math.max(state.venueSequence, event.venueSequence),
        orders: { ...state.orders, [event.clientOrderId]: { ...open, order: event.order, sent: true } },
        executions,
      },
      'fills',
    )
  },
  orderAsked: (state, { clientOrderId, tries, at }) => {
    const open = state.orders[clientOrderId]
    assert(open, `order ${clientOrderId} is open`)
    return { ...state, orders: { ...state.orders, [clientOrderId]: { ...open, asked: { tries, at } } } }
  },
  fillDuplicated: (state) => count(state, 'duplicates'),
  symbolStateChanged: (state, { symbol, from, to, reason }) => {
    const book = { ...bookOf(state, symbol), state: to }
    if (to === 'FLAT') return withBook(state, { ...book, wantedExit: null })
    // From OPEN the exit's own intent follows at once and says whether all of it leaves; otherwise the exit has to wait.
    return withBook(state, to === 'EXITING' && from !== 'OPEN' ? wanting(book, reason) : book)
  },
  commandDone: (state) => state,
  illegalMoveRefused: (state) => count(state, 'illegalMoves'),
  unknownSignal: (state) => count(state, 'unknownSignals'),
  ...riskAppliers,
  ...shadowAppliers,
}

/** The state after one more fact. Facts come in the order of their sequence, without holes. */
export const apply = (state: State, event: EngineEvent): State => {
  assert(event.sequence === state.sequence + 1, `event ${event.sequence} follows ${state.sequence}`)
  const next = (appliers[event.kind] as Applier<EventKind>)(state, event as never)
  return { ...next, sequence: event.sequence, clock: Math.max(next.clock, event.at) }
}
