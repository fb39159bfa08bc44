import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { replaceFile } from '../../src/atomic-file.ts'
import { Exit, type ExitCode, ExitError } from '../../src/exit.ts'
import { createFrameReader, decodeFrame } from '../../src/ndjson.ts'
import { type Overrides, resolveSettings, type Settings } from '../../src/settings.ts'
import type { Context } from './context.ts'
import { engineEnvironment } from './overrides.ts'

/** An engine says within this time that it is ready, or why not. */
const READY_MS_MAX = 20_000
const READY_BYTES_MAX = 65_536
/** Descriptor on which the engine reports, as `AEGIS_READY_FD` tells it. */
const READY_FD = 3
const OUT_BYTES_MAX = 1_048_576
const OUT_TAIL_LINES = 5

/** The one line that an engine writes once it knows. */
export type Ready =
  | { readonly ok: true; readonly pid: number; readonly instance: string; readonly startedAt: number; readonly degraded?: string }
  | { readonly ok: false; readonly code: ExitCode; readonly message: string; readonly remedy?: string | null }

export type Launch = { readonly settings: Settings; readonly args: readonly string[]; readonly file: string }

/** What it takes to start the engine of this instance. Wrong settings show here, before anything runs. @throws ExitError 77, 78 */
export const prepare = ({ env, home, instance, folder, engineScript }: Context, overrides: Overrides): Launch => {
  const settings = resolveSettings({ env, home, instance, overrides, folder })
  return {
    settings,
    file: process.execPath,
    args: [engineScript, 'supervise', '--instance', instance, '--home', home, '--overrides', JSON.stringify(overrides)],
  }
}

/** The folders that have to be there before the engine can write a word. */
export const makeFolders = ({ paths }: Context): void => {
  for (const folder of [paths.root, paths.logs, paths.state]) mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** `restart` starts again with the flags of the last start, or a replay would silently become a simulation. */
export const rememberOverrides = ({ paths }: Context, overrides: Overrides): void =>
  replaceFile(join(paths.state, 'start.json'), `${JSON.stringify({ overrides }, null, 2)}\n`)

export const lastOverrides = ({ paths }: Context): Overrides => {
  const path = join(paths.state, 'start.json')
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { readonly overrides: Overrides }).overrides
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ExitError(Exit.configuration, `${path}: ${(error as Error).message}`, 'remove it, then start with the flags you want')
  }
}

/**
 * Starts the engine detached: its own session, no terminal, standard output in a file. It stays when we go.
 * @throws ExitError with the engine's own code where it refuses; 5 where it says nothing in time.
 */
export const launch = async (context: Context, { file, args }: Launch, readyMsMax = READY_MS_MAX): Promise<Extract<Ready, { ok: true }>> => {
  const out = join(context.paths.logs, 'supervisor.out')
  keepShort(out)
  const descriptor = openSync(out, 'a', 0o600)
  const before = statSync(out).size
  const child = spawn(file, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', descriptor, descriptor, 'pipe'],
    env: { ...engineEnvironment(context), AEGIS_READY_FD: String(READY_FD) },
  })
  closeSync(descriptor)
  try {
    const ready = await readiness(child, readyMsMax, () => tail(out, before))
    if (ready.ok) return ready
    throw new ExitError(ready.code, ready.message, ready.remedy ?? null)
  } finally {
    child.unref()
    ;(child.stdio[READY_FD] as Readable).destroy()
  }
}

const readiness = (child: ChildProcess, msMax: number, lastWords: () => string): Promise<Ready> =>
  new Promise((resolve, reject) => {
    const reader = createFrameReader(READY_BYTES_MAX)
    const pipe = child.stdio[READY_FD] as Readable
    const settle = (end: () => void): void => {
      clearTimeout(timer)
      child.removeAllListeners()
      pipe.removeAllListeners()
      end()
    }
    const fail = (code: ExitCode, message: string): void => settle(() => reject(new ExitError(code, `${message}${lastWords()}`)))
    const timer = setTimeout(
      () =>
        fail(Exit.unknown, `the engine (pid ${child.pid}) said nothing within ${msMax / 1_000} s; it may still come up, see aegis-console status`),
      msMax,
    )
    pipe.on('data', (chunk: Buffer) => {
      const [line] = reader.push(chunk).lines
      if (line === undefined) return
      const frame = decodeFrame(line)
      if (frame.ok && isReady(frame.value)) {
        const ready = frame.value
        settle(() => resolve(ready))
      } else fail(Exit.internal, 'the engine reported something that is no report')
    })
    // The pipe may still hold the report when the process is gone, so `close`, which comes after both, tells the end.
    child.once('close', (code, signal) =>
      fail(isExit(code) ? code : Exit.internal, `the engine ended before it was ready (${signal ?? `exit ${code}`})`),
    )
    child.once('error', (error) => fail(Exit.internal, `the engine could not be started: ${error.message}`))
  })

const isReady = (value: unknown): value is Ready => {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return false
  if (value.ok === true) return 'pid' in value && typeof value.pid === 'number'
  return value.ok === false && 'code' in value && isExit(value.code) && 'message' in value && typeof value.message === 'string'
}

/** An engine refuses with one of these. Node itself ends with 1 after a fault, which is not the answer of a check. */
const isExit = (code: unknown): code is ExitCode =>
  typeof code === 'number' && code >= Exit.usage && Object.values(Exit).some((known) => known === code)

/** One older file is kept; what a process prints before its log is open is little. */
const keepShort = (path: string): void => {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > OUT_BYTES_MAX) renameSync(path, `${path}.1`)
}

const tail = (path: string, from: number): string => {
  const lines = readFileSync(path).subarray(from).toString('utf8').trim().split('\n').slice(-OUT_TAIL_LINES)
  return lines.join('') === '' ? `; nothing in ${path}` : `:\n${lines.join('\n')}`
}
