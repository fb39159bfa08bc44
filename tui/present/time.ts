import type { ClockKind } from '../store/state.ts'

/** `14:02:11Z`: the console shows UTC, as logs and streams do. */
export const clockUtc = (at: number): string => `${timeOfDay(at)}Z`

/** `14:02:11`, or dashes for what is no time. */
export const timeOfDay = (at: number): string => iso(at)?.slice(11, 19) ?? '--:--:--'

/** `14:02:11.402`. */
export const timeOfDayMs = (at: number): string => iso(at)?.slice(11, 23) ?? '--:--:--.---'

/** `2026-11-20 14:02:11Z`, for what may be of another day. */
export const dateTime = (at: number): string =>
  iso(at)
    ?.replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z') ?? 'unknown time'

const iso = (at: number): string | null => (Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : null)

const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')

/** Whole units, two at most: `4s`, `3m12s`, `5h03m`, `2d04h`. A clock that ran backwards shows 0s. */
export const age = (ms: number): string => {
  if (!Number.isFinite(ms)) return '-'
  const seconds = Math.max(0, ms) / 1_000
  if (seconds < 60) return `${Math.floor(seconds)}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h${two((seconds % 3_600) / 60)}m`
  return `${Math.floor(seconds / 86_400)}d${two((seconds % 86_400) / 3_600)}h`
}

/** How long something took: `0.42ms`, `12.3ms`, `4.20s`, then as an age. */
export const took = (ms: number): string => {
  if (ms < 10) return `${ms.toFixed(2)}ms`
  if (ms < 1_000) return `${ms.toFixed(1)}ms`
  return ms < 60_000 ? `${(ms / 1_000).toFixed(2)}s` : age(ms)
}

/** `2026-11-20 14:02:11` of UTC or of this host's zone, or null for what is no time. */
const stamp = (at: number, clock: ClockKind): string | null => {
  const shifted = clock === 'local' ? at - new Date(at).getTimezoneOffset() * 60_000 : at
  return iso(shifted)?.slice(0, 19).replace('T', ' ') ?? null
}

/** `2026-11-20`, of UTC or of this host's zone. */
export const dayOf = (at: number, clock: ClockKind): string => stamp(at, clock)?.slice(0, 10) ?? '----------'

/** `11-20 14:02`, of UTC or of this host's zone. */
export const dayAndTime = (at: number, clock: ClockKind): string => stamp(at, clock)?.slice(5, 16) ?? '--:--:--'

/** `14:02:11`, of UTC or of this host's zone. */
export const timeIn = (at: number, clock: ClockKind): string => stamp(at, clock)?.slice(11) ?? '--:--:--'

/**
 * A time of a list as the person wants to see it: of UTC, of this host's zone, or how long ago. One of another day than today says
 * so: a replay's rows are months apart, and an engine runs for weeks.
 */
export const timeText = (at: number, clock: ClockKind, now: number): string => {
  if (clock === 'relative') return age(now - at)
  return stamp(at, clock)?.slice(0, 10) === stamp(now, clock)?.slice(0, 10) ? timeIn(at, clock) : dayAndTime(at, clock)
}

/** The same with its year where that is another than this one: for figures that are read without an axis, and without the clock of a screen. */
export const timeWithYear = (at: number, clock: ClockKind, now: number): string => {
  const year = (time: number): string | undefined => stamp(time, clock)?.slice(0, 4)
  return clock === 'relative' || year(at) === year(now) ? timeText(at, clock, now) : `${dayOf(at, clock)} ${timeIn(at, clock)}`
}

const TIME_WIDTH = 8

/** Cells that a column of such times needs. Of rows in the order of their times the first and the last are enough. */
export const timeWidth = (times: readonly (number | null | undefined)[], clock: ClockKind, now: number): number =>
  times.reduce<number>((width, at) => (at === null || at === undefined ? width : Math.max(width, timeText(at, clock, now).length)), TIME_WIDTH)
