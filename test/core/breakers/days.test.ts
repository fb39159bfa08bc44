import { describe, expect, test } from 'vitest'
import type { Rules } from '../../../engine/core/rules.ts'
import type { State } from '../../../engine/core/state.ts'
import { step } from '../../../engine/core/step.ts'
import type { EngineEvent } from '../../../src/contracts/event.ts'
import { bar, fresh, MINUTE } from '../../helpers/engine-fixture.ts'
import { rulesWith } from './watched.ts'

const HOUR = 3_600_000

const newYork: Rules = {
  ...rulesWith(),
  accountCalendar: 'XNYS',
  traits: rulesWith().traits.map((traits) => ({ ...traits, calendar: 'XNYS' })),
}

type Rolled = Extract<EngineEvent, { kind: 'dayRolled' }>

/** Every half hour from one instant to another, as bars and as timers in turn: the days that began, and when. */
const rolledBetween = (rules: Rules, from: number, to: number): Rolled[] => {
  let state: State = fresh()
  const rolled: Rolled[] = []
  for (let at = from, index = 1; at <= to; at += 30 * MINUTE, index += 1) {
    const told =
      index % 2 === 1
        ? step(rules, state, { kind: 'bar', bar: { ...bar(index), time: at, eventTime: at + MINUTE } })
        : step(rules, state, { kind: 'timer', now: at })
    state = told.state
    for (const event of told.events) if (event.kind === 'dayRolled') rolled.push(event)
  }
  return rolled
}

describe('an exchange day begins once', () => {
  test.each([
    {
      says: 'on the 23 hours when New York’s clocks go forward',
      rules: newYork,
      from: '2026-03-07T12:00Z',
      days: ['2026-03-07', '2026-03-08', '2026-03-09'],
      hours: 23,
    },
    {
      says: 'on the 25 hours when they go back',
      rules: newYork,
      from: '2026-10-31T12:00Z',
      days: ['2026-10-31', '2026-11-01', '2026-11-02'],
      hours: 25,
    },
    {
      says: 'at the end of the year in New York',
      rules: newYork,
      from: '2026-12-30T18:00Z',
      days: ['2026-12-30', '2026-12-31', '2027-01-01'],
      hours: 24,
    },
    {
      says: 'at the end of the year for markets that never close',
      rules: rulesWith(),
      from: '2026-12-30T18:00Z',
      days: ['2026-12-30', '2026-12-31', '2027-01-01'],
      hours: 24,
    },
    {
      says: 'where clocks change, for markets that count in UTC',
      rules: rulesWith(),
      from: '2026-03-28T18:00Z',
      days: ['2026-03-28', '2026-03-29', '2026-03-30'],
      hours: 24,
    },
  ])('$says', ({ rules, from, days, hours }) => {
    const rolled = rolledBetween(rules, Date.parse(from), Date.parse(from) + 53 * HOUR)
    expect(rolled.slice(0, 3).map(({ day }) => day)).toEqual(days)
    expect(rolled.map(({ day }) => day)).toEqual([...new Set(rolled.map(({ day }) => day))])
    expect(((rolled[2]?.at ?? 0) - (rolled[1]?.at ?? 0)) / HOUR).toBe(hours)
    expect(rolled[1]?.from).toBe(days[0])
  })

  test('also where the clock is set back over midnight', () => {
    let state: State = fresh()
    const midnight = Date.UTC(2026, 5, 2)
    const kinds: string[] = []
    for (const now of [midnight - 1, midnight, midnight - HOUR, midnight + 1]) {
      const told = step(rulesWith(), state, { kind: 'timer', now })
      state = told.state
      kinds.push(...told.events.map((event) => event.kind))
    }
    expect(kinds.filter((kind) => kind === 'dayRolled')).toHaveLength(2)
  })
})

test('what counts by the day begins again, and what is latched stays', () => {
  const rules = rulesWith({ dailyLoss: { limit: 0.03 } })
  const lost: State = { ...fresh(), cash: 97_000_000_000 as State['cash'] }
  let state = step(rules, fresh(), { kind: 'timer', now: Date.UTC(2026, 0, 5, 12) }).state
  state = step(rules, { ...state, cash: lost.cash }, { kind: 'timer', now: Date.UTC(2026, 0, 5, 23, 59) }).state
  expect(state.risk.breakers.dailyLoss?.state).toBe('latched')
  const next = step(rules, state, { kind: 'timer', now: Date.UTC(2026, 0, 6) })
  expect(next.state.risk.day).toMatchObject({ day: '2026-01-06', equity: 97_000_000_000, best: 0, orders: 0, entries: 0, locked: false })
  expect(next.state.risk.breakers.dailyLoss?.state).toBe('latched')
})
