import type { Bar } from '../../src/contracts/market.ts'
import type { BarRing } from '../ring/port.ts'
import type { TapeReader } from '../tape/port.ts'

const READ_AHEAD_BARS = 1_024

/**
 * Bars in the order of the tape, one at a time: from the ring while it has the next one, from the tape where the ring has a
 * hole (an overrun) or has moved on already (after a restart). Nothing is skipped and nothing comes twice.
 */
export type BarSource = {
  /** The next bar after `seen`, or null where there is none yet or it lies beyond `limit`. Valid until the next call. */
  readonly next: (seen: number, limit: number) => Bar | null
  readonly hasNext: (seen: number, limit: number) => boolean
  /** Frees what was taken from the ring; called once it is recorded. */
  readonly commit: () => void
  /** Times that the tape had to stand in for the ring, and how many bars it gave. */
  readonly gaps: () => {
    readonly count: number
    readonly bars: number /** Last bar of the newest gap; 0 where there was none. */
    readonly until: number
  }
}

export const barSource = (ring: BarRing, tape: TapeReader): BarSource => {
  /** Up to here the tape is read, because the ring does not have it. */
  let tapeUntil = ring.committed()
  let ahead: Bar[] = []
  let position = 0
  let held: Bar | null = null
  let gapCount = 0
  let gapBars = 0
  let gapUntil = 0

  const fromTape = (seen: number, limit: number): Bar | null => {
    const until = Math.min(tapeUntil, limit)
    if (seen >= until) return null
    while (position < ahead.length && (ahead[position]?.sequence ?? 0) <= seen) position += 1
    if (position >= ahead.length) {
      ahead = []
      position = 0
      tape.read(seen + 1, Math.min(until, seen + READ_AHEAD_BARS), (bar) => void ahead.push({ ...bar }))
    }
    const bar = ahead[position]
    return bar !== undefined && bar.sequence === seen + 1 ? bar : null
  }

  const peekRing = (seen: number): Bar | null => {
    while (held === null || held.sequence <= seen) {
      held = null
      if (ring.drain(1, (bar) => (held = { ...bar })) === 0) return null
    }
    return held
  }

  const next = (seen: number, limit: number): Bar | null => {
    if (seen < tapeUntil) return fromTape(seen, limit)
    if (seen >= limit) return null
    const bar = peekRing(seen)
    if (bar === null || bar.sequence > limit) return null
    if (bar.sequence === seen + 1) return bar
    gapCount += 1
    gapBars += bar.sequence - seen - 1
    tapeUntil = bar.sequence - 1
    gapUntil = tapeUntil
    return fromTape(seen, limit)
  }

  return {
    next,
    hasNext: (seen, limit) => seen < limit && (seen < tapeUntil || (held !== null && held.sequence > seen) || ring.pending() > 0),
    // A bar that was looked at and not yet taken is freed too; after a restart it comes from the tape, up to what the ring had freed.
    commit: () => ring.commit(),
    gaps: () => ({ count: gapCount, bars: gapBars, until: gapUntil }),
  }
}
