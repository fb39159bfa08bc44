import type { BreakerName, KillSwitchOrigin } from '../../src/contracts/breaker.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { Mode } from '../../src/contracts/names.ts'
import type { VenueReport } from '../../src/contracts/order.ts'
import type { Earnings, Watchlist } from '../../src/contracts/reference.ts'
import type { Phase } from '../../src/contracts/rules.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import type { RecordedRules } from './rules.ts'

/** What the core is told. Bars stand on the tape and all others in the ledger, so the same inputs can be given again. */
export type Input = { readonly kind: 'bar'; readonly bar: Bar } | RecordedInput

/** `now` is the feed's clock: the data's own in a replay, the wall's otherwise. */
export type RecordedInput = {
  readonly now: number
} /** The orchestrator began, under these rules: a replay decides each stretch under the rules of its time. */ & (
  | { readonly kind: 'started'; readonly mode: Mode; readonly rules: RecordedRules; readonly configHash: string }
  | { readonly kind: 'desired'; readonly desired: DesiredState; readonly reason: string; readonly actor: string; readonly commandId: string | null }
  | { readonly kind: 'command'; readonly commandId: string; readonly actor: string; readonly reason: string; readonly command: CoreCommand }
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'report'; readonly report: VenueReport }
  /** The broker was handed the order. */
  | { readonly kind: 'sent'; readonly clientOrderId: string }
  /** The venue says for certain that it never had it. */
  | { readonly kind: 'neverArrived'; readonly clientOrderId: string }
  | { readonly kind: 'brainStarted'; readonly warmFrom: number; readonly liveFrom: number; readonly strategies: readonly RecordedStrategy[] }
  | { readonly kind: 'brainCaughtUp'; readonly from: number; readonly to: number }
  | { readonly kind: 'strategyStopped'; readonly strategy: string; readonly symbol: string | null; readonly reason: string }
  | { readonly kind: 'brainState'; readonly state: 'absent' | 'ready' | 'failed'; readonly reason: string }
  /** The settings were read again by command. */
  | {
      readonly kind: 'reloaded'
      readonly rules: RecordedRules
      readonly configHash: string
      readonly changes: readonly RuleChange[]
      readonly commandId: string
      readonly actor: string
      readonly reason: string
    }
  | { readonly kind: 'killSwitch'; readonly origin: KillSwitchOrigin; readonly on: boolean; readonly reason: string; readonly actor: string | null }
  | { readonly kind: 'references'; readonly watchlist: Watchlist | null; readonly earnings: Earnings | null; readonly problems: readonly string[] }
  /** Calls to the venue since the last input of this kind. */
  | { readonly kind: 'venueCalls'; readonly ok: number; readonly failed: number; readonly reason: string | null }
  /** The venue's record at one of its sequences: signed quantities in lots by symbol. */
  | {
      readonly kind: 'statement'
      readonly venueSequence: number
      readonly positions: readonly { readonly symbol: string; readonly quantity: number }[]
    }
  /** Wall clock against the venue's, and how far the wall jumped against the monotonic clock; null where it was not measured. */
  | { readonly kind: 'clock'; readonly skewMs: number | null; readonly jumpMs: number | null }
  /** Bars that were missed in the ring and read from the tape. */
  | { readonly kind: 'overrun'; readonly bars: number }
  | { readonly kind: 'trouble'; readonly breaker: BreakerName; readonly reason: string }
  /** Time passed without a bar: ages are looked at again. */
  | { readonly kind: 'timer' }
  | { readonly kind: 'drain'; readonly reason: string; readonly cancelEntries: boolean }
  | { readonly kind: 'stopped' }
)

/** A strategy as it ran: enough to run it again and to notice that its code has changed since. */
export type RecordedStrategy = {
  readonly id: string
  readonly timeframe: string
  readonly symbols: readonly string[] | null
  readonly params: unknown
  readonly paramsHash: string
  readonly sourceHash: string
}

export type RuleChange = { readonly path: string; readonly from: unknown; readonly to: unknown }

/** What a person asks of the core; everything else is the supervisor's. */
export type CoreCommand =
  | { readonly kind: 'flatten'; readonly symbol: string | null }
  | { readonly kind: 'cancel'; readonly clientOrderId: string }
  | { readonly kind: 'trip'; readonly breaker: BreakerName }
  /** A breaker, `emotional` or `degradation`. */
  | { readonly kind: 'rearm'; readonly breaker: string }
  /** `force` where the gate's conditions do not hold and a person answers for it. */
  | { readonly kind: 'phase'; readonly to: Phase; readonly force: boolean }
