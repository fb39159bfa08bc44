import type { FailClass, GuardResult, Signal } from '../../../src/contracts/signal.ts'
import type { ExchangeDay } from '../../../src/exchange-calendar.ts'
import type { Money, Price, Quantity } from '../../../src/units.ts'
import type { Scale } from '../money.ts'
import type { Rules, Traits } from '../rules.ts'
import type { Book, State } from '../state.ts'

/** An entry as it would be sent. Null is unknown. */
export type Intent = {
  readonly price: Price | null
  readonly quantity: Quantity | null
  readonly notional: Money | null
  /** Fee and expected slippage of entry. */
  readonly costs: Money | null
  readonly stop: Price | null
  readonly target: Price | null
  /** What made it smaller than the caps alone: name and factor, 1 left out. */
  readonly factors: Readonly<Record<string, number>>
}

/** What every guard may look at. Null is unknown: a guard that needs the value blocks, it never assumes zero. */
export type GuardContext = {
  readonly state: State
  readonly rules: Rules
  readonly signal: Signal
  readonly book: Book
  readonly scale: Scale
  readonly traits: Traits
  /** Feed clock. */
  readonly now: number
  /** Exchange day of the instrument at that time. */
  readonly day: ExchangeDay
  readonly equity: Money | null
  readonly exposure: Money | null
  readonly pending: Money
  /** With each other instrument that has a position or is being entered, by its id; null is none or unknown. */
  readonly correlations: readonly (number | null)[]
  readonly intent: Intent
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
  /** What it looks at, in a sentence that an operator understands. */
  readonly says: string
  /** Where its main limit stands in the settings; null where there is nothing to set. */
  readonly setting: string | null
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

/** What cannot be known and need not be: the guard has no say in this entry, and that is seen. */
export const abstain = (value: GuardOutcome['value'], limit: GuardOutcome['limit'], reason: string): GuardOutcome => ({
  verdict: 'abstain',
  value,
  limit,
  reason,
})

/** A guard that throws is a result of its own; whether it refuses the entry is the guard's class. */
export const evaluate = (guard: Guard, context: GuardContext): GuardResult => {
  try {
    const { verdict, value, limit, reason } = guard.evaluate(context)
    return { guard: guard.name, verdict, class: guard.class, value, limit, unit: guard.unit, reason, blocks: verdict === 'block' }
  } catch (error) {
    const reason = `guard failed: ${error instanceof Error ? error.message : String(error)}`.slice(0, 200)
    return {
      guard: guard.name,
      verdict: 'error',
      class: guard.class,
      value: null,
      limit: null,
      unit: guard.unit,
      reason,
      blocks: guard.class === 'failClosed',
    }
  }
}
