/** Figures of the core alone, in one process: `node test/bench/core.ts` under Node 24. No file, no clock but the one that measures. */

import type { Rules } from '../../engine/core/rules.ts'
import type { State } from '../../engine/core/state.ts'
import { step } from '../../engine/core/step.ts'
import { BREAKERS } from '../../src/contracts/breaker.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { seeded } from '../../src/random.ts'
import { bar, machine, managedRules, openLong } from '../helpers/engine-fixture.ts'
import { percentile, printFigures } from './table.ts'

const ROUNDS = 15
const BARS = 200_000
const NS_IN_MICROSECOND = 1_000

/** A quiet market that never reaches the stop or the target of the position, so that every bar is one that decides nothing. */
const quietBars = (count: number, from: number): Bar[] => {
  const random = seeded(7)
  return Array.from({ length: count }, (_, index) => {
    const open = 100 + (random.next() - 0.5) * 0.4
    const close = 100 + (random.next() - 0.5) * 0.4
    return bar(from + index, { open, close, high: Math.max(open, close) + 0.05, low: Math.min(open, close) - 0.05 })
  })
}

/** One open position, and something in the window of every breaker; the position may stay for as long as the bench runs. */
const holding = (): { readonly state: State; readonly rules: Rules } => {
  // All that leads a position out is asked with every bar; only its age asks for so little that it never ends it.
  const timeTiers = managedRules.exits.timeTiers.map((tier) => ({ ...tier, gain: -0.5 }))
  const patient: Rules = { ...managedRules, exits: { ...managedRules.exits, timeTiers } }
  const world = machine(undefined, patient)
  openLong(world)
  for (let minute = 2; minute < 17; minute += 1) {
    world.bar(minute)
    world.give({ kind: 'venueCalls', now: world.now(), ok: 10, failed: minute === 2 ? 1 : 0, reason: null })
  }
  world.give({ kind: 'clock', now: world.now(), skewMs: 20, jumpMs: 0 })
  const { state } = world
  const shut = BREAKERS.filter((name) => state().risk.breakers[name]?.state !== 'closed')
  if (state().books[0]?.position === null || shut.length > 0) throw new Error(`the bench holds no position, or is stopped by ${shut.join(', ')}`)
  return { state: state(), rules: patient }
}

const measured = (start: State, own: Rules, bars: readonly Bar[]): { readonly nanoseconds: number; readonly facts: number } => {
  let state = start
  let facts = 0
  // The processor's time of this thread and not the wall's: on a busy machine a bar waits for others and costs no more for it.
  const began = process.threadCpuUsage()
  for (const next of bars) {
    const result = step(own, state, { kind: 'bar', bar: next })
    state = result.state
    facts += result.events.length
  }
  const { user, system } = process.threadCpuUsage(began)
  const nanoseconds = ((user + system) * NS_IN_MICROSECOND) / bars.length
  if (state.books[0]?.position === null) throw new Error('the position was left on the way')
  return { nanoseconds, facts }
}

const { state, rules: own } = holding()
/** The account's position alone: the same position is traded beside the account too, which is timed in a row of its own. */
const alone: State = { ...state, books: state.books.map((book) => ({ ...book, shadows: [] })), shadowOpen: 0 }
const bars = quietBars(BARS, state.barSequence + 1)
const medianOf = (runs: readonly { readonly nanoseconds: number }[]): number =>
  percentile(
    runs.map(({ nanoseconds }) => nanoseconds),
    0.5,
  )
const runs = Array.from({ length: ROUNDS }, () => measured(alone, own, bars))
const median = medianOf(runs)
const withShadow = medianOf(Array.from({ length: ROUNDS }, () => measured(state, own, bars)))
const facts = (runs[0]?.facts ?? 0) / BARS
printFigures('The core', [
  { what: 'decide a bar without a signal, one position', value: `${median.toFixed(0)} ns`, aim: '≤ 300 ns', met: median <= 300 },
  { what: '  with the shadow trade of that position beside it', value: `${withShadow.toFixed(0)} ns`, aim: 'none', met: true },
  { what: 'facts of such a bar, days rolling', value: facts.toFixed(5), aim: '≤ 0.001', met: facts <= 0.001 },
])
