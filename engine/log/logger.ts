import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import type { Config } from '../../src/contracts/config.ts'
import type { ProcessName } from '../../src/contracts/names.ts'
import type { InstancePaths } from '../../src/home.ts'
import { inertJson } from '../../src/text.ts'
import { REDACTED, redactJson } from './redact.ts'
import { openRotatingFile } from './rotating-file.ts'

/** Hidden by name wherever they are near the top of a record; registered values are hidden everywhere, by value. */
const SHAPES = ['secret', 'password', 'apiKey', 'apiSecret', 'authorization', 'headers.authorization', 'headers.Authorization']

const WARN = 40

export type LoggerOptions = {
  readonly process: ProcessName
  readonly paths: InstancePaths
  readonly logs: Config['logs']
  readonly write?: (descriptor: number, bytes: Uint8Array) => number
}

/** The log of one process: pino's lines in `logs/<process>.jsonl`, without secrets, harmless on a terminal, never in the way of its caller. */
export const createLogger = ({ process: name, paths, logs, write }: LoggerOptions): { readonly log: Logger; readonly close: () => void } => {
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 })
  const base = { process: name, pid: process.pid }
  // The time is pino's own, which a log line has anyway.
  const warning = (fields: object): string =>
    `{"level":${WARN}${pino.stdTimeFunctions.epochTime()},${JSON.stringify({ ...base, ...fields }).slice(1)}`
  const file = openRotatingFile({
    path: join(paths.logs, `${name}.jsonl`),
    rotateBytes: logs.rotateBytes,
    keep: logs.keep,
    note: (lost, code) => warning({ lost, code, msg: `${lost} log lines were lost: ${code}` }),
    anew: () => warning({ msg: 'this log was deleted or moved while it was written; it begins anew here, and lines before this one may be gone' }),
    ...(write === undefined ? {} : { write }),
  })
  const log = pino(
    { level: logs.level, base, redact: { paths: SHAPES.flatMap((path) => [path, `*.${path}`]), censor: REDACTED } },
    { write: (line: string) => file.write(inertJson(redactJson(line))) },
  )
  return { log, close: file.close }
}
