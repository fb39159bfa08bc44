import { describe, expect, test } from 'vitest'
import { evaluate, type GuardContext } from '../../../engine/core/guards/guard.ts'
import { guards } from '../../../engine/core/guards/index.ts'
import type { OpenOrder, Position, State } from '../../../engine/core/state.ts'
import { correlationsOf } from '../../../engine/core/stats.ts'
import { BREAKERS, type BreakerName, type BreakerState, type Degradation } from '../../../src/contracts/breaker.ts'
import { Config } from '../../../src/contracts/config.ts'
import type { Mode } from '../../../src/contracts/names.ts'
import { GuardSettings, type Phase } from '../../../src/contracts/rules.ts'
import type { GuardResult } from '../../../src/contracts/signal.ts'
import { exchangeDay } from '../../../src/exchange-calendar.ts'
import type { Money, Price, Quantity } from '../../../src/units.ts'
import { MINUTE, machine, signal, strictRules, T0 } from '../../helpers/engine-fixture.ts'

type Over = Partial<GuardContext>

/** An entry that every guard lets through, with room around every limit. */
const calm = (): GuardContext => {
  const world = machine(undefined, strictRules)
  world.started()
  for (let bar = 1; bar <= 60; bar += 1) world.bar(bar, { close: 100 + (bar % 2) / 100, high: 100.02, low: 99.98 })
  const state = world.state()
  const [book] = state.books
  const [scale] = strictRules.scales
  if (book === undefined || scale === undefined) throw new Error('fixture')
  const now = T0 + 60 * MINUTE
  return {
    state: {
      ...state,
      risk: {
        ...state.risk,
        day: {
          day: '2026-01-05',
          endsAt: T0 + 86_400_000,
          equity: 1 as Money,
          realised: 0 as Money,
          best: 0 as Money,
          orders: 0,
          entries: 0,
          locked: false,
        },
      },
    },
    rules: strictRules,
    signal: { ...signal(60, 'long'), price: 100, stop: 98, target: 103, confidence: 0.8 },
    book,
    scale,
    traits: { symbol: 'BTCUSD', calendar: '24x7', sector: null },
    now,
    day: exchangeDay('24x7', now),
    equity: 100_000_000_000 as Money,
    exposure: 0 as Money,
    pending: 0 as Money,
    correlations: [],
    intent: {
      price: 10_000 as Price,
      quantity: 10 as Quantity,
      notional: 5_000_000_000 as Money,
      costs: 1_000_000 as Money,
      stop: 9_800 as Price,
      target: 10_300 as Price,
      factors: {},
    },
  }
}

const base = calm()
const asked = (name: string, over: Over = {}): GuardResult => {
  const guard = guards.find((candidate) => candidate.name === name)
  if (guard === undefined) throw new Error(`no guard ${name}`)
  return evaluate(guard, { ...base, ...over })
}

const risk = (changes: Partial<GuardContext['state']['risk']>): Over => ({ state: { ...base.state, risk: { ...base.state.risk, ...changes } } })
const day = (changes: object): Over => risk({ day: { ...(base.state.risk.day as object), ...changes } as never })
const book = (changes: Partial<GuardContext['book']>): Over => ({ book: { ...base.book, ...changes } })
const intent = (changes: Partial<GuardContext['intent']>): Over => ({ intent: { ...base.intent, ...changes } })
const wish = (changes: Partial<GuardContext['signal']>): Over => ({ signal: { ...base.signal, ...changes } })
const settings = (changes: object): Over => ({ rules: { ...base.rules, guards: Config.parse({ guards: changes }).guards } })
const at = (iso: string, calendar: 'XNYS' | '24x7' | 'FX' = 'XNYS'): Over => {
  const now = Date.parse(iso)
  return { now, day: exchangeDay(calendar, now), traits: { symbol: 'BTCUSD', calendar, sector: null } }
}
/** The statistics of the book with one of them another. */
const stat = (index: number, value: number): Over => book({ stats: base.book.stats.map((each, place) => (place === index ? value : each)) })

const held = (symbol: string, side: 'long' | 'short', hours: readonly number[]): GuardContext['book'] => ({
  ...base.book,
  symbol,
  state: 'OPEN',
  position: { side } as Position,
  hours,
})

