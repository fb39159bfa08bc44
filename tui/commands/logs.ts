import { Exit, ExitError } from '../../src/exit.ts'
import { type Filter, parseFilter } from '../logs/filter.ts'
import { LEVELS, type LevelName, type LogLine, type RawLine } from '../logs/line.ts'
import { type CommandFunction, type Context, type Options, text } from './context.ts'
import { countOf } from './count.ts'
import { lastLogs } from './log-files.ts'
import { createFormat, type LogFilter, passes, readLines } from './log-lines.ts'
import { note } from './print.ts'
import { demandSource } from './source.ts'

/** A filter may want few of the lines at the end of a file, so more are read than are shown. */
const FOLLOW_TAIL_LINES_MIN = 2_000

/** The newest log lines of all processes; `--follow` goes on with what comes. Works without an engine. */
export const logs: CommandFunction = async (context, _, options) => {
  const filter: LogFilter = {
    level: LEVELS[levelOf(options)],
    process: text(options, 'process') ?? null,
    filter: filterOf(options, context.clock.now()),
  }
  const count = countOf(options)
  const format = await createFormat(context.json)
  const show = (lines: readonly LogLine[]): void => {
    for (const line of lines) context.out(format(line))
  }
  if (options.follow === true) return await follow(context, count, filter, show)
  demandSource(context.paths, 'logs', context.paths.logs)
  const lines = lastLogs(context.paths.logs, count, filter)
  show(lines)
  if (lines.length === 0) note(context, `no log lines in ${context.paths.logs}`)
  return Exit.done
}

/** The grammar of the console's own filters. @throws ExitError 64 */
const filterOf = (options: Options, now: number): Filter => {
  const written = text(options, 'filter') ?? ''
  const filter = parseFilter(written, now)
  if (filter.ok) return filter.value
  throw new ExitError(Exit.usage, `--filter ${JSON.stringify(written)}: ${filter.error}`)
}

const levelOf = (options: Options): LevelName => {
  const level = text(options, 'level') ?? 'trace'
  if (level in LEVELS) return level as LevelName
  throw new ExitError(Exit.usage, `--level ${JSON.stringify(level)}: expected one of ${Object.keys(LEVELS).join(', ')}`)
}

/** Ends when the person does. The first lines are the newest of every file, in the order of their time; the rest as it comes. */
const follow = async (context: Context, count: number, filter: LogFilter, show: (lines: readonly LogLine[]) => void): Promise<number> => {
  const { createTailer } = await import('../logs/tailer.ts')
  const { promise, resolve } = Promise.withResolvers<void>()
  const ended = context.ended()
  ended.addEventListener('abort', () => resolve(), { once: true })
  let beginning = true
  const tailer = createTailer({
    folder: context.paths.logs,
    clock: context.clock,
    tailLines: Math.max(count, FOLLOW_TAIL_LINES_MIN),
    onLines: (raws: readonly RawLine[]) => {
      const lines = readLines(raws).filter((line) => passes(filter, line))
      show(beginning ? lines.sort((a, b) => a.time - b.time).slice(-count) : lines)
      beginning = false
    },
    onSource: (source) => {
      if (source.kind === 'missing') note(context, `waiting for ${source.folder}`)
      if (source.kind === 'error') note(context, `reading failed, trying again: ${source.message}`)
    },
  })
  try {
    if (!ended.aborted) await promise
    return Exit.done
  } finally {
    await tailer.close()
  }
}
