import { scaleOf } from '../../engine/core/money.ts'
import { type Rules, rulesFrom } from '../../engine/core/rules.ts'
import { Config } from '../../src/contracts/config.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import type { Random } from '../../src/random.ts'
import { looseGuards } from '../helpers/engine-fixture.ts'

export const INSTRUMENTS: readonly Instrument[] = ['AAA', 'BBB', 'CCC', 'DDD'].map((symbol, id) => ({
  id,
  symbol,
  tick: '0.01',
  lot: '0.0001',
  minNotional: '5',
  calendar: '24x7',
  sector: null,
}))
export const SCALES = INSTRUMENTS.map(scaleOf)

export const pick = <Value>(random: Random, values: readonly Value[]): Value => values[Math.floor(random.next() * values.length)] as Value

/** Settings of one world: what is not the subject (sessions, volumes, regimes …) is open, so that there is trading at all. */
export const drawRules = (random: Random, partialFillChance: number): Rules => {
  const positionFraction = pick(random, [0.02, 0.05, 0.2, 0.4])
  const config = Config.parse({
    risk: {
      positionFraction,
      positionFractionMax: pick(random, [positionFraction, 0.05, 0.3]),
      positionsMax: 1 + Math.floor(random.next() * 4),
      riskFraction: pick(random, [0.01, 0.05]),
      dataAgeBarsMax: 2,
      allowShort: random.next() < 0.8,
      distanceAtrMax: 0,
      correlationPenalty: 0,
    },
    guards: {
      ...looseGuards.guards,
      marketHours: { enabled: false },
      entryDelay: { minutes: 0 },
      sessionPhase: { blocked: [] },
      feedGap: { bars: pick(random, [0, 3]) },
      ringOverrun: { bars: pick(random, [0, 3]) },
      consumedEntries: { limit: 100_000, continuousLimit: pick(random, [5, 100_000]) },
      grossExposure: { limit: pick(random, [0.25, 0.6, 2]) },
      symbolExposure: { limit: 10 },
      ordersPerDay: { limit: pick(random, [20, 1_000_000]) },
      exchangeHealth: { limit: 1_000 },
    },
    breakers: {
      dailyLoss: { limit: pick(random, [0.005, 0.03, 0.9]) },
      drawdown: { limit: pick(random, [0.01, 0.2, 0.9]), flatten: random.next() < 0.5 },
      consecutiveLosses: { limit: pick(random, [3, 1_000]) },
      orderRejects: { limit: pick(random, [0.07, 1]) },
      badData: { limit: pick(random, [0.01, 1]), rows: 100 },
    },
    exits: { armingSeconds: pick(random, [0, 120]), partialFraction: pick(random, [0, 0.5]) },
    shadow: { profile: pick(random, ['strategy', 'fixed']), holdMinutes: 60, openMax: pick(random, [3, 2_000]) },
    paper: { partialFillChance, seed: Math.floor(random.next() * 1_000_000), slippageBps: pick(random, [0, 5]) },
  })
  return rulesFrom(config, INSTRUMENTS, SCALES)
}
