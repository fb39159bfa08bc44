/**
 * A date of the Gregorian calendar as the number of days since 1970-01-01, on which arithmetic is plain addition. `Date` is not used, because
 * the local day that holds the first instant it can show begins before that instant.
 */
export type CivilDay = number

/** 0 is Sunday, 6 is Saturday. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6

export const DAY_MS = 86_400_000

const DAYS_PER_ERA = 146_097 // 400 years, after which the Gregorian calendar repeats
const EPOCH_IN_ERAS = 719_468 // from 0000-03-01 to 1970-01-01

/** The day of a date; `month` counts from 1. A day past the end of its month runs on into the next. */
export const civilDay = (year: number, month: number, day: number): CivilDay => {
  // Years begin in March here, so that the leap day is the last of its year.
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * DAYS_PER_ERA + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - EPOCH_IN_ERAS
}

export type CivilDate = { readonly year: number; readonly month: number; readonly day: number }

export const civilDate = (of: CivilDay): CivilDate => {
  const shifted = of + EPOCH_IN_ERAS
  const era = Math.floor(shifted / DAYS_PER_ERA)
  const dayOfEra = shifted - era * DAYS_PER_ERA
  const leaps = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365)
  const dayOfYear = dayOfEra - (yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 }
}

export const weekday = (of: CivilDay): Weekday => ((((of + 4) % 7) + 7) % 7) as Weekday

const two = (value: number): string => String(value).padStart(2, '0')

/** `YYYY-MM-DD`; a year outside 0 … 9999 has a sign and six digits, as ISO 8601 writes it. */
export const civilDayText = (of: CivilDay): string => {
  const { year, month, day } = civilDate(of)
  const years = year >= 0 && year <= 9_999 ? String(year).padStart(4, '0') : `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`
  return `${years}-${two(month)}-${two(day)}`
}

/** The day that a text of `civilDayText` names; null where there is no such date. */
export const parseCivilDay = (text: string): CivilDay | null => {
  const found = /^(\d{4}|[+-]\d{6})-(\d{2})-(\d{2})$/.exec(text)
  if (found === null) return null
  const day = civilDay(Number(found[1]), Number(found[2]), Number(found[3]))
  return civilDayText(day) === text ? day : null // the 30th of February is a day in March
}
