import { askAgain } from './ask-again.ts'
import { watchBreakers } from './breakers/watch.ts'
import { rollDay } from './days.ts'
import { expireOverdue } from './deadlines.ts'
import { type Draft, draftOf, record } from './draft.ts'
import { settleEngine } from './engine-state.ts'
import type { Guard } from './guards/guard.ts'
import { guards } from './guards/index.ts'
import type { Input, RecordedInput } from './input.ts'
import { moveEngine, moveOrder } from './move.ts'
import { onBar, type Step } from './on-bar.ts'
import { onBrainStarted, onBrainState, onCommand, onDesired, onDrain, onStarted } from './on-control.ts'
import { onNeverArrived, onReport } from './on-report.ts'
import { onSignal } from './on-signal.ts'
import { onClock, onKillSwitch, onOverrun, onReferences, onReloaded, onStatement, onTrouble, onVenueCalls } from './on-world.ts'
import { watchProtection } from './protect.ts'
import type { Rules } from './rules.ts'
import type { State } from './state.ts'

export type { Step } from './on-bar.ts'

type Handler<Kind extends RecordedInput['kind']> = (draft: Draft, input: Extract<RecordedInput, { kind: Kind }>) => void

type Handled = Exclude<RecordedInput['kind'], 'signal'>

const handlers: { readonly [Kind in Handled]: Handler<Kind> } = {
  started: onStarted,
  desired: onDesired,
  command: onCommand,
  report: (draft, { report }) => onReport(draft, report),
  sent: (draft, { clientOrderId }) => {
    const state = draft.state.orders[clientOrderId]?.order.state
    // The venue's answer may have come first and moved it on already.
    if (state === 'intended' || state === 'unknown') moveOrder(draft, clientOrderId, 'submitted', { reason: 'handed to the broker' })
  },
  neverArrived: (draft, { clientOrderId }) => onNeverArrived(draft, clientOrderId),
  brainStarted: onBrainStarted,
  brainCaughtUp: () => undefined,
  strategyStopped: (draft, { strategy, symbol, reason }) => record(draft, { kind: 'strategyStopped', strategy, symbol, reason }),
  brainState: onBrainState,
  reloaded: onReloaded,
  killSwitch: onKillSwitch,
  references: onReferences,
  venueCalls: onVenueCalls,
  statement: onStatement,
  clock: onClock,
  overrun: onOverrun,
  trouble: onTrouble,
  timer: (draft) => {
    settleEngine(draft)
    expireOverdue(draft)
    askAgain(draft)
    watchProtection(draft)
  },
  drain: onDrain,
  stopped: (draft) => void moveEngine(draft, 'stopped', 'drained'),
}

/**
 * One input decided: the state after it, the facts it led to in order, and what is asked of the outside once those facts are
 * on disk. Pure: the same rules, state and input always give the same.
 */
export const step = (rules: Rules, state: State, input: Input): Step => stepWithChain(guards, rules, state, input)

/** The same under a chain of guards of the caller's own. Only a what-if may ask for it: an engine has one chain, and all of it. */
export const stepWithChain = (chain: readonly Guard[], rules: Rules, state: State, input: Input): Step => {
  if (input.kind === 'bar') {
    return onBar(rules, state, input.bar)
  }
  const draft = draftOf(rules, state, Math.max(input.now, state.clock))
  rollDay(draft, draft.now)
  if (input.kind === 'signal') onSignal(draft, input.signal, chain)
  else (handlers[input.kind] as Handler<Handled>)(draft, input as never)
  watchBreakers(draft)
  return draft
}
