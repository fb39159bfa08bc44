import type { Clock } from '../../src/clock.ts'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import type { Delta } from '../../src/contracts/wire.ts'
import { canonical } from '../../src/hash.ts'

/** Changes wait at most so long for others to travel with. */
export const TICK_MS = 100

/** The one place where what consoles see is put together. */
export type Hub = {
  /**
   * What is known now, at the sequence of the newest delta. Changes that still wait for their tick are in it already; the delta
   * that brings them replaces whole sections, so a reader that applies it again ends at the same value.
   */
  readonly get: () => { readonly sequence: number; readonly snapshot: Snapshot }
  /** Replaces sections, whose values are not touched afterwards. What equals the present is dropped; `urgent` does not wait for the tick. */
  readonly update: (changes: SnapshotDelta, urgent?: boolean) => void
  readonly subscribe: (listener: (delta: Delta) => void) => () => void
  readonly close: () => void
}

type Section = keyof Snapshot

/** Gathers updates into one delta a tick. Without listeners it only merges; without changes it does nothing at all. */
export const createHub = (initial: Snapshot, clock: Clock): Hub => {
  let snapshot = initial
  let sequence = 0
  let pending: SnapshotDelta | null = null
  let unseen = false // something changed while nobody listened
  let timer: NodeJS.Timeout | null = null
  const listeners = new Set<(delta: Delta) => void>()
  const texts = new Map<Section, string>() // canonical text of the sections that were compared

  /** A sequence names one content only, so what changed unobserved takes a number before anyone looks. */
  const number = (): void => {
    if (unseen) sequence += 1
    unseen = false
  }

  const differs = (section: Section, value: unknown): boolean => {
    if (snapshot[section] === value) return false
    const before = texts.get(section) ?? canonical(snapshot[section])
    const after = canonical(value)
    texts.set(section, after)
    return before !== after
  }

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (pending === null) return
    const changes = pending
    pending = null
    sequence += 1
    const delta: Delta = { sequence, at: clock.now(), changes }
    for (const listener of [...listeners]) listener(delta)
  }

  const update = (changes: SnapshotDelta, urgent = false): void => {
    if (listeners.size === 0) {
      const given = pick(changes, () => true)
      for (const section of Object.keys(given)) texts.delete(section as Section)
      snapshot = { ...snapshot, ...given }
      unseen = true
      return
    }
    const changed = pick(changes, differs)
    if (Object.keys(changed).length > 0) {
      snapshot = { ...snapshot, ...changed }
      pending = { ...pending, ...changed }
    }
    if (pending === null) return
    if (urgent) flush()
    else timer ??= setTimeout(flush, TICK_MS)
  }

  const quiet = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (pending !== null) unseen = true
    pending = null
  }

  return {
    get: () => {
      number()
      return { sequence, snapshot }
    },
    update,
    subscribe: (listener) => {
      number()
      const own = (delta: Delta): void => listener(delta)
      listeners.add(own)
      return () => {
        listeners.delete(own)
        if (listeners.size === 0) quiet()
      }
    },
    close: () => {
      listeners.clear()
      quiet()
    },
  }
}

/** The sections that were given and that `keep` wants. */
const pick = (changes: SnapshotDelta, keep: (section: Section, value: unknown) => boolean): Partial<Snapshot> =>
  Object.fromEntries((Object.entries(changes) as [Section, unknown][]).filter(([section, value]) => value !== undefined && keep(section, value)))
