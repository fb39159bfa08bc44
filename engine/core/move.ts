import type { SymbolState } from '../../src/contracts/account.ts'
import type { EngineState } from '../../src/contracts/engine.ts'
import type { OrderState } from '../../src/contracts/order.ts'
import type { SignalState } from '../../src/contracts/signal.ts'
import { type Draft, record } from './draft.ts'
import { engineMoves, isLegal, orderMoves, signalMoves, symbolMoves } from './machines.ts'

/** Each mover asks the machine's table; a move that is not there becomes a fact of its own and nothing else happens. */

export const moveEngine = (draft: Draft, to: EngineState, reason: string): boolean => {
  const from = draft.state.engine.state
  if (from === to) return true
  if (!isLegal(engineMoves, from, to)) return refuse(draft, 'engine', 'engine', from, to)
  record(draft, { kind: 'engineStateChanged', from, to, reason })
  return true
}

export const moveSymbol = (draft: Draft, symbol: string, to: SymbolState, reason: string): boolean => {
  const from = draft.state.books.find((book) => book.symbol === symbol)?.state ?? 'FLAT'
  if (from === to) return true
  if (!isLegal(symbolMoves, from, to)) return refuse(draft, 'symbol', symbol, from, to)
  record(draft, { kind: 'symbolStateChanged', symbol, from, to, reason })
  return true
}

export const moveSignal = (draft: Draft, signalId: string, to: SignalState, reason: string): boolean => {
  const open = draft.state.signals[signalId]
  if (open === undefined) return refuse(draft, 'signal', signalId, 'unknown', to)
  if (!isLegal(signalMoves, open.state, to)) return refuse(draft, 'signal', signalId, open.state, to)
  record(draft, { kind: 'signalStateChanged', signalId, symbol: open.symbol, from: open.state, to, reason })
  return true
}

type OrderMove = { readonly reason: string; readonly venueOrderId?: string | null; readonly venueSequence?: number }

export const moveOrder = (draft: Draft, clientOrderId: string, to: OrderState, move: OrderMove): boolean => {
  const open = draft.state.orders[clientOrderId]
  if (open === undefined) return refuse(draft, 'order', clientOrderId, 'unknown', to)
  if (!isLegal(orderMoves, open.order.state, to)) return refuse(draft, 'order', clientOrderId, open.order.state, to)
  record(draft, {
    kind: 'orderStateChanged',
    clientOrderId,
    symbol: open.order.symbol,
    from: open.order.state,
    to,
    reason: move.reason,
    venueOrderId: move.venueOrderId ?? null,
    venueSequence: move.venueSequence ?? draft.state.venueSequence,
  })
  return true
}

const refuse = (draft: Draft, machine: 'engine' | 'signal' | 'order' | 'symbol', id: string, from: string, to: string): false => {
  record(draft, { kind: 'illegalMoveRefused', machine, id, from, to })
  return false
}
