import type { EngineEvent } from '../../src/contracts/event.ts'
import { equityOf } from '../core/equity.ts'
import { moneyText, type Scale } from '../core/money.ts'
import type { State } from '../core/state.ts'

/** What a stretch of trading came to. Money in millionths; null is unknown. */
export type Outcome = {
  readonly signals: number
  readonly approved: number
  readonly blocked: number
  /** Decisions that each guard refused, alone or with others. */
  readonly blockedBy: Readonly<Record<string, number>>
  /** Closed trades, those of them that won, and what they left after the fees of both sides. */
  readonly trades: number
  readonly wins: number
  readonly net: number
  /** All fees, those of open positions too. */
  readonly fees: number
  readonly openPositions: number
  readonly equity: number | null
  /** Deepest fall of equity from its peak, as a share of the peak. */
  readonly drawdown: number
}

export type SeenDecision = {
  readonly signalId: string
  readonly at: number
  readonly decision: string
  readonly blockers: readonly string[]
  readonly notional: number | null
}

export type SeenTrade = {
  readonly signalId: string | null
  readonly symbol: string
  readonly side: string
  readonly quantity: number
  readonly openedAt: number
  readonly closedAt: number
  readonly net: number
  readonly reason: string
}

/** Looks on while a stretch is decided. */
export type Watch = { readonly onEvent: (event: EngineEvent) => void; readonly onState: (state: State) => void }

export type Watcher = Watch & {
  readonly outcome: (state: State) => Outcome
  readonly decisions: ReadonlyMap<string, SeenDecision>
  readonly trades: readonly SeenTrade[]
}

export const watcher = (scales: readonly Scale[]): Watcher => {
  const decisions = new Map<string, SeenDecision>()
  const trades: SeenTrade[] = []
  const blockedBy: Record<string, number> = {}
  let net = 0
  let wins = 0
  let peak: number | null = null
  let drawdown = 0
  let equity: number | null = null

  const onEvent = (event: EngineEvent): void => {
    if (event.kind === 'signalDecided') {
      const { signalId, at, decision, blockers, notional } = event
      decisions.set(signalId, { signalId, at, decision, blockers, notional })
      for (const guard of blockers) blockedBy[guard] = (blockedBy[guard] ?? 0) + 1
    } else if (event.kind === 'tradeClosed') {
      const { signalId, symbol, side, quantity, openedAt, at, reason } = event
      trades.push({ signalId, symbol, side, quantity, openedAt, closedAt: at, net: event.net, reason })
      net += event.net
      if (event.net > 0) wins += 1
    }
  }

  const onState = (state: State): void => {
    equity = equityOf(scales, state)
    if (equity === null) return
    if (peak === null || equity > peak) peak = equity
    else if (peak > 0 && (peak - equity) / peak > drawdown) drawdown = (peak - equity) / peak
  }

  return {
    onEvent,
    onState,
    decisions,
    trades,
    outcome: (state) => ({
      signals: state.counts.signals,
      approved: state.counts.approved,
      blocked: state.counts.blocked,
      blockedBy: Object.fromEntries(Object.entries(blockedBy).sort(([a], [b]) => a.localeCompare(b))),
      trades: trades.length,
      wins,
      net,
      fees: state.fees,
      openPositions: state.books.filter(({ position }) => position !== null).length,
      equity: equityOf(scales, state),
      drawdown,
    }),
  }
}

/** An outcome with its money as decimal text. */
export const outcomeText = (outcome: Outcome) => ({
  ...outcome,
  net: moneyText(outcome.net),
  fees: moneyText(outcome.fees),
  equity: outcome.equity === null ? null : moneyText(outcome.equity),
})
