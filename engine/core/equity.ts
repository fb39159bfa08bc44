import { type Money, money, type Price } from '../../src/units.ts'
import { notional, type Scale } from './money.ts'
import type { Book, State } from './state.ts'

/** What a position is worth at a price, signed: a long adds it to cash, a short will have to pay it. Rounded against us. */
export const marketValue = (scale: Scale, book: Book, at: Price): Money => {
  const position = book.position
  if (position === null) return money(0)
  return position.side === 'long' ? notional(scale, at, position.quantity, 'down') : money(-notional(scale, at, position.quantity, 'up'))
}

/** Cash and positions at their marks; null while any open position has no mark, because unknown is not zero. */
export const equityOf = (scales: readonly Scale[], state: State): Money | null => equityWith(scales, state.cash, state.books)

export const equityWith = (scales: readonly Scale[], cash: Money, books: readonly Book[]): Money | null => {
  let total: number = cash
  for (let id = 0; id < books.length; id += 1) {
    const book = books[id]
    const scale = scales[id]
    if (book === undefined || scale === undefined || book.position === null) continue
    if (book.mark === null) return null
    total += marketValue(scale, book, book.mark)
  }
  return money(total)
}

/** Value of all positions at their marks, both sides counted; null while one has no mark. */
export const grossExposure = (scales: readonly Scale[], state: State): Money | null => {
  let total = 0
  for (let id = 0; id < state.books.length; id += 1) {
    const book = state.books[id]
    const scale = scales[id]
    if (book === undefined || scale === undefined || book.position === null) continue
    if (book.mark === null) return null
    total += Math.abs(marketValue(scale, book, book.mark))
  }
  return money(total)
}

/** Value of what working entry orders may still buy or sell short, at the price they were decided on. */
export const pendingEntries = (scales: readonly Scale[], state: State): Money => {
  let total = 0
  for (const { order } of Object.values(state.orders)) {
    if (order.purpose !== 'entry') continue
    const scale = scales.find((candidate) => candidate.symbol === order.symbol)
    if (scale !== undefined) total += notional(scale, order.decisionPrice as Price, (order.quantity - order.filled) as never, 'up')
  }
  return money(total)
}

/** Unrealised profit of one position, before fees; null without a mark. */
export const unrealisedOf = (scale: Scale, book: Book): Money | null => {
  if (book.position === null) return money(0)
  if (book.mark === null) return null
  const value = Math.abs(marketValue(scale, book, book.mark))
  return money(book.position.side === 'long' ? value - book.position.cost : book.position.cost - value)
}
