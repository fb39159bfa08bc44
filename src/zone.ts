import { assert } from './assert.ts'
import { type CivilDay, DAY_MS } from './civil-day.ts'

/** The last instant that a `Date` can show, UTC milliseconds; the first is its negative. */
export const INSTANT_MAX = 8_640_000_000_000_000

/**
 * Zones whose clocks change between 02:00 and 17:00 local time and which lie at Greenwich or less than twelve hours west of it. The rest of
 * this file rests on that.
 */
export type Zone = 'UTC' | 'America/New_York'

const formats = new Map<Zone, Intl.DateTimeFormat>()

/** Milliseconds that local clocks are ahead of UTC, negative to the west. The host's own zone has no part in it. */
const offsetMs = (zone: Zone, at: number): number => {
  if (zone === 'UTC') return 0
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    formats.set(zone, format)
  }
  const text = format.format(at)
  const found = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text)
  assert(found !== null, `the offset of ${zone} can be read from ${text}`)
  const [, sign, hours = 0, minutes = 0, seconds = 0] = found
  const ms = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000
  return sign === '-' ? -ms : ms
}

/** First instant of a local day, UTC milliseconds; it is the end of the day before. */
export const startOfDay = (zone: Zone, day: CivilDay): number => {
  const midnightUtc = day * DAY_MS
  // Midnight UTC is the evening before in these zones, and no clock changes between that hour and local midnight: one look is enough.
  return midnightUtc - offsetMs(zone, Math.min(INSTANT_MAX, Math.max(-INSTANT_MAX, midnightUtc)))
}
