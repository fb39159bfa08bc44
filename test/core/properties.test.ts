import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply } from '../../engine/core/apply.ts'
import type { CoreCommand, Input } from '../../engine/core/input.ts'
import { moneyFrom } from '../../engine/core/money.ts'
import { mark } from '../../engine/core/on-bar.ts'
import type { Rules } from '../../engine/core/rules.ts'
import { emptyState, type State } from '../../engine/core/state.ts'
import { type Step, step } from '../../engine/core/step.ts'
import { BREAKERS } from '../../src/contracts/breaker.ts'
import { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { VenueReport } from '../../src/contracts/order.ts'
import { seeded } from '../../src/random.ts'
import { type Falls, fallsAfter, hold, judge, judgeExits } from '../sim/invariants.ts'
import { drawRules, INSTRUMENTS, SCALES } from '../sim/rules.ts'

/** `AEGIS_RUNS=100000 npm run properties` for the night. */
const RUNS = Number(process.env.AEGIS_RUNS ?? 150)
const TIMEOUT_MS = Math.max(60_000, RUNS * 100)

const MINUTE_MS = 60_000
const WARM_BARS = 12
const BEGINS = Date.UTC(2026, 2, 7, 23, 30)

const instrument = fc.nat(INSTRUMENTS.length - 1)
const symbol = instrument.map((id) => SCALES[id]?.symbol ?? '')

/** What may happen, in words that do not know the state: it is fitted to the state when its turn comes. */
const happening = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('bar' as const),
      instrument,
      move: fc.double({ min: -0.03, max: 0.03, noNaN: true }),
      skipMinutes: fc.constantFrom(...Array.from({ length: 30 }, () => 0), 1, 7, 60, 1_500),
      refusedRows: fc.constantFrom(0, 0, 0, 3),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('signal' as const),
      symbol,
      side: fc.constantFrom('long' as const, 'long' as const, 'short' as const, 'flat' as const),
      stop: fc.option(fc.double({ min: 0.001, max: 0.2, noNaN: true })),
      target: fc.option(fc.double({ min: 0.001, max: 0.2, noNaN: true })),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      again: fc.boolean(),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('venue' as const),
      what: fc.constantFrom('sent', 'acknowledged', 'filled', 'part', 'filled', 'twice', 'rejected', 'cancelled', 'neverArrived', 'unknownOrder'),
      order: fc.nat(9),
      share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      slip: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('desired' as const),
      desired: fc.constantFrom('running' as const, 'running' as const, 'paused' as const, 'halted' as const, 'safe' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flatten' as const), symbol: fc.option(symbol) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trip' as const), breaker: fc.constantFrom(...BREAKERS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rearm' as const), breaker: fc.constantFrom(...BREAKERS, 'emotional', 'degradation') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('killSwitch' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('calls' as const), ok: fc.nat(20), failed: fc.nat(6) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      skewMs: fc.option(fc.integer({ min: -2_000, max: 2_000 })),
      jumpMs: fc.option(fc.integer({ min: -10_000, max: 10_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('brain' as const),
      state: fc.constantFrom('absent' as const, 'ready' as const, 'ready' as const, 'failed' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'overrun' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'drain' as const }) },
  /** Somebody puts everything right that a person may put right. */
  { weight: 5, arbitrary: fc.constant({ kind: 'mend' as const }) },
  /** The wall clock runs against the data's, either way, for what comes next. */
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wall' as const),
      byMs: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: -2 * 86_400_000, max: 2 * 86_400_000 })),
    }),
  },
)
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never

const story = fc.record({ rules: fc.nat(10_000), happenings: fc.array(happening, { minLength: 30, maxLength: 120, size: 'max' }) })

/** Looks on at every input: what was before it, and what came of it. */
type Look = (seen: { readonly rules: Rules; readonly before: State; readonly input: Input; readonly result: Step; readonly falls: Falls }) => void

type Actor = {
  state: State
  wall: number
  venueSequence: number
  executions: number
  signals: number
  last: Input | null
  readonly prices: number[]
  at: number
  row: number
}

const empty = (): State => emptyState({ ledgerId: 'led', mode: 'simulate', cash: moneyFrom('100000'), symbols: SCALES.map((scale) => scale.symbol) })

