import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apply } from '../../../engine/core/apply.ts'
import { openBreakers } from '../../../engine/core/breakers/status.ts'
import type { RecordedInput } from '../../../engine/core/input.ts'
import type { State } from '../../../engine/core/state.ts'
import { step } from '../../../engine/core/step.ts'
import { BREAKERS, type BreakerName } from '../../../src/contracts/breaker.ts'
import type { EngineEvent } from '../../../src/contracts/event.ts'
import { PHASES } from '../../../src/contracts/rules.ts'
import { bar, fresh, MINUTE, T0 } from '../../helpers/engine-fixture.ts'
import { holding, rulesWith, tryToEnter } from './watched.ts'

const RUNS = Number(process.env.AEGIS_PROPERTY_RUNS ?? 300)
const TIMEOUT_MS = 20_000 + RUNS * 20

/** Facts of the risk state in any order and with any values, also such as the engine would never write. */
const breaker = fc.constantFrom(...BREAKERS)
const state = fc.constantFrom('closed', 'open', 'halfOpen', 'latched')
const at = fc.integer({ min: 1, max: 2e12 })
const amount = fc.integer({ min: -1e12, max: 1e12 })
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const fact = fc.oneof(
  fc.record({
    kind: fc.constant('breakerMoved'),
    at,
    breaker,
    from: state,
    to: state,
    value: optional(fc.double({ noNaN: true, noDefaultInfinity: true }).map((double) => double + 0)),
    limit: fc.constant(1),
    unit: fc.constant('x'),
    reason: fc.string(),
    actor: optional(fc.constant('maria')),
    until: optional(at),
    equity: optional(amount),
  }),
  fc.record({
    kind: fc.constant('emotionalChanged'),
    at,
    active: fc.boolean(),
    reason: fc.string(),
    actor: fc.constant(null),
    equity: optional(amount),
    losses: fc.nat(),
    wins: fc.nat(),
  }),
  fc.record({ kind: fc.constant('profitLockChanged'), at, locked: fc.boolean(), reason: fc.string(), best: amount, day: amount }),
  fc.record({
    kind: fc.constant('phaseChanged'),
    at,
    from: fc.constantFrom(...PHASES),
    to: fc.constantFrom(...PHASES),
    reason: fc.string(),
    actor: fc.string(),
    gatePassed: fc.boolean(),
    failures: fc.constant([]),
    metrics: fc.constant({}),
  }),
  fc.record({
    kind: fc.constant('degradationChanged'),
    at,
    from: fc.constant('full'),
    to: fc.constantFrom('full', 'safe'),
    reason: fc.string(),
    actor: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('dayRolled'),
    at,
    calendar: fc.constantFrom('24x7', 'XNYS'),
    day: fc.constantFrom('2026-01-05', '2026-03-08'),
    from: fc.constant(null),
    equity: optional(amount),
    realised: amount,
  }),
  fc.record({
    kind: fc.constant('tradeClosed'),
    at,
    entryOrderId: fc.constant('e'),
    signalId: fc.constant(null),
    symbol: fc.constant('BTCUSD'),
    side: fc.constant('long'),
    strategy: fc.constant('s'),
    quantity: fc.constant(1),
    cost: amount,
    net: amount,
    fees: fc.nat(),
    risk: fc.constant(null),
    openedAt: at,
    equity: optional(amount),
    reason: fc.string(),
  }),
  fc.record({ kind: fc.constant('venueCallsSeen'), at, ok: fc.nat({ max: 100 }), failed: fc.nat({ max: 100 }), reason: fc.constant(null) }),
  fc.record({ kind: fc.constant('clockChecked'), at, skewMs: optional(fc.integer()), jumpMs: optional(fc.integer()) }),
  fc.record({ kind: fc.constant('reconciled'), at, venueSequence: fc.nat(), differences: fc.array(fc.string(), { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('troubleSeen'), at, breaker, reason: fc.string() }),
  fc.record({ kind: fc.constant('overrunSeen'), at, bars: fc.nat() }),
)

test(
  'any facts fold to the same state twice, without touching the state they were folded into',
  () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 60 }), (facts) => {
        const events = facts.map((each, index) => ({ ...each, sequence: index + 1, barSequence: 0 }) as unknown as EngineEvent)
        const empty = fresh()
        const before = JSON.stringify(empty)
        const once = events.reduce(apply, empty)
        expect(events.reduce(apply, empty)).toEqual(once)
        expect(JSON.stringify(empty)).toBe(before)
        // Through a checkpoint in the middle, as a new start reads it.
        const half = Math.floor(events.length / 2)
        const middle = JSON.parse(JSON.stringify(events.slice(0, half).reduce(apply, empty)))
        expect(events.slice(half).reduce(apply, middle)).toEqual(JSON.parse(JSON.stringify(once)))
      }),
      { numRuns: RUNS },
    )
  },
  TIMEOUT_MS,
)

