import type { Effect } from '../../engine/core/effect.ts'
import type { Input, RecordedInput } from '../../engine/core/input.ts'
import { moneyFrom, scaleOf } from '../../engine/core/money.ts'
import { type Rules, rulesFrom } from '../../engine/core/rules.ts'
import { emptyState, type State } from '../../engine/core/state.ts'
import { step } from '../../engine/core/step.ts'
import { Config } from '../../src/contracts/config.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import { type Bar, BarFlag, type Instrument } from '../../src/contracts/market.ts'
import type { Signal, SignalSide } from '../../src/contracts/signal.ts'

export const T0 = Date.UTC(2026, 0, 5)
export const MINUTE = 60_000

export const instruments: Instrument[] = [
  { id: 0, symbol: 'BTCUSD', tick: '0.01', lot: '0.00000001', minNotional: '5', calendar: '24x7', sector: null },
  { id: 1, symbol: 'ETHUSD', tick: '0.01', lot: '0.00000001', minNotional: '5', calendar: '24x7', sector: null },
]

export const config = Config.parse({})

/** Settings under which losses stop nothing: for tests that trade a lot and are about something else. */
export const lossesStopNothing = {
  breakers: { consecutiveLosses: { limit: 1_000_000 }, dailyLoss: { limit: 1 }, drawdown: { limit: 1 } },
  controls: { emotional: { loss: 1, losses: 1_000_000 } },
}

/** Guards under which only what is broken or unknown refuses an entry: for tests that trade a lot and are about something else. */
export const looseGuards = {
  guards: {
    feedGap: { bars: 0 },
    consumedEntries: { limit: 100_000, continuousLimit: 100_000 },
    grossExposure: { limit: 100 },
    symbolExposure: { limit: 100 },
    sectorExposure: { positions: 1_000 },
    correlation: { limit: 1 },
    ordersPerDay: { limit: 1_000_000 },
    spread: { limitBps: 10_000 },
    feeEdge: { edgeBps: -10_000 },
    volatility: { limit: 1 },
    regime: { bearish: 1, wild: 1 },
    confidence: { limit: 0 },
    timeframeAgreement: { limit: 0 },
    riskPerShare: { limit: 1 },
    priceDrift: { limit: 1 },
    relativeVolume: { limit: 0 },
  },
}

/** Losses stop nothing and guards are loose. */
export const looseSettings = { ...lossesStopNothing, ...looseGuards }

/** A position leaves whole, at its first stop or its target, from its first bar on: for tests that are about something else. */
export const plainExits: Rules['exits'] = {
  ...config.exits,
  armingSeconds: 0,
  breakEvenR: 0,
  partialFraction: 0,
  trailing: [],
  timeTiers: [],
  endOfDayMinutes: 0,
  catastrophicFraction: 1,
}

/** The settings as they come. */
export const strictRules: Rules = { ...rulesFrom(config, instruments, instruments.map(scaleOf)), costBps: 2, feeBps: 5 }

/** With all that leads a position out, and loose guards. */
export const managedRules: Rules = { ...strictRules, guards: Config.parse(looseGuards).guards }

/** The same with plain exits. */
export const rules: Rules = { ...managedRules, exits: plainExits }

/** The same rules where losses stop nothing. */
export const carelessRules: Rules = {
  ...rules,
  breakers: Config.parse(lossesStopNothing).breakers,
  controls: Config.parse(lossesStopNothing).controls,
}

export const fresh = (over: Partial<State> = {}): State => ({
  ...emptyState({ ledgerId: 'led', mode: 'simulate', cash: moneyFrom('100000'), symbols: instruments.map(({ symbol }) => symbol) }),
  ...over,
})

/** Bar number `sequence`, one minute each, of the first instrument unless told otherwise. */
export const bar = (sequence: number, prices: Partial<Pick<Bar, 'open' | 'high' | 'low' | 'close'>> & { instrument?: number } = {}): Bar => {
  const close = prices.close ?? 100
  const open = prices.open ?? close
  return {
    sequence,
    instrument: prices.instrument ?? 0,
    timeframeMs: MINUTE,
    flags: BarFlag.closed,
    time: T0 + (sequence - 1) * MINUTE,
    eventTime: T0 + sequence * MINUTE,
    ingestTime: T0 + sequence * MINUTE,
    open,
    high: prices.high ?? Math.max(open, close),
    low: prices.low ?? Math.min(open, close),
    close,
    volume: 1,
    row: sequence,
  }
}

export const signal = (barSequence: number, side: SignalSide, over: Partial<Signal> = {}): Signal => {
  const at = T0 + barSequence * MINUTE
  return {
    id: `BTCUSD_${at}_${barSequence.toString(16).padStart(8, '0')}`,
    symbol: 'BTCUSD',
    side,
    strategy: 'test',
    barSequence,
    at,
    price: 100,
    stop: side === 'long' ? 95 : side === 'short' ? 105 : null,
    target: side === 'long' ? 110 : side === 'short' ? 90 : null,
    confidence: 0.7,
    reason: 'because',
    values: { fast: 1, slow: 2 },
    ...over,
  }
}

/** The core with its past: give it inputs, look at what came of them. */
export const machine = (initial: State = fresh(), own: Rules = rules) => {
  let state = initial
  const events: EngineEvent[] = []
  const effects: Effect[] = []
  const give = (input: Input): { readonly events: readonly EngineEvent[]; readonly effects: readonly Effect[] } => {
    const result = step(own, state, input)
    state = result.state
    events.push(...result.events)
    effects.push(...result.effects)
    return result
  }
  return {
    give,
    state: () => state,
    events,
    effects,
    now: () => state.clock,
    started: () => {
      const { scales: _, ...rest } = own
      give({ kind: 'started', now: T0, mode: state.mode, rules: rest, configHash: 'hash' })
      give({ kind: 'desired', now: T0, desired: 'running', reason: 'new', actor: 'test', commandId: null })
      give({ kind: 'brainStarted', now: T0, warmFrom: 1, liveFrom: 1, strategies: [] })
    },
    bar: (sequence: number, prices: Parameters<typeof bar>[1] = {}) => give({ kind: 'bar', bar: bar(sequence, prices) }),
    signal: (barSequence: number, side: SignalSide, over: Partial<Signal> = {}) =>
      give({ kind: 'signal', now: T0 + barSequence * MINUTE, signal: signal(barSequence, side, over) }),
    report: (report: Extract<RecordedInput, { kind: 'report' }>['report']) => give({ kind: 'report', now: report.at, report }),
  }
}
export type Machine = ReturnType<typeof machine>

let venueSequence = 0
export const fill = (
  clientOrderId: string,
  quantity: number,
  price: number,
  barSequence: number,
  over: { complete?: boolean; fee?: number; executionId?: string } = {},
) => ({
  kind: 'filled' as const,
  venueSequence: ++venueSequence,
  clientOrderId,
  executionId: over.executionId ?? `x-${venueSequence}`,
  quantity,
  price,
  fee: over.fee ?? 1_000,
  complete: over.complete ?? true,
  at: T0 + barSequence * MINUTE,
  barSequence,
})

/** Brings a machine to an open long position of the first instrument and returns the entry's order id. */
export const openLong = (world: Machine): string => {
  world.started()
  world.bar(1)
  const { effects } = world.signal(1, 'long')
  const effect = effects.find((candidate) => candidate.kind === 'submit')
  if (effect?.kind !== 'submit') throw new Error('the entry was not sent')
  const { clientOrderId, quantity } = effect.order
  world.report(fill(clientOrderId, quantity, 10_000, 2))
  return clientOrderId
}
