import type { RecordRing } from '../ring/port.ts'
import type { BrainRecord } from '../supervisor/messages.ts'

/** The bar after which a record belongs: it is taken in when the orchestrator has seen that bar, neither sooner nor later. */
export const placeOf = (record: BrainRecord): number => {
  if (record.kind === 'signal') return record.signal.barSequence
  if (record.kind === 'brainStarted') return record.liveFrom - 1
  return record.kind === 'brainCaughtUp' ? record.to : record.barSequence
}

export type BrainRecords = {
  /** The next record that belongs at or before this bar, or null. */
  readonly next: (seen: number) => BrainRecord | null
  readonly hasNext: (seen: number) => boolean
  /** Frees what was taken, once it is recorded. A record still held back keeps its place; what comes twice is dropped by its id. */
  readonly commit: () => void
}

export const brainRecords = (ring: RecordRing): BrainRecords => {
  let held: BrainRecord | null = null

  const peek = (): BrainRecord | null => {
    if (held === null) ring.drain(1, (text) => (held = JSON.parse(text) as BrainRecord))
    return held
  }
  const due = (seen: number): BrainRecord | null => {
    const record = peek()
    return record !== null && placeOf(record) <= seen ? record : null
  }

  return {
    next: (seen) => {
      const record = due(seen)
      if (record !== null) held = null
      return record
    },
    hasNext: (seen) => due(seen) !== null,
    commit: () => {
      if (held === null) ring.commit()
    },
  }
}
