import { readdirSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** Below every process that did not say so of itself: a guest waits where the engine wants the processor. */
const NICE = 5

/** The threads of this process; where the system does not tell them, the process itself is one. */
const threads = (): readonly number[] => {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return [process.pid]
  }
}

/** Lets others run first from here on. What refuses that leaves us as we are, which only costs the others a little. */
export const standBack = (lower: (thread: number, nice: number) => void = setPriority): void => {
  for (const thread of threads()) {
    try {
      if (getPriority(thread) < NICE) lower(thread, NICE)
    } catch {
      // The thread ended, or is not ours to change.
    }
  }
}
