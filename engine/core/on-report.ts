import { assert } from '../../src/assert.ts'
import type { Order, VenueReport } from '../../src/contracts/order.ts'
import { type Money, money, type Price, type Quantity } from '../../src/units.ts'
import { costPart, leavesWhole } from './apply.ts'
import { openBreakers } from './breakers/status.ts'
import { type Draft, record } from './draft.ts'
import { equityOf } from './equity.ts'
import { EXIT_TRIES_MAX, settleEntry, settlePart } from './exits.ts'
import { isOver } from './machines.ts'
import { notional, type Scale } from './money.ts'
import { moveOrder, moveSignal, moveSymbol } from './move.ts'
import type { OpenOrder, Position } from './state.ts'

/** What the venue says of an order. A report of an order that is over, or of a fill already booked, changes nothing and is counted. */
export const onReport = (draft: Draft, report: VenueReport): void => {
  const open = draft.state.orders[report.clientOrderId]
  if (open === undefined) {
    record(draft, {
      kind: 'fillDuplicated',
      clientOrderId: report.clientOrderId,
      executionId: report.kind === 'filled' ? report.executionId : report.kind,
    })
    return
  }
  const move = { reason: 'venue', venueSequence: report.venueSequence }
  if (report.kind === 'filled') {
    fill(draft, report, open)
  } else if (report.kind === 'acknowledged') {
    // Fills may overtake the acknowledgement on the way; then there is nothing left to acknowledge.
    if (open.order.state === 'acknowledged' || open.order.state === 'partiallyFilled') return
    if (open.order.state === 'intended') moveOrder(draft, report.clientOrderId, 'submitted', move)
    moveOrder(draft, report.clientOrderId, 'acknowledged', { ...move, venueOrderId: report.venueOrderId })
  } else {
    end(draft, open, report.kind, report.reason, report.venueSequence)
  }
}

/** An order that ends without being filled whole. */
export const end = (draft: Draft, open: OpenOrder, to: 'rejected' | 'cancelled' | 'expired', reason: string, venueSequence: number): void => {
  const { clientOrderId, symbol, purpose, filled } = open.order
  if (open.order.state === 'intended' && to !== 'expired') moveOrder(draft, clientOrderId, 'submitted', { reason: 'venue', venueSequence })
  if (!moveOrder(draft, clientOrderId, to, { reason, venueSequence })) return
  if (purpose === 'entry') settleEntry(draft, symbol, reason)
  else settleExit(draft, open.order, `exit ${to}: ${reason}`)
  finishSignal(draft, open.order.signalId, filled > 0 ? 'executed' : 'expired', reason)
}

/** An exit of all is tried again on later bars; the last of those tries is an alarm. */
const settleExit = (draft: Draft, order: Order, reason: string): void => {
  const { symbol } = order
  const book = draft.state.books.find((candidate) => candidate.symbol === symbol)
  if (!book?.position || !leavesWhole(book.position, order)) {
    settlePart(draft, symbol, reason)
    return
  }
  moveSymbol(draft, symbol, 'OPEN', reason)
  const { position, wantedExit } = book
  if (wantedExit?.tries !== EXIT_TRIES_MAX) return
  record(draft, {
    kind: 'stopEvent',
    type: 'STOP_SUBMIT_BLOCKED',
    symbol,
    entryOrderId: position.entryOrderId,
    strategy: position.strategy,
    signalId: position.signalId,
    quantity: position.quantity,
    price: book.mark,
    from: position.stop,
    to: null,
    basis: wantedExit.reason,
    reason: `the venue ended the exit ${EXIT_TRIES_MAX} times in a row: ${reason}`,
  })
}

const finishSignal = (draft: Draft, signalId: string | null, to: 'executed' | 'expired', reason: string): void => {
  if (signalId !== null && draft.state.signals[signalId] !== undefined) moveSignal(draft, signalId, to, reason)
}

const fill = (draft: Draft, report: Extract<VenueReport, { kind: 'filled' }>, before: OpenOrder): void => {
  if (draft.state.executions[before.order.clientOrderId]?.includes(report.executionId)) {
    record(draft, { kind: 'fillDuplicated', clientOrderId: before.order.clientOrderId, executionId: report.executionId })
    return
  }
  // A fill may overtake what comes before it; the order was certainly sent.
  if (before.order.state === 'intended')
    moveOrder(draft, before.order.clientOrderId, 'submitted', { reason: 'venue', venueSequence: report.venueSequence })
  const open = draft.state.orders[before.order.clientOrderId] ?? before
  const { order } = open
  const scale = draft.rules.scales.find((candidate) => candidate.symbol === order.symbol)
  const book = draft.state.books.find((candidate) => candidate.symbol === order.symbol)
  assert(scale && book, `instrument ${order.symbol}`)

  const lots = report.quantity as Quantity
  const value = notional(scale, report.price as Price, lots, order.side === 'buy' ? 'up' : 'down')
  const position = book.position
  const exiting = order.purpose === 'exit'
  assert(!exiting || (position !== null && position.quantity >= lots), `an exit of ${order.symbol} closes no more than is open`)
  const cost = exiting && position !== null ? costPart(position, lots) : null
  const realised = cost === null || position === null ? null : money(position.side === 'long' ? value - cost : cost - value)
  const filled = order.filled + lots
  const complete = report.complete || filled >= order.quantity
  record(draft, {
    kind: 'orderFilled',
    clientOrderId: order.clientOrderId,
    executionId: report.executionId,
    venueSequence: report.venueSequence,
    order: {
      ...order,
      state: complete ? order.state : 'partiallyFilled',
      filled,
      filledValue: (BigInt(order.filledValue) + BigInt(report.price) * BigInt(lots)).toString(),
      fee: order.fee + report.fee,
      updatedAt: draft.now,
    },
    quantity: lots,
    price: report.price,
    notional: value,
    fee: report.fee,
    complete,
    realised,
    heldMs: exiting && position !== null ? Math.max(0, draft.now - position.openedAt) : null,
    strategy: open.strategy,
    reasoning: open.reasoning,
    indicators: [...open.indicators],
    stop: open.stop,
    target: open.target,
    entryOrderId: position?.entryOrderId ?? order.clientOrderId,
  })
  if (!exiting && position === null) resolveStop(draft, order, report.price as Price)
  if (!complete) return
  moveOrder(draft, order.clientOrderId, 'filled', { reason: 'venue', venueSequence: report.venueSequence })
  finishSignal(draft, order.signalId, 'executed', `order ${order.clientOrderId} filled`)
  if (!exiting) settleEntry(draft, order.symbol, order.reason)
  else if (position !== null && position.quantity > lots) settlePart(draft, order.symbol, `${order.reason}: a part has left`)
  else if (position !== null) closeTrade(draft, order, position, { realised: realised ?? 0, fee: report.fee })
}

