import { describe, expect, test } from 'vitest'
import { healBreakers } from '../../../engine/core/breakers/heal.ts'
import { breakers } from '../../../engine/core/breakers/index.ts'
import { breakerStatuses, openBreakers } from '../../../engine/core/breakers/status.ts'
import type { Rules } from '../../../engine/core/rules.ts'
import type { State } from '../../../engine/core/state.ts'
import { BREAKERS, type BreakerName } from '../../../src/contracts/breaker.ts'
import { bar, fill, MINUTE } from '../../helpers/engine-fixture.ts'
import { holding, leaveAt, moves, rulesWith, tryToEnter, type Watched } from './watched.ts'

type Case = {
  readonly settings?: object
  /** What comes just short of the limit, and what reaches it. */
  readonly short: (world: Watched) => void
  readonly reach: (world: Watched) => void
  /** What ends the cause, where it does not end by itself. */
  readonly ends?: (world: Watched) => void
}

const calls = (world: Watched, ok: number, failed: number) => world.give({ kind: 'venueCalls', now: world.now(), ok, failed, reason: null })

/** One more exit that the venue refuses. */
const rejectedExit = (world: Watched): void => {
  const sequence = world.state().barSequence + 1
  const exit = world.bar(sequence, { low: 90, close: 91 }).effects.find((effect) => effect.kind === 'submit')
  if (exit?.kind !== 'submit') throw new Error('no exit')
  const { clientOrderId } = exit.order
  world.report({ kind: 'rejected', venueSequence: 10_000 + sequence, clientOrderId, reason: 'no', at: world.now(), barSequence: sequence })
}

/** A bar of the held instrument at a price that makes equity an exact share of what it was at its best. */
const fallen = (world: Watched, close: number): void => {
  world.bar(world.state().barSequence + 1, { open: close, close })
}

/** A bar of the held instrument that tells what it is worth now, or at a later time. */
const barNow = (world: Watched, at = world.now()): void => {
  const { barSequence, row } = world.state()
  world.give({ kind: 'bar', bar: { ...bar(barSequence + 1), row: row + 1, eventTime: Math.max(at, world.now()) } })
}

const otherInstrument = (world: Watched, bars: number): void => {
  for (let each = 0; each < bars; each += 1) world.bar(world.state().barSequence + 1, { instrument: 1 })
}

const rowsUpTo = (world: Watched, refused: number): void => {
  const sequence = world.state().barSequence + 1
  world.give({ kind: 'bar', bar: { ...bar(sequence), row: world.state().row + 1 + refused } })
}

/** Its stop is touched, and the exit that follows is not filled. */
const unprotect = (world: Watched): void => void world.bar(world.state().barSequence + 1, { low: 95, close: 100 })

const fillExit = (world: Watched): void => {
  const [open] = Object.values(world.state().orders)
  if (open?.order.purpose !== 'exit') throw new Error('no exit to fill')
  world.report({ ...fill(open.order.clientOrderId, open.order.quantity, 10_000, world.state().barSequence), at: world.now() })
}

const statement = (world: Watched, quantity: number) =>
  world.give({
    kind: 'statement',
    now: world.now(),
    venueSequence: world.state().venueSequence,
    positions: quantity === 0 ? [] : [{ symbol: 'BTCUSD', quantity }],
  })

const held = (world: Watched): number => world.state().books[0]?.position?.quantity ?? 0

