import type { Schedule } from '../../tui/terminal/schedule.ts'

/** Time that stands still until a test moves it; what was scheduled runs when its time comes. */
export const fakeTime = () => {
  let now = 0
  let ids = 0
  const waiting = new Map<number, { readonly at: number; readonly run: () => void }>()
  const schedule: Schedule = (delayMs, run) => {
    ids += 1
    const id = ids
    waiting.set(id, { at: now + delayMs, run })
    return () => void waiting.delete(id)
  }
  return {
    schedule,
    monotonic: () => now,
    pending: () => waiting.size,
    pass: (ms: number): void => {
      const end = now + ms
      for (;;) {
        const [next] = [...waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)
        if (next === undefined) break
        waiting.delete(next[0])
        now = Math.max(now, next[1].at)
        next[1].run()
      }
      now = end
    },
  }
}
