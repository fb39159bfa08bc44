import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Input } from '../../engine/core/input.ts'
import { step } from '../../engine/core/step.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { CalendarName } from '../../src/exchange-calendar.ts'
import { rolls, SYMBOL, stateOf } from './exchange-days.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Where days are not as long as others, or a year ends. */
const TURNS = [
  { says: 'clocks go forward', from: '2026-03-06T12:00:00Z', to: '2026-03-10T12:00:00Z' },
  { says: 'clocks go back', from: '2026-10-30T12:00:00Z', to: '2026-11-03T12:00:00Z' },
  { says: 'a year ends', from: '2026-12-30T12:00:00Z', to: '2027-01-03T12:00:00Z' },
] as const

const ZONES = { '24x7': 'UTC', XNYS: 'America/New_York', FX: 'America/New_York' } as const
const CASES = TURNS.flatMap((turn) => (['24x7', 'XNYS', 'FX'] as const).map((calendar) => ({ ...turn, calendar })))

/** The local date by the operating system's own tables, which the engine does not ask. */
const localDay = (calendar: CalendarName, at: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: ZONES[calendar], year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)

/** The first of these times in each local day. */
const daysByZone = (calendar: CalendarName, times: readonly number[]) => {
  const days = times.map((at) => ({ day: localDay(calendar, at), at }))
  return days.filter(({ day }, index) => day !== days[index - 1]?.day)
}

/** The core with a clock that is given to it. */
const machine = (calendar: CalendarName) => {
  const { rules, state: initial } = stateOf(calendar)
  const events: EngineEvent[] = []
  let state = initial
  let sequence = 0
  let signals = 0
  const give = (input: Input): readonly EngineEvent[] => {
    const result = step(rules, state, input)
    state = result.state
    events.push(...result.events)
    return result.events
  }
  const barAt = (at: number, close: number): Bar => {
    sequence += 1
    const prices = { open: close, high: close, low: close, close }
    return {
      sequence,
      instrument: 0,
      timeframeMs: MINUTE_MS,
      flags: 1,
      time: at - MINUTE_MS,
      eventTime: at,
      ingestTime: at,
      ...prices,
      volume: 1,
      row: sequence,
    }
  }
  return {
    give,
    events,
    state: () => state,
    started: (now: number): void => {
      const { scales: _, ...own } = rules
      give({ kind: 'started', now, mode: 'simulate', rules: own, configHash: 'hash' })
      give({ kind: 'desired', now, desired: 'running', reason: 'new', actor: 'test', commandId: null })
      give({ kind: 'brainStarted', now, warmFrom: 1, liveFrom: 1, strategies: [] })
    },
    timer: (now: number) => give({ kind: 'timer', now }),
    bar: (at: number, close = 100) => give({ kind: 'bar', bar: barAt(at, close) }),
    wish: (now: number, side: 'long' | 'flat' = 'long') => {
      signals += 1
      const id = `${SYMBOL}_${now}_${signals.toString(16).padStart(8, '0')}`
      const signal = {
        id,
        symbol: SYMBOL,
        side,
        strategy: 'test',
        barSequence: sequence,
        at: now,
        price: 100,
        stop: null,
        target: null,
        confidence: 1,
        reason: '',
        values: {},
      }
      const decided = give({ kind: 'signal', now, signal }).find((event) => event.kind === 'signalDecided')
      return decided?.kind === 'signalDecided' ? decided : null
    },
    fillAll: (now: number, price: number): void => {
      for (const { order } of Object.values(state.orders)) {
        const about = { clientOrderId: order.clientOrderId, venueSequence: state.venueSequence + 1, at: now, barSequence: sequence }
        give({
          kind: 'report',
          now,
          report: { ...about, kind: 'filled', executionId: `x-${order.clientOrderId}`, quantity: order.quantity, price, fee: 0, complete: true },
        })
      }
    },
  }
}

/** Days that begin while a clock is looked at every few minutes. */
const daysSeen = (calendar: CalendarName, times: readonly number[], how: 'timer' | 'bar') => {
  const world = machine(calendar)
  for (const at of times) world[how](at)
  return rolls(world.events)
}

const every = (minutes: number, from: number, to: number): number[] =>
  Array.from({ length: Math.floor((to - from) / (minutes * MINUTE_MS)) + 1 }, (_, index) => from + index * minutes * MINUTE_MS)

