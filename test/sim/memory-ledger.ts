import type { State } from '../../engine/core/state.ts'
import { type Checkpoint, chainOf, type Entry, type Ledger, type RecordedCycle, START_CHAIN } from '../../engine/ledger/ledger.ts'
import { assert } from '../../src/assert.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'

type Row = RecordedCycle & { readonly checkpoint: Checkpoint | null }

/** What recovery and verification read of a ledger, in memory. Everything goes through text, so nothing in it can be changed later. */
export const simulatedLedger = (id: string, startingCash: string) => {
  const rows: Row[] = []
  const facts: string[] = []
  /** Facts that somebody has read: most are never read again. */
  const read: EngineEvent[] = []
  let chain = START_CHAIN

  const append = (entry: Entry): void => {
    const inputs = entry.inputs.map((input) => JSON.stringify(input))
    const events = entry.events.map((event) => JSON.stringify(event))
    for (const [index, event] of entry.events.entries())
      assert(event.sequence === facts.push(events[index] as string), `fact ${event.sequence} has its place`)
    chain = chainOf(chain, [...inputs, ...events])
    rows.push({ cycle: entry.cycle, barSequence: entry.barSequence, checkpoint: entry.checkpoint, chain, inputs, events })
  }
  const stateOf = (row: Row | undefined): { readonly state: State; readonly hash: string } | null =>
    row === undefined || row.checkpoint === null ? null : { state: JSON.parse(row.checkpoint.text) as State, hash: row.checkpoint.hash }
  const readTo = (end: number): void => {
    while (read.length < end) read.push(JSON.parse(facts[read.length] as string) as EngineEvent)
  }
  const last = () => rows.at(-1)

  const ledger: Pick<Ledger, 'id' | 'end' | 'append' | 'latestCheckpoint' | 'checkpointHash' | 'events' | 'rules' | 'history' | 'meta'> = {
    id,
    append,
    end: () => ({
      cycle: last()?.cycle.number ?? 0,
      sequence: facts.length,
      barSequence: last()?.barSequence ?? 0,
      input: 0,
      chain,
    }),
    latestCheckpoint: () => {
      const row = rows.findLast(({ checkpoint }) => checkpoint !== null)
      const checkpoint = stateOf(row)
      return row === undefined || checkpoint === null ? null : { cycle: row.cycle.number, ...checkpoint }
    },
    checkpointHash: (cycle) => rows.find((row) => row.cycle.number === cycle)?.checkpoint?.hash ?? null,
    events: (after, limit = 10_000) => {
      readTo(Math.min(facts.length, after + limit))
      return read.slice(after, after + limit)
    },
    rules: () =>
      rows
        .flatMap(({ inputs }) => inputs.map((input) => JSON.parse(input)))
        .flatMap(({ kind, rules }) => (kind === 'started' || kind === 'reloaded' ? [rules] : [])),
    *history() {
      yield* rows
    },
    meta: (key) => (key === 'startingCash' ? startingCash : null),
  }
  return ledger as Ledger
}

/** The same ledger as somebody sees it who has no checkpoint to start from. */
export const withoutCheckpoints = (ledger: Ledger): Ledger => ({ ...ledger, latestCheckpoint: () => null })
