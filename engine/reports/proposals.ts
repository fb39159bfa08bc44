import { sha256 } from '../../src/hash.ts'
import { hash32 } from '../../src/random.ts'
import type { Guard } from '../core/guards/guard.ts'
import { moneyText } from '../core/money.ts'
import { intervalOfSum } from './bootstrap.ts'
import { OUTCOMES_MIN } from './guards.ts'
import type { History, ShadowEnded } from './history.ts'
import type { Proposal } from './proposal-store.ts'

/** The first fold is only learned from; each later one tests what all before it taught. */
const FOLDS = 5
const FOLDS_HELD_MIN = 3
/** Outcomes that a choice of a limit may rest on. */
const LEARNED_MIN = 10
const QUANTILES = [0.25, 0.5, 0.75, 1] as const

/** Guards whose limits say how much may be lost or held, whatever section of the settings they stand in. */
const MONEY_GUARDS = new Set([
  'positionSize',
  'positionCount',
  'grossExposure',
  'symbolExposure',
  'sectorExposure',
  'correlation',
  'buyingPower',
  'riskPerShare',
  'ordersPerDay',
  'breakers',
  'phase',
  'profitLock',
  'degradation',
])

/** One outcome as a rule sees it: how far its value lies from the limit, and what following the rule would have earned. */
type Case = { readonly distance: number; readonly effect: number; readonly decidedAt: number; readonly endedAt: number }

/**
 * What the outcomes suggest to change, each with evidence from outcomes that the suggestion was not made from. Nothing is changed by
 * it: a person approves or rejects. The same history and seed give the same proposals.
 */
export const proposalsFrom = (history: History, guards: readonly Pick<Guard, 'name' | 'setting'>[], seed: number): Omit<Proposal, 'madeAt'>[] => [
  ...guards.flatMap((guard) => [loosen(history, guard, seed), tighten(history, guard, seed)].filter((proposal) => proposal !== null)),
  ...[...new Set(history.shadows.map(({ strategy }) => strategy))].sort().flatMap((strategy) => weight(history, strategy, seed) ?? []),
]

type Suggestion = Omit<Proposal, 'madeAt'>

/** Which way values leave the limit where the guard refuses, and the newest limit; null where it is not always the same way. */
const limitOf = ({ decided }: History, guard: string): { readonly limit: number; readonly way: 1 | -1 } | null => {
  let limit: number | null = null
  let way = 0
  for (const { measured, blockers } of decided.values()) {
    for (const each of measured) {
      if (each.guard !== guard) continue
      limit = each.limit
      if (!blockers.includes(guard) || each.value === each.limit) continue
      const own = each.value > each.limit ? 1 : -1
      if (way !== 0 && way !== own) return null
      way = own
    }
  }
  return limit === null || way === 0 ? null : { limit, way: way as 1 | -1 }
}

const casesOf = (
  { decided, shadows }: History,
  guard: string,
  keep: (outcome: ShadowEnded) => boolean,
  caseOf: (value: number, limit: number, outcome: ShadowEnded) => Pick<Case, 'distance' | 'effect'>,
): Case[] =>
  shadows.flatMap((outcome) => {
    if (!keep(outcome)) return []
    const measured = decided.get(outcome.signalId ?? '')?.measured.find((each) => each.guard === guard)
    return measured === undefined
      ? []
      : [{ ...caseOf(measured.value, measured.limit, outcome), decidedAt: outcome.decidedAt, endedAt: outcome.endedAt }]
  })

/** Signals that this guard alone refused, up to a distance beyond its limit. */
const loosen = (history: History, { name, setting }: Pick<Guard, 'name' | 'setting'>, seed: number): Suggestion | null => {
  const found = setting === null ? null : limitOf(history, name)
  if (found === null) return null
  const alone = ({ decision, blockers }: ShadowEnded): boolean => decision === 'BLOCKED' && blockers.length === 1 && blockers[0] === name
  const cases = casesOf(history, name, alone, (value, limit, { pnl }) => ({ distance: found.way * (value - limit), effect: pnl }))
  return suggestion({ kind: 'loosen', guard: name, setting, from: found.limit, to: (distance) => found.limit + found.way * distance, cases, seed })
}

