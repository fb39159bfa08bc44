import type { FailClass, GuardResult, Signal } from '../../../src/contracts/signal.ts'
import type { Money, Price, Quantity } from '../../../src/units.ts'
import type { Scale } from '../money.ts'
import type { Rules } from '../rules.ts'
import type { Book, State } from '../state.ts'

/** What every guard may look at. Null is unknown: a guard that needs the value blocks, it never assumes zero. */
export type GuardContext = {
  readonly state: State
  readonly rules: Rules
  readonly signal: Signal
  readonly book: Book
  readonly scale: Scale
  /** Feed clock. */
  readonly now: number
  readonly equity: Money | null
  readonly exposure: Money | null
  readonly pending: Money
  readonly intent: {
    readonly price: Price | null
    readonly quantity: Quantity | null
    readonly notional: Money | null
    /** Fee and expected slippage of entry. */
    readonly costs: Money | null
  }
}

export type GuardOutcome = {
  readonly verdict: 'pass' | 'block' | 'abstain'
  readonly value: number | string | null
  readonly limit: number | string | null
  readonly reason: string
}

/** One reason why an entry may be refused. Pure; all of them are evaluated on every entry, also after the first block. */
export type Guard = {
  readonly name: string
  readonly class: FailClass
  readonly unit: string
  readonly evaluate: (context: GuardContext) => GuardOutcome
}

export const pass = (value: GuardOutcome['value'], limit: GuardOutcome['limit'], reason: string): GuardOutcome => ({
  verdict: 'pass',
  value,
  limit,
  reason,
})
export const block = (value: GuardOutcome['value'], limit: GuardOutcome['limit'], reason: string): GuardOutcome => ({
  verdict: 'block',
  value,
  limit,
  reason,
})

/** A guard that throws is a result of its own; whether it refuses the entry is the guard's class. */
export const evaluate = (guard: Guard, context: GuardContext): GuardResult => {
  const head = { guard: guard.name, class: guard.class, unit: guard.unit }
  try {
    const outcome = guard.evaluate(context)
    return { ...head, ...outcome, blocks: outcome.verdict === 'block' }
  } catch (error) {
    const reason = `guard failed: ${error instanceof Error ? error.message : String(error)}`.slice(0, 200)
    return { ...head, verdict: 'error', value: null, limit: null, reason, blocks: guard.class === 'failClosed' }
  }
}
