import { err, ok, type Result } from '../../src/result.ts'

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DAY_MS = UNIT_MS.d

const AGO = /^(\d{1,6})([smhd])$/
const OF_DAY = /^(\d\d?):(\d\d)(?::(\d\d))?(z?)$/i
const DATED = /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d):(\d\d)(?::(\d\d))?)?(z?)$/i

const SAYS = 'a time such as 14:02, 14:02:11, 2026-01-31 14:02 or 10m (ago)'

/**
 * The moment that a person means, UTC milliseconds. A time of day is the last one that is not behind `newest`; times are of
 * UTC, or of this host where `local` and no `Z` follows.
 */
export const momentOf = (text: string, newest: number, local: boolean): Result<number, string> => {
  const [, count, unit] = AGO.exec(text) ?? []
  if (count !== undefined) return ok(newest - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS])
  const ofDay = OF_DAY.exec(text)
  if (ofDay !== null) {
    const [, hour = '', minute = '', second = '0', zone] = ofDay
    const day = new Date(newest)
    const here = local && zone === ''
    const [year, month, date] = here
      ? [day.getFullYear(), day.getMonth(), day.getDate()]
      : [day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()]
    const at = instant(here, [year, month, date, Number(hour), Number(minute), Number(second)])
    if (at === null) return err(`${JSON.stringify(text)} is no time of a day`)
    return ok(at > newest ? at - DAY_MS : at)
  }
  const dated = DATED.exec(text)
  if (dated === null) return err(`${text === '' ? 'which time? ' : `${JSON.stringify(text)}: `}${SAYS}`)
  const [, year = '', month = '', date = '', hour = '0', minute = '0', second = '0', zone] = dated
  const at = instant(local && zone === '', [Number(year), Number(month) - 1, Number(date), Number(hour), Number(minute), Number(second)])
  return at === null ? err(`${JSON.stringify(text)} is no date`) : ok(at)
}

type Parts = readonly [year: number, month: number, date: number, hour: number, minute: number, second: number]

/** Null for what no calendar or clock has, such as 25:00 or the 31st of February. */
const instant = (local: boolean, parts: Parts): number | null => {
  const [year, month, date, hour, minute, second] = parts
  const at = new Date(local ? new Date(...parts).getTime() : Date.UTC(...parts))
  const back = local ? [at.getMonth(), at.getDate()] : [at.getUTCMonth(), at.getUTCDate()]
  const isDay = month >= 0 && month < 12 && date >= 1 && back[0] === month && back[1] === date
  return isDay && hour < 24 && minute < 60 && second < 60 && year >= 1970 ? at.getTime() : null
}
