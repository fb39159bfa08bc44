import type { Bar } from '../../src/contracts/market.ts'
import { exchangeDay } from '../../src/exchange-calendar.ts'
import { type Price, type Quantity, quantity } from '../../src/units.ts'
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
  const { exits } = rules
  const age = now - position.openedAt
  const armed = age >= exits.armingSeconds * 1_000
  if (isNearLevel(exits.catastrophicFraction, scale, position, bar)) {
    const reached = levelReached(exits.catastrophicFraction, scale, position, bar)
    if (reached === 'stop' && !armed) return position.stopSkipped === 'STOP_TOO_EARLY_SKIPPED' ? null : tooEarly(position)
    if (reached !== null) return whole(position, reached === 'stop' && position.stop !== position.firstStop ? 'moved stop' : reached)
  }
  if (!armed) return position.stop === null ? stopMove(rules, scale, book, position, now) : null

  if (exits.endOfDayMinutes > 0 && isEndOfDay(traits, now, exits.endOfDayMinutes)) return whole(position, 'end of day')
  const tier = tierReached(rules, scale, book, position, age)
  if (tier !== null) return whole(position, `time ${tier} min`)
  if (position.stop !== null && !earnsAnything(rules, position)) return null
  return partial(rules, scale, book, position, bar) ?? stopMove(rules, scale, book, position, now)
}

/** Nothing leaves in part and no stop moves before the first of their multiples of R is earned, or while nothing is one R. */
const earnsAnything = ({ exits }: Rules, position: Position): boolean => {
  const risk = riskTicks(position)
  if (risk === null) return false
  // The best price is rounded against us and a part looks at it rounded for us: they are a tick apart at most.
  const best = earnedTicks(position, position.best) + 1
  return best >= exits.partialR1 * risk || best >= exits.partialR2 * risk || best >= exits.breakEvenR * risk
}

/** Doubles only, a tick on the safe side: nearly every bar is far from everything, and this is all that is asked of it. */
const isNearLevel = (fraction: number, scale: Scale, { side, entryPrice, stop, target }: Position, bar: Bar): boolean => {
  const low = bar.low / scale.tick - 1
  const high = bar.high / scale.tick + 1
  if (side === 'long')
    return (stop !== null && low <= stop) || (target !== null && high >= target) || entryPrice - low + 1 >= fraction * (entryPrice - 1)
  return (stop !== null && high >= stop) || (target !== null && low <= target) || high - entryPrice + 1 >= fraction * (entryPrice - 1)
}

/**
 * Which level the bar reached, or null. Its ends are rounded so that each is reached sooner; the worst comes first, because the order
 * within a bar is unknown: one that touched the stop may have touched the target before or after, so it is no gain.
 */
const levelReached = (fraction: number, scale: Scale, position: Position, bar: Bar): 'catastrophic' | 'stop' | 'target' | null => {
  const { stop, target } = position
  const long = position.side === 'long'
  const worst = long ? priceFrom(scale, bar.low, 'down') : priceFrom(scale, bar.high, 'up')
  if (isCatastrophic(fraction, scale, position, worst)) return 'catastrophic'
  if (stop !== null && (long ? worst <= stop : worst >= stop)) return 'stop'
  const furthest = furthestOf(scale, position, bar)
  return target !== null && (long ? furthest >= target : furthest <= target) ? 'target' : null
}

const furthestOf = (scale: Scale, { side }: Position, bar: Bar): Price =>
  side === 'long' ? priceFrom(scale, bar.high, 'up') : priceFrom(scale, bar.low, 'down')

const whole = (position: Position, reason: string): Management => ({ kind: 'exit', reason, quantity: position.quantity })

const tooEarly = (position: Position): Management => ({
  kind: 'skip',
  type: 'STOP_TOO_EARLY_SKIPPED',
  to: position.stop,
  basis: 'initial',
  reason: 'the stop was touched before the exits were armed',
})

/** Of what was paid, not of the entry's price, which is rounded to a tick. */
const isCatastrophic = (fraction: number, scale: Scale, position: Position, worst: Price): boolean => {
  const value = notional(scale, worst, position.quantity, position.side === 'long' ? 'down' : 'up')
  const loss = position.side === 'long' ? position.cost - value : value - position.cost
  return position.cost > 0 && loss / position.cost >= fraction
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
  const ageMinutes = ageMs / MINUTE_MS
  let gain: number | null = null
  for (let index = 0; index < tiers.length; index += 1) {
    const tier = tiers[index]
    if (tier === undefined || ageMinutes < tier.afterMinutes) continue
    if (tier.gain === null) return tier.afterMinutes
    gain ??= gainOf(scale, book, position)
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
const partial = (rules: Rules, scale: Scale, book: Book, position: Position, bar: Bar): Management | null => {
  const { partialFraction, partialR1, partialR2 } = rules.exits
  if (partialFraction <= 0 || position.partials >= 2 || book.mark === null) return null
  const risk = riskTicks(position)
  if (risk === null) return null
  if (earnedTicks(position, furthestOf(scale, position, bar)) < (position.partials === 0 ? partialR1 : partialR2) * risk) return null
  const wanted = Math.floor((position.partials === 0 ? position.quantityMax : position.quantity) * partialFraction)
  const rest = position.quantity - wanted
  if (wanted <= 0 || rest <= 0) return null
  if (notional(scale, book.mark, quantity(Math.min(wanted, rest)), 'down') < scale.minNotional) return null
  return { kind: 'exit', reason: position.partials === 0 ? 'partial at R1' : 'partial at R2', quantity: quantity(wanted) }
}
