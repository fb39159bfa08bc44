import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { Money } from '../../src/units.ts'
import { barTrips } from './breakers/bar-trips.ts'
import { watchBar } from './breakers/watch.ts'
import { isNewDay, rollDay } from './days.ts'
import { expireOverdue, hasOverdue, looksForOverdue } from './deadlines.ts'
import { type Draft, draftOf, record } from './draft.ts'
import type { Effect } from './effect.ts'
import { settleEngine } from './engine-state.ts'
import { equityWith } from './equity.ts'
import { exit, exitPart, mayTryAgain } from './exits.ts'
import { type Management, manageBar } from './manage.ts'
import { nearestPrice, priceFrom, type Scale } from './money.ts'
import { protectionTrips, watchProtection } from './protect.ts'
import type { Rules } from './rules.ts'
import { advanceShadows } from './shadow/advance.ts'
import { anyDone, closeShadows } from './shadow/close.ts'
import type { Book, Position, RiskState, State } from './state.ts'
import { nextHours, nextStats } from './stats.ts'
import type { StopMove } from './stops.ts'

export type Step = { readonly state: State; readonly events: readonly EngineEvent[]; readonly effects: readonly Effect[] }

/**
 * The state with one more bar seen. A mark is no fact: the bar is on the tape, and folding the tape again gives it again.
 * This runs for every bar there is, so it makes few objects and asks nothing else.
 */
export const mark = (rules: Rules, state: State, bar: Bar): State => {
  const book = state.books[bar.instrument]
  const scale = rules.scales[bar.instrument]
  const clock = bar.eventTime > state.clock ? bar.eventTime : state.clock
  const row = bar.row === 0 ? state.row : bar.row
  if (book === undefined || scale === undefined) return { ...state, barSequence: bar.sequence, row, clock }
  const books = state.books.slice()
  const marked: Book = {
    symbol: book.symbol,
    state: book.state,
    mark: nearestPrice(scale, bar.close),
    markAt: bar.eventTime,
    timeframeMs: bar.timeframeMs,
    bars: book.bars + 1,
    stats: nextStats(book.stats, bar),
    hours: nextHours(book, bar),
    position: book.position === null ? null : withBest(book.position, scale, bar),
    shadows: book.shadows,
    entries: book.entries,
    lastExitAt: book.lastExitAt,
    wantedExit: book.wantedExit,
  }
  books[bar.instrument] = book.shadows.length === 0 ? marked : withShadows(rules, scale, marked, bar, clock)
  const markedEquity = equityWith(rules.scales, state.cash, books)
  const peaked = markedEquity === null ? state.risk : withPeak(state.risk, markedEquity)
  const sinceBase = row - peaked.rowBase.row
  const risk = sinceBase >= 0 && sinceBase < rules.breakers.badData.rows / 2 ? peaked : withRowBase(peaked, row, bar.sequence)
  // Field by field, in the order of an empty state: it takes half as long as spreading one.
  return {
    sequence: state.sequence,
    ledgerId: state.ledgerId,
    mode: state.mode,
    clock,
    barSequence: bar.sequence,
    row,
    markedEquity,
    risk,
    engine: state.engine,
    brain: state.brain,
    cash: state.cash,
    realised: state.realised,
    fees: state.fees,
    books,
    orders: state.orders,
    signals: state.signals,
    recentSignals: state.recentSignals,
    executions: state.executions,
    signalCounts: state.signalCounts,
    lastSignalAt: state.lastSignalAt,
    sources: state.sources,
    decays: state.decays,
    shadowOpen: state.shadowOpen,
    tallies: state.tallies,
    counts: state.counts,
    venueSequence: state.venueSequence,
  }
}

/** The position with the bar's extreme where that is its best yet; rounded against us, so that no trailing stop is too near. */
const withBest = (position: Position, scale: Scale, bar: Bar): Position => {
  const long = position.side === 'long'
  const level = position.best * scale.tick
  if (long ? bar.high < level : bar.low > level) return position
  const reached = long ? priceFrom(scale, bar.high, 'down') : priceFrom(scale, bar.low, 'up')
  return (long ? reached > position.best : reached < position.best) ? { ...position, best: reached } : position
}

/** The book with its shadow trades one bar further. */
const withShadows = (rules: Rules, scale: Scale, book: Book, bar: Bar, clock: number): Book => {
  const traits = rules.traits[bar.instrument]
  const shadows = traits === undefined ? book.shadows : advanceShadows(rules, scale, traits, book, bar, clock)
  return shadows === book.shadows ? book : { ...book, shadows }
}