/** Signals that passed this guard, from a distance within its limit on. */
const tighten = (history: History, { name, setting }: Pick<Guard, 'name' | 'setting'>, seed: number): Suggestion | null => {
  const found = setting === null ? null : limitOf(history, name)
  if (found === null) return null
  const cases = casesOf(
    history,
    name,
    ({ decision }) => decision === 'APPROVED',
    (value, limit, { pnl }) => ({ distance: found.way * (limit - value), effect: -pnl }),
  )
  return suggestion({ kind: 'tighten', guard: name, setting, from: found.limit, to: (distance) => found.limit - found.way * distance, cases, seed })
}

/** A strategy that loses: what leaving it out would have spared. */
const weight = ({ shadows }: History, strategy: string, seed: number): Suggestion | null => {
  const cases = shadows
    .filter((outcome) => outcome.strategy === strategy)
    .map(({ pnl, decidedAt, endedAt }) => ({ distance: 0, effect: -pnl, decidedAt, endedAt }))
  return suggestion({ kind: 'weight', guard: null, strategy, setting: 'strategies', from: 1, to: () => 0, cases, seed })
}

type Asked = {
  readonly kind: Proposal['kind']
  readonly guard: string | null
  readonly strategy?: string | null
  readonly setting: string | null
  readonly from: number
  readonly to: (distance: number) => number
  readonly cases: readonly Case[]
  readonly seed: number
}

const suggestion = ({ kind, guard, strategy = null, setting, from, to, cases, seed }: Asked): Suggestion | null => {
  const ordered = [...cases].sort((a, b) => a.decidedAt - b.decidedAt)
  const chosen = best(ordered)
  const tested = walkForward(ordered)
  if (chosen === null || tested.effects.length < OUTCOMES_MIN || tested.held < FOLDS_HELD_MIN) return null
  const about = strategy ?? guard ?? ''
  const interval = intervalOfSum(tested.effects, hash32(`${seed}:${kind}:${about}`))
  if (interval === null || interval.low <= 0) return null
  const n = tested.effects.length
  const sum = tested.effects.reduce((total, effect) => total + effect, 0)
  const target = Number(to(chosen).toPrecision(3))
  return {
    id: `${kind}-${about.slice(0, 40)}-${sha256(`${kind}:${about}:${from}:${target}`).slice(0, 8)}`,
    kind,
    guard,
    strategy,
    setting: setting ?? '',
    from,
    to: target,
    touchesMoney: kind === 'weight' || MONEY_GUARDS.has(about) || /^(?:risk|breakers|controls)\b/.test(setting ?? ''),
    evidence: {
      n,
      learnedFrom: ordered.length,
      folds: FOLDS - 1,
      foldsHeld: tested.held,
      net: text(sum),
      interval: { low: text(interval.low), high: text(interval.high) },
    },
    expectedPerTrade: text(sum / n),
  }
}

const text = (amount: number): string => moneyText(Math.round(amount))

/** The distance up to which the effects add up to most; null where none adds up to anything. */
const best = (cases: readonly Case[]): number | null => {
  const distances = cases.map(({ distance }) => distance).sort((a, b) => a - b)
  let found: { readonly distance: number; readonly sum: number } | null = null
  for (const quantile of QUANTILES) {
    const distance = distances[Math.max(0, Math.ceil(quantile * distances.length) - 1)]
    if (distance === undefined) return null
    const within = cases.filter((each) => each.distance <= distance)
    const sum = within.reduce((total, { effect }) => total + effect, 0)
    if (within.length >= LEARNED_MIN && sum > 0 && sum > (found?.sum ?? 0)) found = { distance, sum }
  }
  return found?.distance ?? null
}

/** What each fold makes of the distance that the folds before it chose. Outcomes that ended within the test were not known before it. */
const walkForward = (ordered: readonly Case[]): { readonly effects: readonly number[]; readonly held: number } => {
  const effects: number[] = []
  let held = 0
  for (let fold = 1; fold < FOLDS; fold += 1) {
    const test = ordered.slice(Math.floor((fold * ordered.length) / FOLDS), Math.floor(((fold + 1) * ordered.length) / FOLDS))
    const begins = test[0]?.decidedAt ?? 0
    const distance = best(ordered.filter(({ decidedAt, endedAt }) => decidedAt < begins && endedAt < begins))
    if (distance === null) continue
    const own = test.filter((each) => each.distance <= distance).map(({ effect }) => effect)
    effects.push(...own)
    if (own.reduce((total, effect) => total + effect, 0) > 0) held += 1
  }
  return { effects, held }
}