const play = ({ rules: seed, happenings }: { rules: number; happenings: readonly Happening[] }, look: Look) => {
  const rules = drawRules(seeded(seed), 0)
  const actor: Actor = {
    state: empty(),
    wall: 0,
    venueSequence: 0,
    executions: 0,
    signals: 0,
    last: null,
    prices: INSTRUMENTS.map(() => 100),
    at: BEGINS,
    row: 0,
  }
  const bars: Bar[] = []
  let falls: Falls = { peak: actor.state.cash, dayEquity: null }
  const give = (input: Input): void => {
    const before = actor.state
    const result = step(rules, before, input)
    look({ rules, before, input, result, falls })
    falls = fallsAfter(rules, falls, input, result)
    actor.state = result.state
    if (input.kind === 'bar') bars.push(input.bar)
  }
  const { scales: _, ...own } = rules
  const started = (): void => {
    give({ kind: 'started', now: now(actor), mode: 'simulate', rules: own, configHash: 'hash' })
    give({ kind: 'desired', now: now(actor), desired: actor.state.engine.desired, reason: 'new', actor: 'test', commandId: null })
    give({ kind: 'brainStarted', now: now(actor), warmFrom: 1, liveFrom: 1, strategies: [] })
  }
  started()
  // A market that everybody has seen for a while: without it hardly anything is ever entered.
  for (let minute = 0; minute < WARM_BARS; minute += 1)
    give({ kind: 'bar', bar: barOf(actor, { kind: 'bar', instrument: minute % INSTRUMENTS.length, move: 0.001, skipMinutes: 0, refusedRows: 0 }) })
  for (const each of happenings) {
    if (each.kind === 'mend' && actor.state.engine.state === 'draining') started()
    if (each.kind === 'restart') started()
    else if (each.kind === 'wall') actor.wall = each.byMs
    else for (const input of inputsOf(actor, each)) give(input)
  }
  return { state: actor.state, bars, rules }
}

const now = ({ at, wall, state }: Actor): number => Math.max(state.clock, at + wall)

const command = (actor: Actor, asked: CoreCommand): Input => ({
  kind: 'command',
  now: now(actor),
  commandId: 'command-1',
  actor: 'test',
  reason: 'because',
  command: asked,
})

const inputsOf = (actor: Actor, each: Exclude<Happening, { kind: 'restart' | 'wall' }>): Input[] => {
  const at = now(actor)
  if (each.kind === 'bar') return [{ kind: 'bar', bar: barOf(actor, each) }]
  if (each.kind === 'signal') return signalOf(actor, each)
  if (each.kind === 'venue') return reportsOf(actor, each)
  if (each.kind === 'desired') return [{ kind: 'desired', now: at, desired: each.desired, reason: 'asked', actor: 'test', commandId: 'command-1' }]
  if (each.kind === 'killSwitch') return [{ kind: 'killSwitch', now: at, origin: 'file', on: each.on, reason: 'there', actor: null }]
  if (each.kind === 'calls') return [{ kind: 'venueCalls', now: at, ok: each.ok, failed: each.failed, reason: null }]
  if (each.kind === 'clock') return [{ kind: 'clock', now: at, skewMs: each.skewMs, jumpMs: each.jumpMs }]
  if (each.kind === 'brain') return [{ kind: 'brainState', now: at, state: each.state, reason: 'so' }]
  if (each.kind === 'mend') return mend(actor)
  if (each.kind === 'overrun') return [{ kind: 'overrun', now: at, bars: 9 }]
  if (each.kind === 'drain') return [{ kind: 'drain', now: at, reason: 'stop', cancelEntries: true }]
  return [command(actor, each)]
}

const mend = (actor: Actor): Input[] => {
  const { engine, risk } = actor.state
  const at = now(actor)
  const want = (desired: 'paused' | 'running'): Input => ({
    kind: 'desired',
    now: at,
    desired,
    reason: 'mended',
    actor: 'test',
    commandId: 'command-2',
  })
  return [
    ...(engine.desired === 'running' ? [] : [want('paused'), want('running')]),
    ...(risk.killSwitches.file === undefined
      ? []
      : [{ kind: 'killSwitch' as const, now: at, origin: 'file' as const, on: false, reason: 'gone', actor: null }]),
    { kind: 'brainState', now: at, state: 'ready', reason: 'so' },
    ...[...BREAKERS.filter((name) => risk.breakers[name]?.state === 'latched'), 'emotional', 'degradation'].map((breaker) =>
      command(actor, { kind: 'rearm', breaker }),
    ),
  ]
}

const barOf = (actor: Actor, { instrument: id, move, skipMinutes, refusedRows }: Extract<Happening, { kind: 'bar' }>): Bar => {
  const open = actor.prices[id] ?? 100
  const close = Math.max(1, Math.round(open * (1 + move) * 100) / 100)
  actor.prices[id] = close
  actor.at += skipMinutes === 0 ? MINUTE_MS / INSTRUMENTS.length : skipMinutes * MINUTE_MS
  actor.row += 1 + refusedRows
  return {
    sequence: actor.state.barSequence + 1,
    instrument: id,
    timeframeMs: MINUTE_MS,
    flags: 1,
    time: actor.at - MINUTE_MS,
    eventTime: actor.at,
    ingestTime: actor.at,
    open,
    high: Math.max(open, close),
    low: Math.min(open, close),
    close,
    volume: 1,
    row: actor.row,
  }
}

