import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayIn } from '../src/calendar.ts'
import {
  CALENDARS,
  type CalendarName,
  type ExchangeDay,
  exchangeDay,
  exchangeDayOf,
  nextOpen,
  sessionPhase,
  zoneOf,
} from '../src/exchange-calendar.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const INSTANT_MAX = 8_640_000_000_000_000

const hours = ({ startsAt, endsAt }: ExchangeDay): number => (endsAt - startsAt) / HOUR_MS
const utc = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const daysOf = (calendar: CalendarName, from: string, to: string): ExchangeDay[] => {
  const days: ExchangeDay[] = []
  for (let day = exchangeDayOf(calendar, from); day.day <= to; day = exchangeDay(calendar, day.endsAt)) days.push(day)
  return days
}
const weekdaysOf = (year: number): ExchangeDay[] => daysOf('XNYS', `${year}-01-01`, `${year}-12-31`).filter(({ why }) => why !== 'weekend')
const shutOf = (year: number): string[][] => weekdaysOf(year).flatMap(({ session, day, why }) => (session === 'shut' ? [[day, why]] : []))
const halfOf = (year: number): string[] => weekdaysOf(year).flatMap(({ session, day }) => (session === 'half' ? [day] : []))

/** Local time of day by the platform, so that it is not our own arithmetic that says so. */
const clockIn = (zone: string, at: number): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at)

