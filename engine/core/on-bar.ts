import type { Bar } from '../../src/contracts/market.ts'
import { type Draft, draftOf } from './draft.ts'
import { settleEngine } from './engine-state.ts'
import { exit, exitReason } from './exits.ts'
import { nearestPrice } from './money.ts'
import type { Rules } from './rules.ts'
import type { State } from './state.ts'

/**
 * The state with one more bar seen. A mark is no fact: the bar is on the tape, and folding the tape again gives it again.
 * This runs for every bar there is, so it makes two objects and one array and asks nothing else.
 */
export const mark = (rules: Rules, state: State, bar: Bar): State => {
  const book = state.books[bar.instrument]
  const scale = rules.scales[bar.instrument]
  if (book === undefined || scale === undefined) return { ...state, barSequence: bar.sequence, clock: Math.max(state.clock, bar.eventTime) }
  const books = state.books.slice()
  books[bar.instrument] = {
    symbol: book.symbol,
    state: book.state,
    mark: nearestPrice(scale, bar.close),
    markAt: bar.eventTime,
    timeframeMs: bar.timeframeMs,
    bars: book.bars + 1,
    position: book.position,
  }
  return { ...state, barSequence: bar.sequence, clock: Math.max(state.clock, bar.eventTime), books }
}

/** What a closed bar leads to, after it was marked: exits first and nothing but exits. Null where it leads to nothing. */
export const onBar = (rules: Rules, marked: State, bar: Bar): Draft | null => {
  const book = marked.books[bar.instrument]
  if (book === undefined) return null
  const reason = book.position === null || book.state === 'EXITING' ? null : exitReason(rules, book, bar)
  const waking = marked.engine.state === 'ready' || marked.engine.state === 'starting'
  if (reason === null && !waking) return null

  const draft = draftOf(rules, marked, marked.clock)
  if (reason !== null) exit(draft, book, reason)
  if (waking) settleEngine(draft)
  return draft
}
