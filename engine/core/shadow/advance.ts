import type { Bar } from '../../../src/contracts/market.ts'
import type { ShadowOutcome } from '../../../src/contracts/shadow.ts'
import { type Money, money, type Price, price, type Quantity, quantity } from '../../../src/units.ts'
import { blankPosition, costPart, opened, reduced } from '../apply.ts'
import { marketPrice, settled } from '../fill.ts'
import { type Management, manageBar } from '../manage.ts'
import { mulDiv, nearestPrice, notional, priceFrom, type Scale } from '../money.ts'
import type { Rules, Traits } from '../rules.ts'
import type { Book, OpenShadow, Position } from '../state.ts'
import { leadByProfile } from './lead.ts'
import { isEnding, isQuiet, lookOf } from './quiet.ts'

/**
 * The shadow trades of a book after one more bar, `book` being marked with it already and `now` the
 * feed's clock; the same array where nothing changed.
 * No fact comes of it: the bars are on the tape and give the same again. In the order of the real path: the venue meets the
 * open, then the bar is seen, then the rules look. An order is filled whole at once, where the venue may fill it in parts.
 */
export const advanceShadows = (rules: Rules, scale: Scale, traits: Traits, book: Book, bar: Bar, now: number): readonly OpenShadow[] => {
  const before = book.shadows
  const ending = isEnding(rules, traits, now)
  const look = lookOf(rules, scale, bar, now)
  let after: OpenShadow[] | null = null
  for (let index = 0; index < before.length; index += 1) {
    const shadow = before[index] as OpenShadow
    if (!ending && isQuiet(rules, scale, book, shadow, look)) continue
    const next = advanceFully(rules, scale, traits, book, bar, now, shadow)
    if (next === shadow) continue
    after ??= before.slice()
    after[index] = next
  }
  return after ?? before
}

/** One shadow trade after one more bar by the rules themselves; the same object where nothing changed. */
export const advanceFully = (rules: Rules, scale: Scale, traits: Traits, book: Book, bar: Bar, now: number, before: OpenShadow): OpenShadow => {
  if (before.done !== null) return before
  const met =
    before.leaving !== null ? left(rules, scale, bar, now, before) : before.position === null ? entered(rules, scale, bar, now, before) : before
  if (met.done !== null) return met
  const seen = withExtremes(met, scale, bar)
  return seen.position === null ? seen : led(rules, scale, traits, book, bar, now, seen, seen.position)
}

const entrySide = (side: 'long' | 'short'): 'buy' | 'sell' => (side === 'long' ? 'buy' : 'sell')
const exitSide = (side: 'long' | 'short'): 'buy' | 'sell' => (side === 'long' ? 'sell' : 'buy')

const entered = (rules: Rules, scale: Scale, bar: Bar, now: number, shadow: OpenShadow): OpenShadow => {
  const { trade } = shadow
  const side = entrySide(trade.side)
  const lots = quantity(trade.quantity)
  const at = marketPrice(scale, side, bar.open, rules.costBps)
  const { value, fee } = settled(scale, side, at, lots, rules.feeBps)
  const levels =
    trade.profile === 'fixed'
      ? fixedLevels(rules, trade.side, at)
      : { stop: trade.stop === null ? null : price(trade.stop), target: trade.target === null ? null : price(trade.target) }
  const blank = blankPosition({
    side: trade.side,
    ...levels,
    strategy: trade.strategy,
    signalId: trade.signalId,
    entryOrderId: trade.shadowId,
    openedAt: now,
    at,
  })
  return {
    ...shadow,
    position: opened(blank, { lots, value, fee, entryPrice: at }),
    worst: at,
    slippage: slippageOf(scale, side, at, price(trade.decisionPrice), lots),
  }
}

/** Against us: a stop that is hit sooner, a target that is reached later. */
const fixedLevels = (rules: Rules, side: 'long' | 'short', at: Price): { readonly stop: Price; readonly target: Price } => {
  const times = (share: number, rounding: 'up' | 'down'): Price =>
    price(Math.max(1, mulDiv(at, Math.round(share * 1_000_000), 1, 1_000_000, rounding)))
  const { stop, target } = rules.shadow
  return side === 'long'
    ? { stop: times(1 - stop, 'up'), target: times(1 + target, 'up') }
    : { stop: times(1 + stop, 'down'), target: times(1 - target, 'down') }
}

