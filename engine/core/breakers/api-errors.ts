import { against, type Breaker, recordOf } from './breaker.ts'

/** Failed calls to the venue since the last that went well. Calls before it was last re-armed are forgiven. */
export const apiErrors: Breaker = {
  name: 'apiErrors',
  says: 'Failed calls to the venue in a short time, without one that went well in between.',
  measure: (rules, state, now) => {
    const { limit, seconds } = rules.breakers.apiErrors
    const closed = recordOf(state, 'apiErrors')
    const from = Math.max(now - seconds * 1_000, closed.state === 'closed' ? closed.since : 0)
    let failed = 0
    const { calls } = state.risk
    for (let index = calls.length - 1; index >= 0; index -= 1) {
      const call = calls[index]
      if (call === undefined || call.at <= from) break
      failed += call.failed
      // A success clears the row before it. Those that failed beside it may have come after it, so they count.
      if (call.ok > 0) break
    }
    return against(failed, limit, 'calls', () => `${failed} calls to the venue failed within ${seconds} s, the limit is ${limit}`)
  },
}
