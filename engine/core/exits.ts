import type { Bar } from '../../src/contracts/market.ts'
import type { Price } from '../../src/units.ts'
import type { Draft } from './draft.ts'
import { priceFrom } from './money.ts'
import { moveSymbol } from './move.ts'
import { intend } from './order.ts'
import type { Rules } from './rules.ts'
import type { Book, Position } from './state.ts'

/** Why a bar ends a position, or null. Where one bar reaches both, the stop counts: the order within a bar is unknown. */
export const exitReason = (rules: Rules, book: Book, bar: Bar): 'stop' | 'target' | null => {
  const position = book.position
  const scale = rules.scales[bar.instrument]
  if (position === null || scale === undefined) return null
  const low = priceFrom(scale, bar.low, 'down')
  const high = priceFrom(scale, bar.high, 'up')
  if (position.side === 'long') {
    if (position.stop !== null && low <= position.stop) return 'stop'
    return position.target !== null && high >= position.target ? 'target' : null
  }
  if (position.stop !== null && high >= position.stop) return 'stop'
  return position.target !== null && low <= position.target ? 'target' : null
}

/**
 * Closes all of a position. Exits ask no guard: they take risk away, so they go on while paused, safe and halted.
 * An entry that is still working is cancelled first; its symbol is EXITING from then on, so that the exit follows whatever
 * the venue says of how the entry ended, and is not forgotten in between.
 */
export const exit = (draft: Draft, book: Book, reason: string, signalId: string | null = null): boolean => {
  if (cancelEntries(draft, book.symbol)) {
    if (book.state === 'ENTERING') moveSymbol(draft, book.symbol, 'EXITING', reason)
    return false
  }
  if (book.state !== 'OPEN' || book.position === null || book.mark === null) return false
  if (!moveSymbol(draft, book.symbol, 'EXITING', reason)) return false
  close(draft, book, book.position, book.mark, reason, signalId)
  return true
}

/** True where an entry of the symbol is still working. */
const cancelEntries = (draft: Draft, symbol: string): boolean => {
  const working = Object.values(draft.state.orders).filter(({ order }) => order.symbol === symbol && order.purpose === 'entry')
  for (const { order } of working) draft.effects.push({ kind: 'cancel', clientOrderId: order.clientOrderId })
  return working.length > 0
}

/** An entry has ended, whole or in part: what it bought stays, unless somebody wanted out while it was working. */
export const settleEntry = (draft: Draft, symbol: string, reason: string): void => {
  const book = draft.state.books.find((candidate) => candidate.symbol === symbol)
  if (book === undefined || book.position === null) moveSymbol(draft, symbol, 'FLAT', reason)
  else if (book.state !== 'EXITING' || book.mark === null) moveSymbol(draft, symbol, 'OPEN', reason)
  else close(draft, book, book.position, book.mark, LEFT_EARLY, null)
}

/** Why the exit was wanted stands in the fact that made the symbol EXITING. */
const LEFT_EARLY = 'left while entering'

const close = (draft: Draft, book: Book, position: Position, price: Price, reason: string, signalId: string | null): void => {
  intend(draft, {
    symbol: book.symbol,
    side: position.side === 'long' ? 'sell' : 'buy',
    purpose: 'exit',
    quantity: position.quantity,
    price,
    reason,
    signalId,
    stop: position.stop,
    target: position.target,
    strategy: position.strategy,
    reasoning: reason,
    indicators: [],
  })
}