/** Money lost to a price worse than the one decided on; negative where it was better. */
const slippageOf = (scale: Scale, side: 'buy' | 'sell', at: Price, decided: Price, lots: Quantity): Money => {
  const worse = side === 'buy' ? at - decided : decided - at
  const value = notional(scale, price(Math.abs(worse)), lots, 'up')
  return money(worse < 0 ? -value : value)
}

/** What was to leave meets the open of this bar. */
const left = (rules: Rules, scale: Scale, bar: Bar, now: number, shadow: OpenShadow): OpenShadow => {
  const { leaving, position } = shadow
  if (leaving === null) return shadow
  if (position === null) return { ...shadow, done: neverFilled(now, leaving.reason) }
  const side = exitSide(position.side)
  const at = marketPrice(scale, side, bar.open, rules.costBps)
  const { value, fee } = settled(scale, side, at, leaving.quantity, rules.feeBps)
  const cost = costPart(position, leaving.quantity)
  const realised = money(position.side === 'long' ? value - cost : cost - value)
  const rest = reduced(position, leaving.quantity, realised, fee)
  const slippage = money(shadow.slippage + slippageOf(scale, side, at, leaving.price, leaving.quantity))
  const exitAverage = shadow.exitAverage + at * (leaving.quantity / position.quantityMax)
  if (rest !== null) return { ...shadow, position: rest, slippage, exitAverage, leaving: null }
  const fees = money(position.fees + fee)
  const done = outcomeOf(shadow, position, {
    exitPrice: price(Math.max(1, Math.round(exitAverage))),
    exitedAt: now,
    pnl: money(position.booked + realised - fees),
    fees,
    slippage,
    reason: leaving.reason,
  })
  return { ...shadow, slippage, exitAverage, done }
}

const neverFilled = (exitedAt: number, reason: string): ShadowOutcome => ({
  entryPrice: null,
  exitPrice: null,
  enteredAt: null,
  exitedAt,
  pnl: 0,
  fees: 0,
  slippage: 0,
  pnlRatio: null,
  reason,
  bestRatio: 0,
  worstRatio: 0,
})

const outcomeOf = (
  { worst }: OpenShadow,
  position: Position,
  end: Pick<ShadowOutcome, 'exitPrice' | 'exitedAt' | 'pnl' | 'fees' | 'slippage' | 'reason'>,
): ShadowOutcome => {
  const { side, entryPrice } = position
  const share = (level: number): number => (side === 'long' ? level - entryPrice : entryPrice - level) / entryPrice
  return {
    ...end,
    entryPrice,
    enteredAt: position.openedAt,
    pnlRatio: position.costMax === 0 ? null : end.pnl / position.costMax,
    bestRatio: share(position.best),
    worstRatio: worst === null ? 0 : share(worst),
  }
}

/** Best and worst price with the bar's own; the best rounded as a real position's is, against us. */
const withExtremes = (shadow: OpenShadow, scale: Scale, bar: Bar): OpenShadow => {
  const { position, worst } = shadow
  if (position === null || worst === null) return shadow
  const long = position.side === 'long'
  const reached = long ? priceFrom(scale, bar.high, 'down') : priceFrom(scale, bar.low, 'up')
  const fell = long ? priceFrom(scale, bar.low, 'down') : priceFrom(scale, bar.high, 'up')
  const better = long ? reached > position.best : reached < position.best
  const worse = long ? fell < worst : fell > worst
  if (!better && !worse) return shadow
  return { ...shadow, position: better ? { ...position, best: reached } : position, worst: worse ? fell : worst }
}

const led = (rules: Rules, scale: Scale, traits: Traits, book: Book, bar: Bar, now: number, shadow: OpenShadow, position: Position): OpenShadow => {
  const asked =
    shadow.trade.profile === 'fixed' ? leadByProfile(rules, scale, position, bar, now) : manageBar(rules, scale, traits, book, position, bar, now)
  return asked === null ? shadow : obeyed(shadow, position, asked, nearestPrice(scale, bar.close))
}

/** An exit happens at the next bar; a stop that moves has moved at once; what was skipped is not asked for again. */
const obeyed = (shadow: OpenShadow, position: Position, asked: Management, mark: Price): OpenShadow => {
  if (asked.kind === 'skip') return { ...shadow, position: { ...position, stopSkipped: asked.type } }
  if (asked.kind === 'stop')
    return { ...shadow, position: { ...position, stop: asked.to, firstStop: position.firstStop ?? asked.to, stopSkipped: null } }
  const leaving = { quantity: asked.quantity, reason: asked.reason, price: mark }
  const parted = asked.quantity < position.quantity ? { ...position, partials: position.partials + 1 } : position
  return { ...shadow, position: parted, leaving }
}
