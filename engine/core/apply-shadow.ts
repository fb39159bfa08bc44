import { money } from '../../src/units.ts'
import { type Appliers, bookOf, withBook } from './fold.ts'
import type { OpenShadow, State } from './state.ts'

export const shadowAppliers: Appliers<'shadowOpened' | 'shadowClosed' | 'shadowSkipped'> = {
  shadowOpened: (state, { shadow, barSequence }) => {
    const open: OpenShadow = { trade: shadow, position: null, barSequence, worst: null, slippage: money(0), done: null }
    const book = bookOf(state, shadow.symbol)
    const counts = { ...state.counts, shadows: state.counts.shadows + 1 }
    return { ...withBook(state, { ...book, shadows: [...book.shadows, open] }), shadowOpen: state.shadowOpen + 1, counts }
  },
  shadowClosed: (state, { shadowId }) => {
    const books = state.books.map((book): State['books'][number] =>
      book.shadows.some(({ trade }) => trade.shadowId === shadowId)
        ? { ...book, shadows: book.shadows.filter(({ trade }) => trade.shadowId !== shadowId) }
        : book,
    )
    return { ...state, books, shadowOpen: state.shadowOpen - 1 }
  },
  shadowSkipped: (state) => ({ ...state, counts: { ...state.counts, shadowsSkipped: state.counts.shadowsSkipped + 1 } }),
}
