import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'

/** Length of a bar where no instrument has told its own yet. */
const BAR_MS = 60_000

/** The symbol whose missing mark has made equity unknown for at least as long as data may be old, or null. */
export const unmarkedTooLong = (rules: Rules, state: State, now: number): string | null => {
  for (const { symbol, position, mark, timeframeMs } of state.books) {
    if (position === null || mark !== null) continue
    if (now - position.openedAt >= rules.risk.dataAgeBarsMax * (timeframeMs ?? BAR_MS)) return symbol
  }
  return null
}