const cases: { readonly [Name in BreakerName]: Case } = {
  dailyLoss: {
    settings: { limit: 0.0005 },
    short: (world) => fallen(world, 99.9),
    reach: (world) => fallen(world, 98),
    ends: (world) => fallen(world, 100),
  },
  drawdown: {
    settings: { limit: 0.0005, blockHours: 0 },
    short: (world) => fallen(world, 99.9),
    reach: (world) => fallen(world, 98),
    ends: (world) => fallen(world, 100),
  },
  consecutiveLosses: { settings: { limit: 1 }, short: (world) => leaveAt(world, 101), reach: (world) => leaveAt(world, 99) },
  orderRejects: {
    settings: { limit: 0.6 },
    // The entry was filled: one of two is a half, two of three are more.
    short: rejectedExit,
    reach: (world) => {
      rejectedExit(world)
      rejectedExit(world)
    },
  },
  apiErrors: { settings: { limit: 5 }, short: (world) => void calls(world, 0, 4), reach: (world) => void calls(world, 0, 5) },
  apiErrorRate: { settings: { limit: 0.05 }, short: (world) => void calls(world, 39, 2), reach: (world) => void calls(world, 38, 2) },
  badData: {
    settings: { limit: 0.02, rows: 100 },
    short: (world) => rowsUpTo(world, 0),
    reach: (world) => rowsUpTo(world, 1),
    ends: (world) => {
      for (let row = 0; row < 120; row += 1) rowsUpTo(world, 0)
    },
  },
  staleFeed: {
    settings: { bars: 5 },
    short: (world) => otherInstrument(world, 4),
    reach: (world) => otherInstrument(world, 5),
    ends: (world) => fallen(world, 100),
  },
  reconciliation: { short: (world) => void statement(world, held(world)), reach: (world) => void statement(world, held(world) - 1) },
  restartStorm: {
    short: () => undefined,
    reach: (world) => void world.give({ kind: 'trouble', now: world.now(), breaker: 'restartStorm', reason: 'the brain fell five times' }),
  },
  clockSkew: {
    short: (world) => void world.give({ kind: 'clock', now: world.now(), skewMs: -499, jumpMs: 1_999 }),
    reach: (world) => void world.give({ kind: 'clock', now: world.now(), skewMs: -500, jumpMs: 0 }),
    ends: (world) => void world.give({ kind: 'clock', now: world.now(), skewMs: 10, jumpMs: 0 }),
  },
  ledgerTrouble: {
    short: () => undefined,
    reach: (world) => void world.give({ kind: 'trouble', now: world.now(), breaker: 'ledgerTrouble', reason: 'the disk is full' }),
  },
  unprotected: {
    short: (world) => {
      unprotect(world)
      world.timer(world.now() + 299_999)
    },
    reach: (world) => {
      unprotect(world)
      world.timer(world.now() + 300_000)
    },
    ends: fillExit,
  },
}

const names = BREAKERS.map((name) => ({ name }))
const worldFor = (name: BreakerName, over: object = {}): Watched => holding(rulesWith({ [name]: { ...cases[name].settings, ...over } }))
const recordIn = (state: State, name: BreakerName) => state.risk.breakers[name]