/** The first fill of an entry makes the position that its stop protects. */
const resolveStop = (draft: Draft, { symbol }: Order, at: Price): void => {
  const position = draft.state.books.find((candidate) => candidate.symbol === symbol)?.position
  if (!position || position.stop === null) return
  record(draft, {
    kind: 'stopEvent',
    type: 'STOP_RESOLVED',
    symbol,
    entryOrderId: position.entryOrderId,
    strategy: position.strategy,
    signalId: position.signalId,
    quantity: position.quantity,
    price: at,
    from: null,
    to: position.stop,
    basis: 'initial',
    reason: 'the entry was filled',
  })
}

/** A position is over: its result is booked whole, and the signals that made and ended it have nothing left to teach. */
const closeTrade = (draft: Draft, order: Order, position: Position, last: { readonly realised: number; readonly fee: number }): void => {
  const { symbol, reason } = order
  const scale = draft.rules.scales.find((candidate) => candidate.symbol === symbol)
  assert(scale, `instrument ${symbol}`)
  const fees = money(position.fees + last.fee)
  record(draft, {
    kind: 'tradeClosed',
    entryOrderId: position.entryOrderId,
    signalId: position.signalId,
    symbol,
    side: position.side,
    strategy: position.strategy,
    quantity: position.quantityMax,
    cost: position.costMax,
    net: money(position.booked + last.realised - fees),
    fees,
    risk: riskOf(scale, position),
    openedAt: position.openedAt,
    equity: equityOf(draft.rules.scales, draft.state),
    reason,
  })
  moveSymbol(draft, symbol, 'FLAT', reason)
  // One position per symbol: whatever was executed of it belongs to this trade, an exit that was cancelled half way too.
  for (const [id, signal] of Object.entries(draft.state.signals)) {
    if (signal.symbol === symbol && signal.state === 'executed') moveSignal(draft, id, 'learned', `trade closed: ${reason}`)
  }
}

const riskOf = (scale: Scale, { firstStop, entryPrice, quantityMax }: Position): Money | null =>
  firstStop === null ? null : notional(scale, Math.abs(entryPrice - firstStop) as Price, quantityMax, 'up')

/**
 * The venue never had the order, for certain. What was meant for this very bar is sent again under the same id; an older entry is
 * over, and so is one that nobody wants any more: since a person paused or halted, the kill switch was thrown, a breaker opened, its
 * symbol is being left, or no bar came for too long. An exit that a new start asked about is sent again.
 */
export const onNeverArrived = (draft: Draft, clientOrderId: string): void => {
  const open = draft.state.orders[clientOrderId]
  if (open === undefined || isOver(open.order.state)) return
  const { books, engine, barSequence } = draft.state
  const leaving = books.some((book) => book.symbol === open.order.symbol && book.state === 'EXITING')
  const shut = engine.desired !== 'running' || engine.state === 'draining' || isShut(draft)
  const wanted = !shut && !leaving && open.barSequence === barSequence && isYoung(draft, open.order)
  // An exit that could not even be sent just now is tried again with the next bar, as often as one that the venue refuses.
  const sendable = open.order.purpose === 'exit' ? open.order.state === 'unknown' : wanted
  if (sendable) {
    draft.effects.push({ kind: 'submit', order: open.order, barSequence: draft.state.barSequence })
    return
  }
  end(draft, open, 'expired', 'it never reached the venue', draft.state.venueSequence)
}

/** What may have changed since the guards were asked: a new start finds the switch thrown, or is itself what trips a breaker. */
const isShut = ({ state, rules, now }: Draft): boolean =>
  Object.keys(state.risk.killSwitches).length > 0 || openBreakers(state, rules, Math.max(now, state.clock)).length > 0

/** While no bar came an entry stays the newest decision; its price grows old all the same. */
const isYoung = ({ state, rules, now }: Draft, { symbol, intendedAt }: Order): boolean => {
  const timeframeMs = state.books.find((book) => book.symbol === symbol)?.timeframeMs ?? null
  return timeframeMs !== null && Math.max(now, state.clock) - intendedAt <= rules.risk.dataAgeBarsMax * timeframeMs
}