type Happening =
  | { readonly kind: 'bar'; readonly close: number; readonly instrument: number; readonly refused: number }
  | { readonly kind: 'protection'; readonly since: number | null }
  | { readonly kind: 'input'; readonly after: number; readonly input: (now: number) => RecordedInput }

const input = (make: (now: number) => RecordedInput, after = 0): Happening => ({ kind: 'input', after, input: make })
const name = fc.constantFrom(...BREAKERS)
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(null, 1, 2, 3)
      .map((minute) => ({ kind: 'protection' as const, since: minute === null ? null : T0 + minute * MINUTE })),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('bar' as const),
      close: fc.integer({ min: 9_510, max: 10_900 }).map((cents) => cents / 100),
      instrument: fc.constantFrom(0, 0, 1),
      refused: fc.constantFrom(0, 0, 0, 0, 1, 9),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ ok: fc.nat({ max: 30 }), failed: fc.nat({ max: 4 }) })
      .map(({ ok, failed }) => input((now) => ({ kind: 'venueCalls', now, ok, failed, reason: null }))),
  },
  { weight: 1, arbitrary: fc.integer({ min: -900, max: 900 }).map((skewMs) => input((now) => ({ kind: 'clock', now, skewMs, jumpMs: null }))) },
  { weight: 1, arbitrary: name.map((breaker) => input((now) => ({ kind: 'trouble', now, breaker, reason: 'something' }))) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 20 * MINUTE }).map((after) => input((now) => ({ kind: 'timer', now }), after)) },
  {
    weight: 2,
    arbitrary: fc.record({ breaker: name, kind: fc.constantFrom('trip' as const, 'rearm' as const) }).map((command) =>
      input((now) => ({
        kind: 'command',
        now,
        commandId: 'c',
        actor: 'maria',
        reason: 'because',
        command: command as { kind: 'trip'; breaker: BreakerName },
      })),
    ),
  },
)

const own = rulesWith({
  dailyLoss: { limit: 0.001, rearm: 'cooldown', cooldownMinutes: 3 },
  drawdown: { limit: 0.002, blockHours: 0 },
  badData: { limit: 0.02, rows: 100 },
  staleFeed: { bars: 5 },
})

/** What time alone can bring about without a bar: windows that lose their good calls, and a silence of all. */
const BY_TIME = ['apiErrorRate', 'staleFeed']

/** Breakers that a full look would trip right after a bar, though the bar's own quick look let them be. */
const overlooked = (after: State): string[] =>
  step(own, after, { kind: 'timer', now: after.clock }).events.flatMap((event) =>
    event.kind === 'breakerMoved' && event.from === 'closed' && !BY_TIME.includes(event.breaker) ? [event.breaker] : [],
  )

test(
  'whatever happens: the ledger folds to the state that decided, an entry is refused while anything is open, and moves follow on each other',
  () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 80 }), (happenings) => {
        const world = holding(own)
        const checkpoint = world.checkpoint()
        for (const each of happenings) {
          const { barSequence, row, clock, books } = world.state()
          if (each.kind === 'protection') {
            if (books[0]?.position !== null) world.tell({ kind: 'protectionChanged', symbol: 'BTCUSD', unprotectedSince: each.since, reason: 'test' })
            continue
          }
          if (each.kind === 'input') {
            world.give(each.input(clock + each.after))
            continue
          }
          const next = bar(barSequence + 1, { open: each.close, close: each.close, instrument: each.instrument })
          world.give({
            kind: 'bar',
            bar: { ...next, row: row + 1 + each.refused, eventTime: Math.max(clock, next.eventTime), time: Math.max(clock - MINUTE, next.time) },
          })
          expect(overlooked(world.state())).toEqual([])
        }
        expect(world.recovered()).toEqual(world.state())
        expect(world.recovered(checkpoint)).toEqual(world.state())

        const last = new Map<string, string>(BREAKERS.map((each) => [each, 'closed']))
        for (const event of world.events) {
          if (event.kind !== 'breakerMoved') continue
          expect(event.from).toBe(last.get(event.breaker))
          expect(event.from).not.toBe(event.to)
          if (event.from === 'latched') expect(event).toMatchObject({ to: 'closed', actor: 'maria' })
          last.set(event.breaker, event.to)
        }
        const open = openBreakers(world.state(), own, world.now())
        if (open.length === 0) return
        const { decided, order } = tryToEnter(world, 'ETHUSD')
        expect(order).toBeNull()
        expect(decided.blockers).toContain('breakers')
      }),
      { numRuns: RUNS },
    )
  },
  TIMEOUT_MS,
)