describe.each(names)('$name', ({ name }) => {
  const { short, reach, ends } = cases[name]
  const rearms = (rules: Rules) => rules.breakers[name].rearm

  test('stays closed short of its limit', () => {
    const world = worldFor(name)
    short(world)
    expect(recordIn(world.state(), name)?.state).toBe('closed')
    expect(openBreakers(world.state(), world.rules, world.now()).map((open) => open.name)).not.toContain(name)
  })

  test('trips once it is reached, and refuses the next entry by its name', () => {
    const world = worldFor(name)
    reach(world)
    const state = rearms(world.rules) === 'person' ? 'latched' : 'open'
    expect(recordIn(world.state(), name)).toMatchObject({ state, trips: [expect.any(Number)] })
    expect(recordIn(world.state(), name)?.reason).not.toBe('')
    expect(moves(world, name)).toEqual([`closed → ${state}`])
    const refused = tryToEnter(world, 'ETHUSD')
    expect(refused.order).toBeNull()
    expect(refused.decided.guards.find(({ guard }) => guard === 'breakers')).toMatchObject({
      verdict: 'block',
      reason: expect.stringContaining(name),
    })
  })

  test('is the same after a start, from facts alone and from a checkpoint', () => {
    const world = worldFor(name)
    const before = world.checkpoint()
    reach(world)
    expect(world.recovered()).toEqual(world.state())
    expect(world.recovered(before)).toEqual(world.state())
    expect(recordIn(world.recovered(world.checkpoint()), name)).toEqual(recordIn(world.state(), name))
  })

  test('latched, waits for a person with a reason', () => {
    const world = worldFor(name, { rearm: 'person' })
    reach(world)
    expect(recordIn(world.state(), name)).toMatchObject({ state: 'latched', until: null })
    world.timer(world.now() + 86_400_000)
    expect(recordIn(world.state(), name)?.state).toBe('latched')
    ends?.(world)
    barNow(world)
    expect(world.command({ kind: 'rearm', breaker: name }, ' ').outcome).toBe('refused')
    expect(world.command({ kind: 'rearm', breaker: name }, 'found the cause')).toMatchObject({ outcome: 'accepted' })
    expect(recordIn(world.state(), name)).toMatchObject({ state: 'closed', reason: 'found the cause' })
    expect(moves(world, name)).toEqual(['closed → latched', 'latched → closed'])
    expect(world.recovered()).toEqual(world.state())
    world.timer(world.now() + 1)
    expect(recordIn(world.state(), name)?.state).toBe('closed')
  })

  test('on a cool-down, tries again when that is over and closes when it measures fine again', () => {
    const world = worldFor(name, { rearm: 'cooldown', cooldownMinutes: 240 })
    reach(world)
    const until = recordIn(world.state(), name)?.until ?? 0
    expect(recordIn(world.state(), name)?.state).toBe('open')
    expect(until).toBeGreaterThanOrEqual(world.now() + 239 * MINUTE)
    ends?.(world)
    if (world.now() < until - 1) world.timer(until - 1)
    if (world.now() < until) expect(recordIn(world.state(), name)?.state).toBe('open')
    barNow(world, until)
    expect(recordIn(world.state(), name)?.state).toBe('halfOpen')
    expect(tryToEnter(world, 'ETHUSD').order).toBeNull()
    world.timer(world.now() + 1)
    expect(moves(world, name)).toEqual(['closed → open', 'open → halfOpen', 'halfOpen → closed'])
    expect(recordIn(world.state(), name)?.trips).toHaveLength(1)
    expect(world.recovered()).toEqual(world.state())
  })

  test.each([
    { says: 'missing', value: undefined },
    { says: 'null', value: null },
    { says: 'of a state that there is not', value: { state: 'ajar', since: 1, reason: '', value: null, until: null, trips: [] } },
    { says: 'cut short', value: { state: 'closed' } },
  ])('whose record is $says is latched, and a person can close it', ({ value }) => {
    const world = worldFor(name)
    const damaged = JSON.parse(JSON.stringify(world.state()))
    damaged.risk.breakers[name] = value
    const healed = healBreakers(damaged)
    expect(recordIn(healed, name)).toMatchObject({ state: 'latched', reason: 'its state could not be read' })
    for (const other of BREAKERS) if (other !== name) expect(recordIn(healed, other)?.state).toBe('closed')
    expect(recordIn(world.recovered(damaged), name)?.state).toBe('latched')
  })

  test('tripped by a person is latched whatever its settings say, and only once', () => {
    const world = worldFor(name, { rearm: 'cooldown' })
    expect(world.command({ kind: 'trip', breaker: name }, 'news at noon').outcome).toBe('accepted')
    expect(recordIn(world.state(), name)).toMatchObject({ state: 'latched', value: null, reason: 'tripped by maria: news at noon' })
    expect(world.command({ kind: 'trip', breaker: name }).outcome).toBe('refused')
    expect(world.command({ kind: 'rearm', breaker: name }).outcome).toBe('accepted')
  })

  test('that is closed has nothing to re-arm', () => {
    expect(worldFor(name).command({ kind: 'rearm', breaker: name })).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('is closed'),
    })
  })

  test('is shown with what it measures', () => {
    const world = worldFor(name)
    reach(world)
    const view = breakerStatuses(world.rules, world.state(), world.now()).find((each) => each.name === name)
    expect(view).toMatchObject({ name, trips: 1, needsPerson: rearms(world.rules) === 'person', since: expect.any(Number) })
    expect(view?.until === null).toBe(rearms(world.rules) === 'person')
    if (view?.limit !== null) expect(view?.distance).toBe(0)
  })
})

test('a breaker that no memory is left of counts as latched without anybody healing it', () => {
  const world = holding()
  const { dailyLoss: _, ...breakersLeft } = world.state().risk.breakers
  const state = { ...world.state(), risk: { ...world.state().risk, breakers: breakersLeft } }
  expect(openBreakers(state, world.rules, world.now())).toEqual([{ name: 'dailyLoss', state: 'latched', reason: 'its state could not be read' }])
})

