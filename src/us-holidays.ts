import { type CivilDay, civilDate, civilDay, type Weekday, weekday } from './civil-day.ts'

/** How the New York Stock Exchange keeps a day that is not an ordinary one. Times are milliseconds of the local clock since midnight. */
export type SpecialDay =
  | { readonly kind: 'shut'; readonly why: string }
  | { readonly kind: 'half'; readonly why: string }
  | { readonly kind: 'late'; readonly why: string; readonly opensMs: number }

const SUNDAY = 0
const MONDAY = 1
const THURSDAY = 4
const FRIDAY = 5
const SATURDAY = 6

const shut = (why: string): SpecialDay => ({ kind: 'shut', why })
const half = (why: string): SpecialDay => ({ kind: 'half', why })

/** Days that follow from no rule. Silences of a minute or two and halts within a session are not among them. */
const ONCE: readonly (readonly [year: number, month: number, day: number, SpecialDay])[] = [
  // The last session before the year 2000, so that the clearing houses had an afternoon more.
  [1999, 12, 31, half('eve of the year 2000')],
  // The attacks on New York; trading began again on Monday, the 17th.
  [2001, 9, 11, shut('attacks of September 11')],
  [2001, 9, 12, shut('attacks of September 11')],
  [2001, 9, 13, shut('attacks of September 11')],
  [2001, 9, 14, shut('attacks of September 11')],
  // Trading began at noon, after the memorial at the site.
  [2002, 9, 11, { kind: 'late', why: 'anniversary of September 11', opensMs: 12 * 3_600_000 }],
  // Christmas fell on a Thursday. In 2008, 2014 and 2025 it did too, and the Friday was a full day.
  [2003, 12, 26, half('day after Christmas')],
  [2004, 6, 11, shut('mourning for President Reagan')],
  [2007, 1, 2, shut('mourning for President Ford')],
  // Hurricane Sandy; the first closing of two days for weather since 1888.
  [2012, 10, 29, shut('Hurricane Sandy')],
  [2012, 10, 30, shut('Hurricane Sandy')],
  [2018, 12, 5, shut('mourning for President George H. W. Bush')],
  [2025, 1, 9, shut('mourning for President Carter')],
]

/** The nth such weekday of a month, from 1. */
const nth = (year: number, month: number, which: Weekday, count: number): CivilDay => {
  const first = civilDay(year, month, 1)
  return first + ((which - weekday(first) + 7) % 7) + (count - 1) * 7
}

/** The last Monday of May. */
const memorialDay = (year: number): CivilDay => {
  const last = civilDay(year, 5, 31)
  return last - ((weekday(last) - MONDAY + 7) % 7)
}

/** Easter Sunday by the Gregorian computus, in the form of Meeus. */
const easter = (year: number): CivilDay => {
  const golden = year - Math.floor(year / 19) * 19
  const century = Math.floor(year / 100)
  const yearOfCentury = year - century * 100
  const centuryLeaps = Math.floor(century / 4)
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const moon = (((19 * golden + century - centuryLeaps - correction + 15) % 30) + 30) % 30
  const toSunday = (((32 + 2 * (century - centuryLeaps * 4) + 2 * Math.floor(yearOfCentury / 4) - moon - (yearOfCentury % 4)) % 7) + 7) % 7
  const late = Math.floor((golden + 11 * moon + 22 * toSunday) / 451)
  const days = moon + toSunday - 7 * late + 114
  return civilDay(year, Math.floor(days / 31), (days % 31) + 1)
}

const HALF_ON_FRIDAY_UNTIL = 2012

const specialDays = (year: number): ReadonlyMap<CivilDay, SpecialDay> => {
  const days = new Map<CivilDay, SpecialDay>()
  /** A holiday on a Saturday is kept on the Friday, one on a Sunday on the Monday. */
  const fixed = (day: CivilDay, why: string): void => {
    const on = weekday(day)
    if (on === SATURDAY) days.set(day - 1, shut(`${why} (observed)`))
    else if (on === SUNDAY) days.set(day + 1, shut(`${why} (observed)`))
    else days.set(day, shut(why))
  }

  // The Friday before a New Year's Day on a Saturday ends the accounting year, so the exchange is open.
  const newYear = civilDay(year, 1, 1)
  if (weekday(newYear) !== SATURDAY) fixed(newYear, "New Year's Day")
  if (year >= 1998) days.set(nth(year, 1, MONDAY, 3), shut('Martin Luther King Jr. Day'))
  days.set(nth(year, 2, MONDAY, 3), shut("Washington's Birthday"))
  days.set(easter(year) - 2, shut('Good Friday'))
  days.set(memorialDay(year), shut('Memorial Day'))
  if (year >= 2022) fixed(civilDay(year, 6, 19), 'Juneteenth')
  fixed(civilDay(year, 7, 4), 'Independence Day')
  days.set(nth(year, 9, MONDAY, 1), shut('Labor Day'))
  const thanksgiving = nth(year, 11, THURSDAY, 4)
  days.set(thanksgiving, shut('Thanksgiving Day'))
  days.set(thanksgiving + 1, half('day after Thanksgiving'))
  fixed(civilDay(year, 12, 25), 'Christmas Day')

  // On a Friday the eve is itself the day that Christmas on a Saturday is kept.
  const christmasEve = civilDay(year, 12, 24)
  if (weekday(christmasEve) >= MONDAY && weekday(christmasEve) <= THURSDAY) days.set(christmasEve, half('Christmas Eve'))

  // The 3rd of July is short where both it and the 4th are weekdays; until 2012 a holiday on a Thursday had its short day on the Friday after it.
  const independenceDay = civilDay(year, 7, 4)
  if (weekday(independenceDay) === THURSDAY && year <= HALF_ON_FRIDAY_UNTIL) days.set(independenceDay + 1, half('day after Independence Day'))
  else if (weekday(independenceDay) > MONDAY && weekday(independenceDay) <= FRIDAY) {
    days.set(independenceDay - 1, half('day before Independence Day'))
  }

  for (const [only, month, day, special] of ONCE) if (only === year) days.set(civilDay(year, month, day), special)
  return days
}

const YEARS_KEPT_MAX = 64
const years = new Map<number, ReadonlyMap<CivilDay, SpecialDay>>()

/**
 * What is special about a weekday at the New York Stock Exchange; null for an ordinary one. It knows the years from 1998 on: before them the
 * same rules are carried back without Martin Luther King Jr. Day and without days that followed from no rule.
 */
export const specialDayOf = (day: CivilDay): SpecialDay | null => {
  const { year } = civilDate(day)
  let days = years.get(year)
  if (days === undefined) {
    if (years.size >= YEARS_KEPT_MAX) years.clear()
    days = specialDays(year)
    years.set(year, days)
  }
  return days.get(day) ?? null
}
