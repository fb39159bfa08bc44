import type { Decision, Signal } from '../../../src/contracts/signal.ts'
import type { Price, Quantity } from '../../../src/units.ts'
import { type Draft, record } from '../draft.ts'
import type { Intent } from '../guards/guard.ts'
import { lotsFor, moneyFrom, priceFrom, type Scale } from '../money.ts'
import { moveSignal } from '../move.ts'

export type Decided = {
  readonly signal: Signal
  readonly decision: Extract<Decision, 'APPROVED' | 'BLOCKED'>
  readonly blocker: string | null
  readonly blockers: readonly string[]
  readonly scale: Scale
  readonly intent: Intent
  /** Last price of the instrument; null is unknown. */
  readonly mark: Price | null
}

/**
 * Opens the shadow trade of a decision, approved or blocked; it is filled at the next bar. Where none can be opened the reason is
 * recorded, and a blocked signal has then nothing left to wait for.
 */
export const openShadow = (draft: Draft, decided: Decided): void => {
  const { signal, mark } = decided
  const quantity = mark === null ? null : sizeOf(draft, decided, mark)
  const { openMax } = draft.rules.shadow
  const why =
    draft.state.shadowOpen >= openMax
      ? `${openMax} shadow trades are open already`
      : mark === null
        ? 'no price yet'
        : quantity === null
          ? 'not even one lot at this size'
          : null
  if (why !== null || mark === null || quantity === null) {
    skip(draft, signal.id, why ?? 'no size')
    return
  }
  const long = signal.side === 'long'
  const { stop, target } = decided.intent
  const level = (value: number | null, rounding: 'up' | 'down'): Price | null => (value === null ? null : priceFrom(decided.scale, value, rounding))
  record(draft, {
    kind: 'shadowOpened',
    shadow: {
      shadowId: `shadow_${signal.id}`,
      signalId: signal.id,
      symbol: signal.symbol,
      side: long ? 'long' : 'short',
      strategy: signal.strategy,
      decision: decided.decision,
      blocker: decided.blocker,
      blockers: [...decided.blockers],
      profile: draft.rules.shadow.profile,
      quantity,
      decisionPrice: mark,
      // Against us, as a real order has them.
      stop: stop ?? level(signal.stop, long ? 'up' : 'down'),
      target: target ?? level(signal.target, long ? 'up' : 'down'),
      decidedAt: draft.now,
    },
  })
}

/** The entry's own size, else that of the settings. Null where that is less than one lot. */
const sizeOf = (draft: Draft, { intent, scale }: Decided, mark: Price): Quantity | null => {
  if (intent.quantity !== null && intent.quantity > 0) return intent.quantity
  const lots = lotsFor(scale, moneyFrom(draft.rules.shadow.notional), mark)
  return lots > 0 ? lots : null
}

const skip = (draft: Draft, signalId: string, reason: string): void => {
  record(draft, { kind: 'shadowSkipped', signalId, reason })
  if (draft.state.signals[signalId]?.state === 'blocked') moveSignal(draft, signalId, 'learned', `no shadow trade: ${reason}`)
}
