import { describe, expect, test } from 'vitest'
import { equityOf, grossExposure, pendingEntries } from '../../../engine/core/equity.ts'
import { evaluate, type GuardContext } from '../../../engine/core/guards/guard.ts'
import { guards } from '../../../engine/core/guards/index.ts'
import { sizeEntry } from '../../../engine/core/sizing.ts'
import type { State } from '../../../engine/core/state.ts'
import { correlationsOf } from '../../../engine/core/stats.ts'
import { exchangeDay } from '../../../src/exchange-calendar.ts'
import { type Money, type Price, type Quantity, ratio } from '../../../src/units.ts'
import { fresh, MINUTE, machine, openLong, rules, signal, T0 } from '../../helpers/engine-fixture.ts'

const ready = (): State => {
  const world = machine()
  world.started()
  world.bar(1)
  return world.state()
}

const context = (over: Partial<GuardContext> = {}, state: State = ready()): GuardContext => {
  const book = state.books[0]
  const scale = rules.scales[0]
  if (book === undefined || scale === undefined) throw new Error('fixture')
  const equity = equityOf(rules.scales, state)
  return {
    state,
    rules,
    signal: signal(1, 'long'),
    book,
    scale,
    now: T0 + MINUTE,
    traits: { symbol: 'BTCUSD', calendar: '24x7', sector: null },
    day: exchangeDay('24x7', T0 + MINUTE),
    equity,
    exposure: grossExposure(rules.scales, state),
    pending: pendingEntries(rules.scales, state),
    correlations: correlationsOf(state.books, book),
    intent: sizeEntry(rules, { scale, book, signal: signal(1, 'long'), equity, state, correlations: correlationsOf(state.books, book) }),
    ...over,
  }
}

const result = (name: string, over: Partial<GuardContext> = {}, state?: State) => {
  const guard = guards.find((candidate) => candidate.name === name)
  if (guard === undefined) throw new Error(`no guard ${name}`)
  return evaluate(guard, context(over, state ?? ready()))
}

test('an entry on fresh data with everything free is refused by nobody, and who cannot know has no say', () => {
  const results = guards.map((guard) => evaluate(guard, context()))
  expect(results.filter(({ blocks }) => blocks)).toEqual([])
  expect(results.filter(({ verdict }) => verdict === 'abstain').map(({ guard }) => guard)).toEqual([
    'regime',
    'timeframeAgreement',
    'relativeVolume',
    'earnings',
  ])
})

describe('mode', () => {
  test.each(['dry-run', 'simulate', 'paper'] as const)('%s passes', (mode) => expect(result('mode', {}, { ...ready(), mode }).verdict).toBe('pass'))
  test.each(['live', 'manual'] as const)('%s blocks: nothing here is armed', (mode) =>
    expect(result('mode', {}, { ...ready(), mode }).blocks).toBe(true),
  )
})

describe('engineState', () => {
  const at = (state: State['engine']['state']): State => ({ ...ready(), engine: { ...ready().engine, state } })
  test.each(['running', 'degraded'] as const)('%s passes', (state) => expect(result('engineState', {}, at(state)).verdict).toBe('pass'))
  test.each(['starting', 'ready', 'paused', 'safe', 'halted', 'draining', 'stopped'] as const)('%s blocks', (state) =>
    expect(result('engineState', {}, at(state)).blocks).toBe(true),
  )
})

describe('dataFreshness', () => {
  const aged = (bars: number) => result('dataFreshness', { now: T0 + MINUTE + bars * MINUTE })
  test('exactly at the limit passes', () => expect(aged(2)).toMatchObject({ verdict: 'pass', value: 2, limit: 2, unit: 'bars' }))
  test('past the limit blocks', () => expect(aged(2.001).blocks).toBe(true))
  test('a millisecond beyond the limit is beyond it, however it reads', () =>
    expect([aged(rules.risk.dataAgeBarsMax).blocks, aged(rules.risk.dataAgeBarsMax + 1 / MINUTE).blocks]).toEqual([false, true]))
  test('no price at all blocks: unknown is not fresh', () => expect(result('dataFreshness', {}, fresh()).blocks).toBe(true))
  test.each(['mark', 'markAt', 'timeframeMs'] as const)('a book whose %s alone is unknown blocks', (field) => {
    const [book] = ready().books
    expect(result('dataFreshness', { book: { ...book, [field]: null } as GuardContext['book'] })).toMatchObject({ verdict: 'block', value: null })
  })
  test('an old signal on a fresh price blocks', () =>
    expect(result('dataFreshness', { signal: { ...signal(1, 'long'), at: T0 - 2 * MINUTE } }).blocks).toBe(true))
})

describe('duplicate', () => {
  test('an open position blocks', () => {
    const world = machine()
    openLong(world)
    expect(result('duplicate', {}, world.state())).toMatchObject({ verdict: 'block', value: 1, limit: 0 })
  })
  test('an order whose fate is unknown blocks, though nothing is open', () => {
    const world = machine()
    world.started()
    world.bar(1)
    world.signal(1, 'long')
    const state = world.state()
    const flat = { ...state, books: state.books.map((book) => ({ ...book, state: 'FLAT' as const })) }
    expect(result('duplicate', {}, flat).blocks).toBe(true)
  })
})

