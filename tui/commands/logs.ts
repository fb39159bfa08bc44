import { join } from 'node:path'
import { Exit, ExitError } from '../../src/exit.ts'
import { type CommandFunction, type Context, type Options, text } from './context.ts'
import { countOf } from './count.ts'
import { followFile } from './follow-file.ts'
import { lastLogs, PROCESSES } from './log-files.ts'
import { createFormat, LEVELS, type Level, type LogFilter, type LogRecord, logRecord, passes } from './log-record.ts'
import { note } from './print.ts'

/** The newest log records of all processes; `--follow` goes on with what comes. Works without an engine. */
export const logs: CommandFunction = async (context, _, options) => {
  const filter = filterOf(options)
  const format = await createFormat(context.json)
  const show = (record: LogRecord): void => context.out(format(record))
  if (options.follow === true) return await follow(context, countOf(options), filter, show)
  const records = lastLogs(context, countOf(options), filter)
  for (const record of records) show(record)
  if (records.length === 0) note(context, 'no log records')
  return Exit.done
}

const filterOf = (options: Options): LogFilter => {
  const level = text(options, 'level') ?? 'trace'
  const process = text(options, 'process') ?? null
  if (!(level in LEVELS)) throw new ExitError(Exit.usage, `--level ${JSON.stringify(level)}: expected one of ${Object.keys(LEVELS).join(', ')}`)
  if (process !== null && !PROCESSES.some((name) => name === process)) {
    throw new ExitError(Exit.usage, `--process ${JSON.stringify(process)}: expected one of ${PROCESSES.join(', ')}`)
  }
  return { level: LEVELS[level as Level], process, text: text(options, 'filter') ?? null }
}

/** Ends when the person does. The watcher wakes us; what is new is found by inode and offset, so a missed event costs nothing. */
const follow = async (context: Context, count: number, filter: LogFilter, show: (record: LogRecord) => void): Promise<number> => {
  const { watch } = await import('chokidar')
  const folder = context.paths.logs
  const files = PROCESSES.map((process) => ({ process, path: join(folder, `${process}.jsonl`) }))
  // Opened before the history is read, so nothing is lost between the two; what came in between is in both and shown once.
  const followed = files.map(({ process, path }) => ({ process, file: followFile(path, 'end') }))
  const history = lastLogs(context, count, filter)
  const shown = new Set(history.map(({ process, line }) => `${process} ${line}`))
  for (const record of history) show(record)

  const readAll = (): void => {
    for (const { process, file } of followed) {
      file.read((line) => {
        const record = logRecord(process, line)
        if (record !== null && passes(filter, record) && !shown.has(`${process} ${line}`)) show(record)
      })
    }
    shown.clear()
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const watcher = watch(folder, { depth: 0, ignoreInitial: true, persistent: true })
  const wake = (): void => {
    try {
      readAll()
    } catch (error) {
      reject(error)
    }
  }
  watcher.on('all', wake).on('ready', wake)
  watcher.on('error', reject)
  const ended = context.ended()
  ended.addEventListener('abort', () => resolve(), { once: true })
  try {
    if (!ended.aborted) await promise
    return Exit.done
  } finally {
    await watcher.close()
    for (const { file } of followed) file.close()
  }
}
