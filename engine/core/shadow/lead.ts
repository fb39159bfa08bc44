import type { Bar } from '../../../src/contracts/market.ts'
import type { Price, Quantity } from '../../../src/units.ts'
import { exitReason } from '../exits.ts'
import { priceFrom, type Scale } from '../money.ts'
import type { Rules, Traits } from '../rules.ts'
import type { Book, Position } from '../state.ts'

export type Led =
  | { readonly kind: 'exit'; readonly quantity: Quantity; readonly reason: string }
  | { readonly kind: 'stop'; readonly stop: Price }
  | null

export type Leading = {
  readonly rules: Rules
  readonly scale: Scale
  readonly traits: Traits
  /** Marked with the bar already. */
  readonly book: Book
  readonly bar: Bar
}

/** What the exit rules of the real path ask of a shadow position at the end of a bar. */
export const leadByRules = ({ rules, book, bar }: Leading, position: Position): Led => {
  const reason = exitReason(rules, { ...book, position }, bar)
  return reason === null ? null : { kind: 'exit', quantity: position.quantity, reason }
}

const MINUTE_MS = 60_000

/** The fixed profile: out at its stop, its target or its age, whichever comes first; where one bar reaches both levels the stop counts. */
export const leadByProfile = ({ rules, scale, bar }: Leading, position: Position): Led => {
  const long = position.side === 'long'
  const against = long ? priceFrom(scale, bar.low, 'down') : priceFrom(scale, bar.high, 'up')
  const forUs = long ? priceFrom(scale, bar.high, 'up') : priceFrom(scale, bar.low, 'down')
  const out = (reason: string): Led => ({ kind: 'exit', quantity: position.quantity, reason })
  if (position.stop !== null && (long ? against <= position.stop : against >= position.stop)) return out('stop_loss')
  if (position.target !== null && (long ? forUs >= position.target : forUs <= position.target)) return out('profit_target')
  return bar.eventTime - position.openedAt >= rules.shadow.holdMinutes * MINUTE_MS ? out('max_hold_time') : null
}
