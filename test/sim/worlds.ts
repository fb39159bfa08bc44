import { expect, test } from 'vitest'
import { type Plan, simulate, type Told } from './world.ts'

/** `AEGIS_SEEDS=100000 npm run sim` for the night; `AEGIS_SEED=n AEGIS_STEPS=n npm run sim` for one that failed. */
const SEEDS = Number(process.env.AEGIS_SEEDS ?? 2_000)
export const STEPS = Number(process.env.AEGIS_STEPS ?? 80)
export const ONE_SEED = process.env.AEGIS_SEED === undefined ? null : Number(process.env.AEGIS_SEED)
const CHUNK = 125
const TIMEOUT_MS = 30 * 60_000

/** The shortest world of this seed that still breaks the promise. */
const shrink = (plan: Plan, promise: string): Plan => {
  let [holds, breaks] = [0, plan.steps]
  while (breaks - holds > 1) {
    const middle = Math.floor((holds + breaks) / 2)
    if (simulate({ ...plan, steps: middle }).broken?.promise === promise) breaks = middle
    else holds = middle
  }
  return { ...plan, steps: breaks }
}

const explain = (plan: Plan, broken: NonNullable<Told['broken']>): string => {
  const short = shrink({ ...plan, steps: Math.min(plan.steps, broken.step) }, broken.promise)
  const shown = simulate(short).broken ?? broken
  return `AEGIS_SEED=${short.seed} AEGIS_STEPS=${short.steps} npm run sim\n${shown.detail}`
}

/** Fails with the command that shows it again. @returns what happened in all these worlds. */
const liveAll = (seeds: readonly number[]): Record<string, number> => {
  const totals: Record<string, number> = {}
  for (const seed of seeds) {
    const plan = { seed, steps: STEPS }
    const told = simulate(plan)
    for (const [name, count] of Object.entries(told.counts)) totals[name] = (totals[name] ?? 0) + count
    if (told.broken !== null) expect.fail(explain(plan, told.broken))
  }
  return totals
}

/** One half of the seeds, so that two cores share the work. */
export const testWorlds = (half: 0 | 1): void => {
  if (ONE_SEED !== null) {
    test.runIf(half === 0)(`every promise holds in world ${ONE_SEED}`, { timeout: TIMEOUT_MS }, () => void liveAll([ONE_SEED]))
    return
  }
  const chunks = Array.from({ length: Math.ceil(SEEDS / CHUNK) }, (_, index) => index * CHUNK + 1).filter((_, index) => index % 2 === half)
  test.each(chunks)('every promise holds in the worlds from seed %i on', { timeout: TIMEOUT_MS }, (from) => {
    const seeds = Array.from({ length: Math.min(CHUNK, SEEDS - from + 1) }, (_, index) => from + index)
    const totals = liveAll(seeds)
    // Worlds in which nothing happens would prove nothing.
    for (const name of ['bars', 'signals', 'entries', 'fills', 'trades', 'crashes', 'breakerMoves', 'commands'])
      expect.soft(totals[name], name).toBeGreaterThan(seeds.length)
  })
}
