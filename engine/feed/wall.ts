import type { Clock } from '../../src/clock.ts'

/** Further apart than this the wall clock was set. */
const STEP_MS = 3
const FINEST_MS = 1 / 1_024

/**
 * Wall time with fractions of a millisecond: the clock says which millisecond, the monotonic one how far into it. It never leaves
 * the millisecond that the clock shows, so a stepped clock is followed at once.
 */
export const fineWall = (clock: Clock): (() => number) => {
  let offset = Number.NaN
  return () => {
    const now = clock.now()
    const estimate = offset + clock.monotonic()
    if (estimate >= now && estimate < now + 1) return estimate
    const stepped = !(Math.abs(estimate - now) < STEP_MS) // also true before the first call
    const inside = stepped || estimate < now ? now : now + 1 - FINEST_MS
    offset = inside - clock.monotonic()
    return inside
  }
}
