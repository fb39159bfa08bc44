import type { Bar } from '../../src/contracts/market.ts'
import type { Draft } from './draft.ts'
import { priceFrom } from './money.ts'
import { moveSymbol } from './move.ts'
import { intend } from './order.ts'
import type { Rules } from './rules.ts'
import type { Book } from './state.ts'

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
 * An entry that is still working is cancelled first; the exit follows when the venue has said how it ended.
 */
export const exit = (draft: Draft, book: Book, reason: string, signalId: string | null = null): boolean => {
  for (const { order } of Object.values(draft.state.orders)) {
    if (order.symbol === book.symbol && order.purpose === 'entry') draft.effects.push({ kind: 'cancel', clientOrderId: order.clientOrderId })
  }
  if (book.state !== 'OPEN' || book.position === null || book.mark === null) return false
  if (!moveSymbol(draft, book.symbol, 'EXITING', reason)) return false
  intend(draft, {
    symbol: book.symbol,
    side: book.position.side === 'long' ? 'sell' : 'buy',
    purpose: 'exit',
    quantity: book.position.quantity,
    price: book.mark,
    reason,
    signalId,
    stop: book.position.stop,
    target: book.position.target,
    strategy: book.position.strategy,
    reasoning: reason,
    indicators: [],
  })
  return true
}
