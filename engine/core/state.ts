import type { SymbolState } from '../../src/contracts/account.ts'
import type { GuardTally } from '../../src/contracts/breaker.ts'
import type { DesiredState, EngineState } from '../../src/contracts/engine.ts'
import type { Mode } from '../../src/contracts/names.ts'
import type { Order } from '../../src/contracts/order.ts'
import type { SignalState } from '../../src/contracts/signal.ts'
import type { Money, Price, Quantity } from '../../src/units.ts'

export type Position = {
  readonly side: 'long' | 'short'
  /** Above zero. */
  readonly quantity: Quantity
  /** What the open quantity was entered for, without fees. */
  readonly cost: Money
  readonly stop: Price | null
  readonly target: Price | null
  readonly strategy: string
  readonly signalId: string | null
  readonly entryOrderId: string
  readonly openedAt: number
}

/** One instrument: where it stands, what it was last worth. `mark` is null until the first bar: unknown is not zero. */
export type Book = {
  readonly symbol: string
  readonly state: SymbolState
  readonly mark: Price | null
  /** Event time of the bar that the mark is from. */
  readonly markAt: number | null
  readonly timeframeMs: number | null
  readonly bars: number
  readonly position: Position | null
}

/** An open order with what its position will need to know. */
export type OpenOrder = {
  readonly order: Order
  readonly stop: Price | null
  readonly target: Price | null
  readonly strategy: string
  readonly reasoning: string
  readonly indicators: readonly string[]
  /** Bar after which it was intended: sending it again later would be another decision. */
  readonly barSequence: number
}

export type OpenSignal = { readonly symbol: string; readonly state: SignalState; readonly since: number; readonly clientOrderId: string | null }

export type State = {
  /** Last ledger sequence. */
  readonly sequence: number
  /** Prefix of client order ids: unlike for every ledger ever made. */
  readonly ledgerId: string
  readonly mode: Mode
  /** The feed's clock. */
  readonly clock: number
  readonly barSequence: number
  readonly engine: { readonly state: EngineState; readonly desired: DesiredState; readonly reason: string; readonly since: number }
  readonly brain: 'absent' | 'ready' | 'failed'
  readonly cash: Money
  readonly realised: Money
  readonly fees: Money
  /** By instrument id. */
  readonly books: readonly Book[]
  readonly orders: Readonly<Record<string, OpenOrder>>
  readonly signals: Readonly<Record<string, OpenSignal>>
  /** Signals that may come twice after the brain died: id and bar, oldest first. */
  readonly recentSignals: readonly { readonly id: string; readonly barSequence: number }[]
  /** Executions of open orders, so that a fill told twice is booked once. */
  readonly executions: Readonly<Record<string, readonly string[]>>
  readonly signalCounts: Readonly<Record<SignalState, number>>
  readonly lastSignalAt: number | null
  readonly tallies: Readonly<Record<string, GuardTally>>
  readonly counts: {
    readonly signals: number
    readonly approved: number
    readonly blocked: number
    readonly orders: number
    readonly submitted: number
    readonly fills: number
    readonly duplicates: number
    readonly illegalMoves: number
  }
  /** Last report of the venue that was taken in. */
  readonly venueSequence: number
}

export const emptyState = (options: {
  readonly ledgerId: string
  readonly mode: Mode
  readonly cash: Money
  readonly symbols: readonly string[]
}): State => ({
  sequence: 0,
  ledgerId: options.ledgerId,
  mode: options.mode,
  clock: 0,
  barSequence: 0,
  engine: { state: 'starting', desired: 'running', reason: 'starting', since: 0 },
  brain: 'absent',
  cash: options.cash,
  realised: 0 as Money,
  fees: 0 as Money,
  books: options.symbols.map(emptyBook),
  orders: {},
  signals: {},
  recentSignals: [],
  executions: {},
  signalCounts: { generated: 0, evaluating: 0, approved: 0, blocked: 0, executing: 0, executed: 0, expired: 0, learned: 0 },
  lastSignalAt: null,
  tallies: {},
  counts: { signals: 0, approved: 0, blocked: 0, orders: 0, submitted: 0, fills: 0, duplicates: 0, illegalMoves: 0 },
  venueSequence: 0,
})

export const emptyBook = (symbol: string): Book => ({ symbol, state: 'FLAT', mark: null, markAt: null, timeframeMs: null, bars: 0, position: null })
