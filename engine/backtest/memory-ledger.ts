import { assert } from '../../src/assert.ts'
import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'

/** A ledger that forgets everything with its process: facts in the order of their sequence, without holes. */
export type MemoryLedger = {
  /** The sink of a backtest. */
  readonly take: (event: EngineEvent) => void
  /** Facts after a sequence, as the ledger on disk gives them. */
  readonly events: (afterSequence?: number, limit?: number) => readonly EngineEvent[]
  readonly ofKind: <Kind extends EventKind>(kind: Kind) => readonly Extract<EngineEvent, { kind: Kind }>[]
  /** Sequence of the newest fact; 0 while there is none. */
  readonly end: () => number
}

export const memoryLedger = (): MemoryLedger => {
  const all: EngineEvent[] = []

  return {
    take: (event) => {
      assert(event.sequence === all.length + 1, `fact ${event.sequence} follows ${all.length}`)
      all.push(event)
    },
    events: (afterSequence = 0, limit = all.length) => all.slice(afterSequence, afterSequence + limit),
    ofKind: <Kind extends EventKind>(kind: Kind) => all.filter((event): event is Extract<EngineEvent, { kind: Kind }> => event.kind === kind),
    end: () => all.length,
  }
}
