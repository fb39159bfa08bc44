import { exchangeDay } from '../../../src/exchange-calendar.ts'
import type { Rules } from '../rules.ts'
import type { Book, State } from '../state.ts'
import { against, type Breaker, quiet } from './breaker.ts'

/** Bars that an instrument has been silent for, counted only while its exchange is open; null where there is nothing to count. */
export const silenceOf = (rules: Rules, id: number, book: Book, now: number): number | null => {
  if (book.markAt === null || book.timeframeMs === null || now <= book.markAt) return book.markAt === null ? null : 0
  const { opensAt, closesAt } = exchangeDay(rules.traits[id]?.calendar ?? '24x7', now)
  if (opensAt === null || closesAt === null || now < opensAt || now >= closesAt) return null
  return (now - Math.max(book.markAt, continuous(rules, id) ? book.markAt : opensAt)) / book.timeframeMs
}

/** A market whose sessions follow on each other has no opening to wait for. */
const continuous = (rules: Rules, id: number): boolean => rules.traits[id]?.calendar === '24x7'

/** Silence of an instrument that we hold, or of all there are: one alone that nobody holds is the guard's business. */
export const staleFeed: Breaker = {
  name: 'staleFeed',
  says: 'Bars without news from an instrument with an open position, or from all instruments.',
  measure: (rules, state, now) => {
    const { bars } = rules.breakers.staleFeed
    const { held, everywhere } = silences(rules, state, now)
    const worst = Math.max(held?.silence ?? 0, everywhere ?? 0)
    if (held === null && everywhere === null) return quiet(bars, 'bars')
    return against(worst, bars, 'bars', () =>
      held !== null && held.silence >= bars
        ? `${held.symbol} has a position and was silent for ${held.silence.toFixed(1)} bars`
        : `all instruments were silent for ${worst.toFixed(1)} bars`,
    )
  },
}

type Silences = { readonly held: { readonly symbol: string; readonly silence: number } | null; readonly everywhere: number | null }

/** The longest silence of what is held, and the shortest of all instruments whose exchange is open. */
const silences = (rules: Rules, state: State, now: number): Silences => {
  let held: Silences['held'] = null
  let everywhere: number | null = null
  const { books } = state
  for (let id = 0; id < books.length; id += 1) {
    const book = books[id]
    if (book === undefined) continue
    const silence = silenceOf(rules, id, book, now)
    if (silence === null) continue
    if (book.position !== null && (held === null || silence > held.silence)) held = { symbol: book.symbol, silence }
    if (everywhere === null || silence < everywhere) everywhere = silence
  }
  return { held, everywhere }
}
