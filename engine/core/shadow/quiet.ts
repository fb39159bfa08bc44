import type { Bar } from '../../../src/contracts/market.ts'
import { isEndOfDay } from '../manage.ts'
import type { Scale } from '../money.ts'
import type { Rules, Traits } from '../rules.ts'
import type { Book, OpenShadow, Position } from '../state.ts'
import { atrOf } from '../stats.ts'

const MINUTE_MS = 60_000

/** True where the end of the exchange day is near: then every position is looked at in full. */
export const isEnding = ({ exits }: Rules, traits: Traits, now: number): boolean =>
  exits.endOfDayMinutes > 0 && isEndOfDay(traits, now, exits.endOfDayMinutes)

/** What one bar is to all shadow trades of its book: its ends in ticks and one further out, the feed's clock, and the age of the first tier. */
export type Look = { readonly low: number; readonly high: number; readonly now: number; readonly firstTierMs: number }

export const lookOf = ({ exits }: Rules, scale: Scale, bar: Bar, now: number): Look => {
  let first = Number.POSITIVE_INFINITY
  for (let index = 0; index < exits.timeTiers.length; index += 1) {
    const minutes = exits.timeTiers[index]?.afterMinutes ?? 0
    if (minutes < first) first = minutes
  }
  return { low: bar.low / scale.tick - 1, high: bar.high / scale.tick + 1, now, firstTierMs: first * MINUTE_MS }
}

/**
 * True where a bar certainly changes nothing of a shadow trade: no new extreme, no level reached, no rule of its age, no stop that
 * could move. Each open one is looked at with every bar, so this is arithmetic on doubles, a tick on the safe side everywhere; a bar that
 * may change something goes through the rules themselves. Not to be asked near the end of the exchange day.
 */
export const isQuiet = (rules: Rules, scale: Scale, book: Book, shadow: OpenShadow, look: Look): boolean => {
  const { position, worst } = shadow
  if (position === null || worst === null || shadow.leaving !== null || position.stop === null) return false
  const entry = position.entryPrice
  const sign = position.side === 'long' ? 1 : -1
  // What the bar's ends have earned, in ticks.
  const bottom = sign > 0 ? look.low - entry : entry - look.high
  const top = sign > 0 ? look.high - entry : entry - look.low
  if (bottom <= sign * (position.stop - entry) || bottom < sign * (worst - entry) || top > sign * (position.best - entry)) return false
  if (position.target !== null && top >= sign * (position.target - entry)) return false
  const ageMs = look.now - position.openedAt
  if (shadow.trade.profile === 'fixed') return ageMs < rules.shadow.holdMinutes * MINUTE_MS
  if (1 - bottom >= rules.exits.catastrophicFraction * (entry - 1)) return false
  return (ageMs < look.firstTierMs || !mayAgeOut(rules, book, position, sign, ageMs)) && !mayMove(rules, scale, book, position, sign, ageMs, top)
}

/** A tier of age that is reached and that asks for more than is earned, or for about as much. */
const mayAgeOut = ({ exits }: Rules, { mark }: Book, { entryPrice, cost }: Position, sign: number, ageMs: number): boolean => {
  const tiers = exits.timeTiers
  for (let index = 0; index < tiers.length; index += 1) {
    const tier = tiers[index]
    if (tier === undefined || ageMs < tier.afterMinutes * MINUTE_MS) continue
    if (tier.gain === null || mark === null) return true
    // The rule measures by cost, which was rounded to a millionth; this measures by the price, which was rounded to a tick.
    if ((sign * (mark - entryPrice) - 2) * cost < (tier.gain * cost + 2) * entryPrice) return true
  }
  return false
}

/** A part that may leave, or a stop that may go up by a step that is worth it. Nothing of it begins before the first R is earned. */
const mayMove = (rules: Rules, scale: Scale, book: Book, position: Position, sign: number, ageMs: number, top: number): boolean => {
  const { entryPrice, firstStop, stop } = position
  const { breakEvenR, partialFraction, partialR1, partialR2, ratchetStepR } = rules.exits
  const risk = firstStop === null ? 0 : sign * (entryPrice - firstStop)
  if (risk <= 0) return false
  const best = sign * (position.best - entryPrice)
  const evens = breakEvenR > 0 && best >= breakEvenR * risk
  const trails = best >= partialR1 * risk
  if (partialFraction > 0 && position.partials < 2 && top >= (position.partials === 0 ? partialR1 : partialR2) * risk) return true
  if (!evens && !trails) return false

  const atr = atrOf(book)
  if (atr === null || stop === null) return true
  // The least that a move has to gain, from where the stop is: nothing that stays below it is one.
  const wanted = sign * (stop - entryPrice) + ratchetStepR * risk
  if (evens && (entryPrice * (rules.feeBps + rules.costBps) * 2) / 10_000 + 1 >= wanted) return true
  return trails && best - (nearestBand(rules, ageMs) * atr) / scale.tick + 1 >= wanted
}

/** The fewest ATRs of all bands that an age has reached: whichever of them counts, its stop is no nearer. */
const nearestBand = ({ exits }: Rules, ageMs: number): number => {
  let nearest = Number.POSITIVE_INFINITY
  for (let index = 0; index < exits.trailing.length; index += 1) {
    const band = exits.trailing[index]
    if (band !== undefined && ageMs >= band.afterMinutes * MINUTE_MS && band.atr < nearest) nearest = band.atr
  }
  return nearest
}
