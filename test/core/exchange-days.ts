import { moneyFrom, scaleOf } from '../../engine/core/money.ts'
import { type Rules, rulesFrom } from '../../engine/core/rules.ts'
import { emptyState, type State } from '../../engine/core/state.ts'
import { Config } from '../../src/contracts/config.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import type { CalendarName } from '../../src/exchange-calendar.ts'

/** Looks are times as libfaketime reads them, `2026-03-08 04:59:00`, in UTC. */
export type Setup = { readonly calendar: CalendarName; readonly looks: readonly string[] }

export const SYMBOL = 'SPY'

/** One instrument of a calendar under settings that let entries in: days are the subject here. */
export const stateOf = (calendar: CalendarName): { readonly rules: Rules; readonly state: State } => {
  const instruments: Instrument[] = [{ id: 0, symbol: SYMBOL, tick: '0.01', lot: '0.01', minNotional: '5', calendar, sector: null }]
  const scales = instruments.map(scaleOf)
  const config = Config.parse({
    risk: { positionFraction: 0.5, positionFractionMax: 0.6, dataAgeBarsMax: 100, distanceAtrMax: 0 },
    guards: {
      marketHours: { enabled: false },
      entryDelay: { minutes: 0 },
      sessionPhase: { blocked: [] },
      feedGap: { bars: 0 },
      ringOverrun: { bars: 0 },
      consumedEntries: { limit: 1, continuousLimit: 1 },
      grossExposure: { limit: 10 },
      symbolExposure: { limit: 10 },
      feeEdge: { edgeBps: 0 },
      spread: { limitBps: 10_000 },
      volatility: { limit: 1 },
      regime: { bearish: 1, wild: 1 },
      timeframeAgreement: { limit: 0 },
      riskPerShare: { limit: 1 },
      priceDrift: { limit: 1 },
      relativeVolume: { limit: 0 },
    },
    breakers: { dailyLoss: { limit: 0.03, rearm: 'cooldown', cooldownMinutes: 1 }, drawdown: { limit: 1 }, staleFeed: { bars: 10_000 } },
    exits: { armingSeconds: 0, partialFraction: 0, timeTiers: [], trailing: [], endOfDayMinutes: 0, catastrophicFraction: 1 },
  })
  return {
    rules: rulesFrom(config, instruments, scales),
    state: emptyState({ ledgerId: 'led', mode: 'simulate', cash: moneyFrom('100000'), symbols: [SYMBOL] }),
  }
}

export const rolls = (events: readonly EngineEvent[]) =>
  events.flatMap((event) => (event.kind === 'dayRolled' ? [{ day: event.day, at: event.at }] : []))