const signalOf = (actor: Actor, each: Extract<Happening, { kind: 'signal' }>): Input[] => {
  const id = SCALES.findIndex((scale) => scale.symbol === each.symbol)
  const price = actor.prices[id] ?? 100
  const sign = each.side === 'short' ? -1 : 1
  const level = (share: number | null, way: number): number | null => (share === null || each.side === 'flat' ? null : price * (1 + way * share))
  actor.signals += 1
  const signal = {
    id: `${each.symbol}_${actor.at}_${actor.signals.toString(16).padStart(8, '0')}`,
    symbol: each.symbol,
    side: each.side,
    strategy: 'test',
    barSequence: Math.max(1, actor.state.barSequence),
    at: actor.at,
    price,
    stop: level(each.stop, -sign),
    target: level(each.target, sign),
    confidence: each.confidence,
    reason: 'because',
    values: {},
  }
  const input: Input = { kind: 'signal', now: now(actor), signal }
  return each.again ? [input, input] : [input]
}

const reportsOf = (actor: Actor, { what, order: number, share, slip }: Extract<Happening, { kind: 'venue' }>): Input[] => {
  const open = Object.values(actor.state.orders)
  const order = open[number % Math.max(1, open.length)]?.order
  const at = now(actor)
  const clientOrderId = order === undefined || what === 'unknownOrder' ? 'led-never' : order.clientOrderId
  actor.venueSequence += 1
  actor.executions += 1
  const base = { clientOrderId, venueSequence: actor.venueSequence, at, barSequence: actor.state.barSequence }
  const report = (said: VenueReport): Input => ({ kind: 'report', now: at, report: said })
  if (what === 'sent' || what === 'neverArrived') return [{ kind: what, now: at, clientOrderId }]
  if (what === 'rejected' || what === 'cancelled')
    return (order?.filled ?? 0) > 0 && what === 'rejected' ? [] : [report({ ...base, kind: what, reason: 'so' })]
  if (what === 'acknowledged' || order === undefined) return [report({ ...base, kind: 'acknowledged', venueOrderId: 'v-1' })]
  const left = order.quantity - order.filled
  const quantity = what === 'part' ? Math.max(1, Math.floor(left * share)) : left
  const filled = report({
    ...base,
    kind: 'filled',
    executionId: `x-${actor.executions}`,
    quantity,
    price: Math.max(1, Math.round(order.decisionPrice * (1 + slip))),
    fee: 1_000,
    complete: quantity === left,
  })
  return what === 'twice' ? [filled, filled] : [filled]
}

const always = (look: Look): void =>
  fc.assert(
    fc.property(story, (told) => void play(told, look)),
    { numRuns: RUNS },
  )

describe('whatever happens, in whatever order', () => {
  test('exposure stays below its caps, a fall through a limit refuses entries, and nothing enters while the engine is shut', {
    timeout: TIMEOUT_MS,
  }, () => {
    let entries = 0
    always((seen) => {
      judge(seen)
      entries += seen.result.events.filter((event) => event.kind === 'orderIntended' && event.order.purpose === 'entry').length
    })
    // A core that never enters keeps every promise.
    expect(entries).toBeGreaterThan(RUNS / 3)
  })

  test('a person gets out of every open position', { timeout: TIMEOUT_MS }, () => {
    let open = 0
    always(({ rules, result: { state } }) => {
      open += state.books.filter((book) => book.state === 'OPEN').length
      judgeExits(rules, state, state.clock)
    })
    expect(open).toBeGreaterThan(RUNS)
  })

  test('facts with bars between them fold to the very state, and survive being written down', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(story, (told) => {
        const facts: EngineEvent[] = []
        const { state, bars, rules } = play(told, ({ result }) => void facts.push(...result.events))
        const upTo = (from: State, sequence: number): State =>
          bars.slice(from.barSequence, Math.max(from.barSequence, sequence)).reduce((marked, bar) => mark(rules, marked, bar), from)
        const written = facts.map((fact) => EngineEvent.parse(JSON.parse(JSON.stringify(fact))))
        const folded = written.reduce((before, fact) => apply(upTo(before, fact.barSequence), fact), empty())
        expect(upTo(folded, bars.length)).toEqual(state)
      }),
      { numRuns: RUNS },
    )
  })

  test('the same inputs give the same facts, and no input changes the state that it found', { timeout: TIMEOUT_MS }, () => {
    always(({ rules, before, input, result }) => {
      const was = JSON.stringify(before)
      const again = step(rules, before, input)
      hold('the core is pure', JSON.stringify(again.events) === JSON.stringify(result.events) && JSON.stringify(before) === was, () => input.kind)
    })
  })

  test('a day begins once, and none comes back', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(story, (told) => {
        const days: string[] = []
        play(told, ({ result }) => void days.push(...result.events.flatMap((event) => (event.kind === 'dayRolled' ? [event.day] : []))))
        expect(days).toEqual([...new Set(days)].sort())
      }),
      { numRuns: RUNS },
    )
  })
})
