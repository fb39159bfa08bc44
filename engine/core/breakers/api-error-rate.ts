import { against, type Breaker, percent, quiet, recordOf } from './breaker.ts'

const MINUTE_MS = 60_000

/** Share of calls to the venue that failed, in a window that slides. Calls before it was last re-armed are forgiven. */
export const apiErrorRate: Breaker = {
  name: 'apiErrorRate',
  says: 'Share of calls to the venue that failed.',
  measure: (rules, state, now) => {
    const { limit, minutes, callsMin } = rules.breakers.apiErrorRate
    const closed = recordOf(state, 'apiErrorRate')
    const from = Math.max(now - minutes * MINUTE_MS, closed.state === 'closed' ? closed.since : 0)
    let made = 0
    let failed = 0
    const { calls } = state.risk
    for (let index = calls.length - 1; index >= 0; index -= 1) {
      const call = calls[index]
      if (call === undefined || call.at <= from) break
      made += call.ok + call.failed
      failed += call.failed
    }
    if (made < callsMin || made === 0) return quiet(limit, 'share')
    const share = failed / made
    return against(share, limit, 'share', () => `${failed} of ${made} calls failed in ${minutes} min (${percent(share)})`)
  },
}
