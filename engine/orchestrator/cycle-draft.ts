import type { CycleTrigger } from '../../src/contracts/cycle.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Effect } from '../core/effect.ts'
import type { RecordedInput } from '../core/input.ts'
import type { StoredInput } from '../ledger/ledger.ts'

/** What one wake-up gathers before it is written down. */
export type CycleDraft = {
  readonly startedAt: number
  readonly startedMono: number
  trigger: CycleTrigger
  readonly inputs: StoredInput[]
  readonly events: EngineEvent[]
  readonly effects: Effect[]
  /** What the shell itself answers once the cycle is recorded. */
  readonly answers: { readonly id: string; readonly result: 'accepted' | 'refused'; readonly message: string }[]
  /** When the feed wrote the bar of each signal taken in, by signal id. */
  readonly ingested: Map<string, number>
  /** Bars seen in it, first and last. */
  bars: { from: number; to: number } | null
}

export const cycleDraft = (startedAt: number, startedMono: number): CycleDraft => ({
  startedAt,
  startedMono,
  trigger: 'timer',
  inputs: [],
  events: [],
  effects: [],
  answers: [],
  ingested: new Map(),
  bars: null,
})

const TRIGGERS: Readonly<Record<RecordedInput['kind'], CycleTrigger>> = {
  started: 'start',
  desired: 'command',
  command: 'command',
  signal: 'signal',
  report: 'report',
  sent: 'report',
  neverArrived: 'report',
  brainStarted: 'signal',
  brainCaughtUp: 'signal',
  strategyStopped: 'signal',
  brainState: 'command',
  reloaded: 'command',
  killSwitch: 'command',
  references: 'command',
  venueCalls: 'report',
  statement: 'report',
  clock: 'timer',
  overrun: 'bar',
  trouble: 'timer',
  timer: 'timer',
  drain: 'command',
  stopped: 'command',
}

/** The kind of news that a cycle is named after: the first that led to anything. */
export const triggerOf = (kind: RecordedInput['kind']): CycleTrigger => TRIGGERS[kind]

const kinds = (events: readonly EngineEvent[], kind: EngineEvent['kind']): number =>
  events.reduce((sum, event) => sum + (event.kind === kind ? 1 : 0), 0)

export const tally = (events: readonly EngineEvent[]) => {
  const decided = events.filter((event) => event.kind === 'signalDecided')
  const approved = decided.filter((event) => event.decision === 'APPROVED').length
  return {
    signals: kinds(events, 'signalReceived'),
    approved,
    blocked: decided.length - approved,
    orders: kinds(events, 'orderIntended'),
    fills: kinds(events, 'orderFilled'),
  }
}