/** Ends of hours whose returns swing; the other way round where `flip` is -1. */
const hours = (flip: 1 | -1): readonly number[] =>
  Array.from({ length: 40 }, (_, hour) => [
    hour,
    100 * Math.exp(flip * (hour % 2) * 0.01),
    0,
    hour === 0 ? 1e6 : flip * (hour % 2 === 0 ? -0.01 : 0.01),
  ]).flat()

const with2 = (other: GuardContext['book'], own: readonly number[] = hours(1)): Over => {
  const mine = { ...base.book, hours: own }
  const books = [mine, other]
  return { book: mine, state: { ...base.state, books }, correlations: correlationsOf(books, mine) }
}

const breaker = (name: BreakerName, state: BreakerState): Over => {
  const record = base.state.risk.breakers[name]
  if (record === undefined) throw new Error(`no breaker ${name}`)
  return risk({ breakers: { ...base.state.risk.breakers, [name]: { ...record, state } } })
}
/** An account in a mode that has stepped down so far, or come so far. */
const degraded = (level: Degradation, mode: Mode = 'simulate'): Over => ({
  state: { ...base.state, mode, risk: { ...base.state.risk, degradation: { level, since: 1, reason: 'because' } } },
})
const inPhase = (now: Phase, entries: number, mode: Mode = 'simulate'): Over => {
  const { risk } = day({ entries }).state ?? base.state
  return { state: { ...base.state, mode, risk: { ...risk, phase: { ...risk.phase, now } } } }
}
const locking: Over = { rules: { ...base.rules, controls: { ...base.rules.controls, profitLock: { target: '500', giveBack: 0.5 } } } }

const oneHour = Date.parse('2026-01-05T15:30:00Z') // an hour after the open in New York

