import type { Actor } from '../../src/contracts/audit.ts'
import type { BreakerName, KillSwitchOrigin } from '../../src/contracts/breaker.ts'
import type { Command, CommandResult } from '../../src/contracts/command.ts'
import type { Config } from '../../src/contracts/config.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import type { ChildName, Mode } from '../../src/contracts/names.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import type { SnapshotDelta } from '../../src/contracts/snapshot.ts'
import type { RecordedStrategy, RuleChange } from '../core/input.ts'

/** What every child is told before it does anything. */
export type Boot = {
  readonly kind: 'boot'
  readonly home: string
  readonly instance: string
  readonly account: string
  readonly mode: Mode
  readonly config: Config
  readonly configHash: string
  readonly instruments: readonly Instrument[]
  readonly version: string
  /** Start of the engine, UTC milliseconds; also the session's id in the streams. */
  readonly startedAt: number
  readonly desired: Desired
  /** Variable of the environment that stops new risk; null where none does. */
  readonly killSwitch: string | null
  /** What the orchestrator could not be told while it was down, for the breakers that watch over it. */
  readonly troubles: readonly Trouble[]
}

export type Trouble = { readonly breaker: BreakerName; readonly reason: string }

/** The desired state and who wanted it: the orchestrator's first input, and again on every change. */
export type Desired = {
  readonly state: DesiredState
  readonly reason: string
  readonly actor: Actor
  readonly commandId: string | null
  readonly at: number
}

/** From the supervisor to a child, over the IPC channel. */
export type ToChild =
  | Boot
  | { readonly kind: 'desired'; readonly desired: Desired }
  /** For the orchestrator: what the core obeys, and the kill switch. Answered with `commandResult`. */
  | { readonly kind: 'command'; readonly id: string; readonly actor: Actor; readonly reason: string; readonly command: Command }
  /** For the orchestrator: settings that were read again and found good. Answered with `commandResult`. */
  | {
      readonly kind: 'reload'
      readonly id: string
      readonly actor: Actor
      readonly reason: string
      readonly config: Config
      readonly configHash: string
      readonly changes: readonly RuleChange[]
    }
  /** For the orchestrator. */
  | { readonly kind: 'trouble'; readonly trouble: Trouble }
  /** A sibling came or went. `failed` means that nobody should wait for it. */
  | { readonly kind: 'sibling'; readonly name: ChildName; readonly state: 'ready' | 'gone' | 'failed' }
  /** Finish what is in flight, record it, exit 0 before the deadline. */
  | { readonly kind: 'drain'; readonly deadlineMs: number }

/** From a child to the supervisor. */
export type FromChild =
  /** It can serve, with the evidence that it can. */
  | { readonly kind: 'ready'; readonly evidence: string }
  /** Members of the snapshot that this child knows best. */
  | { readonly kind: 'view'; readonly changes: SnapshotDelta }
  | {
      readonly kind: 'commandResult'
      readonly id: string
      readonly result: CommandResult['outcome']
      readonly message: string
      readonly ledgerSequence: number | null
    }
  | { readonly kind: 'drained' }
  /** A kill switch was thrown or let go of, and that is in the ledger. */
  | { readonly kind: 'killSwitch'; readonly origin: KillSwitchOrigin; readonly on: boolean; readonly reason: string; readonly actor: string | null }
  /** It cannot go on and a restart would not help; the exit code says why (65 corrupt, 78 configuration). */
  | { readonly kind: 'fatal'; readonly code: number; readonly message: string }

/** One record in the ring from the brain to the orchestrator. */
export type BrainRecord =
  | { readonly kind: 'signal'; readonly signal: Signal; readonly ingestTime: number }
  /**
   * The brain began or began again. Bars `warmFrom` … `liveFrom - 1` were read from the tape without making signals; with
   * that, a replay can build the very same indicators.
   */
  | {
      readonly kind: 'brainStarted'
      readonly warmFrom: number
      readonly liveFrom: number
      readonly strategies: readonly RecordedStrategy[]
    }
  /** Bars `from` … `to` came too late for signals (a live ring overran); they were read from the tape as warm-up. */
  | { readonly kind: 'brainCaughtUp'; readonly from: number; readonly to: number }
  /** A strategy threw; it is out until the brain starts again. */
  | { readonly kind: 'strategyStopped'; readonly id: string; readonly symbol: string | null; readonly reason: string; readonly barSequence: number }
