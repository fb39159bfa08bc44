import { PHASES, type Phase } from '../../../src/contracts/rules.ts'
import { type Draft, record } from '../draft.ts'
import type { Rules } from '../rules.ts'
import type { PhaseRecord, State } from '../state.ts'

/** What the gate behind a phase asks for and what the record has; null is unknown, or endless where nothing was lost. */
export type Gate = {
  readonly to: Phase | null
  readonly passed: boolean
  readonly failures: readonly string[]
  readonly metrics: Readonly<Record<string, number | null>>
}

const GATES = { experience: 'toProof', proof: 'toTrial', trial: 'toScaling', scaling: null } as const

/** Average win over average loss. Null without a win; endless where nothing was lost. */
const rewardToRisk = ({ wins, trades, won, lost }: PhaseRecord): number | null => {
  if (wins === 0) return null
  const losses = trades - wins
  return losses === 0 || lost === 0 ? Number.POSITIVE_INFINITY : won / wins / (lost / losses)
}

export const phaseMetrics = (phase: PhaseRecord): Gate['metrics'] => {
  const reward = rewardToRisk(phase)
  return {
    sessions: phase.sessions,
    trades: phase.trades,
    winRate: phase.trades === 0 ? null : phase.wins / phase.trades,
    rewardToRisk: reward === Number.POSITIVE_INFINITY ? null : reward,
    drawdown: phase.drawdown,
  }
}

/** The gate from a phase to the next one. What is unknown does not pass. */
export const gateOf = (rules: Rules, from: Phase, phase: PhaseRecord): Gate => {
  const metrics = phaseMetrics(phase)
  const name = GATES[from]
  if (name === null) return { to: null, passed: false, failures: ['there is no phase after scaling'], metrics }
  const gate = rules.controls.phases[name]
  const failures: string[] = []
  const least = (what: string, value: number | null, limit: number): void => {
    if (limit > 0 && (value === null || value < limit))
      failures.push(`${what} ${value === null ? 'is unknown' : shown(value)}, at least ${limit} is needed`)
  }
  least('sessions', phase.sessions, gate.sessions)
  least('trades', phase.trades, gate.trades)
  least('win rate', phase.trades === 0 ? null : phase.wins / phase.trades, gate.winRate)
  least('reward to risk', rewardToRisk(phase), gate.rewardToRisk)
  if (phase.drawdown > gate.drawdown) failures.push(`drawdown ${shown(phase.drawdown)}, at most ${gate.drawdown} is allowed`)
  return { to: PHASES[PHASES.indexOf(from) + 1] ?? null, passed: failures.length === 0, failures, metrics }
}

const shown = (value: number): string => String(Math.round(value * 10_000) / 10_000)

/** Entries that a phase allows in one day of the account; null where it sets no number of its own. */
export const phaseEntriesMax = (rules: Rules, state: State): number | null =>
  state.risk.phase.now === 'proof' ? rules.controls.phases.proofTradesPerDay : null

/** Why the phase allows no entry at all, or null: with real money nobody gathers experience. */
export const phaseRefusal = (state: State): string | null =>
  state.mode === 'live' && state.risk.phase.now === 'experience' ? 'the phase is experience: live trading begins with proof' : null

type Outcome = { readonly outcome: 'accepted' | 'refused'; readonly message: string }

/** A person moves the phase: back at any time, forward through the gate, or past it where he answers for it. */
export const movePhase = (
  draft: Draft,
  to: Phase,
  force: boolean,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Outcome => {
  const phase = draft.state.risk.phase
  const from = phase.now
  if (!PHASES.includes(to)) return { outcome: 'refused', message: `no phase ${String(to)}; there are ${PHASES.join(', ')}` }
  if (reason.trim() === '') return { outcome: 'refused', message: 'a reason is needed: it stands in the audit for as long as the ledger does' }
  if (from === to) return { outcome: 'refused', message: `the phase is ${to} already` }
  const back = PHASES.indexOf(to) < PHASES.indexOf(from)
  const gate = gateOf(draft.rules, from, phase)
  const failures = gate.to === to || back ? gate.failures : [`${gate.to} comes before ${to}`, ...gate.failures]
  const passed = back || failures.length === 0
  if (!passed && !force) return { outcome: 'refused', message: `the gate to ${to} does not hold: ${failures.join('; ')}` }
  record(draft, {
    kind: 'phaseChanged',
    from,
    to,
    reason,
    actor,
    gatePassed: passed,
    failures: back ? [] : [...failures],
    metrics: { ...gate.metrics },
  })
  return { outcome: 'accepted', message: `the phase is ${to}${passed ? '' : `, forced past: ${failures.join('; ')}`}` }
}
