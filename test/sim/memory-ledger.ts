import { chainOf, type Entry, type Ledger, type RecordedCycle, START_CHAIN } from '../../engine/ledger/ledger.ts'
import { assert } from '../../src/assert.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'

type Row = Entry & RecordedCycle

/** What recovery and verification read of a ledger, in memory. Everything goes through text, so nothing in it can be changed later. */
export const simulatedLedger = (id: string, startingCash: string) => {
  const rows: Row[] = []
  const events: EngineEvent[] = []
  let chain = START_CHAIN

  const append = (entry: Entry): void => {
    const inputs = entry.inputs.map((input) => JSON.stringify(input))
    const facts = entry.events.map((event) => JSON.stringify(event))
    for (const body of facts) {
      const event = JSON.parse(body) as EngineEvent
      assert(event.sequence === events.push(event), `fact ${event.sequence} has its place`)
    }
    chain = chainOf(chain, [...inputs, ...facts])
    const checkpoint = entry.checkpoint === null ? null : (JSON.parse(JSON.stringify(entry.checkpoint)) as NonNullable<Entry['checkpoint']>)
    rows.push({ ...entry, cycle: entry.cycle, barSequence: entry.barSequence, checkpoint, chain, inputs: inputs as never, events: facts as never })
  }
  const latest = () => rows.findLast(({ checkpoint }) => checkpoint !== null)
  const last = () => rows.at(-1)

  const ledger: Pick<Ledger, 'id' | 'end' | 'append' | 'latestCheckpoint' | 'checkpointAt' | 'events' | 'history' | 'meta'> = {
    id,
    append,
    end: () => ({
      cycle: last()?.cycle.number ?? 0,
      sequence: events.length,
      barSequence: last()?.barSequence ?? 0,
      input: 0,
      chain,
    }),
    latestCheckpoint: () => {
      const row = latest()
      return row === undefined || row.checkpoint === null ? null : { cycle: row.cycle.number, ...row.checkpoint }
    },
    checkpointAt: (cycle) => rows.find((row) => row.cycle.number === cycle)?.checkpoint ?? null,
    events: (after, limit = 10_000) => events.slice(after, after + limit),
    *history() {
      for (const { cycle, barSequence, chain: own, inputs, events: facts } of rows)
        yield { cycle, barSequence, chain: own, inputs: inputs as readonly string[], events: facts as readonly string[] }
    },
    meta: (key) => (key === 'startingCash' ? startingCash : null),
  }
  return ledger as Ledger
}

/** The same ledger as somebody sees it who has no checkpoint to start from. */
export const withoutCheckpoints = (ledger: Ledger): Ledger => ({ ...ledger, latestCheckpoint: () => null })
