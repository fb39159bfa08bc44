/** Rejects are counted one by one, but only one a minute is worth a line in the log. */
export const SAMPLE_MS = 60_000

export type Sampler = {
  /** How many were passed over since the last sample where this one is due, else null. */
  readonly take: (nowMs: number) => number | null
}

/** One of many, at most once per interval; time is passed in. */
export const sampler = (intervalMs: number = SAMPLE_MS): Sampler => {
  let dueMs = Number.NEGATIVE_INFINITY
  let passedOver = 0
  return {
    take: (nowMs) => {
      if (nowMs < dueMs) {
        passedOver += 1
        return null
      }
      const count = passedOver
      dueMs = nowMs + intervalMs
      passedOver = 0
      return count
    },
  }
}