/** For each guard: what passes at the very limit, what blocks just beyond, and what happens to what is not known. */
const CASES: Readonly<Record<string, { readonly pass: readonly Over[]; readonly block: readonly Over[]; readonly abstain?: readonly Over[] }>> = {
  killSwitch: {
    pass: [{}],
    block: (['env', 'file', 'command', 'key'] as const).map((origin) => risk({ killSwitches: { [origin]: { at: 1, reason: 'x' } } })),
  },
  breakers: {
    pass: [{}],
    block: [...BREAKERS.flatMap((name) => (['open', 'halfOpen', 'latched'] as const).map((state) => breaker(name, state))), risk({ breakers: {} })],
  },
  degradation: {
    pass: [{}, degraded('cached'), degraded('baseline', 'live'), degraded('paperOnly'), degraded('paperOnly', 'paper')],
    block: [degraded('safe'), degraded('safe', 'paper'), degraded('paperOnly', 'live'), degraded('paperOnly', 'manual')],
  },
  phase: {
    pass: [inPhase('experience', 1_000), inPhase('proof', 0), inPhase('proof', 0, 'live'), inPhase('trial', 1_000), inPhase('scaling', 1_000)],
    block: [
      inPhase('proof', 1),
      inPhase('experience', 0, 'live'),
      { state: { ...base.state, risk: { ...base.state.risk, day: null, phase: { ...base.state.risk.phase, now: 'proof' } } } },
    ],
  },
  profitLock: {
    pass: [{}, { ...locking, ...day({ locked: false }) }],
    block: [
      { ...locking, ...day({ locked: true }) },
      { ...locking, ...risk({ day: null }) },
    ],
  },
  marketHours: {
    pass: [
      {},
      at('2026-01-05T14:30:00Z'),
      at('2026-01-04T22:00:00Z', 'FX'),
      { ...at('2026-01-03T16:00:00Z'), ...settings({ marketHours: { enabled: false } }) },
    ],
    block: [
      at('2026-01-02T22:00:00Z', 'FX'),
      at('2026-01-05T14:29:59.999Z'),
      at('2026-01-05T21:00:00Z'),
      at('2026-01-01T16:00:00Z'),
      at('2026-01-03T16:00:00Z'),
    ],
  },
  entryDelay: {
    // A week of currencies opens on Sunday at 17:00 in New York; a midnight within it opens nothing.
    pass: [
      {},
      at('2026-01-05T14:50:00Z'),
      at('2026-01-06T05:00:00Z', 'FX'),
      at('2026-01-04T22:20:00Z', 'FX'),
      { ...at('2026-01-05T14:30:00Z'), ...settings({ entryDelay: { minutes: 0 } }) },
    ],
    block: [
      at('2026-01-05T14:49:59.999Z'),
      at('2026-01-05T10:00:00Z'),
      at('2026-01-03T16:00:00Z'),
      at('2026-01-04T22:19:59.999Z', 'FX'),
      at('2026-01-03T22:30:00Z', 'FX'),
    ],
  },
  settleDelay: {
    pass: [at('2026-01-05T14:30:00Z'), { ...at('2026-01-05T14:40:00Z'), ...settings({ settleDelay: { minutes: 10 } }) }],
    block: [
      { ...at('2026-01-05T14:39:59.999Z'), ...settings({ settleDelay: { minutes: 10 } }) },
      { ...at('2026-01-03T16:00:00Z'), ...settings({ settleDelay: { minutes: 10 } }) },
    ],
  },
  sessionPhase: {
    pass: [{}, at('2026-01-05T14:45:00Z'), at('2026-01-05T20:29:59.999Z'), at('2026-01-06T05:00:00Z', 'FX'), at('2026-01-03T16:00:00Z')],
    block: [at('2026-01-05T14:30:00Z'), at('2026-01-05T14:44:59.999Z'), at('2026-01-05T20:30:00Z')],
  },
  feedGap: { pass: [stat(9, 3)], block: [stat(9, 2)] },
  ringOverrun: { pass: [{}, risk({ overrunBar: base.state.barSequence - 3 })], block: [risk({ overrunBar: base.state.barSequence - 2 })] },
  universe: {
    pass: [{}, settings({ universe: { allow: ['BTCUSD'] } })],
    block: [settings({ universe: { allow: ['ETHUSD'] } }), settings({ universe: { allow: ['BTCUSD'], deny: ['BTCUSD'] } })],
  },
  watchlist: {
    pass: [
      {},
      { ...settings({ watchlist: { required: true } }), ...risk({ watchlist: { day: '2026-01-05', madeAt: T0, symbols: ['BTCUSD'], rows: 1 } }) },
    ],
    block: [
      settings({ watchlist: { required: true } }),
      ...[
        { day: '2026-01-04', madeAt: T0, symbols: ['BTCUSD'], rows: 1 },
        { day: '2026-01-05', madeAt: T0, symbols: ['BTCUSD'], rows: 2 },
        { day: '2026-01-05', madeAt: T0 - 2 * 86_400_000, symbols: ['BTCUSD'], rows: 1 },
        { day: '2026-01-05', madeAt: T0, symbols: ['ETHUSD'], rows: 1 },
      ].map((watchlist) => ({ ...settings({ watchlist: { required: true } }), ...risk({ watchlist }) })),
    ],
  },
  shorts: {
    pass: [wish({ side: 'short' })],
    block: [{ ...wish({ side: 'short' }), rules: { ...base.rules, risk: { ...base.rules.risk, allowShort: false } } }],
  },
  duplicate: {
    pass: [{}],
    block: [
      { state: { ...base.state, orders: { 'led-1': { order: { symbol: 'BTCUSD', state: 'unknown' } } as never } } },
      book({ position: { side: 'long' } as Position }),
    ],
  },
  symbolState: { pass: [{}], block: (['ENTERING', 'OPEN', 'EXITING'] as const).map((state) => book({ state })) },
  consumedEntries: {
    pass: [book({ entries: { day: '2026-01-05', count: 47 } }), book({ entries: { day: '2026-01-04', count: 48 } }), at('2026-01-05T16:00:00Z')],
    block: [
      book({ entries: { day: '2026-01-05', count: 48 } }),
      { ...at('2026-01-05T16:00:00Z'), ...book({ entries: { day: '2026-01-05', count: 1 } }) },
    ],
  },
  cooldown: {
    pass: [{}, { ...settings({ cooldown: { minutes: 10 } }), ...book({ lastExitAt: base.now - 10 * MINUTE }) }],
    block: [{ ...settings({ cooldown: { minutes: 10 } }), ...book({ lastExitAt: base.now - 10 * MINUTE + 1 }) }],
  },
  grossExposure: {
    pass: [{ exposure: 50_000_000_000 as Money, pending: 5_000_000_000 as Money }],
    block: [
      { exposure: 50_000_000_000 as Money, pending: 5_000_000_001 as Money },
      { exposure: null },
      { equity: null },
      { equity: 0 as Money },
      intent({ notional: null }),
    ],
  },
  symbolExposure: {
    pass: [intent({ notional: 10_000_000_000 as Money })],
    block: [intent({ notional: 10_000_000_001 as Money }), { equity: null }, book({ mark: null })],
  },
  sectorExposure: {
    pass: [{}],
    block: [
      {
        ...with2(held('ETHUSD', 'long', [])),
        traits: { symbol: 'BTCUSD', calendar: '24x7', sector: 'coins' },
        rules: {
          ...base.rules,
          ...settings({ sectorExposure: { positions: 1 } }).rules,
          traits: [
            { symbol: 'BTCUSD', calendar: '24x7', sector: 'coins' },
            { symbol: 'ETHUSD', calendar: '24x7', sector: 'coins' },
          ],
        },
      },
    ],
  },
  correlation: {
    pass: [{}, with2(held('ETHUSD', 'long', hours(-1))), with2(held('ETHUSD', 'short', hours(1)))],
    block: [with2(held('ETHUSD', 'long', hours(1))), with2(held('ETHUSD', 'short', hours(-1)))],
    abstain: [with2(held('ETHUSD', 'long', [])), with2(held('ETHUSD', 'short', []))],
  },
  ordersPerDay: { pass: [day({ orders: 49 })], block: [day({ orders: 50 }), risk({ day: null })] },
  spread: { pass: [{ rules: { ...base.rules, costBps: 25 } }], block: [{ rules: { ...base.rules, costBps: 25.01 } }] },
  feeEdge: {
    // 10 bps of fees and 4 of spread both ways, 20 have to be left.
    pass: [wish({ target: 100.34 }), wish({ side: 'short', target: 99.66 })],
    block: [wish({ target: 100.3399 }), wish({ side: 'short', target: 100.5 }), intent({ price: null })],
    abstain: [wish({ target: null })],
  },
  volatility: { pass: [stat(2, (base.book.stats[1] as number) * 0.05)], block: [stat(2, (base.book.stats[1] as number) * 0.0501), stat(0, 3)] },
  regime: {
    pass: [book({ hours: dayAgo(100) }), { ...book({ hours: dayAgo(106) }), ...wish({ side: 'short' }) }],
    block: [book({ hours: dayAgo(106) }), book({ hours: dayAgo(85) }), { ...book({ hours: dayAgo(115) }), ...wish({ side: 'short' }) }],
    abstain: [{}],
  },
  confidence: { pass: [wish({ confidence: 0.6 })], block: [wish({ confidence: 0.599 })] },
  timeframeAgreement: {
    pass: [average(0.9, 0.9, 0.9, 1.1)].map((over) => ({ ...over, ...settings({ timeframeAgreement: { limit: 0.6 } }) })),
    block: [average(0.9, 0.9, 1.1, 1.1)],
    abstain: [{ ...average(0.9, 0.9, 0.9, 0.9), ...book({ timeframeMs: null }) }],
  },
  riskPerShare: {
    pass: [intent({ stop: 9_000 as Price })],
    block: [intent({ stop: 8_999 as Price }), intent({ stop: null }), intent({ price: null })],
  },
  priceDrift: { pass: [intent({ price: 10_300 as Price })], block: [intent({ price: 10_301 as Price }), intent({ price: null })] },
  relativeVolume: { pass: [volumes(0.8)], block: [volumes(0.799)], abstain: [{}] },
  earnings: {
    pass: [risk({ earnings: {} }), risk({ earnings: { BTCUSD: ['2026-01-08', '2026-01-02'] } })],
    block: [
      risk({ earnings: { BTCUSD: ['2026-01-07'] } }),
      risk({ earnings: { BTCUSD: ['2026-01-03'] } }),
      risk({ earnings: { BTCUSD: ['2026-01-05'] } }),
    ],
    abstain: [{}],
  },
  exchangeHealth: { pass: [risk({ failedInRow: 2 })], block: [risk({ failedInRow: 3 })] },
}

