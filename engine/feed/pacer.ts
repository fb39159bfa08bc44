/** Further behind than this the pacer does not catch up: a burst would show as one moment what was many. */
export const LATE_MS_MAX = 1_000

export type Pacer = {
  /** Milliseconds until something with this time of the data is due; 0 where it is. */
  readonly wait: (dataTime: number, nowMs: number) => number
  /** Times that it was too late to catch up and went on from there. */
  readonly slips: () => number
}

/**
 * Data time divided by the speed, from the first time asked for. A gap in the data is waited for like anything else. A little late is
 * made up by not waiting; very late (the machine slept, a ring was full) and the whole plan moves, so that the pace stays what it was.
 */
export const pacer = (speed: number): Pacer => {
  let dataStart = Number.NaN
  let start = Number.NaN
  let slips = 0
  return {
    wait: (dataTime, nowMs) => {
      if (Number.isNaN(start)) {
        dataStart = dataTime
        start = nowMs
      }
      const due = start + (dataTime - dataStart) / speed
      const late = nowMs - due
      if (late > LATE_MS_MAX) {
        slips += 1
        dataStart = dataTime
        start = nowMs
      }
      return Math.max(0, -late)
    },
    slips: () => slips,
  }
}
