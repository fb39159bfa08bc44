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
    let calls = 0
    let failed = 0
    for (const call of state.risk.calls) {
      if (call.at <= from) continue
      calls += call.ok + call.failed
      failed += call.failed
    }
    if (calls < callsMin || calls === 0) return quiet(limit, 'share')
    const share = failed / calls
    return against(share, limit, 'share', () => `${failed} of ${calls} calls failed in ${minutes} min (${percent(share)})`)
  },
}
