import type { Money, Price, Quantity } from '../../src/units.ts'
import { feeOf, notional, priceFrom, type Scale } from './money.ts'

const BPS = 10_000

/**
 * What a market order pays at the open of a bar: half the spread and the slippage come on top, rounded to the tick against the
 * order. One rule for the paper venue, the backtest and the shadow book.
 */
export const marketPrice = (scale: Scale, side: 'buy' | 'sell', open: number, costBps: number): Price =>
  side === 'buy' ? priceFrom(scale, open * (1 + costBps / BPS), 'up') : priceFrom(scale, open * (1 - costBps / BPS), 'down')

/** Value of what was filled, rounded against the order, and what the venue charges for it. */
export const settled = (
  scale: Scale,
  side: 'buy' | 'sell',
  at: Price,
  lots: Quantity,
  feeBps: number,
): { readonly value: Money; readonly fee: Money } => {
  const value = notional(scale, at, lots, side === 'buy' ? 'up' : 'down')
  return { value, fee: feeOf(value, feeBps) }
}
