/** Runs something once after a while; the returned function takes it back. Tests pass their own. */
export type Schedule = (delayMs: number, run: () => void) => () => void

export const systemSchedule: Schedule = (delayMs, run) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

/**
 * Where this process stood still for a while, what was typed meanwhile is due together with the time that it should have come before. Node
 * looks at its timers first, so here the input is read once more before the time counts as up.
 */
export const inputFirst =
  (schedule: Schedule): Schedule =>
  (delayMs, run) => {
    let immediate: NodeJS.Immediate | null = null
    const cancel = schedule(delayMs, () => {
      immediate = setImmediate(run)
    })
    return () => {
      cancel()
      if (immediate !== null) clearImmediate(immediate)
    }
  }