/** The window of bad data moves on by half its length, so a row counts for at least half of it and at most the whole. */
const withRowBase = (risk: RiskState, row: number, sequence: number): RiskState => ({
  ...risk,
  // Rows that begin again at a lower number are another source's; nothing of it has been refused yet.
  rowBaseBefore: row < risk.rowBase.row ? { row, sequence } : risk.rowBase,
  rowBase: { row, sequence },
})

/** Peaks of equity and of the day's profit. Where a mark is missing equity is unknown, and no peak is made of it. */
const withPeak = (risk: RiskState, equity: Money): RiskState => {
  const best = risk.day === null || risk.day.equity === null ? 0 : equity - risk.day.equity
  const newBest = risk.day !== null && best > risk.day.best
  if (equity <= risk.peak && !newBest) return risk
  const day = newBest && risk.day !== null ? { ...risk.day, best: best as Money } : risk.day
  return { ...risk, peak: equity > risk.peak ? equity : risk.peak, day }
}

const NOTHING: readonly never[] = []

/** What a closed bar leads to: a new day, its mark, the breakers, then exits and stops and nothing but those. */
export const onBar = (rules: Rules, before: State, bar: Bar): Step => {
  const rolls = isNewDay(before.risk.day, bar.time)
  const draft = rolls ? draftOf(rules, before, Math.max(bar.time, before.clock)) : null
  if (draft !== null) rollDay(draft, bar.time)
  const marked = mark(rules, draft === null ? before : draft.state, bar)
  const tripped = barTrips(rules, marked)
  const book = marked.books[bar.instrument]
  const management = book === undefined ? null : managementOf(rules, marked, book, bar)
  const gap = protectionTrips(rules, marked)
  const waking = marked.engine.state === 'ready' || marked.engine.state === 'starting'
  const overdue = looksForOverdue(before.clock, marked) && hasOverdue(rules, marked, marked.clock)
  const learned = book !== undefined && book.shadows !== before.books[bar.instrument]?.shadows && anyDone(book.shadows)
  if (draft === null && tripped === null && management === null && !gap && !overdue && !learned && !(waking && book !== undefined))
    return { state: marked, events: NOTHING, effects: NOTHING }

  const decided = draftOf(rules, marked, marked.clock)
  if (draft !== null) decided.events.push(...draft.events)
  // What protects a position is known before the breaker that watches over it is asked.
  if (gap) watchProtection(decided)
  if (tripped !== null) watchBar(decided, tripped)
  // A breaker may have closed the book a moment ago: whoever looks at the old one closes it twice.
  const current = decided.state.books[bar.instrument]
  if (management !== null && current !== undefined) carryOut(decided, current, management)
  if (learned) closeShadows(decided, bar.instrument)
  if (overdue) expireOverdue(decided)
  if (waking) settleEngine(decided)
  return decided
}

/** What the bar's own book needs. Positions ask for their exits themselves, whatever signals, lists, pauses and breakers say. */
const managementOf = (rules: Rules, marked: State, book: Book, bar: Bar): Management | null => {
  const { position, state, wantedExit } = book
  const scale = rules.scales[bar.instrument]
  if (position === null || scale === undefined) return null
  if (wantedExit) {
    const again = state === 'OPEN' && mayTryAgain(marked, wantedExit, marked.clock)
    return again ? { kind: 'exit', reason: wantedExit.reason, quantity: position.quantity } : null
  }
  return manageBar(rules, scale, rules.traits[bar.instrument] ?? NO_TRAITS, book, position, bar, marked.clock)
}

const NO_TRAITS = { symbol: '', calendar: '24x7', sector: null } as const

const carryOut = (draft: Draft, book: Book, management: Management): void => {
  const { position } = book
  if (position === null) return
  if (management.kind !== 'exit') {
    if (!book.wantedExit) tellStop(draft, book, position, management)
  } else if (management.quantity < position.quantity) exitPart(draft, book, management.quantity, management.reason)
  else exit(draft, book, management.reason)
}

const MOVED = { initial: 'it had no stop', breakEven: 'enough was earned to risk nothing any more', trailing: 'it follows the best price' } as const

const tellStop = (draft: Draft, book: Book, position: Position, move: StopMove): void =>
  record(draft, {
    kind: 'stopEvent',
    type: move.kind === 'skip' ? move.type : move.basis === 'initial' ? 'STOP_RESOLVED' : 'STOP_RATCHET',
    symbol: book.symbol,
    entryOrderId: position.entryOrderId,
    strategy: position.strategy,
    signalId: position.signalId,
    quantity: position.quantity,
    price: book.mark,
    from: position.stop,
    to: move.to,
    basis: move.basis,
    reason: move.kind === 'skip' ? move.reason : MOVED[move.basis],
  })
