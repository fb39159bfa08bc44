import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'
import type { Decision } from '../../src/contracts/signal.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** A trade that ended, of the account or of the shadow book. Money in millionths, shares of 1. */
export type Ended = {
  readonly signalId: string | null
  readonly symbol: string
  readonly strategy: string
  /** After fees and slippage. */
  readonly pnl: number
  /** Share of what was put in; null where nothing was. */
  readonly pnlRatio: number | null
  readonly fees: number
  readonly reason: string
  readonly endedAt: number
}

export type ShadowEnded = Ended & {
  readonly decision: Decision
  readonly blocker: string | null
  readonly blockers: readonly string[]
  readonly decidedAt: number
}

/** What a guard measured for a signal, where both are numbers. */
export type Measured = { readonly guard: string; readonly value: number; readonly limit: number }

export type Decided = {
  readonly decision: Decision
  readonly blocker: string | null
  readonly blockers: readonly string[]
  readonly at: number
  readonly measured: readonly Measured[]
}

/** What the reports are made of, in the order in which it happened. */
export type History = {
  readonly from: number | null
  readonly to: number | null
  readonly decided: ReadonlyMap<string, Decided>
  /** Shadow trades that were filled and ended. */
  readonly shadows: readonly ShadowEnded[]
  readonly neverFilled: number
  readonly skipped: number
  readonly trades: readonly Ended[]
  /** Seconds from the making of a signal to its execution. */
  readonly decays: readonly number[]
}

export const HISTORY_KINDS = [
  'signalReceived',
  'signalDecided',
  'signalStateChanged',
  'shadowClosed',
  'shadowSkipped',
  'tradeClosed',
] as const satisfies readonly EventKind[]

/** Facts of a ledger in pages, so that a long one is never in memory whole. */
export function* eventsOf(ledger: Ledger): Generator<EngineEvent> {
  for (let after = 0; ; ) {
    const page = ledger.events(after, undefined, HISTORY_KINDS)
    const last = page.at(-1)
    if (last === undefined) return
    yield* page
    after = last.sequence
  }
}

/** Gathers what the facts after a time tell. Earlier facts count only for what they explain of later ones. */
export const historyOf = (events: Iterable<EngineEvent>, after = Number.NEGATIVE_INFINITY): History => {
  const decided = new Map<string, Decided>()
  const made = new Map<string, number>()
  const shadows: ShadowEnded[] = []
  const trades: Ended[] = []
  const decays: number[] = []
  let [from, to, neverFilled, skipped]: [number | null, number | null, number, number] = [null, null, 0, 0]
  for (const event of events) {
    if (event.kind === 'signalReceived') made.set(event.signal.id, event.signal.at)
    const madeAt = event.kind === 'signalStateChanged' && event.to === 'executed' ? made.get(event.signalId) : undefined
    // A signal is over where nothing leads on; what is over is asked for no more.
    if (event.kind === 'signalStateChanged' && event.to !== 'evaluating' && event.to !== 'approved' && event.to !== 'executing')
      made.delete(event.signalId)
    if (event.at <= after) continue
    from ??= event.at
    to = event.at
    if (event.kind === 'signalDecided') {
      const { decision, blocker, blockers, at } = event
      decided.set(event.signalId, { decision, blocker, blockers, at, measured: measuredOf(event.guards) })
    } else if (event.kind === 'shadowClosed') {
      if (event.outcome.entryPrice === null) neverFilled += 1
      else shadows.push(shadowEnded(event))
    } else if (event.kind === 'shadowSkipped') skipped += 1
    else if (event.kind === 'tradeClosed') trades.push(tradeEnded(event))
    else if (madeAt !== undefined) decays.push(Math.max(0, event.at - madeAt) / 1_000)
  }
  return { from, to, decided, shadows, neverFilled, skipped, trades, decays }
}

type Of<Kind extends EventKind> = Extract<EngineEvent, { kind: Kind }>

const measuredOf = (guards: Of<'signalDecided'>['guards']): Measured[] =>
  guards.flatMap(({ guard, value, limit }) => (typeof value === 'number' && typeof limit === 'number' ? [{ guard, value, limit }] : []))

const shadowEnded = ({ shadow, outcome }: Of<'shadowClosed'>): ShadowEnded => ({
  signalId: shadow.signalId,
  symbol: shadow.symbol,
  strategy: shadow.strategy,
  pnl: outcome.pnl,
  pnlRatio: outcome.pnlRatio,
  fees: outcome.fees,
  reason: outcome.reason,
  endedAt: outcome.exitedAt,
  decision: shadow.decision,
  blocker: shadow.blocker,
  blockers: shadow.blockers,
  decidedAt: shadow.decidedAt,
})

const tradeEnded = (event: Of<'tradeClosed'>): Ended => ({
  signalId: event.signalId,
  symbol: event.symbol,
  strategy: event.strategy,
  pnl: event.net,
  pnlRatio: event.cost > 0 ? event.net / event.cost : null,
  fees: event.fees,
  reason: event.reason,
  endedAt: event.at,
})
