import type { Config } from '../../src/contracts/config.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { hash32 } from '../../src/random.ts'
import type { Money, Price, Quantity } from '../../src/units.ts'
import { marketPrice, settled } from '../core/fill.ts'
import type { Scale } from '../core/money.ts'

export type PaperTerms = Pick<Config['paper'], 'feeBps' | 'spreadBps' | 'slippageBps' | 'partialFillChance' | 'seed'>

export type Working = { readonly side: 'buy' | 'sell'; readonly symbol: string; readonly left: Quantity; readonly ordinal: number }

export type Fill = { readonly price: Price; readonly quantity: Quantity; readonly fee: Money; readonly complete: boolean }

/**
 * A market order meets the open of the next bar at the price of `marketPrice`. With the stated chance only a part (10 to 90 %)
 * is filled and the rest waits for the bar after.
 * The chance is drawn from seed, symbol, bar and the order's ordinal, so the same market fills the same way every time.
 */
export const fillAt = (terms: PaperTerms, scale: Scale, order: Working, bar: Bar): Fill => {
  const price = marketPrice(scale, order.side, bar.open, terms.spreadBps / 2 + terms.slippageBps)
  const draw = hash32(`${terms.seed}:${order.symbol}:${bar.sequence}:${order.ordinal}`) / 4_294_967_296
  const partial = draw < terms.partialFillChance && order.left > 1
  const share = partial ? 0.1 + 0.8 * (draw / terms.partialFillChance) : 1
  const quantity = (partial ? Math.max(1, Math.floor(order.left * share)) : order.left) as Quantity
  const { fee } = settled(scale, order.side, price, quantity, terms.feeBps)
  return { price, quantity, fee, complete: quantity === order.left }
}
