import type { SymbolState } from '../../src/contracts/account.ts'
import type { EngineState } from '../../src/contracts/engine.ts'
import type { OrderState } from '../../src/contracts/order.ts'
import type { SignalState } from '../../src/contracts/signal.ts'

/** Every legal move. What is not here is refused and counted. */
type Moves<State extends string> = Readonly<Record<State, readonly State[]>>

export const engineMoves: Moves<EngineState> = {
  starting: ['ready', 'running', 'degraded', 'paused', 'safe', 'halted', 'draining', 'stopped'],
  ready: ['running', 'degraded', 'paused', 'safe', 'halted', 'draining'],
  running: ['degraded', 'paused', 'safe', 'halted', 'draining'],
  degraded: ['running', 'paused', 'safe', 'halted', 'draining'],
  paused: ['ready', 'running', 'degraded', 'safe', 'halted', 'draining'],
  safe: ['paused', 'halted', 'draining'],
  // Latched: a person re-arms it, which makes it paused; it never runs again by itself.
  halted: ['paused', 'draining'],
  draining: ['stopped'],
  stopped: ['starting'],
}

export const signalMoves: Moves<SignalState> = {
  generated: ['evaluating', 'expired'],
  evaluating: ['approved', 'blocked', 'expired'],
  approved: ['executing', 'expired'],
  executing: ['executed', 'expired'],
  executed: ['learned'],
  blocked: ['learned'],
  expired: [],
  learned: [],
}

export const orderMoves: Moves<OrderState> = {
  intended: ['submitted', 'denied', 'unknown', 'expired'],
  submitted: ['acknowledged', 'partiallyFilled', 'filled', 'rejected', 'cancelled', 'expired', 'unknown'],
  acknowledged: ['partiallyFilled', 'filled', 'cancelled', 'expired', 'rejected', 'unknown'],
  partiallyFilled: ['partiallyFilled', 'filled', 'cancelled', 'expired', 'unknown'],
  // Left only by what the venue says: it has the order in some state, or it says for certain that it never had it.
  unknown: ['submitted', 'acknowledged', 'partiallyFilled', 'filled', 'rejected', 'cancelled', 'expired'],
  filled: [],
  denied: [],
  rejected: [],
  cancelled: [],
  expired: [],
}

export const symbolMoves: Moves<SymbolState> = {
  FLAT: ['ENTERING'],
  ENTERING: ['OPEN', 'FLAT', 'EXITING'],
  OPEN: ['EXITING'],
  // Again: while a part leaves, all of it is wanted out.
  EXITING: ['FLAT', 'OPEN', 'EXITING'],
}

export const isLegal = <State extends string>(moves: Moves<State>, from: State, to: State): boolean => moves[from].includes(to)

/** End states: nothing leaves them, so the order needs no watching. */
export const isOver = (state: OrderState): boolean => orderMoves[state].length === 0
