/**
 * How a file writes its times. `ms` and `s` count from 1970-01-01T00:00:00Z; `iso` is year-month-day; `mdy` and `dmy` are month or day
 * first. A time without a zone is UTC.
 */
export type TimeKind = 'ms' | 's' | 'iso' | 'mdy' | 'dmy'

export type TimeForm = {
  readonly kind: TimeKind
  /** For the log: what was recognised and how sure it is. */
  readonly says: string
  /** True where the rows looked at fit another form as well. */
  readonly ambiguous: boolean
}

/** One year: a smaller count of seconds is no time of a market. */
const SECONDS_MIN = 31_536_000
/** In seconds the year 5138, in milliseconds March 1973: no count of either is meant as the other. */
const MILLISECONDS_MIN = 100_000_000_000
const MILLISECONDS_MAX = 100_000_000_000_000

const COUNT = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i
const ISO = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i
const PARTS = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})(?:[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AP]M)?)?$/i

/** Two digits of a year: 70 … 99 are of the twentieth century. */
const CENTURY_TURN = 70

/** Milliseconds of a date that the calendar has, else NaN. */
const instant = (year: number, month: number, day: number, hour: number, minute: number, second: number, ms: number): number => {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return Number.NaN
  const at = Date.UTC(year, month - 1, day, hour, minute, second, ms)
  return new Date(at).getUTCDate() === day ? at : Number.NaN // the 30th of February is a day in March
}

const zoneMs = (zone: string | undefined): number => {
  if (zone === undefined || /^(?:z|utc)$/i.test(zone)) return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

const parseIso = (text: string): number => {
  const found = ISO.exec(text)
  if (found === null) return Number.NaN
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = '', zone] = found
  const ms = Math.trunc(Number(`0.${fraction || '0'}`) * 1_000)
  return instant(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second), ms) - zoneMs(zone)
}

const parseParts = (text: string, monthFirst: boolean): number => {
  const found = PARTS.exec(text)
  if (found === null) return Number.NaN
  const [, first, second, years = '', hours = '0', minute = 0, seconds = 0, half] = found
  const short = Number(years)
  const year = years.length === 4 ? short : short + (short >= CENTURY_TURN ? 1_900 : 2_000)
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (half.toUpperCase() === 'PM' ? 12 : 0)
  const [month, day] = monthFirst ? [first, second] : [second, first]
  return instant(year, Number(month), Number(day), hour, Number(minute), Number(seconds), 0)
}

/** Milliseconds since the epoch, or NaN where the text does not have this form. A count in the wrong unit has the form: the firewall finds it. */
export const parseTime = (kind: TimeKind, cell: string): number => {
  const text = cell.trim()
  switch (kind) {
    case 'ms':
      return COUNT.test(text) ? Number(text) : Number.NaN
    case 's':
      return COUNT.test(text) ? Math.round(Number(text) * 1_000) : Number.NaN
    case 'iso':
      return parseIso(text)
    case 'mdy':
      return parseParts(text, true)
    case 'dmy':
      return parseParts(text, false)
  }
}

const looksLike = (cell: string): TimeKind | 'parts' | null => {
  const text = cell.trim()
  if (COUNT.test(text)) {
    const count = Number(text)
    if (count >= MILLISECONDS_MIN && count < MILLISECONDS_MAX) return 'ms'
    return count >= SECONDS_MIN && count < MILLISECONDS_MIN ? 's' : null
  }
  if (!Number.isNaN(parseIso(text))) return 'iso'
  return PARTS.test(text) ? 'parts' : null
}

const SAYS: Readonly<Record<TimeKind, string>> = {
  ms: 'milliseconds since 1970',
  s: 'seconds since 1970',
  iso: 'ISO 8601, UTC where there is no zone',
  mdy: 'month/day/year, UTC',
  dmy: 'day/month/year, UTC',
}

/** Month or day first: the rows that fit only one of them decide, and without such a row it is the American way. */
const orderOfParts = (cells: readonly string[]): TimeForm => {
  let monthFirst = 0
  let dayFirst = 0
  for (const cell of cells) {
    const asMonthFirst = !Number.isNaN(parseTime('mdy', cell))
    const asDayFirst = !Number.isNaN(parseTime('dmy', cell))
    if (asMonthFirst && !asDayFirst) monthFirst += 1
    if (asDayFirst && !asMonthFirst) dayFirst += 1
  }
  if (monthFirst === 0 && dayFirst === 0) {
    return { kind: 'mdy', says: `${SAYS.mdy}; no row says whether the month or the day comes first`, ambiguous: true }
  }
  const kind = dayFirst > monthFirst ? 'dmy' : 'mdy'
  return { kind, says: SAYS[kind], ambiguous: monthFirst > 0 && dayFirst > 0 }
}

/** The form that most of the cells have, the earlier one where two have as many; null where none has any. */
export const recogniseTime = (cells: readonly string[]): TimeForm | null => {
  const votes = new Map<TimeKind | 'parts', number>()
  for (const cell of cells) {
    const kind = looksLike(cell)
    if (kind !== null) votes.set(kind, (votes.get(kind) ?? 0) + 1)
  }
  let best: TimeKind | 'parts' | null = null
  for (const [kind, count] of votes) if (best === null || count > (votes.get(best) ?? 0)) best = kind
  if (best === null) return null
  if (best === 'parts') return orderOfParts(cells)
  const unclear = votes.size > 1
  return { kind: best, says: unclear ? `${SAYS[best]}; some of the first rows look otherwise` : SAYS[best], ambiguous: unclear }
}
