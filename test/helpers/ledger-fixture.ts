import type { Entry, StoredInput } from '../../engine/ledger/ledger.ts'
import type { StreamContext } from '../../engine/ledger/stream-lines.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import { rules, T0 } from './engine-fixture.ts'

export const cycleOf = (number: number, sequence: number): Cycle => ({
  number,
  trigger: 'bar',
  at: T0 + number,
  feedAt: T0,
  durationMs: 1,
  stages: { drain: 0, decide: 1, commit: 0, effects: 0 },
  bars: { from: number, to: number },
  inputs: 1,
  events: 1,
  signals: 0,
  approved: 0,
  blocked: 0,
  orders: 0,
  fills: 0,
  result: 'ok',
  stateHash: null,
  sequence,
})

export const entryOf = (
  number: number,
  events: readonly EngineEvent[],
  inputs: readonly StoredInput[] = [{ kind: 'bars', from: number, to: number }],
): Entry => ({
  cycle: cycleOf(number, events.at(-1)?.sequence ?? number),
  barSequence: number,
  inputs,
  events,
  checkpoint: null,
  tape: null,
})

export const streamContext: StreamContext = {
  mode: 'simulate',
  account: 'paper-account',
  ledgerId: 'led',
  sessionId: 'default-1',
  version: '0.0.0',
  configHash: 'hash',
  scales: rules.scales,
}
