/** Deaths of one child in a sliding window. Times are monotonic milliseconds. */
export type CrashTally = { readonly deaths: readonly number[]; readonly total: number }

export const noCrashes: CrashTally = { deaths: [], total: 0 }

/** One more death; those that left the window are forgotten, so the list stays as short as the limit allows. */
export const died = (tally: CrashTally, at: number, windowMs: number): CrashTally => ({
  deaths: [...tally.deaths.filter((death) => at - death < windowMs), at],
  total: tally.total + 1,
})

/** More deaths within the window than restarts are allowed. */
export const isStorm = (tally: CrashTally, restartsMax: number): boolean => tally.deaths.length > restartsMax

const FIRST_WAIT_MS = 100
const WAIT_MS_MAX = 5_000
const JITTER = 0.2

/** The first restart is at once, so that trading goes on; after it the wait doubles. `chance` in [0, 1) spreads it by a fifth. */
export const restartWaitMs = (tally: CrashTally, chance: number): number => {
  const repeats = tally.deaths.length - 1
  if (repeats <= 0) return 0
  return Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (repeats - 1)) * (1 + JITTER * chance)
}