/** An end of an hour of a day before now at such a price. */
function dayAgo(price: number): readonly number[] {
  return [(base.book.stats[10] as number) - 25, price, 0, 1e6]
}
/** Averages of the four timeframes, as shares of the close. */
function average(one: number, five: number, fifteen: number, sixty: number): Over {
  const close = base.book.stats[1] as number
  const shares = [one, five, fifteen, sixty]
  return book({
    stats: base.book.stats.map((each, place) => (place === 0 ? 200 : place >= 5 && place < 9 ? close * (shares[place - 5] as number) : each)),
  })
}
function volumes(share: number): Over {
  return book({ stats: base.book.stats.map((each, place) => (place === 0 ? 500 : place === 3 ? share : place === 4 ? 1 : each)) })
}

describe.each(Object.entries(CASES))('%s', (name, { pass, block, abstain = [] }) => {
  test('lets through what reaches its limit', () => {
    for (const over of pass) expect(asked(name, over)).toMatchObject({ verdict: 'pass', blocks: false })
  })
  test('refuses what goes beyond it, and what it has to know and does not', () => {
    for (const over of block) {
      const result = asked(name, over)
      expect(result).toMatchObject({ verdict: 'block', blocks: true })
      expect(result.reason.length).toBeGreaterThan(5)
    }
  })
  test('has no say in what cannot be known', () => {
    for (const over of abstain) expect(asked(name, over)).toMatchObject({ verdict: 'abstain', blocks: false })
  })
  test('where it throws, its class decides', () => {
    const guard = guards.find((candidate) => candidate.name === name)
    if (guard === undefined) throw new Error(name)
    const broken = evaluate({ ...guard, evaluate: () => JSON.parse('{') }, base)
    expect(broken).toMatchObject({ verdict: 'error', blocks: guard.class === 'failClosed' })
  })
})

