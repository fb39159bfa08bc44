import { BrokenInvariant } from '../../src/assert.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { canonical } from '../../src/hash.ts'
import { guards } from '../core/guards/index.ts'
import { scaleOf } from '../core/money.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { TapeReader } from '../tape/port.ts'
import { type Changes, chainWithout, changeRules } from './changes.ts'
import { decideAgain } from './decide-again.ts'
import { type Outcome, type SeenDecision, type SeenTrade, watcher } from './outcome.ts'
import { type Difference, verifyCore } from './verify.ts'

/** Differing decisions that are told; the others are counted. */
const DECISIONS_TOLD_MAX = 10

export type DecisionDifference = {
  readonly signalId: string
  /** Null where no such decision was made. */
  readonly recorded: SeenDecision | null
  readonly whatIf: SeenDecision | null
}

export type WhatIf = {
  readonly changes: Changes
  /** Why the record itself cannot be decided again; then nothing else is said. */
  readonly broken: Difference | null
  /** Whether the method proves itself: nothing changed, everything simulated again, and the same trades. `fact` is the first that differs. */
  readonly asRecorded: { readonly same: boolean; readonly fact: Difference | null; readonly trade: { recorded: string; again: string } | null }
  readonly recorded: Outcome
  readonly whatIf: Outcome
  /** `verdict` of them were decided the other way or not at all; the others only have another size. */
  readonly decisions: { readonly different: number; readonly verdict: number; readonly first: readonly DecisionDifference[] }
  readonly trades: { readonly onlyRecorded: number; readonly onlyWhatIf: number; readonly changed: number }
}

const NOTHING: Changes = { without: [], set: [] }

/**
 * What the recorded market, signals and commands would have come to with guards left out or settings changed. Decided three
 * times: as it was, to know that the record holds; with nothing changed but its fills made anew, to know that the method
 * does; and with the changes.
 */
export const whatIf = (ledger: Ledger, tape: TapeReader, instruments: readonly Instrument[], changes: Changes): WhatIf => {
  const scales = instruments.map(scaleOf)
  const recorded = watcher(scales)
  const verdict = verifyCore(ledger, tape, instruments, recorded)
  const run = (own: Changes) => {
    const watch = watcher(scales)
    const result = decideAgain(ledger, tape, instruments, { chain: chainWithout(guards, own), change: (rules) => changeRules(rules, own), watch })
    return { ...result, watch }
  }
  const again = run(NOTHING)
  const changed = withoutContradiction(() => run(changes), changes)
  const trade = firstTrade(recorded.trades, again.watch.trades)
  return {
    changes,
    broken: verdict.difference,
    asRecorded: { same: trade === null, fact: again.difference, trade },
    recorded: recorded.outcome(verdict.state),
    whatIf: changed.watch.outcome(changed.state),
    decisions: decisionsBetween(recorded.decisions, changed.watch.decisions),
    trades: tradesBetween(recorded.trades, changed.watch.trades),
  }
}

/** Some guards keep what the books rely on, such as one position per symbol: without them a stretch cannot be told to its end. */
const withoutContradiction = <Result>(decide: () => Result, { without }: Changes): Result => {
  try {
    return decide()
  } catch (error) {
    if (!(error instanceof BrokenInvariant) || without.length === 0) throw error
    throw new ExitError(Exit.refused, `without ${without.join(', ')} the books contradict themselves: ${error.message}`, 'leave another guard out')
  }
}

const firstTrade = (recorded: readonly SeenTrade[], again: readonly SeenTrade[]): { recorded: string; again: string } | null => {
  for (let index = 0; index < Math.max(recorded.length, again.length); index += 1) {
    const [then, now] = [canonical(recorded[index] ?? null), canonical(again[index] ?? null)]
    if (then !== now) return { recorded: then, again: now }
  }
  return null
}

/** In the order of the recorded decisions, then those that were never made then. */
const decisionsBetween = (recorded: ReadonlyMap<string, SeenDecision>, changed: ReadonlyMap<string, SeenDecision>): WhatIf['decisions'] => {
  const ids = [...new Set([...recorded.keys(), ...changed.keys()])]
  const different = ids.flatMap((signalId): DecisionDifference[] => {
    const [then, now] = [recorded.get(signalId) ?? null, changed.get(signalId) ?? null]
    const same = then !== null && now !== null && then.decision === now.decision && then.notional === now.notional
    return same ? [] : [{ signalId, recorded: then, whatIf: now }]
  })
  const verdict = different.filter((each) => each.recorded?.decision !== each.whatIf?.decision).length
  return { different: different.length, verdict, first: different.slice(0, DECISIONS_TOLD_MAX) }
}

/** Trades are told apart by the signal that they came from. */
const tradesBetween = (recorded: readonly SeenTrade[], changed: readonly SeenTrade[]): WhatIf['trades'] => {
  const key = ({ signalId, symbol, openedAt }: SeenTrade): string => signalId ?? `${symbol}@${openedAt}`
  const then = new Map(recorded.map((trade) => [key(trade), canonical(trade)]))
  const now = new Map(changed.map((trade) => [key(trade), canonical(trade)]))
  const both = [...then.keys()].filter((id) => now.has(id))
  return {
    onlyRecorded: then.size - both.length,
    onlyWhatIf: now.size - both.length,
    changed: both.filter((id) => then.get(id) !== now.get(id)).length,
  }
}
