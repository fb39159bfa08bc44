import type { State } from './state.ts'

/** Which way a working entry of a symbol goes; null where there is none. */
export const sideEntering = ({ orders }: Pick<State, 'orders'>, symbol: string): 'long' | 'short' | null => {
  for (const id in orders) {
    const order = orders[id]?.order
    if (order?.symbol === symbol && order.purpose === 'entry') return order.side === 'buy' ? 'long' : 'short'
  }
  return null
}
