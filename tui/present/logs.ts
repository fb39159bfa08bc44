import type { LogLine } from '../logs/line.ts'
import { LEVELS, levelName } from '../logs/line.ts'
import type { LogPast, LogWindow } from '../logs/log-book.ts'
import { prettyLine } from '../logs/pretty.ts'
import type { LogSource } from '../logs/tailer.ts'
import type { Tone } from '../theme.ts'
import { densityLine } from './density.ts'
import { cell, type Line, lineWidth, shiftLine, splitLine } from './line.ts'
import { count } from './number.ts'
import { emptyLine, titleLine } from './pane.ts'
import { dateTime, timeOfDay, timeOfDayMs } from './time.ts'
import { cut, headOf } from './width.ts'

export type LogLook = {
  readonly width: number
  readonly height: number
  readonly focused: boolean
  readonly live: boolean
  readonly wrap: boolean
  /** Cells of each message that are scrolled over; none where long lines go on below. */
  readonly right: number
  /** Wall time, for the errors of the last minutes; null shows no bar of them. */
  readonly densityAt: number | null
}

const LEVEL_TONES: Readonly<Record<string, Tone>> = { trace: 'muted', debug: 'muted', info: 'text', warn: 'warning', error: 'loss', fatal: 'alarm' }
const PROCESS_WIDTH = 12
const MILLISECONDS_WIDTH_MIN = 100

/** The last lines of all processes' logs, or those where it was frozen. */
export const presentLogs = (logs: LogWindow, source: LogSource, look: LogLook): readonly Line[] => {
  const right = look.wrap ? 0 : look.right
  const title = titleLine({
    name: logs.context ? 'Log around a line' : 'Log',
    focused: look.focused,
    width: look.width,
    note: note(logs, source, right),
  })
  const head = look.densityAt === null ? [title] : [title, densityLine(logs, look.densityAt, look.width)]
  if (look.height <= head.length) return head.slice(0, Math.max(1, look.height))
  if (logs.lines.length === 0) return [...head, emptyLine(whyEmpty(logs, source, look.live), source.kind === 'error' ? 'danger' : 'muted')]
  const height = look.height - head.length
  const lines = logs.lines.slice(-height)
  const rowsOf = (line: LogLine): readonly Line[] => {
    if (logs.chosen === null) return look.wrap ? wrapped(logLine(line, look.width, 0), look.width) : [logLine(line, look.width, right)]
    const width = look.width - GUTTER
    const rows = look.wrap ? wrapped(logLine(line, width, 0), width) : [logLine(line, width, right)]
    return rows.map((row, at) => [{ text: line === logs.chosen && at === 0 ? '> ' : '  ', tone: 'selected' }, ...row])
  }
  if (!look.wrap) return [...head, ...lines.flatMap(rowsOf)]
  return [...head, ...fitting(lines.map(rowsOf), logs.chosen === null ? -1 : lines.indexOf(logs.chosen), height)]
}

/** What the marker of the chosen line takes. */
const GUTTER = 2

/** Long lines go on below. Where not all fit, the newest are kept, and the chosen one among them. */
const fitting = (blocks: readonly (readonly Line[])[], chosen: number, height: number): readonly Line[] => {
  const rows = blocks.flat()
  const end = rows.length - height
  const from = chosen < 0 ? end : Math.min(end, blocks.slice(0, chosen).flat().length)
  return rows.slice(Math.max(0, from), Math.max(0, from) + height)
}

const note = (
  { lines, following, fresh, levelMin, filter, evicted, searched, matching, kept, past, problem, only, unread }: LogWindow,
  source: LogSource,
  right: number,
): Line => [
  // Without any line the pane itself says it.
  ...(lines.length === 0 || !isTrouble(source) ? [] : ([{ text: `${troubleText(source)}  `, tone: 'danger' }] as const)),
  ...(problem === null ? [] : ([{ text: `older lines cannot be read: ${problem}  `, tone: 'danger' }] as const)),
  following ? { text: 'following', tone: 'good' } : { text: `FROZEN +${count(fresh)} new`, tone: 'warning' },
  ...(past === null ? [] : ([{ text: `  ${howFar(past, lines[0])}`, tone: 'key' }] as const)),
  ...(unread.length === 0 ? [] : ([{ text: `  older lines of ${unread.join(' ')} unread`, tone: 'warning' }] as const)),
  ...(only === null ? [] : ([{ text: `  only ${only.join(' ')}`, tone: 'key' }] as const)),
  ...(right === 0 ? [] : ([{ text: `  ${right} cells to the left`, tone: 'key' }] as const)),
  { text: `  level>=${levelName(levelMin)}`, tone: 'muted' },
  ...(filter === '' ? [] : ([{ text: `  /${filter}  ${count(matching)} of ${count(kept)}`, tone: 'key' }] as const)),
  ...(searched === null ? [] : ([{ text: `  searched ${Math.floor(searched * 100)}%`, tone: 'warning' }] as const)),
  ...(evicted === 0 ? [] : ([{ text: `  ${count(evicted)} evicted`, tone: 'muted' }] as const)),
]

