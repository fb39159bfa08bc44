import { assert } from '../../src/assert.ts'
import type { GuardResult, MarketSeen, Signal } from '../../src/contracts/signal.ts'
import { exchangeDay } from '../../src/exchange-calendar.ts'
import { type Draft, record } from './draft.ts'
import { sideEntering } from './entering.ts'
import { equityOf, grossExposure, pendingEntries } from './equity.ts'
import { exit } from './exits.ts'
import { evaluate, type Guard, type GuardContext } from './guards/guard.ts'
import { guards } from './guards/index.ts'
import { priceText } from './money.ts'
import { moveOrder, moveSignal, moveSymbol } from './move.ts'
import { intend } from './order.ts'
import { traitsOf } from './rules.ts'
import { openShadow } from './shadow/open.ts'
import { sizeEntry } from './sizing.ts'
import type { Book, State } from './state.ts'
import { correlationsOf, regimeOf, volatilityOf, volumeOverDay } from './stats.ts'

/** A wish from the brain: told twice it counts once; a way out is taken before a way in is judged. */
export const onSignal = (draft: Draft, signal: Signal, chain: readonly Guard[] = guards): void => {
  if (isRecent(draft.state, signal)) {
    record(draft, { kind: 'signalDuplicated', signalId: signal.id })
    return
  }
  const id = draft.state.books.findIndex((candidate) => candidate.symbol === signal.symbol)
  const book = draft.state.books[id]
  record(draft, { kind: 'signalReceived', signal })
  if (book === undefined) {
    moveSignal(draft, signal.id, 'expired', 'no such instrument')
    return
  }
  if (signal.side === 'flat') leave(draft, signal, book)
  else enter(draft, signal, book, chain)
}

/** They are kept in the order of their bars, and the same signal is always made on the same bar. */
const isRecent = ({ recentSignals }: State, { id, barSequence }: Signal): boolean => {
  for (let index = recentSignals.length - 1; index >= 0; index -= 1) {
    const seen = recentSignals[index] as State['recentSignals'][number]
    if (seen.barSequence < barSequence) return false
    if (seen.id === id) return true
  }
  return false
}

/** A flat signal closes what is open. It needs no guard, because it takes risk away. */
const leave = (draft: Draft, signal: Signal, book: Book): void => {
  if (book.position === null || book.state !== 'OPEN') {
    // An entry is taken back, and what is left of a part that leaves follows it.
    if (book.state !== 'FLAT') exit(draft, book, 'signal')
    moveSignal(draft, signal.id, 'expired', `nothing to close: ${book.symbol} is ${book.state}`)
    return
  }
  moveSignal(draft, signal.id, 'evaluating', 'a way out')
  moveSignal(draft, signal.id, 'approved', 'exits ask no guard')
  if (exit(draft, book, 'signal', signal.id)) moveSignal(draft, signal.id, 'executing', 'exit intended')
  else moveSignal(draft, signal.id, 'expired', 'no price to leave at')
}

const enter = (draft: Draft, signal: Signal, book: Book, chain: readonly Guard[]): void => {
  const scale = draft.rules.scales.find((candidate) => candidate.symbol === signal.symbol)
  assert(scale, `a scale for ${signal.symbol}`)
  // The opposite side is a way out of what is open or being opened, whatever the guards say of the way in.
  const held = book.position?.side ?? sideEntering(draft.state, book.symbol)
  if (held !== null && held !== signal.side) exit(draft, book, 'opposite signal')

  moveSignal(draft, signal.id, 'evaluating', 'guards')
  const context = contextOf(draft, signal, scale.id)
  const results = judge(context, chain)
  const blockers = results.filter((result) => result.blocks)
  decide(draft, signal, results, blockers, context)
  if (blockers.length > 0) {
    moveSignal(draft, signal.id, 'blocked', blockers.map((result) => result.guard).join(', '))
  } else {
    moveSignal(draft, signal.id, 'approved', `all ${results.length} guards pass`)
    send(draft, signal, context)
  }
  shadow(draft, signal, blockers, context)
}

const shadow = (draft: Draft, signal: Signal, blockers: readonly GuardResult[], { scale, intent, book }: GuardContext): void =>
  openShadow(draft, {
    signal,
    decision: blockers.length === 0 ? 'APPROVED' : 'BLOCKED',
    blocker: blockers[0]?.guard ?? null,
    blockers: blockers.map(({ guard }) => guard),
    scale,
    intent,
    mark: book.mark,
  })

/** What every guard of a chain says, in the order of the chain; the ones after the first that refuses are asked as well. */
export const judge = (context: GuardContext, chain: readonly Guard[] = guards): readonly GuardResult[] =>
  chain.map((guard) => evaluate(guard, context))

/** What the guards look at, each value computed once. `id` is that of the signal's instrument. */
export const contextOf = (draft: Draft, signal: Signal, id: number): GuardContext => {
  const { rules, state } = draft
  const book = state.books[id]
  const scale = rules.scales[id]
  assert(book && scale, `instrument ${id}`)
  const equity = equityOf(rules.scales, state)
  const now = Math.max(draft.now, state.clock)
  const traits = traitsOf(rules, signal.symbol)
  const correlations = correlationsOf(state.books, book)
  return {
    state,
    rules,
    signal,
    book,
    scale,
    traits,
    now,
    day: exchangeDay(traits.calendar, now),
    equity,
    exposure: grossExposure(rules.scales, state),
    pending: pendingEntries(rules.scales, state),
    correlations,
    intent: sizeEntry(rules, { scale, book, signal, equity, state, correlations }),
  }
}

const decide = (draft: Draft, signal: Signal, results: readonly GuardResult[], blockers: readonly GuardResult[], context: GuardContext): void => {
  const first = blockers[0]
  record(draft, {
    kind: 'signalDecided',
    signalId: signal.id,
    symbol: signal.symbol,
    decision: first === undefined ? 'APPROVED' : 'BLOCKED',
    blocker: first?.guard ?? null,
    blockerReason: first?.reason ?? null,
    blockers: blockers.map((result) => result.guard),
    guards: [...results],
    signal,
    market: marketSeen(context),
    notional: context.intent.notional,
  })
}

const marketSeen = ({ book, scale, rules }: GuardContext): MarketSeen => ({
  price: book.mark === null ? null : priceText(scale, book.mark),
  priceAt: book.markAt,
  volume24h: volumeOverDay(book),
  volatility: volatilityOf(book),
  regime: regimeOf(book, rules.guards.regime),
})

const send = (draft: Draft, signal: Signal, { book, intent, day }: GuardContext): void => {
  assert(intent.quantity !== null && intent.price !== null, 'an approved entry has a size and a price')
  const long = signal.side === 'long'
  const clientOrderId = intend(draft, {
    symbol: signal.symbol,
    side: long ? 'buy' : 'sell',
    purpose: 'entry',
    quantity: intent.quantity,
    price: intent.price,
    reason: signal.strategy,
    signalId: signal.id,
    stop: intent.stop,
    target: intent.target,
    strategy: signal.strategy,
    reasoning: signal.reason,
    indicators: Object.keys(signal.values),
    entryDay: day.day,
  })
  if (draft.state.mode === 'dry-run') {
    draft.effects.pop() // decided and recorded, and sent nowhere
    moveOrder(draft, clientOrderId, 'denied', { reason: 'dry-run sends nothing' })
    moveSignal(draft, signal.id, 'expired', 'dry-run sends nothing')
    return
  }
  moveSignal(draft, signal.id, 'executing', `order ${clientOrderId}`)
  moveSymbol(draft, book.symbol, 'ENTERING', `order ${clientOrderId}`)
}
