import { silenceOf } from './breakers/stale-feed.ts'
import { type Draft, record } from './draft.ts'
import type { Rules } from './rules.ts'
import type { Book, OpenOrder, State } from './state.ts'

type Gap = { readonly since: number; readonly reason: string }

/** True where what protects a position is not what its record says. Asked for every bar: comparisons, and nothing made. */
export const protectionTrips = (rules: Rules, state: State): boolean => {
  const { books, clock } = state
  for (let id = 0; id < books.length; id += 1) {
    const book = books[id]
    if (book === undefined || book.position === null) continue
    if ((gapIn(rules, state, id, book, clock) === null) !== (book.position.unprotectedSince === null)) return true
  }
  return false
}

/** Writes down which positions nothing protects since when, and which are protected again. Each change is a fact. */
export const watchProtection = (draft: Draft): void => {
  const now = Math.max(draft.now, draft.state.clock)
  for (let id = 0; id < draft.state.books.length; id += 1) {
    const book = draft.state.books[id]
    if (book === undefined || book.position === null) continue
    const gap = gapIn(draft.rules, draft.state, id, book, now)
    if ((gap === null) === (book.position.unprotectedSince === null)) continue
    record(draft, {
      kind: 'protectionChanged',
      symbol: book.symbol,
      unprotectedSince: gap === null ? null : Math.min(gap.since, now),
      reason: gap === null ? 'it is protected again' : gap.reason,
    })
  }
}

/** Why nothing protects a position now, and since when; null while its stop would act on the next bar, or its exit is young. */
const gapIn = (rules: Rules, state: State, id: number, book: Book, now: number): Gap | null => {
  const { position, wantedExit } = book
  if (position === null) return null
  if (position.stop === null) return { since: now, reason: 'it has no stop' }
  if (book.mark === null || book.timeframeMs === null) return { since: now, reason: 'its price is unknown' }
  const ageMsMax = rules.risk.dataAgeBarsMax * book.timeframeMs
  if (book.markAt !== null && now - book.markAt > ageMsMax && (silenceOf(rules, id, book, now) ?? 0) > rules.risk.dataAgeBarsMax)
    return { since: book.markAt, reason: 'its price is too old for its stop to act' }
  if (wantedExit && wantedExit.tries > 0) return { since: wantedExit.triedAt, reason: `its exit was ended by the venue: ${wantedExit.reason}` }
  return book.state === 'EXITING' ? exitGap(state, book, now, ageMsMax) : null
}

/** No news of an exit for longer than a price may be old. One that is filled in parts has news. */
const exitGap = ({ orders }: State, { symbol }: Book, now: number, ageMsMax: number): Gap | null => {
  for (const clientOrderId in orders) {
    const { order } = orders[clientOrderId] as OpenOrder
    if (order.symbol === symbol && now - order.updatedAt > ageMsMax)
      return { since: order.updatedAt, reason: `its ${order.purpose} order had no news` }
  }
  return null
}
