/** What the progress line of a child says at one look. */
export type Look = { readonly work: number; readonly beat: number; readonly waiting: boolean; readonly hasWork: boolean }

/** When it was last looked at and when each counter last moved, in monotonic milliseconds; null before the first look. */
export type Watch = { readonly look: Look; readonly seenAt: number; readonly workMovedAt: number; readonly beatMovedAt: number } | null

/** Twice a healthy beat and its jitter, four times over: shorter limits killed healthy processes in the measurements. */
export const STUCK_AFTER_MS = 2_000

/** Looks come every half second. Where none came for longer, it was us who stood still, perhaps together with everybody else. */
export const OWN_PAUSE_MS = 1_500

export type Verdict = { readonly watch: NonNullable<Watch>; readonly stuck: 'no beat' | 'no progress' | null }

/**
 * A child is stuck when its event loop has not turned, or when it has work, no good reason to wait, and gets nothing done.
 * A beat alone proves only that a timer runs, so it never speaks for the work.
 */
export const look = (watch: Watch, now: number, seen: Look): Verdict => {
  if (watch === null || now - watch.seenAt > OWN_PAUSE_MS) {
    return { watch: { look: seen, seenAt: now, workMovedAt: now, beatMovedAt: now }, stuck: null }
  }
  const idle = seen.waiting || !seen.hasWork
  const next = {
    look: seen,
    seenAt: now,
    workMovedAt: seen.work !== watch.look.work || idle ? now : watch.workMovedAt,
    beatMovedAt: seen.beat !== watch.look.beat ? now : watch.beatMovedAt,
  }
  if (now - next.beatMovedAt > STUCK_AFTER_MS) return { watch: next, stuck: 'no beat' }
  return { watch: next, stuck: now - next.workMovedAt > STUCK_AFTER_MS ? 'no progress' : null }
}
