import type { Price } from '../../src/units.ts'
import { mulDiv, priceFrom, type Scale } from './money.ts'
import type { Rules } from './rules.ts'
import type { Book, Position } from './state.ts'
import { atrOf } from './stats.ts'

/** Where stops stand and where they go. Levels in ticks; a stop is rounded towards the market: against us, it is hit sooner. */

export type Side = Position['side']

/** What became of a stop's wish to move. */
export type StopMove =
  | { readonly kind: 'stop'; readonly to: Price; readonly basis: StopBasis }
  /** An operator should hear of it, once: `position.stopSkipped` remembers that it was told. */
  | { readonly kind: 'skip'; readonly type: SkipType; readonly to: Price | null; readonly basis: StopBasis; readonly reason: string }

export type StopBasis = 'initial' | 'breakEven' | 'trailing'
export type SkipType = 'STOP_TOO_CLOSE_SKIPPED' | 'STOP_TOO_EARLY_SKIPPED' | 'STOP_SKIP_HELD'

const MINUTE_MS = 60_000

/** A stop is worth something only where the price has to fall (long) or rise (short) to reach it. */
export const isLosingSide = (side: Side, stop: number, price: number): boolean => (side === 'long' ? stop < price : stop > price)

/** The stop of whoever names none: ATR times `stopAtr` from a price, else `stopFraction` of it. Null where not even one tick fits below it. */
export const defaultStop = (rules: Rules, scale: Scale, book: Book, side: Side, from: Price): Price | null => {
  const at = from * scale.tick
  const distance = distanceOf(rules, book, at)
  if (side === 'short') return Math.max(from + 1, priceFrom(scale, at + distance, 'down')) as Price
  return from <= 1 ? null : (Math.min(from - 1, priceFrom(scale, at - distance, 'up')) as Price)
}

/** A market without any range says nothing of how far a stop should be; neither does one that is not known yet. */
const distanceOf = (rules: Rules, book: Book, at: number): number => {
  const atr = atrOf(book)
  return atr === null || atr <= 0 ? at * rules.exits.stopFraction : atr * rules.exits.stopAtr
}

/** Ticks of one R: from the entry to the first stop; null where there was none, or the entry was filled beyond it. */
export const riskTicks = ({ side, entryPrice, firstStop }: Position): number | null => {
  if (firstStop === null) return null
  const ticks = side === 'long' ? entryPrice - firstStop : firstStop - entryPrice
  return ticks > 0 ? ticks : null
}

/** Ticks that a price has earned. */
export const earnedTicks = ({ side, entryPrice }: Position, at: number): number => (side === 'long' ? at - entryPrice : entryPrice - at)

/** The entry and what both sides cost. */
const breakEven = (rules: Rules, { side, entryPrice }: Position): Price => {
  const costs = mulDiv(entryPrice, Math.round((rules.feeBps + rules.costBps) * 2 * 10_000), 1, 100_000_000, 'up')
  return (side === 'long' ? entryPrice + costs : Math.max(1, entryPrice - costs)) as Price
}

/** ATRs between the best price and the stop at an age; null where no band has begun. Bands stand in the order of their age. */
const bandAt = (rules: Rules, ageMs: number): number | null => {
  const bands = rules.exits.trailing
  let atr: number | null = null
  let after = -1
  for (let index = 0; index < bands.length; index += 1) {
    const band = bands[index]
    if (band === undefined || ageMs < band.afterMinutes * MINUTE_MS || band.afterMinutes < after) continue
    atr = band.atr
    after = band.afterMinutes
  }
  return atr
}

/**
 * Where the stop goes, or null where it stays. It only ever moves towards profit, by a step that is worth a line in the ledger, and
 * never to where the market is already: the market has to come to a stop, not the stop to the market.
 */
export const stopMove = (rules: Rules, scale: Scale, book: Book, position: Position, now: number): StopMove | null => {
  const mark = book.mark
  if (mark === null) return null
  if (position.stop === null) return firstStop(rules, scale, book, position, mark)
  const risk = riskTicks(position)
  if (risk === null) return null
  const best = earnedTicks(position, position.best)
  const { breakEvenR, partialR1, ratchetStepR } = rules.exits
  const evens = breakEvenR > 0 && best >= breakEvenR * risk
  const trails = best >= partialR1 * risk
  if (!evens && !trails) return null

  const long = position.side === 'long'
  let to = evens ? breakEven(rules, position) : null
  let basis: StopBasis = 'breakEven'
  const band = trails ? bandAt(rules, now - position.openedAt) : null
  const atr = band === null ? null : atrOf(book)
  if (band !== null && atr !== null) {
    const behind = (band * atr) / scale.tick
    const level = Math.max(1, long ? Math.ceil(position.best - behind) : Math.floor(position.best + behind)) as Price
    if (to === null || (long ? level > to : level < to)) {
      to = level
      basis = 'trailing'
    }
  }
  if (to === null) return band === null || position.stopSkipped === 'STOP_SKIP_HELD' ? null : held(position)
  const gained = long ? to - position.stop : position.stop - to
  if (gained <= 0 || gained < ratchetStepR * risk) return null
  if (isLosingSide(position.side, to, mark)) return { kind: 'stop', to, basis }
  return position.stopSkipped === 'STOP_TOO_CLOSE_SKIPPED' ? null : tooClose(to, basis)
}

const held = (position: Position): StopMove => ({
  kind: 'skip',
  type: 'STOP_SKIP_HELD',
  to: position.stop,
  basis: 'trailing',
  reason: 'the range of the market is unknown, so nothing trails it yet',
})

const tooClose = (to: Price, basis: StopBasis): StopMove => ({
  kind: 'skip',
  type: 'STOP_TOO_CLOSE_SKIPPED',
  to,
  basis,
  reason: 'the market is there already',
})

/** A position without any stop gets the default one, measured from the entry, or from the market where that has gone past it. */
const firstStop = (rules: Rules, scale: Scale, book: Book, position: Position, mark: Price): StopMove | null => {
  const fromEntry = defaultStop(rules, scale, book, position.side, position.entryPrice)
  const to = fromEntry !== null && isLosingSide(position.side, fromEntry, mark) ? fromEntry : defaultStop(rules, scale, book, position.side, mark)
  return to === null ? null : { kind: 'stop', to, basis: 'initial' }
}
