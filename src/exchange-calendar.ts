import { type CivilDay, civilDayText, DAY_MS, parseCivilDay, weekday } from './civil-day.ts'
import { specialDayOf } from './us-holidays.ts'
import { INSTANT_MAX, startOfDay, type Zone } from './zone.ts'

/** Always open; the New York Stock Exchange; currencies, open from Sunday 17:00 to Friday 17:00 New York time. */
export const CALENDARS = ['24x7', 'XNYS', 'FX'] as const
export type CalendarName = (typeof CALENDARS)[number]

export type ExchangeDay = {
  readonly calendar: CalendarName
  /** Local date, YYYY-MM-DD. */
  readonly day: string
  /** First instant of the local day, UTC milliseconds. */
  readonly startsAt: number
  /** First instant of the next local day, UTC milliseconds: the day is half-open, and 23 or 25 hours long when clocks change. */
  readonly endsAt: number
  /** Regular session of that day, UTC milliseconds, half-open; both null where the exchange is shut all day. */
  readonly opensAt: number | null
  readonly closesAt: number | null
  /** A half day closes at 13:00. */
  readonly session: 'full' | 'half' | 'shut'
  /** Why it is shut, short or opens late: 'weekend', 'Good Friday' …; empty otherwise. */
  readonly why: string
}

export type SessionPhase = 'CLOSED' | 'OPEN_NOISE' | 'EARLY_TREND' | 'NORMAL_SESSION' | 'CLOSE_PROTECT' | 'CONTINUOUS'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Milliseconds of the local clock since midnight. */
const XNYS_OPENS_MS = 9 * HOUR_MS + 30 * MINUTE_MS
const XNYS_CLOSES_MS = 16 * HOUR_MS
const XNYS_CLOSES_EARLY_MS = 13 * HOUR_MS
const FX_TURNS_MS = 17 * HOUR_MS

/** Lengths of the phases, from the opening and before the close. */
const OPEN_NOISE_MS = 15 * MINUTE_MS
const EARLY_TREND_UNTIL_MS = 60 * MINUTE_MS
const CLOSE_PROTECT_MS = 30 * MINUTE_MS

const SUNDAY = 0
const FRIDAY = 5
const SATURDAY = 6

const ZONES: Readonly<Record<CalendarName, Zone>> = { '24x7': 'UTC', XNYS: 'America/New_York', FX: 'America/New_York' }

/** IANA zone that the calendar's days are counted in: UTC for 24x7, America/New_York for XNYS and FX. */
export const zoneOf = (calendar: CalendarName): string => ZONES[calendar]

type Bounds = Pick<ExchangeDay, 'startsAt' | 'endsAt'>
type Session = Pick<ExchangeDay, 'opensAt' | 'closesAt' | 'session' | 'why'>

const shut = (why: string): Session => ({ opensAt: null, closesAt: null, session: 'shut', why })
const open = (opensAt: number, closesAt: number): Session => ({ opensAt, closesAt, session: 'full', why: '' })

/** The instant of a local time after 03:00, counted back from the day's end: clocks change earlier than that. */
const wall = ({ endsAt }: Bounds, sinceMidnightMs: number): number => endsAt - (DAY_MS - sinceMidnightMs)

const sessionOfXnys = (day: CivilDay, bounds: Bounds): Session => {
  const on = weekday(day)
  if (on === SATURDAY || on === SUNDAY) return shut('weekend')
  const ordinary = open(wall(bounds, XNYS_OPENS_MS), wall(bounds, XNYS_CLOSES_MS))
  const special = specialDayOf(day)
  switch (special?.kind) {
    case undefined:
      return ordinary
    case 'shut':
      return shut(special.why)
    case 'half':
      return { ...ordinary, closesAt: wall(bounds, XNYS_CLOSES_EARLY_MS), session: 'half', why: special.why }
    case 'late':
      return { ...ordinary, opensAt: wall(bounds, special.opensMs), why: special.why }
  }
}

const sessionOfFx = (day: CivilDay, bounds: Bounds): Session => {
  const on = weekday(day)
  if (on === SATURDAY) return shut('weekend')
  return open(on === SUNDAY ? wall(bounds, FX_TURNS_MS) : bounds.startsAt, on === FRIDAY ? wall(bounds, FX_TURNS_MS) : bounds.endsAt)
}

const SESSIONS: Readonly<Record<CalendarName, (day: CivilDay, bounds: Bounds) => Session>> = {
  '24x7': (_day, { startsAt, endsAt }) => open(startsAt, endsAt),
  XNYS: sessionOfXnys,
  FX: sessionOfFx,
}