test('a whole state is healed into itself', () => {
  const world = holding()
  expect(healBreakers(world.state())).toBe(world.state())
})

test('a state from before there were breakers has all of them latched', () => {
  const { risk: _, ...old } = holding().state()
  const healed = healBreakers(old as State)
  expect(Object.values(healed.risk.breakers).map(({ state }) => state)).toEqual(BREAKERS.map(() => 'latched'))
  expect(healed.risk.emotional.active).toBe(true)
  expect(healed.risk.degradation.level).toBe('safe')
})

test.each([
  { command: { kind: 'trip', breaker: 'dailyloss' }, says: 'trip' },
  { command: { kind: 'rearm', breaker: 'dailyloss' }, says: 'rearm' },
] as const)('a name that is none is refused with all that are ($says)', ({ command }) => {
  const answer = holding().command(command as never)
  expect(answer.outcome).toBe('refused')
  for (const name of BREAKERS) expect(answer.message).toContain(name)
})

describe('exactly at the limit', () => {
  const measure = (name: BreakerName, over: object, change: (state: State) => State, now = 1_000_000) => {
    const own = rulesWith({ [name]: over })
    return breakers[name].measure(own, change({ ...holding(own).state(), books: [] }), now)
  }
  const risk =
    (changes: Partial<State['risk']>) =>
    (state: State): State => ({ ...state, risk: { ...state.risk, ...changes } })
  const cash = 97_000_000_000 as State['cash']
  const day = {
    day: '2026-01-05',
    endsAt: 2e12,
    equity: 100_000_000_000 as State['cash'],
    realised: 0,
    best: 0,
    orders: 0,
    entries: 0,
    locked: false,
  } as never
  test.each([
    { name: 'dailyLoss', over: { limit: 0.03 }, change: (state: State) => ({ ...risk({ day })(state), cash }), value: 0.03 },
    {
      name: 'drawdown',
      over: { limit: 0.03 },
      change: (state: State) => ({ ...risk({ peak: 100_000_000_000 as never })(state), cash }),
      value: 0.03,
    },
    { name: 'consecutiveLosses', over: { limit: 3 }, change: risk({ losses: 3 }), value: 3 },
    {
      name: 'orderRejects',
      over: { limit: 0.5 },
      change: risk({ orderEnds: [true, true, false, false].map((rejected) => ({ at: 999_999, rejected })) }),
      value: 0.5,
    },
    { name: 'apiErrors', over: { limit: 5 }, change: risk({ calls: [{ at: 999_999, ok: 0, failed: 5 }] }), value: 5 },
    { name: 'apiErrorRate', over: { limit: 0.05 }, change: risk({ calls: [{ at: 999_999, ok: 38, failed: 2 }] }), value: 0.05 },
    {
      name: 'badData',
      over: { limit: 0.001, rows: 10_000 },
      change: (state: State) => ({ ...state, row: 10_000, barSequence: 9_990 }),
      value: 0.001,
    },
    { name: 'clockSkew', over: {}, change: risk({ wallClock: { skewMs: 500, jumpMs: 0 } }), value: 500 },
    { name: 'clockSkew', over: {}, change: risk({ wallClock: { skewMs: null, jumpMs: -2_000 } }), value: 2_000 },
  ] as const)('$name trips, and a hair before it does not', ({ name, over, change, value }) => {
    expect(measure(name, over, change)).toMatchObject({ tripped: true, value, distance: 0 })
    const looser = name === 'clockSkew' ? { skewMs: 501, jumpMs: 2_001 } : { limit: value < 1 ? value * 1.000001 : value + 1 }
    expect(measure(name, { ...over, ...looser }, change).tripped).toBe(false)
  })
})

