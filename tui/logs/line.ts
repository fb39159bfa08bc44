/** Levels of pino by name, lowest first. */
export const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const
export type LevelName = keyof typeof LEVELS
export const LEVEL_NAMES = Object.keys(LEVELS) as readonly LevelName[]

/** Name of the highest level that is not above `level`. */
export const levelName = (level: number): LevelName => LEVEL_NAMES.findLast((name) => LEVELS[name] <= level) ?? 'trace'

/** One line as the tailer read it; `text` is not inert yet. */
export type RawLine = {
  readonly process: string
  readonly text: string
  /** Set where we know that something is missing right before it, with what a person should be told. */
  readonly gap?: string
  /** Where it was read: the file's identity, and the bytes from its first to behind its newline. */
  readonly file?: string
  readonly start?: number
  readonly end?: number
}

/** What the index knows of a line: level and time are read once, the rest only when it is shown. */
export type LogLine = RawLine & {
  readonly level: number
  /** As the line says, UTC milliseconds. */
  readonly time: number
  /** Place among all lines: time, then arrival. A line without a time keeps that of the line before it. */
  readonly key: number
  readonly arrival: number
}

/** True where `a` stands before `b`. */
export const before = (a: LogLine, b: LogLine): boolean => a.key < b.key || (a.key === b.key && a.arrival < b.arrival)
