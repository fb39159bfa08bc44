import type { Millis } from './units.ts'

/** Time is passed in: only a `main.ts` names the real clock. */
export type Clock = {
  /** Wall time in UTC milliseconds. It may jump; use it for records only. */
  readonly now: () => Millis
  /** Milliseconds since an arbitrary start; never jumps. Use it for every wait and age. */
  readonly monotonic: () => number
}

export const systemClock: Clock = {
  now: () => Date.now() as Millis,
  monotonic: () => performance.now(),
}
