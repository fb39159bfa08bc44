/** Runs something once after a while; the returned function takes it back. Tests pass their own. */
export type Schedule = (delayMs: number, run: () => void) => () => void

export const systemSchedule: Schedule = (delayMs, run) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}