describe('the days', () => {
  test('of 24x7 are counted in UTC, those of stocks and currencies in New York', () => {
    expect(CALENDARS.map(zoneOf)).toEqual(['UTC', 'America/New_York', 'America/New_York'])
  })

  test.each<[CalendarName, string, number, string, string]>([
    ['XNYS', '2026-03-08', 23, '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
    ['FX', '2026-03-08', 23, '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
    ['24x7', '2026-03-08', 24, '2026-03-08T00:00:00.000Z', '2026-03-09T00:00:00.000Z'],
    ['XNYS', '2026-11-01', 25, '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
    ['FX', '2026-11-01', 25, '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
    ['24x7', '2026-11-01', 24, '2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'],
    ['XNYS', '2026-07-01', 24, '2026-07-01T04:00:00.000Z', '2026-07-02T04:00:00.000Z'],
    ['XNYS', '2024-02-29', 24, '2024-02-29T05:00:00.000Z', '2024-03-01T05:00:00.000Z'],
    ['XNYS', '2026-12-31', 24, '2026-12-31T05:00:00.000Z', '2027-01-01T05:00:00.000Z'],
    // Daylight saving time began in April until 2006, and ended in October.
    ['XNYS', '2006-04-02', 23, '2006-04-02T05:00:00.000Z', '2006-04-03T04:00:00.000Z'],
    ['XNYS', '2006-10-29', 25, '2006-10-29T04:00:00.000Z', '2006-10-30T05:00:00.000Z'],
  ])('%s %s has %i hours', (calendar, text, length, startsAt, endsAt) => {
    const day = exchangeDayOf(calendar, text)
    expect([hours(day), utc(day.startsAt), utc(day.endsAt)]).toEqual([length, startsAt, endsAt])
    expect(exchangeDay(calendar, day.startsAt)).toEqual(day)
    expect(exchangeDay(calendar, day.endsAt - 1)).toEqual(day)
    expect(exchangeDay(calendar, day.endsAt).day).not.toBe(text)
  })

  test('the last hours of a year in New York are in the next year by UTC', () => {
    const at = Date.UTC(2027, 0, 1, 4, 59, 59, 999)
    expect([exchangeDay('XNYS', at).day, exchangeDay('24x7', at).day]).toEqual(['2026-12-31', '2027-01-01'])
    expect(exchangeDay('XNYS', at + 1).day).toBe('2027-01-01')
  })

  test('asking for the same day again gives the same object', () => {
    for (const calendar of CALENDARS) {
      const first = exchangeDay(calendar, Date.UTC(2026, 5, 1, 14))
      expect(exchangeDay(calendar, Date.UTC(2026, 5, 1, 15))).toBe(first)
      expect(exchangeDayOf(calendar, '2026-06-01')).toBe(first)
    }
  })

  test('a day is the same after more days than are kept', () => {
    const before = JSON.stringify(exchangeDayOf('XNYS', '2026-11-27'))
    expect(daysOf('XNYS', '1998-01-01', '2012-12-31')).toHaveLength(5_479)
    expect(JSON.stringify(exchangeDayOf('XNYS', '2026-11-27'))).toBe(before)
  })
})

// As the exchange has published them.
const SHUT: Readonly<Record<number, readonly string[]>> = {
  1998: ['01-01', '01-19', '02-16', '04-10', '05-25', '07-03', '09-07', '11-26', '12-25'],
  1999: ['01-01', '01-18', '02-15', '04-02', '05-31', '07-05', '09-06', '11-25', '12-24'],
  2000: ['01-17', '02-21', '04-21', '05-29', '07-04', '09-04', '11-23', '12-25'],
  2001: ['01-01', '01-15', '02-19', '04-13', '05-28', '07-04', '09-03', '09-11', '09-12', '09-13', '09-14', '11-22', '12-25'],
  2004: ['01-01', '01-19', '02-16', '04-09', '05-31', '06-11', '07-05', '09-06', '11-25', '12-24'],
  2005: ['01-17', '02-21', '03-25', '05-30', '07-04', '09-05', '11-24', '12-26'],
  2007: ['01-01', '01-02', '01-15', '02-19', '04-06', '05-28', '07-04', '09-03', '11-22', '12-25'],
  2011: ['01-17', '02-21', '04-22', '05-30', '07-04', '09-05', '11-24', '12-26'],
  2012: ['01-02', '01-16', '02-20', '04-06', '05-28', '07-04', '09-03', '10-29', '10-30', '11-22', '12-25'],
  2018: ['01-01', '01-15', '02-19', '03-30', '05-28', '07-04', '09-03', '11-22', '12-05', '12-25'],
  2021: ['01-01', '01-18', '02-15', '04-02', '05-31', '07-05', '09-06', '11-25', '12-24'],
  2022: ['01-17', '02-21', '04-15', '05-30', '06-20', '07-04', '09-05', '11-24', '12-26'],
  2023: ['01-02', '01-16', '02-20', '04-07', '05-29', '06-19', '07-04', '09-04', '11-23', '12-25'],
  2024: ['01-01', '01-15', '02-19', '03-29', '05-27', '06-19', '07-04', '09-02', '11-28', '12-25'],
  2025: ['01-01', '01-09', '01-20', '02-17', '04-18', '05-26', '06-19', '07-04', '09-01', '11-27', '12-25'],
}

const HALF: Readonly<Record<number, readonly string[]>> = {
  1998: ['11-27', '12-24'],
  1999: ['11-26', '12-31'],
  2000: ['07-03', '11-24'],
  2001: ['07-03', '11-23', '12-24'],
  2002: ['07-05', '11-29', '12-24'],
  2003: ['07-03', '11-28', '12-24', '12-26'],
  2004: ['11-26'],
  2005: ['11-25'],
  2006: ['07-03', '11-24'],
  2007: ['07-03', '11-23', '12-24'],
  2008: ['07-03', '11-28', '12-24'],
  2009: ['11-27', '12-24'],
  2010: ['11-26'],
  2011: ['11-25'],
  2012: ['07-03', '11-23', '12-24'],
  2013: ['07-03', '11-29', '12-24'],
  2014: ['07-03', '11-28', '12-24'],
  2015: ['11-27', '12-24'],
  2016: ['11-25'],
  2017: ['07-03', '11-24'],
  2018: ['07-03', '11-23', '12-24'],
  2019: ['07-03', '11-29', '12-24'],
  2020: ['11-27', '12-24'],
  2021: ['11-26'],
  2022: ['11-25'],
  2023: ['07-03', '11-24'],
  2024: ['07-03', '11-29', '12-24'],
  2025: ['07-03', '11-28', '12-24'],
  2026: ['11-27', '12-24'],
  2027: ['11-26'],
}

describe('the New York Stock Exchange', () => {
  test('keeps the ten holidays of 2026', () => {
    expect(shutOf(2026)).toEqual([
      ['2026-01-01', "New Year's Day"],
      ['2026-01-19', 'Martin Luther King Jr. Day'],
      ['2026-02-16', "Washington's Birthday"],
      ['2026-04-03', 'Good Friday'],
      ['2026-05-25', 'Memorial Day'],
      ['2026-06-19', 'Juneteenth'],
      ['2026-07-03', 'Independence Day (observed)'],
      ['2026-09-07', 'Labor Day'],
      ['2026-11-26', 'Thanksgiving Day'],
      ['2026-12-25', 'Christmas Day'],
    ])
  })

  test('keeps the ten holidays of 2027, of which three fall on a weekend', () => {
    expect(shutOf(2027)).toEqual([
      ['2027-01-01', "New Year's Day"],
      ['2027-01-18', 'Martin Luther King Jr. Day'],
      ['2027-02-15', "Washington's Birthday"],
      ['2027-03-26', 'Good Friday'],
      ['2027-05-31', 'Memorial Day'],
      ['2027-06-18', 'Juneteenth (observed)'],
      ['2027-07-05', 'Independence Day (observed)'],
      ['2027-09-06', 'Labor Day'],
      ['2027-11-25', 'Thanksgiving Day'],
      ['2027-12-24', 'Christmas Day (observed)'],
    ])
  })

  test.each(Object.entries(SHUT))('is shut in %s on the days it published', (year, days) => {
    expect(shutOf(Number(year)).map(([day]) => day)).toEqual(days.map((day) => `${year}-${day}`))
  })

  test.each(Object.entries(HALF))('closes early in %s on the days it published', (year, days) => {
    expect(halfOf(Number(year))).toEqual(days.map((day) => `${year}-${day}`))
  })

  test.each(['1999-12-31', '2004-12-31', '2010-12-31', '2021-12-31', '2027-12-31'])('is open on %s, before a New Year’s Day on a Saturday', (day) => {
    expect(exchangeDayOf('XNYS', day).session).not.toBe('shut')
  })

  test.each(['2008-12-26', '2014-12-26', '2025-12-26'])('has a full day on %s, a Friday after Christmas', (day) => {
    expect(exchangeDayOf('XNYS', day)).toMatchObject({ session: 'full', why: '' })
  })

  test.each([
    ['2026-03-06', 'full', '2026-03-06T14:30:00.000Z', '2026-03-06T21:00:00.000Z', ''],
    ['2026-03-09', 'full', '2026-03-09T13:30:00.000Z', '2026-03-09T20:00:00.000Z', ''],
    ['2024-02-29', 'full', '2024-02-29T14:30:00.000Z', '2024-02-29T21:00:00.000Z', ''],
    ['2026-11-27', 'half', '2026-11-27T14:30:00.000Z', '2026-11-27T18:00:00.000Z', 'day after Thanksgiving'],
    ['2026-12-24', 'half', '2026-12-24T14:30:00.000Z', '2026-12-24T18:00:00.000Z', 'Christmas Eve'],
    ['2025-07-03', 'half', '2025-07-03T13:30:00.000Z', '2025-07-03T17:00:00.000Z', 'day before Independence Day'],
    ['2002-09-11', 'full', '2002-09-11T16:00:00.000Z', '2002-09-11T20:00:00.000Z', 'anniversary of September 11'],
    ['2026-07-04', 'shut', null, null, 'weekend'],
    ['2026-04-03', 'shut', null, null, 'Good Friday'],
    ['2025-01-09', 'shut', null, null, 'mourning for President Carter'],
  ])('%s is a %s day from %s to %s: %s', (day, session, opensAt, closesAt, why) => {
    const found = exchangeDayOf('XNYS', day)
    expect([found.session, utc(found.opensAt), utc(found.closesAt), found.why]).toEqual([session, opensAt, closesAt, why])
  })
})

test('currencies are open from Sunday 17:00 to Friday 17:00 New York time, through both changes of the clock', () => {
  const week = (from: string, to: string) => daysOf('FX', from, to).map(({ session, opensAt, closesAt }) => [session, utc(opensAt), utc(closesAt)])
  expect(week('2026-03-06', '2026-03-09')).toEqual([
    ['full', '2026-03-06T05:00:00.000Z', '2026-03-06T22:00:00.000Z'],
    ['shut', null, null],
    ['full', '2026-03-08T21:00:00.000Z', '2026-03-09T04:00:00.000Z'],
    ['full', '2026-03-09T04:00:00.000Z', '2026-03-10T04:00:00.000Z'],
  ])
  expect(week('2026-10-30', '2026-11-01')).toEqual([
    ['full', '2026-10-30T04:00:00.000Z', '2026-10-30T21:00:00.000Z'],
    ['shut', null, null],
    ['full', '2026-11-01T22:00:00.000Z', '2026-11-02T05:00:00.000Z'],
  ])
})

describe('the next opening', () => {
  test.each<[CalendarName, string, string, string]>([
    ['XNYS', 'before the opening', '2026-06-01T10:00:00Z', '2026-06-01T13:30:00.000Z'],
    ['XNYS', 'in the session is now', '2026-06-01T15:00:00Z', '2026-06-01T15:00:00.000Z'],
    ['XNYS', 'at the opening is now', '2026-06-01T13:30:00Z', '2026-06-01T13:30:00.000Z'],
    ['XNYS', 'at the close is the next morning', '2026-06-01T20:00:00Z', '2026-06-02T13:30:00.000Z'],
    ['XNYS', 'after an early close is after Christmas and the weekend', '2026-12-24T18:00:00Z', '2026-12-28T14:30:00.000Z'],
    ['XNYS', 'over a weekend with a change of the clock', '2026-03-06T21:00:00Z', '2026-03-09T13:30:00.000Z'],
    ['XNYS', 'over the longest closing', '2001-09-10T20:00:00Z', '2001-09-17T13:30:00.000Z'],
    ['FX', 'from Friday 17:00', '2026-06-05T21:00:00Z', '2026-06-07T21:00:00.000Z'],
    ['FX', 'just before Friday 17:00', '2026-06-05T20:59:59.999Z', '2026-06-05T20:59:59.999Z'],
    ['24x7', 'is always now', '2026-12-25T00:00:00Z', '2026-12-25T00:00:00.000Z'],
  ])('of %s %s', (calendar, _name, at, opens) => {
    expect(utc(nextOpen(calendar, Date.parse(at)))).toBe(opens)
  })
})

describe('the phases of a session', () => {
  test.each<[CalendarName, string, string]>([
    ['XNYS', '2026-06-01T13:29:59.999Z', 'CLOSED'],
    ['XNYS', '2026-06-01T13:30:00Z', 'OPEN_NOISE'],
    ['XNYS', '2026-06-01T13:44:59.999Z', 'OPEN_NOISE'],
    ['XNYS', '2026-06-01T13:45:00Z', 'EARLY_TREND'],
    ['XNYS', '2026-06-01T14:30:00Z', 'NORMAL_SESSION'],
    ['XNYS', '2026-06-01T19:29:59.999Z', 'NORMAL_SESSION'],
    ['XNYS', '2026-06-01T19:30:00Z', 'CLOSE_PROTECT'],
    ['XNYS', '2026-06-01T19:59:59.999Z', 'CLOSE_PROTECT'],
    ['XNYS', '2026-06-01T20:00:00Z', 'CLOSED'],
    ['XNYS', '2026-11-27T17:29:59.999Z', 'NORMAL_SESSION'],
    ['XNYS', '2026-11-27T17:30:00Z', 'CLOSE_PROTECT'],
    ['XNYS', '2026-11-27T18:00:00Z', 'CLOSED'],
    ['XNYS', '2026-06-06T15:00:00Z', 'CLOSED'],
    ['XNYS', '2026-12-25T15:00:00Z', 'CLOSED'],
    ['FX', '2026-06-05T20:59:59.999Z', 'CONTINUOUS'],
    ['FX', '2026-06-05T21:00:00Z', 'CLOSED'],
    ['FX', '2026-06-07T20:59:59.999Z', 'CLOSED'],
    ['FX', '2026-06-07T21:00:00Z', 'CONTINUOUS'],
    ['24x7', '2026-06-06T00:00:00Z', 'CONTINUOUS'],
  ])('%s at %s is %s', (calendar, at, phase) => {
    expect(sessionPhase(calendar, Date.parse(at))).toBe(phase)
  })
})

describe('what is no time is refused by name', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, INSTANT_MAX + 1, -INSTANT_MAX - 1, Number.MAX_VALUE])('%s', (at) => {
    for (const calendar of CALENDARS) {
      // The neighbour is a day that is kept: it must not answer for a time past the end.
      exchangeDay(calendar, INSTANT_MAX)
      exchangeDay(calendar, -INSTANT_MAX)
      exchangeDay(calendar, Math.sign(at) * INSTANT_MAX || 0)
      for (const ask of [exchangeDay, nextOpen, sessionPhase]) {
        expect(() => ask(calendar, at)).toThrow(RangeError)
        expect(() => ask(calendar, at)).toThrow(String(at))
      }
    }
  })

  test.each([
    '',
    'today',
    '2026-2-03',
    '2026-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-01-01T00:00:00Z',
    '-000000-01-01',
  ])('the date %j', (day) => {
    for (const calendar of CALENDARS) {
      expect(() => exchangeDayOf(calendar, day)).toThrow(RangeError)
      expect(() => exchangeDayOf(calendar, day)).toThrow(JSON.stringify(day))
    }
  })

  test.each(['-271821-04-18', '+275760-09-14'])('the date %s, past the time that can be told', (day) => {
    for (const calendar of CALENDARS) expect(() => exchangeDayOf(calendar, day)).toThrow(day)
  })

  test('the first and the last instant belong to a day', () => {
    expect(CALENDARS.map((calendar) => exchangeDay(calendar, -INSTANT_MAX).day)).toEqual(['-271821-04-20', '-271821-04-19', '-271821-04-19'])
    expect(CALENDARS.map((calendar) => exchangeDay(calendar, INSTANT_MAX).day)).toEqual(['+275760-09-13', '+275760-09-12', '+275760-09-12'])
    for (const calendar of CALENDARS) {
      const first = exchangeDay(calendar, -INSTANT_MAX)
      expect(first.startsAt).toBeLessThanOrEqual(-INSTANT_MAX)
      expect(exchangeDay(calendar, first.endsAt).startsAt).toBe(first.endsAt)
      expect(exchangeDayOf(calendar, first.day)).toEqual(first)
      const last = exchangeDay(calendar, INSTANT_MAX)
      expect(last.endsAt).toBeGreaterThan(INSTANT_MAX)
      expect(exchangeDay(calendar, last.startsAt - 1).endsAt).toBe(last.startsAt)
      expect(exchangeDayOf(calendar, last.day)).toEqual(last)
    }
    expect(() => nextOpen('XNYS', INSTANT_MAX)).toThrow(RangeError)
  })
})

describe('for any time', () => {
  const calendars = fc.constantFrom(...CALENDARS)
  /** Mostly of our century; the rest anywhere. */
  const instants = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: Date.UTC(1998, 0, 1), max: Date.UTC(2040, 0, 1) }) },
    { weight: 1, arbitrary: fc.integer({ min: -INSTANT_MAX, max: INSTANT_MAX }) },
  )

  /** As far from the ends as a `Date` needs to say what day is next to it. */
  const inner = instants.map((at) => Math.min(INSTANT_MAX - 2 * DAY_MS, Math.max(2 * DAY_MS - INSTANT_MAX, at)))

  test('the day holds it, and the session lies in the day', () => {
    fc.assert(
      fc.property(calendars, instants, (calendar, at) => {
        const day = exchangeDay(calendar, at)
        expect(day.calendar).toBe(calendar)
        expect(day.startsAt).toBeLessThanOrEqual(at)
        expect(at).toBeLessThan(day.endsAt)
        expect(day.opensAt === null).toBe(day.session === 'shut')
        expect(day.closesAt === null).toBe(day.session === 'shut')
        if (day.session !== 'full') expect(day.why).not.toBe('')
        if (day.opensAt === null || day.closesAt === null) return
        expect(day.startsAt).toBeLessThanOrEqual(day.opensAt)
        expect(day.opensAt).toBeLessThan(day.closesAt)
        expect(day.closesAt).toBeLessThanOrEqual(day.endsAt)
      }),
      { numRuns: 2_000 },
    )
  })

  test('days tile time, and their dates follow each other', () => {
    fc.assert(
      fc.property(calendars, inner, (calendar, at) => {
        const day = exchangeDay(calendar, at)
        const next = exchangeDay(calendar, day.endsAt)
        expect(next.startsAt).toBe(day.endsAt)
        expect(exchangeDay(calendar, day.startsAt)).toEqual(day)
        const text = (days: number): string => new Date((Math.floor(at / DAY_MS) + days) * DAY_MS).toISOString().replace(/T.*/, '')
        // The local date is that of UTC or the one before it, and the next local day has the next date.
        const behind = [0, -1].find((days) => text(days) === day.day)
        expect(behind).toBeDefined()
        expect(next.day).toBe(text((behind ?? Number.NaN) + 1))
      }),
      { numRuns: 2_000 },
    )
  })

  test('a later time is never of an earlier day', () => {
    fc.assert(
      fc.property(calendars, instants, instants, (calendar, one, other) => {
        const earlier = exchangeDay(calendar, Math.min(one, other))
        const later = exchangeDay(calendar, Math.max(one, other))
        expect(earlier.startsAt).toBeLessThanOrEqual(later.startsAt)
        expect(earlier.startsAt === later.startsAt).toBe(earlier.day === later.day)
      }),
      { numRuns: 2_000 },
    )
  })

  test('the date names its day', () => {
    fc.assert(
      fc.property(calendars, instants, (calendar, at) => {
        const day = exchangeDay(calendar, at)
        expect(exchangeDayOf(calendar, day.day)).toEqual(day)
      }),
      { numRuns: 1_000 },
    )
  })

  test('date and opening are what the platform shows on a local clock', () => {
    fc.assert(
      fc.property(calendars, fc.integer({ min: Date.UTC(1900, 0, 2), max: Date.UTC(2100, 0, 1) }), (calendar, at) => {
        const zone = zoneOf(calendar)
        const day = exchangeDay(calendar, at)
        expect(day.day).toBe(dayIn(zone, at))
        expect(clockIn(zone, day.startsAt)).toBe('00:00:00')
        expect(clockIn(zone, day.endsAt)).toBe('00:00:00')
        if (calendar !== 'XNYS' || day.opensAt === null || day.closesAt === null) return
        expect(clockIn(zone, day.opensAt)).toBe(day.day === '2002-09-11' ? '12:00:00' : '09:30:00')
        expect(clockIn(zone, day.closesAt)).toBe(day.session === 'half' ? '13:00:00' : '16:00:00')
      }),
      { numRuns: 1_000 },
    )
  })

  test('the next opening is in a session, and nothing between is', () => {
    fc.assert(
      fc.property(
        calendars,
        fc.integer({ min: Date.UTC(1998, 0, 1), max: Date.UTC(2040, 0, 1) }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (calendar, at, share) => {
          const opens = nextOpen(calendar, at)
          expect(opens).toBeGreaterThanOrEqual(at)
          expect(sessionPhase(calendar, opens)).not.toBe('CLOSED')
          if (opens === at) return
          expect(sessionPhase(calendar, opens - 1)).toBe('CLOSED')
          expect(sessionPhase(calendar, at + Math.floor((opens - 1 - at) * share))).toBe('CLOSED')
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('the host has no part in it', () => {
  const built = pathToFileURL(join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'src', 'exchange-calendar.js')).href
  const program = `
    const { CALENDARS, exchangeDay, exchangeDayOf } = await import(${JSON.stringify(built)})
    const { createHash } = await import('node:crypto')
    const hash = createHash('sha256')
    for (const calendar of CALENDARS) {
      for (let day = exchangeDayOf(calendar, '1998-01-01'); day.day < '2028-01-01'; day = exchangeDay(calendar, day.endsAt)) hash.update(JSON.stringify(day))
    }
    console.log(JSON.stringify({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, year: new Date().getUTCFullYear(), hash: hash.digest('hex') }))`
  const argv = ['--input-type=module', '--eval', program]
  const here = (): string => {
    const hash = createHash('sha256')
    for (const calendar of CALENDARS) for (const day of daysOf(calendar, '1998-01-01', '2027-12-31')) hash.update(JSON.stringify(day))
    return hash.digest('hex')
  }

  test.each(['America/New_York', 'Asia/Tokyo', 'UTC', 'Pacific/Apia'])('TZ=%s gives the same thirty years', (zone) => {
    const said = JSON.parse(execFileSync(process.execPath, argv, { env: { ...process.env, TZ: zone }, encoding: 'utf8' }))
    expect(said).toMatchObject({ zone, hash: here() })
  })

  const withoutFaketime = spawnSync('faketime', ['--version']).error !== undefined
  test.skipIf(withoutFaketime)(`a clock in 2008 gives the same thirty years${withoutFaketime ? ' (skipped: faketime is not installed)' : ''}`, () => {
    const said = JSON.parse(execFileSync('faketime', ['2008-02-29 12:00:00', process.execPath, ...argv], { encoding: 'utf8' }))
    expect(said).toMatchObject({ year: 2008, hash: here() })
  })
})

const shared = process.env.AEGIS_SHARED
const because = shared === undefined ? ' (skipped: AEGIS_SHARED does not say where the market data is)' : ''

describe.skipIf(shared === undefined)(`23 years of SPY${because}`, () => {
  const rows = (...path: string[]): string[][] =>
    gunzipSync(readFileSync(join(shared ?? '', 'data', ...path)))
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
  const sessions = () => daysOf('XNYS', '1998-01-02', '2021-03-31').filter(({ session }) => session !== 'shut')

  test('it traded on exactly the days on which the exchange was open', () => {
    expect(rows('us_daily', 'lean_SPY_1d.csv.gz').map(([day]) => day)).toEqual(sessions().map(({ day }) => day))
  })

  /** By day: when its last hour began, in hours of the local clock, and the share of its volume from 14:00 on. */
  const hourly = (): Map<string, { lastHour: number; lateShare: number }> => {
    const sums = new Map<string, { lastHour: number; late: number; all: number }>()
    for (const [t, , , , , volume] of rows('us_intraday', 'lean_SPY_1h_1998_2021.csv.gz')) {
      const { day, endsAt } = exchangeDay('XNYS', Number(t))
      const hour = 24 - (endsAt - Number(t)) / HOUR_MS
      const sum = sums.get(day) ?? { lastHour: 0, late: 0, all: 0 }
      sums.set(day, { lastHour: hour, late: sum.late + (hour >= 14 ? Number(volume) : 0), all: sum.all + Number(volume) })
    }
    return new Map([...sums].map(([day, { lastHour, late, all }]) => [day, { lastHour, lateShare: late / all }]))
  }

  test('from 2009 on its last hour of a half day is that from 12:00, and of every other day that from 15:00', () => {
    const last = [...hourly()].flatMap(([day, { lastHour }]) => (day >= '2009' ? [[day, lastHour]] : []))
    const expected = sessions().flatMap(({ day, session }) => (day >= '2009' ? [[day, session === 'half' ? 12 : 15]] : []))
    expect(last).toEqual(expected)
  })

  test('less than a hundredth of the volume came after 14:00 on exactly the half days, but for one', () => {
    const quiet = [...hourly()].flatMap(([day, { lateShare }]) => (lateShare < 0.01 ? [day] : []))
    // Before 2009 the data has late prints after an early close; on that Friday after Thanksgiving half a million shares of them, at one price.
    expect([...quiet, '2001-11-23'].sort()).toEqual(sessions().flatMap(({ day, session }) => (session === 'half' ? [day] : [])))
  })

  test('it did not trade before 11:00 on the only day that began late', () => {
    const firsts = new Map<string, number>()
    for (const [t] of rows('us_intraday', 'lean_SPY_1h_1998_2021.csv.gz')) {
      const { day, endsAt } = exchangeDay('XNYS', Number(t))
      if (!firsts.has(day)) firsts.set(day, 24 - (endsAt - Number(t)) / HOUR_MS)
    }
    expect([...firsts].filter(([, hour]) => hour !== 9)).toEqual([['2002-09-11', 11]])
  })
})
