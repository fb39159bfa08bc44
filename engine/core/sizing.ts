import type { Money, Price } from '../../src/units.ts'
import { money } from '../../src/units.ts'
import type { Intent } from './guards/guard.ts'
import { feeOf, lotsFor, mulDiv, notional, type Scale } from './money.ts'
import type { Rules } from './rules.ts'

/** A fixed share of equity at the mark, rounded down to whole lots. Everything is null where equity or price is unknown. */
export const sizeEntry = (rules: Rules, scale: Scale, equity: Money | null, price: Price | null): Intent => {
  const levels = { stop: null, target: null, factors: {} }
  if (equity === null || price === null || equity <= 0) return { price, quantity: null, notional: null, costs: null, ...levels }
  const amount = mulDiv(equity, Math.round(rules.risk.positionFraction * 1_000_000), 1, 1_000_000, 'down') as Money
  const quantity = lotsFor(scale, amount, price)
  const value = notional(scale, price, quantity, 'up')
  // Rounding the value up may pass the share by a millionth; one lot less never does.
  const fits = value <= amount || quantity === 0
  const lots = fits ? quantity : ((quantity - 1) as typeof quantity)
  const size = fits ? value : notional(scale, price, lots, 'up')
  return { price, quantity: lots, notional: size, costs: money(feeOf(size, rules.feeBps) + feeOf(size, rules.costBps)), ...levels }
}