/** Where in the files it stands, and how much of them is before that. */
const howFar = ({ bytes, total, reached, reading }: LogPast, top: LogLine | undefined): string => {
  const place = top === undefined ? 'files' : `files ${dateTime(top.time)}`
  const share = reached ? 'from their beginning' : `${Math.ceil((bytes / Math.max(1, total)) * 100)}% before`
  return `${place}, ${share}${reading ? ', reading' : ''}`
}

type Trouble = Extract<LogSource, { readonly kind: 'error' | 'missing' }>

/** Nothing new comes from a file, or from any. */
export const isTrouble = (source: LogSource): source is Trouble => source.kind === 'error' || source.kind === 'missing'

const troubleText = (source: Trouble): string => (source.kind === 'error' ? `error: ${source.message}` : `source missing: ${source.folder}`)

const whyEmpty = ({ kept, filter, levelMin, only }: LogWindow, source: LogSource, live: boolean): string => {
  if (isTrouble(source)) return troubleText(source)
  if (source.kind === 'starting') return 'opening the log files'
  if (kept > 0)
    return `none of ${count(kept)} lines has level>=${levelName(levelMin)}${filter === '' ? '' : ` and matches ${filter}`}${only === null ? '' : ` and is of ${only.join(' or ')}`}`
  if (source.files === 0) return 'source missing: no log file yet'
  return `${source.files} log files, no line in them yet${live ? '' : ' (no engine writes now)'}`
}

const CONTINUED = '    '
/** Rows that one line of the log takes at most: a line of a megabyte is not the whole screen. */
const WRAP_ROWS_MAX = 12
/** However narrow the pane is, the widest character has to fit. */
const MESSAGE_CELLS_MIN = 2

const wrapped = (line: Line, width: number): readonly Line[] => {
  if (lineWidth(line) <= width) return [line]
  const { head, rest } = splitLine(line, width)
  const tone = line.at(-1)?.tone ?? 'text'
  const rows: Line[] = [head]
  const step = Math.max(MESSAGE_CELLS_MIN, width - CONTINUED.length)
  let left = rest
  while (left !== '') {
    // The last row that may be taken says that there is more: it is cut.
    const row = rows.length === WRAP_ROWS_MAX - 1 ? left : headOf(left, step)
    rows.push([{ text: CONTINUED + cut(row, step), tone }])
    left = rows.length === WRAP_ROWS_MAX ? '' : left.slice(row.length)
  }
  return rows
}

/** Cells of a line that do not fit in a pane of this width; negative where there is room left. */
export const cellsOver = ({ chosen }: LogWindow, line: LogLine, width: number): number => {
  const space = chosen === null ? width : width - GUTTER
  return lineWidth(logLine(line, space, 0)) - space
}

const logLine = (line: LogLine, width: number, right: number): Line => {
  const name = levelName(line.level)
  const tone = LEVEL_TONES[name] ?? 'text'
  if (line.gap !== undefined) return [{ text: `${line.process}: ${prettyLine(line)}`, tone: 'warning' }]
  const message: Line = [{ text: prettyLine(line), tone: line.level >= LEVELS.warn ? tone : 'text' }]
  return [
    { text: `${width < MILLISECONDS_WIDTH_MIN ? timeOfDay(line.time) : timeOfDayMs(line.time)} `, tone: 'muted' },
    { text: `${cell(name.toUpperCase(), 5)} `, tone },
    { text: `${cell(line.process, PROCESS_WIDTH)} `, tone: 'muted' },
    ...shiftLine(message, right),
  ]
}
