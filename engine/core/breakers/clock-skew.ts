import { against, type Breaker, quiet } from './breaker.ts'

/** Our clock against the venue's, and how far it jumped; whichever is nearer to its limit is shown. */
export const clockSkew: Breaker = {
  name: 'clockSkew',
  says: 'How far our clock is from the venue’s, and how far it jumped.',
  measure: (rules, state) => {
    const { skewMs: skewMax, jumpMs: jumpMax } = rules.breakers.clockSkew
    const { skewMs, jumpMs } = state.risk.wallClock
    if (skewMs === null && jumpMs === null) return quiet(skewMax, 'ms')
    const skew = Math.abs(skewMs ?? 0)
    const jump = Math.abs(jumpMs ?? 0)
    return skewMs !== null && skew / skewMax >= jump / jumpMax
      ? against(skew, skewMax, 'ms', () => `our clock is ${skew} ms from the venue’s, the limit is ${skewMax} ms`)
      : against(jump, jumpMax, 'ms', () => `our clock jumped by ${jump} ms, the limit is ${jumpMax} ms`)
  },
}
