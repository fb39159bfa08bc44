import type { DesiredState } from '../../src/contracts/engine.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { Mode } from '../../src/contracts/names.ts'
import type { VenueReport } from '../../src/contracts/order.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import type { Rules } from './rules.ts'

/** What the core is told. Bars stand on the tape and all others in the ledger, so the same inputs can be given again. */
export type Input = { readonly kind: 'bar'; readonly bar: Bar } | RecordedInput

/** `now` is the feed's clock: the data's own in a replay, the wall's otherwise. */
export type RecordedInput = {
  readonly now: number
} /** The orchestrator began, under these rules: a replay decides each stretch under the rules of its time. */ & (
  | { readonly kind: 'started'; readonly mode: Mode; readonly rules: Omit<Rules, 'scales'>; readonly configHash: string }
  | { readonly kind: 'desired'; readonly desired: DesiredState; readonly reason: string; readonly actor: string; readonly commandId: string | null }
  | { readonly kind: 'command'; readonly commandId: string; readonly actor: string; readonly reason: string; readonly command: PositionCommand }
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

export type PositionCommand =
  | { readonly kind: 'flatten'; readonly symbol: string | null }
  | { readonly kind: 'cancel'; readonly clientOrderId: string }
