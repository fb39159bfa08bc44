import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessName } from '../../src/contracts/names.ts'
import { lastLines } from '../../src/jsonl.ts'
import type { LogLine } from '../logs/line.ts'
import { type LogFilter, passes, readLines } from './log-lines.ts'

export const PROCESSES = ['supervisor', 'feed', 'brain', 'orchestrator'] as const satisfies readonly ProcessName[]

/** The last lines of all processes, in the order of their time; rotated files are read as far as needed. */
export const lastLogs = (folder: string, count: number, filter: LogFilter): LogLine[] =>
  PROCESSES.filter((process) => filter.process === null || filter.process === process)
    .flatMap((process) => lastOfProcess(folder, process, count, filter))
    .sort((a, b) => a.time - b.time)
    .slice(-count)

const lastOfProcess = (folder: string, process: ProcessName, count: number, filter: LogFilter): LogLine[] => {
  const found: string[] = []
  const wanted = (text: string): boolean => readLines([{ process, text }]).some((line) => passes(filter, line))
  for (const path of filesOf(folder, process)) {
    if (found.length >= count) break
    found.unshift(...lastLines(path, count - found.length, wanted))
  }
  return readLines(found.map((text) => ({ process, text })))
}

/** The file in use first, then those set aside, newest first. */
const filesOf = (folder: string, process: ProcessName): string[] => {
  const current = `${process}.jsonl`
  const aside = namesIn(folder)
    .filter((name) => name !== current && name.startsWith(`${process}.`) && /\.jsonl(?:\.\d+)?$/.test(name))
    .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at)
  return [join(folder, current), ...aside.map(({ path }) => path)]
}

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
