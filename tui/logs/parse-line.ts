import { LEVELS, type LevelName } from './line.ts'

export type ParsedLine = { readonly level: number; readonly time: number | null }

/** pino writes level and time first, so they are found even in a line that was cut. */
const PREFIX = /^\{"level":(?:(\d+)|"(\w+)"),"time":(?:(\d+)|"([^"]*)")/

/** Level and time of one line of pino; a line that is none counts as `info` and stands beside the line before it. */
export const parseLine = (text: string): ParsedLine => {
  const match = PREFIX.exec(text)
  if (match !== null)
    return {
      level: levelOf(match[1] === undefined ? match[2] : Number(match[1])),
      time: timeOf(match[3] === undefined ? match[4] : Number(match[3])),
    }
  if (!text.startsWith('{')) return { level: LEVELS.info, time: null }
  try {
    const record = JSON.parse(text) as { readonly level?: unknown; readonly time?: unknown }
    return { level: levelOf(record.level), time: timeOf(record.time) }
  } catch {
    // Not JSON, or cut: it is shown as it is, with the level and the time that it names.
    const [, level] = /"level":\s*(\d{1,3})\b/.exec(text) ?? []
    const [, time] = /"time":\s*(\d{1,16})\b/.exec(text) ?? []
    return { level: levelOf(level === undefined ? undefined : Number(level)), time: timeOf(time === undefined ? undefined : Number(time)) }
  }
}

const levelOf = (value: unknown): number => {
  if (typeof value === 'number') return value
  return typeof value === 'string' && Object.hasOwn(LEVELS, value) ? LEVELS[value as LevelName] : LEVELS.info
}

const timeOf = (value: unknown): number | null => {
  const time = typeof value === 'string' ? Date.parse(value) : value
  return typeof time === 'number' && Number.isFinite(time) ? time : null
}