/** They are asked in `account.test.ts`. */
const ELSEWHERE: readonly string[] = ['mode', 'engineState', 'dataFreshness', 'positionCount', 'buyingPower', 'positionSize']

test('every guard of the chain has its cases here or beside', () => {
  expect(guards.map(({ name }) => name).filter((name) => CASES[name] === undefined)).toEqual(ELSEWHERE)
  expect(new Set(guards.map(({ name }) => name)).size).toBe(guards.length)
})

/** Paths of what is set, in the form that `setting` has. */
const leaves = (of: unknown, path: string): readonly string[] =>
  typeof of === 'object' && of !== null && !Array.isArray(of) ? Object.entries(of).flatMap(([key, value]) => leaves(value, `${path}.${key}`)) : [path]

/** The same settings, which tell what of them is read. */
const watched = <Of extends object>(of: Of, path: string, read: Set<string>): Of =>
  new Proxy(of, {
    get: (target, key) => {
      const value = Reflect.get(target, key) as unknown
      const own = `${path}.${String(key)}`
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return watched(value, own, read)
      read.add(own)
      return value
    },
  })

test('every setting of a guard is read by the guard of that name and by no other', () => {
  const readers = new Map<string, Set<string>>()
  for (const [name, { pass, block, abstain = [] }] of Object.entries(CASES)) {
    for (const over of [...pass, ...block, ...abstain]) {
      const rules = over.rules ?? base.rules
      const read = new Set<string>()
      asked(name, { ...over, rules: { ...rules, guards: watched(rules.guards, 'guards', read) } })
      for (const path of read) readers.set(path, (readers.get(path) ?? new Set()).add(name))
    }
  }
  const all = leaves(GuardSettings.parse({}), 'guards')
  expect(all.length).toBeGreaterThan(25)
  expect(Object.fromEntries([...readers].map(([path, names]) => [path, [...names]]))).toEqual(
    Object.fromEntries(all.map((path) => [path, [path.split('.')[1]]])),
  )
})

