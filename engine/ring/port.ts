import type { Bar } from '../../src/contracts/market.ts'
import type { ChildName } from '../../src/contracts/names.ts'

/** One writer, one reader, no locks. `sequence` is the bar's own (`Bar.sequence`), which survives both ends of the ring. */
export type BarRing = {
  /** Slots, a power of two. */
  readonly capacity: number

  // The writer's side.
  /** False when the reader is a whole lap behind. What is pushed stays invisible until `publish`. */
  readonly push: (bar: Bar) => boolean
  /** Makes everything pushed so far visible with one store. */
  readonly publish: () => void
  readonly space: () => number
  /** Sequence of the newest published bar; 0 before the first. */
  readonly published: () => number
  /** Counts a bar that a full ring refused, so that the reader's gap has a number on this side too. */
  readonly countOverrun: () => void

  // The reader's side.
  readonly pending: () => number
  /** Hands over at most `max` bars in order and returns how many. The bar is one reused object: copy what you keep. Nothing is freed before `commit`. */
  readonly drain: (max: number, onBar: (bar: Bar) => void) => number
  /** Frees everything handed over and tells the world that bars up to the last one are dealt with. */
  readonly commit: () => void
  /** Sequence of the last bar the reader has committed; 0 before the first. Anyone may ask. */
  readonly committed: () => number
  readonly overruns: () => number
}

/** Records of varying length (JSON) from the brain to the orchestrator; survives the death of either. */
export type RecordRing = {
  /** False when there is no room now. @throws RangeError where a record can never fit. */
  readonly push: (record: string) => boolean
  readonly pending: () => boolean
  /** The next record without taking it; null where there is none. */
  readonly peek: () => string | null
  /** Hands over at most `max` records in order; nothing is freed before `commit`. */
  readonly drain: (max: number, onRecord: (record: string) => void) => number
  readonly commit: () => void
}

/** One process sleeps on it, any other may ring it. Ringing costs a system call only where the owner sleeps. */
export type Doorbell = {
  readonly ring: () => void
  /**
   * For its owner only. Marks itself asleep, asks `hasWork` once more, and resolves when somebody rings, when `hasWork` was
   * true after all, when `wake` is called in this process, or after `timeoutMs`. `deaf` where no other process could bring what is
   * waited for: then it is not marked asleep, and who rings costs neither side anything.
   */
  readonly sleep: (hasWork: () => boolean, timeoutMs?: number, deaf?: boolean) => Promise<void>
  /** Ends the owner's sleep from within its own process (an IPC message, a timer). */
  readonly wake: () => void
  readonly close: () => void
}

/** Counters that say whether a process works, read by the supervisor. */
export type Progress = {
  /** Something was finished: a bar, a cycle. */
  readonly work: () => void
  /** The event loop still turns; from a timer, so it proves nothing else. */
  readonly beat: () => void
  /** True while it waits with good reason (a replay waits for space, or for the brain). */
  readonly setWaiting: (waiting: boolean) => void
  readonly read: () => { readonly work: number; readonly beat: number; readonly waiting: boolean }
}

/** Everything that the processes of one engine share. */
export type Shared = {
  readonly brainBars: BarRing
  readonly orchestratorBars: BarRing
  readonly signals: RecordRing
  readonly doorbells: Readonly<Record<ChildName, Doorbell>>
  readonly progress: Readonly<Record<ChildName, Progress>>
  readonly close: () => void
}
