import type { Clock } from '../../src/clock.ts'
import { clip } from '../../src/text.ts'

/** Each refusal becomes a flushed line of the audit trail, so a client that insists must not be able to write one a millisecond. */
const REFUSALS_PER_WINDOW_MAX = 10
const WINDOW_MS = 60_000
const TEXT_LENGTH_MAX = 200

/** Passes refusals on as inert text, at most ten a minute; the next one that passes says how many did not. */
export const createRefusals = (clock: Clock, onRefused: (text: string) => void): ((text: string) => void) => {
  let windowEnds = Number.NEGATIVE_INFINITY
  let passed = 0
  let withheld = 0
  return (text) => {
    if (clock.monotonic() >= windowEnds) {
      windowEnds = clock.monotonic() + WINDOW_MS
      passed = 0
    }
    if (passed === REFUSALS_PER_WINDOW_MAX) {
      withheld += 1
      return
    }
    const before = withheld === 0 ? '' : ` (after ${withheld} more that were not recorded one by one)`
    passed += 1
    withheld = 0
    onRefused(`${clip(text, TEXT_LENGTH_MAX)}${before}`)
  }
}