describe('positionCount', () => {
  const own = (positionsMax: number): Partial<GuardContext> => ({ rules: { ...rules, risk: { ...rules.risk, positionsMax } } })
  const other = (): State => {
    const state = ready()
    return { ...state, books: state.books.map((book, id) => (id === 1 ? { ...book, state: 'OPEN' as const } : book)) }
  }
  test('the last free place passes', () => expect(result('positionCount', own(2), other())).toMatchObject({ verdict: 'pass', value: 2, limit: 2 }))
  test('one too many blocks', () => expect(result('positionCount', own(1), other()).blocks).toBe(true))
  test('its own symbol is counted once', () => {
    const state = other()
    const both = { ...state, books: state.books.map((book) => ({ ...book, state: 'OPEN' as const })) }
    expect(result('positionCount', own(2), both)).toMatchObject({ verdict: 'pass', value: 2 })
  })
  test('what is flat is not counted', () => expect(result('positionCount', own(1), ready())).toMatchObject({ verdict: 'pass', value: 1 }))
})

describe('positionSize', () => {
  const sized = (notional: number, equity: number | null = 1_000_000_000) =>
    result('positionSize', {
      equity: equity as Money | null,
      intent: { price: 1 as Price, quantity: 1 as Quantity, notional: notional as Money, costs: 0 as Money, stop: null, target: null, factors: {} },
    })
  test('exactly 5 % passes', () => expect(sized(50_000_000)).toMatchObject({ verdict: 'pass', value: 0.05, limit: ratio(0.05) }))
  test('a millionth more blocks', () => expect(sized(50_000_001).blocks).toBe(true))
  test('unknown equity blocks', () => expect(sized(1, null)).toMatchObject({ verdict: 'block', value: null }))
  test('equity of zero or less blocks', () => expect(sized(1, 0).blocks).toBe(true))
  test('exactly what the venue takes passes', () => expect(sized(5_000_000).verdict).toBe('pass'))
  test.each(['quantity', 'notional'] as const)('a size whose %s alone is unknown blocks', (field) =>
    expect(result('positionSize', { intent: { ...context().intent, [field]: null } })).toMatchObject({ verdict: 'block', value: null }),
  )
  test('less than the venue takes blocks', () => expect(sized(4_999_999).blocks).toBe(true))
  test('a size that rounds to nothing blocks', () =>
    expect(
      result('positionSize', {
        intent: { price: 1 as Price, quantity: 0 as Quantity, notional: 0 as Money, costs: 0 as Money, stop: null, target: null, factors: {} },
      }).blocks,
    ).toBe(true))
  test('an unknown size blocks', () =>
    expect(
      result('positionSize', { intent: { price: null, quantity: null, notional: null, costs: null, stop: null, target: null, factors: {} } }).blocks,
    ).toBe(true))
})

describe('buyingPower', () => {
  const needing = (notional: number, costs: number) =>
    result('buyingPower', {
      exposure: 40_000_000 as Money,
      pending: 10_000_000 as Money,
      equity: 100_000_000 as Money,
      intent: {
        price: 1 as Price,
        quantity: 1 as Quantity,
        notional: notional as Money,
        costs: costs as Money,
        stop: null,
        target: null,
        factors: {},
      },
    })
  test('exactly what is free passes', () => expect(needing(49_000_000, 1_000_000)).toMatchObject({ verdict: 'pass', value: 50, limit: 50 }))
  test('a millionth more blocks', () => expect(needing(49_000_000, 1_000_001).blocks).toBe(true))
  test.each(['notional', 'costs'] as const)('an order whose %s alone is unknown blocks', (field) =>
    expect(result('buyingPower', { intent: { ...context().intent, [field]: null } })).toMatchObject({ verdict: 'block', value: null }),
  )
  test('unknown exposure blocks', () => expect(result('buyingPower', { exposure: null }).blocks).toBe(true))
})

test('a guard that throws refuses the entry where it fails closed, and says so where it fails open', () => {
  const failing = (kind: 'failClosed' | 'failOpen') =>
    evaluate({ name: 'bad', class: kind, unit: '', says: '', setting: null, evaluate: () => { throw new Error('boom') } }, context()) // biome-ignore format: one thought
  expect(failing('failClosed')).toMatchObject({ verdict: 'error', blocks: true, reason: 'guard failed: boom' })
  expect(failing('failOpen')).toMatchObject({ verdict: 'error', blocks: false })
})

test('every guard is evaluated after the first block, and the record names the first and all', () => {
  const world = machine()
  openLong(world)
  world.give({ kind: 'desired', now: world.now(), desired: 'paused', reason: 'lunch', actor: 'maria', commandId: 'c-12345678' })
  world.signal(1, 'long', { id: 'BTCUSD_1_aaaaaaaa' })
  const decided = world.events.findLast((event) => event.kind === 'signalDecided')
  expect(decided).toMatchObject({ decision: 'BLOCKED', blocker: 'engineState', blockers: ['engineState', 'duplicate', 'symbolState'] })
  expect(decided?.kind === 'signalDecided' && decided.guards.map((each) => each.guard)).toEqual(guards.map((guard) => guard.name))
})
