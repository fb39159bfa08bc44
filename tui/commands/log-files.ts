import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessName } from '../../src/contracts/names.ts'
import { lastLines } from '../../src/jsonl.ts'
import type { Context } from './context.ts'
import { type LogFilter, type LogRecord, logRecord, passes } from './log-record.ts'
import { note } from './print.ts'

export const PROCESSES = ['supervisor', 'feed', 'brain', 'orchestrator'] as const satisfies readonly ProcessName[]

/** The last records of all processes, in the order of their time; rotated files are read as far as needed. */
export const lastLogs = (context: Context, count: number, filter: LogFilter): LogRecord[] => {
  let foreign = 0
  const records = PROCESSES.filter((process) => filter.process === null || filter.process === process).flatMap((process) => {
    const found: LogRecord[] = []
    for (const path of filesOf(context.paths.logs, process)) {
      if (found.length >= count) break
      const page: LogRecord[] = []
      lastLines(path, count - found.length, (line) => {
        const record = logRecord(process, line)
        if (record === null) foreign += 1
        if (record === null || !passes(filter, record)) return false
        page.push(record)
        return true
      })
      found.push(...page)
    }
    return found.reverse()
  })
  if (foreign > 0) note(context, `${context.paths.logs}: ${foreign} lines are not log records and were left out`)
  return records.sort((a, b) => a.at - b.at).slice(-count)
}

/** The file in use first, then those set aside, newest first. */
const filesOf = (folder: string, process: string): string[] => {
  const form = new RegExp(`^${process}[.-].*jsonl(?:\\.\\d+)?$|^${process}\\.jsonl$`)
  return namesIn(folder)
    .filter((name) => form.test(name))
    .map((name) => ({ name, path: join(folder, name), at: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => (b.name === `${process}.jsonl` ? 1 : a.name === `${process}.jsonl` ? -1 : b.at - a.at))
    .map(({ path }) => path)
}

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
