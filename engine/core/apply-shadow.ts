import type { Signal } from '../../src/contracts/signal.ts'
import { money, quantity } from '../../src/units.ts'
import { type Appliers, bookOf, withBook } from './fold.ts'
import type { OpenShadow, State } from './state.ts'

export const shadowAppliers: Appliers<'shadowOpened' | 'shadowClosed' | 'shadowSkipped'> = {
  shadowOpened: (state, { shadow }) => {
    const open: OpenShadow = { trade: shadow, position: null, worst: null, slippage: money(0), exitAverage: 0, leaving: null, done: null }
    const book = bookOf(state, shadow.symbol)
    const counts = { ...state.counts, shadows: state.counts.shadows + 1 }
    return { ...withBook(state, { ...book, shadows: [...book.shadows, open] }), shadowOpen: state.shadowOpen + 1, counts }
  },
  shadowClosed: (state, { shadow: { symbol, shadowId } }) => {
    const book = bookOf(state, symbol)
    const shadows = book.shadows.filter(({ trade }) => trade.shadowId !== shadowId)
    return { ...withBook(state, { ...book, shadows }), shadowOpen: state.shadowOpen - 1 }
  },
  shadowSkipped: (state) => ({ ...state, counts: { ...state.counts, shadowsSkipped: state.counts.shadowsSkipped + 1 } }),
}

/**
 * A signal to leave, or one for the other side, ends the shadow trades of its symbol as it ends a position: at the next bar. One
 * that is on its way out already goes on as it was decided.
 */
export const withShadowsLeaving = (state: State, { symbol, side }: Signal): State => {
  const book = state.books.find((candidate) => candidate.symbol === symbol)
  const price = book?.mark ?? null
  if (book === undefined || book.shadows.length === 0 || price === null) return state
  const reason = side === 'flat' ? 'signal' : 'opposite signal'
  let changed = false
  const shadows = book.shadows.map((shadow): OpenShadow => {
    const { trade, position, leaving } = shadow
    if (trade.profile === 'fixed' || leaving !== null || trade.side === side) return shadow
    changed = true
    return { ...shadow, leaving: { quantity: position?.quantity ?? quantity(0), reason, price } }
  })
  return changed ? withBook(state, { ...book, shadows }) : state
}