describe('what is exactly at its limit, and just beyond', () => {
  const correlations = (...found: readonly (number | null)[]): Over => ({
    state: { ...base.state, books: [base.book, held('ETHUSD', 'long', []), held('SOLUSD', 'long', [])] },
    correlations: [null, ...found],
  })
  test.each([
    { says: 'the highest of two', found: [0.95, 0.2], verdict: 'pass', value: 0.95 },
    { says: 'the highest of two, the other way round', found: [0.2, 0.951], verdict: 'block', value: 0.951 },
    { says: 'a hair beyond', found: [0.951, 0.2], verdict: 'block', value: 0.951 },
    { says: 'the one that is known', found: [null, 0.951], verdict: 'block', value: 0.951 },
    { says: 'none that is known', found: [null, null], verdict: 'abstain', value: null },
  ])('correlation: $says', ({ found, verdict, value }) =>
    expect(asked('correlation', correlations(...found))).toMatchObject({ verdict, value, limit: 0.95 }),
  )

  const coins = { symbol: 'BTCUSD', calendar: '24x7', sector: 'coins' } as const
  const sectors = (positions: number, others: readonly { readonly symbol: string; readonly sector: string; readonly open: boolean }[]): Over => ({
    state: {
      ...base.state,
      books: [
        { ...base.book, state: 'OPEN' },
        ...others.map(({ symbol, open }) => ({ ...base.book, symbol, state: open ? ('OPEN' as const) : ('FLAT' as const) })),
      ],
    },
    traits: coins,
    rules: {
      ...base.rules,
      guards: Config.parse({ guards: { sectorExposure: { positions } } }).guards,
      traits: [coins, ...others.map(({ symbol, sector }) => ({ symbol, calendar: '24x7' as const, sector }))],
    },
  })
  const others = [
    { symbol: 'ETHUSD', sector: 'coins', open: true },
    { symbol: 'SOLUSD', sector: 'coins', open: false },
    { symbol: 'AAPL', sector: 'technology', open: true },
  ]
  test.each([
    { says: 'one other of the sector is open and two are allowed', positions: 2, verdict: 'pass' },
    { says: 'one other of the sector is open and one is allowed', positions: 1, verdict: 'block' },
  ])('sectorExposure: $says; its own, a flat one and one of another sector do not count', ({ positions, verdict }) =>
    expect(asked('sectorExposure', sectors(positions, others))).toMatchObject({ verdict, value: 2, limit: positions }),
  )

  test.each([
    { edgeBps: 36, verdict: 'pass' },
    { edgeBps: 36.001, verdict: 'block' },
  ])('feeEdge: half a percent less 14 bps of costs, $edgeBps are asked for', ({ edgeBps, verdict }) =>
    expect(asked('feeEdge', { ...wish({ target: 100.5 }), ...settings({ feeEdge: { edgeBps } }) })).toMatchObject({ verdict, limit: edgeBps }),
  )

  const watched = (madeAt: number): Over => ({
    ...settings({ watchlist: { required: true, ageMinutesMax: 60 } }),
    ...risk({ watchlist: { day: '2026-01-05', madeAt, symbols: ['BTCUSD'], rows: 1 } }),
  })
  test.each([
    { says: 'made now', age: 0, verdict: 'pass' },
    { says: 'as old as it may be', age: 60 * MINUTE, verdict: 'pass' },
    { says: 'older than that', age: 60 * MINUTE + 1, verdict: 'block' },
    { says: 'made in the future', age: -1, verdict: 'block' },
  ])('watchlist: $says', ({ age, verdict }) => expect(asked('watchlist', watched(base.now - age))).toMatchObject({ verdict }))

  test.each([
    ['2026-01-05T14:29:59.999Z', 'XNYS has not opened yet'],
    ['2026-01-05T21:00:00Z', 'XNYS has closed'],
    ['2026-11-27T18:00:00Z', 'XNYS has closed (day after Thanksgiving)'],
    ['2026-01-03T16:00:00Z', 'XNYS is shut on 2026-01-03: weekend'],
  ])('marketHours: at %s it says that %s', (iso, reason) => expect(asked('marketHours', at(iso))).toMatchObject({ value: 'shut', reason }))

  test('cooldown: where nothing was closed yet there is no time to tell', () => {
    expect(asked('cooldown', settings({ cooldown: { minutes: 10 } }))).toMatchObject({ verdict: 'pass', value: null })
    expect(asked('cooldown', book({ lastExitAt: base.now }))).toMatchObject({ verdict: 'pass', value: null, limit: 0 })
  })

  test('riskPerShare: no stop is no risk that anybody knows, however much is allowed', () =>
    expect(asked('riskPerShare', { ...settings({ riskPerShare: { limit: 1 } }), ...intent({ stop: null }) })).toMatchObject({ verdict: 'block' }))
})

test('every limit that a guard names is there to be set', () => {
  const config = Config.parse({}) as unknown as Record<string, unknown>
  for (const { setting } of guards) {
    if (setting === null) continue
    expect(
      setting.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], config),
      setting,
    ).toBeDefined()
  }
})

