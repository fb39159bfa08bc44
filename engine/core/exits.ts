import type { Order } from '../../src/contracts/order.ts'
import type { Quantity } from '../../src/units.ts'
import { leavesWhole } from './apply.ts'
import { type Draft, record } from './draft.ts'
import { moveSymbol } from './move.ts'
import { intend } from './order.ts'
import type { Book, Position, State, WantedExit } from './state.ts'

/** Tries of one exit on bars that follow each other; then it is an alarm, and tried only now and then. */
export const EXIT_TRIES_MAX = 5
export const EXIT_RETRY_MS = 15 * 60_000

/** What a person asks for is tried whenever it is asked for. */
const BY_PERSON = 'flatten'

/**
 * Closes all of a position; true where the exit is intended now. Exits ask no guard: they take risk away, so they go on while paused,
 * safe and halted. What still works is cancelled first, be it an entry or a partial exit; the symbol is EXITING from then on, so that
 * the exit follows whatever the venue says of how that ended, and is not forgotten in between.
 */
export const exit = (draft: Draft, book: Book, reason: string, signalId: string | null = null): boolean => {
  if (cancelEntries(draft, book.symbol)) {
    if (book.state === 'ENTERING') moveSymbol(draft, book.symbol, 'EXITING', reason)
    return false
  }
  if (book.state === 'EXITING' && !book.wantedExit && book.position !== null) {
    record(draft, { kind: 'symbolStateChanged', symbol: book.symbol, from: 'EXITING', to: 'EXITING', reason })
    cancelParts(draft, book.symbol, book.position)
    return false
  }
  if (book.state !== 'OPEN' || book.position === null || book.mark === null) return false
  if (book.wantedExit?.reason === reason && reason !== BY_PERSON && !mayTryAgain(draft.state, book.wantedExit, draft.now)) return false
  if (!moveSymbol(draft, book.symbol, 'EXITING', reason)) return false
  close(draft, book, book.position, book.position.quantity, reason, signalId)
  return true
}

/** Closes a part of a position that is open and has nothing working. What would be all of it is not a part. */
export const exitPart = (draft: Draft, book: Book, quantity: Quantity, reason: string): boolean => {
  if (book.state !== 'OPEN' || book.position === null || book.mark === null || quantity >= book.position.quantity) return false
  if (!moveSymbol(draft, book.symbol, 'EXITING', reason)) return false
  close(draft, book, book.position, quantity, reason, null)
  return true
}

/** An exit that the venue ended is tried again with the next bar of its instrument, and after too many tries once in a while. */
export const mayTryAgain = ({ barSequence }: State, { tries, triedAt, triedBar }: WantedExit, now: number): boolean =>
  barSequence > triedBar && (tries < EXIT_TRIES_MAX || now - triedAt >= EXIT_RETRY_MS)

/** After a new start: the cancelling that an exit waits for may not have left before the end. */
export const cancelAgain = (draft: Draft, book: Book): void => {
  if (book.state !== 'EXITING' || cancelEntries(draft, book.symbol)) return
  if (book.wantedExit && book.position !== null) cancelParts(draft, book.symbol, book.position)
}

/** An order that works although its end is wanted: an entry while halted or in the way of an exit, or a part that keeps the whole from leaving. */
export const isUnwanted = ({ engine, books }: State, { symbol, purpose, ...order }: Order): boolean => {
  const book = books.find((candidate) => candidate.symbol === symbol)
  if (purpose === 'entry') return engine.desired === 'halted' || book?.state === 'EXITING'
  return book?.state === 'EXITING' && book.wantedExit != null && book.position !== null && !leavesWhole(book.position, { symbol, purpose, ...order })
}

/** True where an entry of the symbol is still working. */
const cancelEntries = (draft: Draft, symbol: string): boolean => cancelWorking(draft, symbol, ({ purpose }) => purpose === 'entry')

/** Exits of less than is open. */
const cancelParts = (draft: Draft, symbol: string, position: Position): boolean =>
  cancelWorking(draft, symbol, (order) => order.purpose === 'exit' && !leavesWhole(position, order))

const cancelWorking = (draft: Draft, symbol: string, isMeant: (order: Order) => boolean): boolean => {
  const working = Object.values(draft.state.orders).filter(({ order }) => order.symbol === symbol && isMeant(order))
  for (const { order } of working) draft.effects.push({ kind: 'cancel', clientOrderId: order.clientOrderId })
  return working.length > 0
}

/** An entry has ended, whole or in part: what it bought stays, unless somebody wanted out while it was working. */
export const settleEntry = (draft: Draft, symbol: string, reason: string): void => {
  const book = draft.state.books.find((candidate) => candidate.symbol === symbol)
  if (book === undefined || book.position === null) moveSymbol(draft, symbol, 'FLAT', reason)
  else if (book.state === 'EXITING') leaveNow(draft, book, book.position, reason)
  else moveSymbol(draft, symbol, 'OPEN', reason)
}

/** A partial exit has ended, however: what stays stays, unless all of it was wanted out in the meantime. */
export const settlePart = (draft: Draft, symbol: string, reason: string): void => {
  const book = draft.state.books.find((candidate) => candidate.symbol === symbol)
  if (book?.position && book.wantedExit) leaveNow(draft, book, book.position, reason)
  else moveSymbol(draft, symbol, 'OPEN', reason)
}

/** The exit that waited, under the reason that it was wanted for. Without a price it waits, as an open position, for the next bar. */
const leaveNow = (draft: Draft, book: Book, position: Position, reason: string): void => {
  if (book.mark === null) moveSymbol(draft, book.symbol, 'OPEN', reason)
  else close(draft, book, position, position.quantity, book.wantedExit?.reason ?? reason, null)
}

const close = (draft: Draft, book: Book, position: Position, quantity: Quantity, reason: string, signalId: string | null): void => {
  if (book.mark === null) return
  intend(draft, {
    symbol: book.symbol,
    side: position.side === 'long' ? 'sell' : 'buy',
    purpose: 'exit',
    quantity,
    price: book.mark,
    reason,
    signalId,
    stop: position.stop,
    target: position.target,
    strategy: position.strategy,
    reasoning: reason,
    indicators: [],
  })
}
