import type { RecordedInput } from '../core/input.ts'
import type { RecordRing } from '../ring/port.ts'
import type { BrainRecord } from '../supervisor/messages.ts'

/** The bar after which a record belongs: it is taken in when the orchestrator has seen that bar, neither sooner nor later. */
export const placeOf = (record: BrainRecord): number => {
  if (record.kind === 'signal') return record.signal.barSequence
  if (record.kind === 'brainStarted') return record.liveFrom - 1
  return record.kind === 'brainCaughtUp' ? record.to : record.barSequence
}

/** Longest reason that the core takes for a strategy that was stopped. */
const REASON_CHARACTERS_MAX = 500

/** A record as the core is told it. */
export const inputOf = (record: BrainRecord, now: number): RecordedInput => {
  if (record.kind === 'signal') return { kind: 'signal', now, signal: record.signal }
  if (record.kind === 'strategyStopped')
    return { kind: 'strategyStopped', now, strategy: record.id, symbol: record.symbol, reason: record.reason.slice(0, REASON_CHARACTERS_MAX) }
  if (record.kind === 'brainCaughtUp') return { kind: 'brainCaughtUp', now, from: record.from, to: record.to }
  return { kind: 'brainStarted', now, warmFrom: record.warmFrom, liveFrom: record.liveFrom, strategies: record.strategies }
}

export type BrainRecords = {
  /** The next record that belongs at or before this bar, or null. */
  readonly next: (seen: number) => BrainRecord | null
  readonly hasNext: (seen: number) => boolean
  /** Frees what was taken, once it is recorded; what is not due yet stays in the ring. @returns whether there is new room. */
  readonly commit: () => boolean
}

/** The brain runs ahead, so its records wait in the ring for their bar. They are looked at without being taken, or the ring would never be freed. */
export const brainRecords = (ring: RecordRing): BrainRecords => {
  let ahead: BrainRecord | null = null
  let taken = false

  const due = (seen: number): BrainRecord | null => {
    if (ahead === null) {
      const text = ring.peek()
      ahead = text === null ? null : (JSON.parse(text) as BrainRecord)
    }
    return ahead !== null && placeOf(ahead) <= seen ? ahead : null
  }

  return {
    next: (seen) => {
      const record = due(seen)
      if (record === null) return null
      ring.drain(1, () => undefined)
      ahead = null
      taken = true
      return record
    },
    hasNext: (seen) => due(seen) !== null,
    commit: () => {
      const freed = taken
      ring.commit()
      taken = false
      return freed
    },
  }
}