test('the chain is in the order in which it is shown, and each guard says what it looks at', () => {
  expect(guards.map(({ name }) => name).join(' ')).toBe(
    'mode killSwitch breakers engineState degradation phase profitLock marketHours entryDelay settleDelay sessionPhase dataFreshness feedGap ' +
      'ringOverrun universe watchlist shorts duplicate symbolState consumedEntries cooldown positionCount grossExposure symbolExposure ' +
      'sectorExposure correlation buyingPower positionSize ordersPerDay spread feeEdge volatility regime confidence timeframeAgreement ' +
      'riskPerShare priceDrift relativeVolume earnings exchangeHealth',
  )
  expect(guards.filter((guard) => guard.class === 'failOpen').map(({ name }) => name)).toEqual([
    'correlation',
    'spread',
    'regime',
    'timeframeAgreement',
    'relativeVolume',
    'earnings',
  ])
  for (const { says, unit } of guards) {
    expect(says).toMatch(/^[A-Z].{15,}\.$/)
    expect(unit.length).toBeGreaterThan(0)
  }
})

/** One value after the other that may be unknown. */
const FORGOTTEN: Readonly<Record<string, (of: GuardContext) => GuardContext>> = {
  equity: (of) => ({ ...of, equity: null }),
  exposure: (of) => ({ ...of, exposure: null }),
  'the price': (of) => ({ ...of, book: { ...of.book, mark: null, markAt: null }, intent: { ...of.intent, price: null } }),
  'the size': (of) => ({ ...of, intent: { ...of.intent, quantity: null, notional: null, costs: null } }),
  'the stop': (of) => ({ ...of, intent: { ...of.intent, stop: null } }),
  'the day': (of) => ({ ...of, state: { ...of.state, risk: { ...of.state.risk, day: null } } }),
  'the watchlist': (of) => ({ ...of, state: { ...of.state, risk: { ...of.state.risk, watchlist: null } } }),
  'the breakers': (of) => ({ ...of, state: { ...of.state, risk: { ...of.state.risk, breakers: {} } } }),
  'all statistics': (of) => ({ ...of, book: { ...of.book, stats: of.book.stats.map(() => 0), hours: [] } }),
}

describe.each(Object.entries(FORGOTTEN))('where %s is not known', (_what, forget) => {
  test('nobody who fails closed lets through what he refused', () => {
    for (const [name, { block }] of Object.entries(CASES)) {
      const guard = guards.find((candidate) => candidate.name === name)
      if (guard?.class !== 'failClosed') continue
      for (const over of block)
        expect(evaluate(guard, forget({ ...base, ...over })), `${name} of ${JSON.stringify(over).slice(0, 200)}`).toMatchObject({ blocks: true })
    }
  })
  test('nobody fails', () => {
    for (const guard of guards) expect(evaluate(guard, forget(base)).verdict, guard.name).not.toBe('error')
  })
})

test('what lets through says so in the same words whatever it looks at, so that nothing is formatted on the way', () => {
  for (const [name, { pass }] of Object.entries(CASES)) for (const over of pass) expect(asked(name, over).reason, name).not.toMatch(/\d/)
})

test.each(['dry-run', 'simulate', 'paper', 'live', 'manual'] as const)('every guard is asked in mode %s', (mode) => {
  const results = guards.map((guard) => evaluate(guard, { ...base, state: { ...base.state, mode } }))
  expect(results).toHaveLength(guards.length)
  expect(results.filter(({ verdict }) => verdict === 'error')).toEqual([])
})

test('an hour after the open in New York nothing of the exchange is in the way', () => {
  for (const name of ['marketHours', 'entryDelay', 'settleDelay', 'sessionPhase'])
    expect(asked(name, at(new Date(oneHour).toISOString()))).toMatchObject({ verdict: 'pass' })
})

describe('an entry that works already', () => {
  const entering = (side: 'buy' | 'sell'): Over => {
    const made = with2({ ...held('ETHUSD', 'long', hours(1)), state: 'ENTERING', position: null })
    const order = { symbol: 'ETHUSD', purpose: 'entry', side } as OpenOrder['order']
    return { ...made, state: { ...(made.state as State), orders: { 'led-1': { order } as OpenOrder } } }
  }
  test('of what moves like it refuses another, as if it were filled', () =>
    expect(asked('correlation', entering('buy'))).toMatchObject({ verdict: 'block' }))
  test('of the other side does not', () => expect(asked('correlation', entering('sell'))).toMatchObject({ verdict: 'pass' }))
})
