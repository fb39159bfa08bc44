import type { EngineState } from '../../src/contracts/engine.ts'
import type { Draft } from './draft.ts'
import { moveEngine } from './move.ts'
import type { Rules } from './rules.ts'
import type { Book, State } from './state.ts'

/** True where the newest price of an instrument is older than an entry may be based on. */
export const isStale = (rules: Rules, book: Book, now: number): boolean =>
  book.markAt !== null && book.timeframeMs !== null && now - book.markAt > rules.risk.dataAgeBarsMax * book.timeframeMs

/** The state that follows from what is wanted and what is there, with the reason for it. */
const fitting = (rules: Rules, state: State, now: number): readonly [EngineState, string] => {
  const { desired, reason } = state.engine
  if (desired === 'halted') return ['halted', reason]
  if (desired === 'safe') return ['safe', reason]
  if (desired === 'paused') return ['paused', reason]
  if (state.books.every((book) => book.bars === 0)) return ['ready', 'waiting for the first bar']
  if (state.brain === 'failed') return ['degraded', 'the brain has failed: no new signals']
  if (state.brain === 'absent') return ['degraded', 'the brain is not there yet']
  const stale = state.books.filter((book) => isStale(rules, book, now)).map((book) => book.symbol)
  if (stale.length > 0) return ['degraded', `stale: ${stale.join(', ')}`]
  return ['running', 'all fresh']
}

/** Brings the engine into the state that fits, through the table. Draining and stopped are left by a new start only. */
export const settleEngine = (draft: Draft): void => {
  const now = draft.state.engine.state
  if (now === 'draining' || now === 'stopped') return
  const [to, reason] = fitting(draft.rules, draft.state, Math.max(draft.now, draft.state.clock))
  if (to !== now) moveEngine(draft, to, reason)
}
