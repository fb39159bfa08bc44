import { against, type Breaker, percent, quiet } from './breaker.ts'

const MINUTE_MS = 60_000

/** Share of the ended orders that the venue refused, in a window that slides. */
export const orderRejects: Breaker = {
  name: 'orderRejects',
  says: 'Share of orders that the venue refused.',
  measure: (rules, state, now) => {
    const { limit, minutes, rejectsMin } = rules.breakers.orderRejects
    const from = now - minutes * MINUTE_MS
    let ended = 0
    let rejected = 0
    const { orderEnds } = state.risk
    for (let index = orderEnds.length - 1; index >= 0; index -= 1) {
      const end = orderEnds[index]
      if (end === undefined || end.at <= from) break
      ended += 1
      if (end.rejected) rejected += 1
    }
    if (ended === 0) return quiet(limit, 'share')
    const share = rejected / ended
    const measure = against(share, limit, 'share', () => `${rejected} of ${ended} orders refused in ${minutes} min (${percent(share)})`)
    // One refusal among few orders is a large share and no news.
    return rejected >= rejectsMin ? measure : { ...measure, tripped: false, reason: '' }
  },
}