describe.each(CASES)('$calendar while $says', ({ calendar, from, to }) => {
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  const expected = (times: readonly number[]) => daysByZone(calendar, times)

  test('the day begins once, at the first look after local midnight', () => {
    const times = every(5, begin, end)
    expect(daysSeen(calendar, times, 'timer')).toEqual(expected(times))
  })

  test('it begins with the first bar that lies in it', () => {
    const times = every(15, begin, end)
    // A bar belongs to the day in which it began.
    const began = expected(times.map((at) => at - MINUTE_MS)).map(({ day }) => day)
    expect(daysSeen(calendar, times, 'bar').map(({ day }) => day)).toEqual(began)
  })

  test('a wall clock that is set back by an hour or a day begins none again', () => {
    const times = every(5, begin, end)
    const stumbling = times.flatMap((at) => [at, at - HOUR_MS, at - 24 * HOUR_MS])
    expect(daysSeen(calendar, stumbling, 'timer')).toEqual(expected(times))
  })

  test('nothing but the next day gives back the loss of a day, and it gives it back once', () => {
    const world = machine(calendar)
    world.started(begin)
    world.bar(begin)
    world.wish(begin)
    world.fillAll(begin, 10_000)
    const day = world.state().risk.day
    // Half of the account is in it: a tenth of that is a loss of 5 %.
    world.bar(begin + MINUTE_MS, 90)
    expect(world.state().risk.breakers.dailyLoss?.state).toBe('open')
    const endsAt = day?.endsAt ?? Number.NaN
    for (const at of every(30, begin + 10 * MINUTE_MS, endsAt - 1)) {
      world.timer(at)
      expect(world.state().risk.breakers.dailyLoss?.state, new Date(at).toISOString()).toBe('open')
    }
    for (const minute of [0, 2, 4]) world.timer(endsAt + minute * MINUTE_MS)
    expect(world.state().risk.breakers.dailyLoss?.state).toBe('closed')
    expect(rolls(world.events).map((roll) => roll.day)).toEqual([day?.day, localDay(calendar, endsAt)])
  })

  test('orders and entries of a day are counted from nothing in the next', () => {
    const world = machine(calendar)
    world.started(begin)
    world.bar(begin)
    world.wish(begin)
    const { day: first, endsAt = Number.NaN } = world.state().risk.day ?? {}
    expect(world.state().risk.day).toMatchObject({ entries: 1 })
    expect(world.state().books[0]?.entries).toEqual({ day: first, count: 1 })
    world.fillAll(begin, 10_000)
    world.timer(endsAt - 1)
    expect(world.state().risk.day).toMatchObject({ day: first, entries: 1 })
    world.timer(endsAt)
    expect(world.state().risk.day).toMatchObject({ day: localDay(calendar, endsAt), entries: 0, orders: 0 })
  })
})

test('days have the length that they have', () => {
  const lengths = (from: string) => {
    const world = machine('XNYS')
    world.timer(Date.parse(from))
    const { endsAt = Number.NaN } = world.state().risk.day ?? {}
    return (endsAt - Date.parse(from)) / HOUR_MS
  }
  expect([lengths('2026-03-08T05:00:00Z'), lengths('2026-11-01T04:00:00Z'), lengths('2026-12-31T05:00:00Z')]).toEqual([23, 25, 24])
})

const withoutFaketime = spawnSync('faketime', ['--version']).error !== undefined

describe.skipIf(withoutFaketime)(`by the clock of the operating system${withoutFaketime ? ' (skipped: faketime is not installed)' : ''}`, () => {
  const script = join(import.meta.dirname, 'children', 'roll-days.ts')
  const spelled = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

  test.each(CASES)('$calendar while $says: the day begins once', { timeout: 60_000 }, ({ calendar, from, to }) => {
    // Some minutes past each half hour, so that no look is at midnight itself.
    const times = every(30, Date.parse(from) + 7 * MINUTE_MS, Date.parse(to))
    const said = execFileSync('faketime', ['-f', spelled(times[0] ?? 0), process.execPath, script], {
      input: JSON.stringify({ calendar, looks: times.map(spelled) }),
      env: { ...process.env, TZ: 'UTC', FAKETIME_NO_CACHE: '1' },
      encoding: 'utf8',
    })
    const { days, seen } = JSON.parse(said) as {
      readonly days: readonly { readonly day: string; readonly at: number }[]
      readonly seen: readonly number[]
    }
    expect(seen).toEqual(times)
    expect(days).toEqual(daysByZone(calendar, times))
  })
})
