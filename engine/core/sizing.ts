import type { Signal } from '../../src/contracts/signal.ts'
import { type Money, money, type Price, type Quantity, quantity } from '../../src/units.ts'
import { degradationFactor } from './controls/degradation.ts'
import { emotionalFactor } from './controls/emotional.ts'
import type { Intent } from './guards/guard.ts'
import { feeOf, lotsFor, mulDiv, notional, priceFrom, type Scale } from './money.ts'
import type { Rules } from './rules.ts'
import type { Book, State } from './state.ts'
import { atrOf, volatilityOf } from './stats.ts'
import { defaultStop, isLosingSide } from './stops.ts'

export type Entry = {
  readonly scale: Scale
  readonly book: Book
  readonly signal: Signal
  readonly equity: Money | null
  readonly state: State
  /** With each other instrument that has a position or is being entered, by its id; null is none or unknown. */
  readonly correlations: readonly (number | null)[]
}

/** Least that distance leaves of a size while it is within its limit. */
const DISTANCE_FACTOR_MIN = 0.25
const SHARE_SCALE = 1_000_000

/**
 * What an entry would be: its stop and target in ticks, and the lots whose loss at the stop stays within `riskFraction` of equity and
 * whose value within `positionFraction`, made smaller by the factors, in whole lots; none where the venue would not take so little.
 * Size and value are null where equity, price, or a volatility that is to be measured is unknown. `factors` names what made it smaller,
 * and `stopReplaced` where the signal's stop was on the wrong side of the price.
 */
export const sizeEntry = (rules: Rules, { scale, book, signal, equity, state, correlations }: Entry): Intent => {
  const price = book.mark
  if (price === null) return { ...UNSIZED, price: null, stop: null, target: null, factors: {} }
  const side = signal.side === 'short' ? 'short' : 'long'
  const asked = signal.stop === null ? null : priceFrom(scale, signal.stop, side === 'long' ? 'up' : 'down')
  const valid = asked !== null && isLosingSide(side, asked, price)
  const stop = valid ? asked : defaultStop(rules, scale, book, side, price)
  // A target is rounded against us too: it is reached later.
  const target = signal.target === null ? null : priceFrom(scale, signal.target, side === 'long' ? 'up' : 'down')
  const { factors, product } = factorsOf(rules, { scale, book, signal, state, correlations, price })
  if (asked !== null && !valid) factors.stopReplaced = 1
  const levels = { price, stop, target, factors }
  if (equity === null || equity <= 0 || stop === null || product === null) return { ...levels, ...UNSIZED }

  const capped = Math.min(
    lotsFor(scale, shareOf(equity, rules.risk.riskFraction), Math.abs(price - stop) as Price),
    lotsFor(scale, shareOf(equity, rules.risk.positionFraction), price),
  ) as Quantity
  const scaled = quantity(product >= 1 ? capped : mulDiv(capped, Math.floor(product * SHARE_SCALE), 1, SHARE_SCALE, 'down'))
  const lots = notional(scale, price, scaled, 'down') < scale.minNotional ? quantity(0) : scaled
  const value = notional(scale, price, lots, 'up')
  return { ...levels, quantity: lots, notional: value, costs: money(feeOf(value, rules.feeBps) + feeOf(value, rules.costBps)) }
}

const UNSIZED = { quantity: null, notional: null, costs: null } as const

const shareOf = (equity: Money, share: number): Money => mulDiv(equity, Math.round(share * SHARE_SCALE), 1, SHARE_SCALE, 'down') as Money

type Factors = Record<string, number>

/** Each factor below 1 under its name, and all of them multiplied; null where one that is wanted cannot be known. */
const factorsOf = (
  rules: Rules,
  { scale, book, signal, state, correlations, price }: Omit<Entry, 'equity'> & { readonly price: Price },
): { readonly factors: Factors; readonly product: number | null } => {
  const factors: Factors = {}
  const volatility = volatilityFactor(rules, book)
  let product = 1
  product *= named(factors, 'volatility', volatility ?? 1)
  product *= named(factors, 'distance', distanceFactor(rules, book, Math.abs(price * scale.tick - signal.price)))
  product *= named(factors, 'correlation', correlationFactor(rules, correlations))
  product *= named(factors, 'emotional', emotionalFactor(rules, state))
  product *= named(factors, 'degradation', degradationFactor(rules, state))
  return { factors, product: volatility === null ? null : product }
}

const named = (factors: Factors, name: string, factor: number): number => {
  if (factor < 1) factors[name] = factor
  return Math.min(1, factor)
}

const volatilityFactor = (rules: Rules, book: Book): number | null => {
  const target = rules.risk.volatilityTarget
  if (target <= 0) return 1
  const volatility = volatilityOf(book)
  if (volatility === null) return null
  return volatility <= target ? 1 : target / volatility
}

/** The further the price has gone from the signal's own the less is left to earn. Where the range is unknown it may be far. */
const distanceFactor = (rules: Rules, book: Book, distance: number): number => {
  const limit = rules.risk.distanceAtrMax
  if (limit <= 0 || distance <= 0) return 1
  const atr = atrOf(book)
  if (atr === null) return DISTANCE_FACTOR_MIN
  const atrs = distance / atr
  return atrs > limit ? 0 : Math.max(DISTANCE_FACTOR_MIN, 1 - atrs / limit)
}

/** An unknown correlation says nothing here; whether it refuses the entry is its guard's business. */
const correlationFactor = (rules: Rules, correlations: Entry['correlations']): number => {
  const penalty = rules.risk.correlationPenalty
  if (penalty <= 0) return 1
  let highest = 0
  for (const correlation of correlations) if (correlation !== null && correlation > highest) highest = correlation
  return 1 - penalty * highest
}