describe('unknown is never zero', () => {
  test('a day that began with equity unknown opens the breaker until a person counts from now', () => {
    const world = holding(rulesWith({ dailyLoss: { limit: 0.5 } }))
    world.tell({ kind: 'dayRolled', calendar: '24x7', day: '2026-01-05', from: '2026-01-04', equity: null, realised: 0 })
    world.timer(world.now())
    expect(recordIn(world.state(), 'dailyLoss')).toMatchObject({ state: 'open', value: null, reason: expect.stringContaining('is unknown') })
    for (let minute = 3; minute < 20; minute += 1) world.bar(minute)
    expect(moves(world, 'dailyLoss')).toEqual(['closed → open'])
    expect(world.command({ kind: 'rearm', breaker: 'dailyLoss' }).outcome).toBe('accepted')
    world.bar(20)
    expect(recordIn(world.state(), 'dailyLoss')?.state).toBe('closed')
  })

  test('a position without a price opens it after the age that data may have, and closes when it has one', () => {
    const own = rulesWith()
    const { books, ...state } = holding(own).state()
    const unmarked = { ...state, books: books.map((book, id) => (id === 0 ? { ...book, mark: null, markAt: null } : book)), markedEquity: null }
    const since = books[0]?.position?.openedAt ?? 0
    const limit = own.risk.dataAgeBarsMax * MINUTE
    expect(breakers.dailyLoss.measure(own, unmarked, since + limit - 1)).toMatchObject({ tripped: false, value: null })
    expect(breakers.dailyLoss.measure(own, unmarked, since + limit)).toMatchObject({ tripped: true, value: null, unknown: true })
    expect(breakers.drawdown.measure(own, unmarked, since + limit)).toMatchObject({ tripped: true, value: null, unknown: true })
  })
})

describe('drawdown', () => {
  test('empties the books where the settings say so, again after a refused exit, and blocks re-arming for its hours', () => {
    const world = holding(rulesWith({ drawdown: { limit: 0.0005, flatten: true, blockHours: 12 } }))
    const { effects, events } = world.bar(3, { open: 98, close: 98 })
    expect(effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit', reason: 'drawdown' } }])
    const kinds = events.map((event) => event.kind)
    expect(kinds.indexOf('breakerMoved')).toBeLessThan(kinds.indexOf('orderIntended'))
    const exit = effects[0]
    if (exit?.kind !== 'submit') throw new Error('no exit')
    world.report({ kind: 'rejected', venueSequence: 999, clientOrderId: exit.order.clientOrderId, reason: 'no', at: world.now(), barSequence: 3 })
    world.bar(4, { open: 98, close: 98 })
    const again = world.events.flatMap((event) => (event.kind === 'orderIntended' && event.order.reason === 'drawdown' ? [event.order] : []))
    expect(again).toHaveLength(2)
    world.report(fill(again[1]?.clientOrderId ?? '', again[1]?.quantity ?? 0, 9_800, 4))
    const trippedAt = recordIn(world.state(), 'drawdown')?.since ?? 0
    expect(trippedAt).toBe(Date.UTC(2026, 0, 5, 0, 3))
    expect(world.command({ kind: 'rearm', breaker: 'drawdown' }, 'now', trippedAt + 12 * 3_600_000 - 1)).toEqual({
      outcome: 'refused',
      message: 'drawdown cannot be re-armed before 2026-01-05 12:03 UTC',
    })
    expect(world.command({ kind: 'rearm', breaker: 'drawdown' }, 'slept over it', trippedAt + 12 * 3_600_000).outcome).toBe('accepted')
    expect(world.state().risk.peak).toBe(world.state().cash)
  })

  test('leaves the books alone where it may not touch them, or where a person tripped it', () => {
    const world = holding(rulesWith({ drawdown: { limit: 0.0005, flatten: false } }))
    expect(world.bar(3, { open: 98, close: 98 }).effects).toEqual([])
    const other = holding(rulesWith({ drawdown: { limit: 0.5, flatten: true } }))
    other.command({ kind: 'trip', breaker: 'drawdown' })
    expect(other.bar(3, { open: 98, close: 98 }).effects).toEqual([])
  })
})

describe('failed calls', () => {
  test('are forgiven by one that goes well, but not those beside it', () => {
    const world = holding()
    calls(world, 0, 4)
    calls(world, 1, 0)
    calls(world, 0, 4)
    expect(recordIn(world.state(), 'apiErrors')?.state).toBe('closed')
    calls(world, 1, 5)
    expect(recordIn(world.state(), 'apiErrors')?.state).toBe('open')
  })

  test('are forgotten after the window', () => {
    const world = holding()
    calls(world, 0, 4)
    world.give({ kind: 'venueCalls', now: world.now() + 60_000, ok: 0, failed: 4, reason: null })
    expect(recordIn(world.state(), 'apiErrors')?.state).toBe('closed')
  })

  test('are no news while all goes well and nothing failed lately', () => {
    const world = holding()
    expect(calls(world, 100, 0).events).toEqual([])
    calls(world, 0, 1)
    expect(calls(world, 100, 0).events).toHaveLength(1)
    barNow(world, world.now() + 16 * MINUTE)
    expect(calls(world, 9, 0).events).toEqual([])
  })
})

describe('a cause that lasts', () => {
  test('keeps a person from re-arming', () => {
    const world = worldFor('staleFeed')
    cases.staleFeed.reach(world)
    expect(world.command({ kind: 'rearm', breaker: 'staleFeed' })).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('its cause lasts'),
    })
  })

  test('keeps a breaker open after its cool-down without a fact for every look', () => {
    const world = worldFor('staleFeed')
    cases.staleFeed.reach(world)
    const facts = world.events.length
    otherInstrument(world, 30)
    expect(world.events.slice(facts)).toEqual([])
    expect(recordIn(world.state(), 'staleFeed')?.state).toBe('open')
  })

  test('that comes back while it tries opens it again, as the same trip', () => {
    const world = worldFor('clockSkew')
    const clock = (skewMs: number) => world.give({ kind: 'clock', now: world.now(), skewMs, jumpMs: 0 })
    clock(600)
    clock(10)
    world.timer(world.now() + 5 * MINUTE)
    clock(700)
    expect(moves(world, 'clockSkew')).toEqual(['closed → open', 'open → halfOpen', 'halfOpen → open'])
    expect(recordIn(world.state(), 'clockSkew')?.trips).toHaveLength(1)
  })
})

