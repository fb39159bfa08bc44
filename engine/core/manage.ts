import type { Bar } from '../../src/contracts/market.ts'
import { exchangeDay } from '../../src/exchange-calendar.ts'
import { type Quantity, quantity } from '../../src/units.ts'
import { notional, priceFrom, type Scale } from './money.ts'
import type { Rules, Traits } from './rules.ts'
import type { Book, Position } from './state.ts'
import { earnedTicks, riskTicks, type StopMove, stopMove } from './stops.ts'

/** What a bar makes of an open position. An exit of less than the whole is a partial one. */
export type Management = { readonly kind: 'exit'; readonly reason: string; readonly quantity: Quantity } | StopMove

const MINUTE_MS = 60_000

/**
 * How a position is led out of the market, by one closed bar: the catastrophic stop, the stop, the target, then, once it is armed, the
 * end of the day, its age, its partial exits, and last where its stop goes. Pure, and the same for the account and for shadow trades.
 * `book` is the one that the bar has marked already, `position` the one to judge (its own or a shadow's), `now` the feed's clock.
 */
export const manage = (
  rules: Rules,
  about: {
    readonly scale: Scale
    readonly traits: Traits
    readonly book: Book
    readonly position: Position
    readonly bar: Bar
    readonly now: number
  },
): Management | null => manageBar(rules, about.scale, about.traits, about.book, about.position, about.bar, about.now)

/** The same without an object around what it looks at: it runs for every bar while anything is open. */
export const manageBar = (rules: Rules, scale: Scale, traits: Traits, book: Book, position: Position, bar: Bar, now: number): Management | null => {
  const long = position.side === 'long'
  // Rounded so that both are reached sooner; the worst of the bar comes first, because the order within a bar is unknown.
  const worst = long ? priceFrom(scale, bar.low, 'down') : priceFrom(scale, bar.high, 'up')
  const furthest = long ? priceFrom(scale, bar.high, 'up') : priceFrom(scale, bar.low, 'down')
  const { exits } = rules
  if (isCatastrophic(exits.catastrophicFraction, scale, position, worst)) return whole(position, 'catastrophic')

  const age = now - position.openedAt
  const armed = age >= exits.armingSeconds * 1_000
  const { stop, target } = position
  if (stop !== null && (long ? worst <= stop : worst >= stop)) {
    if (armed) return whole(position, stop === position.firstStop ? 'stop' : 'moved stop')
    // The bar that touched the stop may have touched the target before or after: nobody knows, so it is no gain either.
    return position.stopSkipped === 'STOP_TOO_EARLY_SKIPPED' ? null : tooEarly(position)
  }
  if (target !== null && (long ? furthest >= target : furthest <= target)) return whole(position, 'target')
  if (!armed) return stop === null ? stopMove(rules, scale, book, position, now) : null

  if (exits.endOfDayMinutes > 0 && isEndOfDay(traits, now, exits.endOfDayMinutes)) return whole(position, 'end of day')
  const tier = tierReached(rules, scale, book, position, age)
  if (tier !== null) return whole(position, `time ${tier} min`)
  return partial(rules, scale, book, position, furthest) ?? stopMove(rules, scale, book, position, now)
}

const whole = (position: Position, reason: string): Management => ({ kind: 'exit', reason, quantity: position.quantity })

const tooEarly = (position: Position): Management => ({
  kind: 'skip',
  type: 'STOP_TOO_EARLY_SKIPPED',
  to: position.stop,
  basis: 'initial',
  reason: 'the stop was touched before the exits were armed',
})

/** A look at the level decides nearly every bar; money decides where the level is near. */
const isCatastrophic = (fraction: number, scale: Scale, position: Position, worst: number): boolean => {
  const lost = -earnedTicks(position, worst)
  if (lost <= 0 || lost + 1 < fraction * (position.entryPrice - 1)) return false
  const value = notional(scale, worst as never, position.quantity, position.side === 'long' ? 'down' : 'up')
  const loss = position.side === 'long' ? position.cost - value : value - position.cost
  return loss / position.cost >= fraction
}

/** An exchange that is not open at the end of its day has closed; one that trades on into the next day has no such time. */
export const isEndOfDay = ({ calendar }: Traits, now: number, minutes: number): boolean => {
  if (calendar === '24x7') return false
  const { opensAt, closesAt, endsAt } = exchangeDay(calendar, now)
  return opensAt !== null && closesAt !== null && closesAt < endsAt && now >= opensAt && now >= closesAt - minutes * MINUTE_MS
}

/** Minutes of the first tier whose age is reached and whose gain is not earned; null where none is. Gain is a share of cost, at the mark, before fees. */
const tierReached = (rules: Rules, scale: Scale, book: Book, position: Position, ageMs: number): number | null => {
  const tiers = rules.exits.timeTiers
  for (let index = 0; index < tiers.length; index += 1) {
    const tier = tiers[index]
    if (tier === undefined || ageMs < tier.afterMinutes * MINUTE_MS) continue
    if (tier.gain === null) return tier.afterMinutes
    const gain = gainOf(scale, book, position)
    if (gain !== null && gain < tier.gain) return tier.afterMinutes
  }
  return null
}

const gainOf = (scale: Scale, { mark }: Book, position: Position): number | null => {
  if (mark === null || position.cost <= 0) return null
  const value = (mark * position.quantity * scale.valueNumerator) / scale.valueDenominator
  return (position.side === 'long' ? value - position.cost : position.cost - value) / position.cost
}

/** A part at R1 and a part of the rest at R2, in whole lots. Where the part or what stays would be less than the venue takes, all of it stays. */
const partial = (rules: Rules, scale: Scale, book: Book, position: Position, furthest: number): Management | null => {
  const { partialFraction, partialR1, partialR2 } = rules.exits
  if (partialFraction <= 0 || position.partials >= 2 || book.mark === null) return null
  const risk = riskTicks(position)
  if (risk === null || earnedTicks(position, furthest) < (position.partials === 0 ? partialR1 : partialR2) * risk) return null
  const wanted = Math.floor((position.partials === 0 ? position.quantityMax : position.quantity) * partialFraction)
  const rest = position.quantity - wanted
  if (wanted <= 0 || rest <= 0) return null
  if (notional(scale, book.mark, quantity(Math.min(wanted, rest)), 'down') < scale.minNotional) return null
  return { kind: 'exit', reason: position.partials === 0 ? 'partial at R1' : 'partial at R2', quantity: quantity(wanted) }
}