const build = (calendar: CalendarName, day: CivilDay): ExchangeDay => {
  const bounds = { startsAt: startOfDay(ZONES[calendar], day), endsAt: startOfDay(ZONES[calendar], day + 1) }
  return { calendar, day: civilDayText(day), ...bounds, ...SESSIONS[calendar](day, bounds) }
}

/** About three years of days for each calendar. */
const DAYS_KEPT_MAX = 1_024

type Shelf = { readonly days: Map<CivilDay, ExchangeDay>; last: ExchangeDay | null }
const shelf = (): Shelf => ({ days: new Map(), last: null })
const shelves: Readonly<Record<CalendarName, Shelf>> = { '24x7': shelf(), XNYS: shelf(), FX: shelf() }

const dayOn = (calendar: CalendarName, day: CivilDay): ExchangeDay => {
  const { days } = shelves[calendar]
  const kept = days.get(day)
  if (kept !== undefined) return kept
  if (days.size >= DAYS_KEPT_MAX) days.clear()
  const built = build(calendar, day)
  days.set(day, built)
  return built
}

/** Throws RangeError where a time is no number or no `Date` could show it. */
const checkInstant = (at: number): void => {
  // Written so that NaN fails as well.
  if (!(Math.abs(at) <= INSTANT_MAX)) throw new RangeError(`${at} is no time: it must be within ±${INSTANT_MAX} milliseconds of 1970`)
}

/** The number of the local day that holds an instant. */
const civilDayAt = (calendar: CalendarName, at: number): CivilDay => {
  let day = Math.floor(at / DAY_MS)
  // The zones lie west of Greenwich: in the first hours of a UTC day it is still the day before.
  while (at < dayOn(calendar, day).startsAt) day -= 1
  return day
}

/** The local day that holds an instant, UTC milliseconds. Throws RangeError outside ±8.64e15. */
export const exchangeDay = (calendar: CalendarName, at: number): ExchangeDay => {
  const kept = shelves[calendar]
  const { last } = kept
  if (last !== null && at >= last.startsAt && at < last.endsAt && Math.abs(at) <= INSTANT_MAX) return last
  checkInstant(at)
  const found = dayOn(calendar, civilDayAt(calendar, at))
  kept.last = found
  return found
}

/** The same for a local date, YYYY-MM-DD. Throws RangeError where there is no such date, or it lies outside the time that a `Date` can show. */
export const exchangeDayOf = (calendar: CalendarName, day: string): ExchangeDay => {
  const number = parseCivilDay(day)
  if (number === null) throw new RangeError(`${JSON.stringify(day)} is no date: it must be a day of the calendar as YYYY-MM-DD`)
  const found = dayOn(calendar, number)
  if (found.startsAt > INSTANT_MAX || found.endsAt <= -INSTANT_MAX) throw new RangeError(`${day} is outside the days that can be told`)
  return found
}

/** True on a day that began with the market open: always on 24x7, and in the middle of the week on FX. */
export const isContinuous = ({ opensAt, startsAt }: ExchangeDay): boolean => opensAt === startsAt

/** No exchange was ever shut for so many days in a row; the longest here is a holiday weekend or the week of September 11. */
const SHUT_DAYS_MAX = 14

/** First instant at or after `at` when the session is open, UTC milliseconds. Throws RangeError outside ±8.64e15, also for the answer. */
export const nextOpen = (calendar: CalendarName, at: number): number => {
  checkInstant(at)
  const first = civilDayAt(calendar, at)
  for (let day = first; day <= first + SHUT_DAYS_MAX; day += 1) {
    const { opensAt, closesAt } = dayOn(calendar, day)
    if (opensAt === null || closesAt === null || at >= closesAt) continue
    const opens = Math.max(at, opensAt)
    checkInstant(opens)
    return opens
  }
  throw new RangeError(`${calendar} does not open within ${SHUT_DAYS_MAX} days of ${at}`)
}

/**
 * Which part of the session an instant lies in. A stock session begins with a quarter of an hour of noise and an hour that shows the trend, and
 * its last half hour is protected, on half days too. 24x7 and FX have one phase. Throws RangeError outside ±8.64e15.
 */
export const sessionPhase = (calendar: CalendarName, at: number): SessionPhase => {
  const { opensAt, closesAt } = exchangeDay(calendar, at)
  if (opensAt === null || closesAt === null || at < opensAt || at >= closesAt) return 'CLOSED'
  if (calendar !== 'XNYS') return 'CONTINUOUS'
  if (at >= closesAt - CLOSE_PROTECT_MS) return 'CLOSE_PROTECT'
  if (at < opensAt + OPEN_NOISE_MS) return 'OPEN_NOISE'
  return at < opensAt + EARLY_TREND_UNTIL_MS ? 'EARLY_TREND' : 'NORMAL_SESSION'
}
