import { assert } from '../../src/assert.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { BarRing, Doorbell, Progress } from '../ring/port.ts'
import type { TapeReader, TapeWriter } from '../tape/port.ts'

/** Bars (and rejects) between two flushes of the tape at full speed. */
export const BATCH = 256
/** How long to sleep for room in a ring before looking again, should a bell have been missed. */
const ROOM_MS = 1_000
/** Bars of a real-time feed that readers get late through a ring; before those they see a gap and read the tape, as after an overrun. */
export const REAL_TIME_BARS_BEHIND = 64

/** A ring with the process that reads it. */
export type Reader = {
  readonly ring: BarRing
  readonly bell: Doorbell
  /** In a replay it goes in step with the reader of this ring, which wakes it; null where it follows nobody. */
  readonly follows: BarRing | null
}

export type OutletPorts = {
  readonly tape: TapeWriter
  readonly reader: TapeReader
  readonly readers: readonly Reader[]
  readonly bell: Doorbell
  readonly progress: Progress
  /** A replay waits for room; a real-time feed refuses and counts. */
  readonly waits: boolean
  readonly stopping: () => boolean
}

export type Outlet = {
  /**
   * Puts a bar on the tape and, still unseen, into the rings. @returns false where a ring is full: then `deliver` must be awaited before
   * the next bar, and the bar kept as it is until then.
   */
  readonly take: (bar: Bar) => boolean
  /** Puts the bar that did not fit into its rings as soon as there is room. */
  readonly deliver: (bar: Bar) => Promise<void>
  /** Tape first, then the rings, then the bells: whoever sees a bar can find it on the tape. */
  readonly publish: () => void
  /** Hands on what is on the tape and in no ring yet: the last batch of a feed that was killed. @returns how many bars that were. */
  readonly catchUp: () => Promise<number>
  /** Bars since the last `publish`. */
  readonly unpublished: () => number
  /** A reader that is given up is not waited for; one that is back is. */
  readonly setGone: (ring: BarRing, gone: boolean) => void
  /** True while it waits for room. */
  readonly isWaiting: () => boolean
}

/** The one way from the feed to the tape and the rings. */
export const createOutlet = ({ tape, reader, readers, bell, progress, waits, stopping }: OutletPorts): Outlet => {
  const gone = new Set<BarRing>()
  const refused = new Set<BarRing>()
  let unpublished = 0
  let waiting = false

  const waitsFor = (ring: BarRing): boolean => waits && !gone.has(ring)

  /** Enough room that the wait was worth it; a reader with a nearly full ring would otherwise be served bar by bar. */
  const hasRoom = (ring: BarRing): boolean => ring.space() >= Math.min(BATCH, Math.max(1, ring.capacity >> 2))

  const publish = (): void => {
    tape.flush()
    for (const { ring } of readers) ring.publish()
    // Who follows another has nothing to do yet: woken now, it would only take that one's processor.
    for (const { follows, bell: other } of readers) if (follows === null || gone.has(follows)) other.ring()
    unpublished = 0
    progress.work()
  }

  const sleepUntilRoom = async (rings: readonly BarRing[]): Promise<void> => {
    waiting = true
    progress.setWaiting(true)
    await bell.sleep(() => stopping() || rings.some((ring) => !waitsFor(ring) || hasRoom(ring)), ROOM_MS)
    progress.setWaiting(false)
    waiting = false
  }

  const take = (bar: Bar): boolean => {
    tape.append(bar)
    unpublished += 1
    for (const { ring } of readers) {
      if (ring.push(bar)) continue
      if (waitsFor(ring)) refused.add(ring)
      else ring.countOverrun()
    }
    return refused.size === 0
  }

  const deliver = async (bar: Bar): Promise<void> => {
    publish()
    while (refused.size > 0 && !stopping()) {
      for (const ring of refused) {
        if (!waitsFor(ring)) ring.countOverrun()
        else if (!ring.push(bar)) continue
        refused.delete(ring)
      }
      publish()
      if (refused.size > 0) await sleepUntilRoom([...refused])
    }
    refused.clear() // stopping: it is on the tape, and the next feed hands it on
  }

  /** First bar that a ring lacks. A new ring begins where its reader's record ends, so this holds for a new engine too. */
  const firstMissing = (ring: BarRing, end: number): number => {
    const first = ring.published() + 1
    return waits ? first : Math.max(first, end - REAL_TIME_BARS_BEHIND + 1)
  }

  const catchUp = async (): Promise<number> => {
    const end = tape.end().sequence
    const missing = readers.map(({ ring }) => ({ ring, next: firstMissing(ring, end) }))
    const count = Math.max(0, ...missing.map(({ next }) => end - next + 1))
    for (;;) {
      let pushed = 0
      for (const each of missing) {
        const until = Math.min(end, each.next + Math.min(BATCH, each.ring.space()) - 1)
        if (until < each.next) continue
        pushed += until - each.next + 1
        reader.read(each.next, until, (bar) => {
          assert(each.ring.push(bar), 'a ring takes what it said it has room for')
          each.next = bar.sequence + 1
        })
        assert(each.next === until + 1, 'every bar of the tape can be read again')
      }
      publish()
      const open = missing.filter(({ ring, next }) => next <= end && waitsFor(ring))
      const more = missing.some(({ ring, next }) => next <= end && ring.space() > 0)
      if (stopping() || (open.length === 0 && !more)) break
      if (pushed === 0) await sleepUntilRoom(open.map(({ ring }) => ring))
    }
    for (const { ring, next } of missing) for (let bar = next; bar <= end && !waitsFor(ring); bar += 1) ring.countOverrun()
    return count
  }

  return {
    take,
    deliver,
    publish,
    catchUp,
    unpublished: () => unpublished,
    setGone: (ring, isGone) => {
      if (isGone) gone.add(ring)
      else gone.delete(ring)
      bell.wake()
    },
    isWaiting: () => waiting,
  }
}
