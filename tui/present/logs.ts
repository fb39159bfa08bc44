import type { LogLine } from '../logs/line.ts'
import { LEVELS, levelName } from '../logs/line.ts'
import type { LogWindow } from '../logs/log-book.ts'
import { prettyLine } from '../logs/pretty.ts'
import type { LogSource } from '../logs/tailer.ts'
import type { Tone } from '../theme.ts'
import { cell, clean, fitLine, type Line, plainText } from './line.ts'
import { count } from './number.ts'
import { emptyLine, titleLine } from './pane.ts'
import { timeOfDay, timeOfDayMs } from './time.ts'

export type LogLook = {
  readonly width: number
  readonly height: number
  readonly focused: boolean
  readonly live: boolean
  readonly wrap: boolean
  readonly chosen: LogLine | null
}

const LEVEL_TONES: Readonly<Record<string, Tone>> = { trace: 'muted', debug: 'muted', info: 'text', warn: 'warning', error: 'loss', fatal: 'alarm' }
const PROCESS_WIDTH = 12
const MILLISECONDS_WIDTH_MIN = 100

/** The last lines of all processes' logs, or those where it was frozen. */
export const presentLogs = (logs: LogWindow, source: LogSource, look: LogLook): readonly Line[] => {
  const title = titleLine({ name: 'Log', focused: look.focused, width: look.width, note: note(logs) })
  if (look.height <= 1) return [title]
  if (logs.lines.length === 0) return [title, emptyLine(whyEmpty(logs, source, look.live), source.kind === 'error' ? 'danger' : 'muted')]
  const lines = logs.lines.slice(-(look.height - 1))
  if (!look.wrap) return [title, ...lines.map((line) => logLine(line, look.width))]
  // Long lines go on below; the newest are kept where not all fit.
  return [title, ...lines.flatMap((line) => wrapped(logLine(line, look.width), look.width)).slice(-(look.height - 1))]
}

const note = ({ following, fresh, levelMin, filter, evicted, searched, matching, kept }: LogWindow): Line => [
  following ? { text: 'following', tone: 'good' } : { text: `FROZEN +${count(fresh)} new`, tone: 'warning' },
  { text: `  level>=${levelName(levelMin)}`, tone: 'muted' },
  ...(filter === '' ? [] : ([{ text: `  /${filter}  ${count(matching)} of ${count(kept)}`, tone: 'key' }] as const)),
  ...(searched === null ? [] : ([{ text: `  searched ${Math.floor(searched * 100)}%`, tone: 'warning' }] as const)),
  ...(evicted === 0 ? [] : ([{ text: `  ${count(evicted)} evicted`, tone: 'muted' }] as const)),
]

const whyEmpty = ({ kept, filter, levelMin }: LogWindow, source: LogSource, live: boolean): string => {
  if (source.kind === 'error') return `error: ${source.message}`
  if (source.kind === 'missing') return `source missing: ${source.folder}`
  if (source.kind === 'starting') return 'opening the log files'
  if (kept > 0) return `none of ${count(kept)} lines has level>=${levelName(levelMin)}${filter === '' ? '' : ` and matches ${filter}`}`
  if (source.files === 0) return 'source missing: no log file yet'
  return `${source.files} log files, no line in them yet${live ? '' : ' (no engine writes now)'}`
}

const CONTINUED = '    '
/** Rows that one line of the log takes at most: a line of a megabyte is not the whole screen. */
const WRAP_ROWS_MAX = 12

const wrapped = (line: Line, width: number): readonly Line[] => {
  const text = clean(plainText(line))
  if (text.length <= width) return [line]
  const tone = line.at(-1)?.tone ?? 'text'
  const rows: Line[] = [fitLine(line, width)]
  const step = Math.max(1, width - CONTINUED.length)
  for (let at = width; at < text.length && rows.length < WRAP_ROWS_MAX; at += step) rows.push([{ text: CONTINUED + text.slice(at, at + step), tone }])
  return rows
}

const logLine = (line: LogLine, width: number): Line => {
  const name = levelName(line.level)
  const tone = LEVEL_TONES[name] ?? 'text'
  if (line.gap !== undefined) return [{ text: `${line.process}: ${prettyLine(line)}`, tone: 'warning' }]
  return [
    { text: `${width < MILLISECONDS_WIDTH_MIN ? timeOfDay(line.time) : timeOfDayMs(line.time)} `, tone: 'muted' },
    { text: `${cell(name.toUpperCase(), 5)} `, tone },
    { text: `${cell(line.process, PROCESS_WIDTH)} `, tone: 'muted' },
    { text: prettyLine(line), tone: line.level >= LEVELS.warn ? tone : 'text' },
  ]
}