test('a difference with the venue is told once, and so is its end', () => {
  const world = holding()
  statement(world, 0)
  statement(world, 0)
  statement(world, held(world))
  expect(world.events.filter((event) => event.kind === 'reconciled').map((event) => event.kind === 'reconciled' && event.differences.length)).toEqual(
    [1, 0],
  )
})

test('a bar is enough to notice that a position has been unprotected for too long', () => {
  const world = holding()
  unprotect(world)
  for (let minute = 4; minute < 8; minute += 1) world.bar(minute)
  expect(recordIn(world.state(), 'unprotected')?.state).toBe('closed')
  world.bar(8)
  expect(recordIn(world.state(), 'unprotected')).toMatchObject({ state: 'latched', value: 300 })
})

describe('a memory that cannot be read', () => {
  test.each([
    { field: 'losses', value: 'three', latched: ['consecutiveLosses'] },
    { field: 'losses', value: undefined, latched: ['consecutiveLosses'] },
    { field: 'peak', value: null, latched: ['drawdown'] },
    { field: 'day', value: { day: '2026-01-05', equity: 1 }, latched: ['dailyLoss'] },
    { field: 'calls', value: [{ at: 1 }], latched: ['apiErrors', 'apiErrorRate'] },
    { field: 'orderEnds', value: [null], latched: ['orderRejects'] },
    { field: 'rowBaseBefore', value: {}, latched: ['badData'] },
    { field: 'differences', value: 'none', latched: ['reconciliation'] },
    { field: 'wallClock', value: { skewMs: 'a little', jumpMs: null }, latched: ['clockSkew'] },
    { field: 'troubles', value: [], latched: ['restartStorm', 'ledgerTrouble'] },
  ])('of $field ($value) latches what measures it, and nothing else', ({ field, value, latched }) => {
    const damaged = JSON.parse(JSON.stringify(holding().state()))
    damaged.risk[field] = value
    const healed = healBreakers(damaged)
    expect(BREAKERS.filter((name) => recordIn(healed, name)?.state !== 'closed')).toEqual(latched)
    expect(healBreakers(healed)).toBe(healed)
  })
})
