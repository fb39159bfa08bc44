import { against, type Breaker, quiet } from './breaker.ts'

export const unprotected: Breaker = {
  name: 'unprotected',
  says: 'Seconds that a position has been without a working stop, or with an exit that does not fill.',
  measure: (rules, state, now) => {
    const { seconds } = rules.breakers.unprotected
    let symbol: string | null = null
    let since = Number.POSITIVE_INFINITY
    for (const book of state.books) {
      const from = book.position?.unprotectedSince ?? null
      if (from === null || from >= since) continue
      symbol = book.symbol
      since = from
    }
    if (symbol === null) return quiet(seconds, 's')
    const age = Math.max(0, now - since) / 1_000
    return against(age, seconds, 's', () => `nothing has protected ${symbol} for ${Math.floor(age)} s, the limit is ${seconds} s`)
  },
}
