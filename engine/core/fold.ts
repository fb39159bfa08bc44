import { assert } from '../../src/assert.ts'
import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'
import type { Book, RiskState, State } from './state.ts'

/** What one kind of fact makes of the state. */
export type Applier<Kind extends EventKind> = (state: State, event: Extract<EngineEvent, { kind: Kind }>) => State

export type Appliers<Kinds extends EventKind> = { readonly [Kind in Kinds]: Applier<Kind> }

export const bookOf = (state: State, symbol: string): Book => {
  const book = state.books.find((candidate) => candidate.symbol === symbol)
  assert(book, `a book for ${symbol}`)
  return book
}

export const withBook = (state: State, book: Book): State => ({
  ...state,
  books: state.books.map((other) => (other.symbol === book.symbol ? book : other)),
})

export const withRisk = (state: State, changes: Partial<RiskState>): State => ({ ...state, risk: { ...state.risk, ...changes } })

export const without = <Value>(record: Readonly<Record<string, Value>>, key: string): Readonly<Record<string, Value>> => {
  const { [key]: _, ...rest } = record
  return rest
}
