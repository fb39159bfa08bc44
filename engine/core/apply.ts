import { assert } from '../../src/assert.ts'
import type { GuardTally } from '../../src/contracts/breaker.ts'
import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'
import type { GuardResult, SignalState } from '../../src/contracts/signal.ts'
import { type Money, money, type Price, type Quantity, quantity } from '../../src/units.ts'
import { isOver } from './machines.ts'
import { mulDiv } from './money.ts'
import type { Book, OpenOrder, Position, State } from './state.ts'

type Applier<Kind extends EventKind> = (state: State, event: Extract<EngineEvent, { kind: Kind }>) => State

/** Signals older than this many bars can no longer come twice: the ring that a dead brain reads again is shorter. */
const DUPLICATE_WINDOW_BARS = 16_384

const bookOf = (state: State, symbol: string): Book => {
  const book = state.books.find((candidate) => candidate.symbol === symbol)
  assert(book, `a book for ${symbol}`)
  return book
}

export const withBook = (state: State, book: Book): State => ({
  ...state,
  books: state.books.map((other) => (other.symbol === book.symbol ? book : other)),
})

const without = <Value>(record: Readonly<Record<string, Value>>, key: string): Readonly<Record<string, Value>> => {
  const { [key]: _, ...rest } = record
  return rest
}

const count = (state: State, name: keyof State['counts']): State => ({ ...state, counts: { ...state.counts, [name]: state.counts[name] + 1 } })

const moveSignal = (state: State, id: string, symbol: string, from: SignalState | null, to: SignalState, at: number): State => {
  const counts = { ...state.signalCounts, [to]: state.signalCounts[to] + 1 }
  if (from !== null) counts[from] -= 1
  const open = state.signals[id]
  const over = to === 'blocked' || to === 'executed' || to === 'expired' || to === 'learned'
  return {
    ...state,
    signalCounts: counts,
    signals: over
      ? without(state.signals, id)
      : { ...state.signals, [id]: { symbol, state: to, since: at, clientOrderId: open?.clientOrderId ?? null } },
  }
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

const opened = (position: Position | null, open: OpenOrder, lots: Quantity, value: Money, at: number): Position =>
  position === null
    ? {
        side: open.order.side === 'buy' ? 'long' : 'short',
        quantity: lots,
        cost: value,
        stop: open.stop,
        target: open.target,
        strategy: open.strategy,
        signalId: open.order.signalId,
        entryOrderId: open.order.clientOrderId,
        openedAt: at,
      }
    : { ...position, quantity: quantity(position.quantity + lots), cost: money(position.cost + value) }

const reduced = (position: Position, lots: Quantity): Position | null =>
  lots === position.quantity
    ? null
    : { ...position, quantity: quantity(position.quantity - lots), cost: money(position.cost - costPart(position, lots)) }

const appliers: { readonly [Kind in EventKind]: Applier<Kind> } = {
  desiredChanged: (state, { desired, reason }) => ({ ...state, engine: { ...state.engine, desired, reason } }),
  engineStateChanged: (state, { to, reason, at }) => ({ ...state, engine: { ...state.engine, state: to, reason, since: at } }),
  orchestratorStarted: (state, { mode }) => ({ ...state, mode }),
  brainStateChanged: (state, { to }) => ({ ...state, brain: to }),
  brainStarted: (state) => ({ ...state, brain: 'ready' }),
  strategyStopped: (state) => state,

  signalReceived: (state, { signal, at }) => {
    const oldest = signal.barSequence - DUPLICATE_WINDOW_BARS
    const recent = [...state.recentSignals.filter((seen) => seen.barSequence >= oldest), { id: signal.id, barSequence: signal.barSequence }]
    const counted = count({ ...state, recentSignals: recent, lastSignalAt: at }, 'signals')
    return moveSignal(counted, signal.id, signal.symbol, null, 'generated', at)
  },
  signalDuplicated: (state) => count(state, 'duplicates'),
  signalStateChanged: (state, { signalId, symbol, from, to, at }) => moveSignal(state, signalId, symbol, from, to, at),
  signalDecided: (state, { decision, guards }) => {
    const tallies = { ...state.tallies }
    for (const result of guards) tallies[result.guard] = tallied(tallies[result.guard], result)
    return count({ ...state, tallies }, decision === 'APPROVED' ? 'approved' : 'blocked')
  },

  orderIntended: (state, { order, stop, target, strategy, reasoning, indicators, barSequence }) => {
    const open: OpenOrder = { order, stop: stop as Price | null, target: target as Price | null, strategy, reasoning, indicators, barSequence }
    const signal = order.signalId === null ? undefined : state.signals[order.signalId]
    const signals =
      order.signalId === null || signal === undefined
        ? state.signals
        : { ...state.signals, [order.signalId]: { ...signal, clientOrderId: order.clientOrderId } }
    return count({ ...state, signals, orders: { ...state.orders, [order.clientOrderId]: open } }, 'orders')
  },
  orderStateChanged: (state, { clientOrderId, to, venueOrderId, venueSequence, at }) => {
    const open = state.orders[clientOrderId]
    assert(open, `order ${clientOrderId} is open`)
    const order = { ...open.order, state: to, venueOrderId: venueOrderId ?? open.order.venueOrderId, updatedAt: at }
    const over = isOver(to)
    return {
      ...(to === 'submitted' ? count(state, 'submitted') : state),
      venueSequence: Math.max(state.venueSequence, venueSequence),
      orders: over ? without(state.orders, clientOrderId) : { ...state.orders, [clientOrderId]: { ...open, order } },
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
    const position = entry ? opened(book.position, open, lots, value, event.at) : reduced(book.position as Position, lots)
    const paid = event.order.side === 'buy' ? -event.notional : event.notional
    const executions = { ...state.executions, [event.clientOrderId]: [...(state.executions[event.clientOrderId] ?? []), event.executionId] }
    return count(
      {
        ...withBook(state, { ...book, position }),
        cash: money(state.cash + paid - event.fee),
        fees: money(state.fees + event.fee),
        realised: money(state.realised + (event.realised ?? 0)),
        venueSequence: Math.max(state.venueSequence, event.venueSequence),
        orders: { ...state.orders, [event.clientOrderId]: { ...open, order: event.order } },
        executions,
      },
      'fills',
    )
  },
  fillDuplicated: (state) => count(state, 'duplicates'),
  symbolStateChanged: (state, { symbol, to }) => withBook(state, { ...bookOf(state, symbol), state: to }),
  commandDone: (state) => state,
  illegalMoveRefused: (state) => count(state, 'illegalMoves'),
}

/** The state after one more fact. Facts come in the order of their sequence, without holes. */
export const apply = (state: State, event: EngineEvent): State => {
  assert(event.sequence === state.sequence + 1, `event ${event.sequence} follows ${state.sequence}`)
  const next = (appliers[event.kind] as Applier<EventKind>)(state, event as never)
  return { ...next, sequence: event.sequence, clock: Math.max(next.clock, event.at) }
}
