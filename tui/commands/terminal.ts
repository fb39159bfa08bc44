import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { Environment } from '../../src/home.ts'
import { outliveOutput } from '../../src/standard-output.ts'
import { PROJECT_ROOT, VERSION } from '../../src/version.ts'

export type ConsoleOptions = {
  readonly env: Environment
  readonly home: string
  readonly instance: string
  /** Watch only, whatever the engine would allow. */
  readonly readOnly: boolean
}

/** What a command sees of the world around it. Tests pass their own. */
export type Terminal = {
  readonly env: Environment
  /** Where the person stands; relative paths of flags start here. */
  readonly folder: string
  readonly clock: Clock
  readonly newId: () => string
  /** The engine's own program. */
  readonly engineScript: string
  /** Data, for people or for the next program. */
  readonly out: (text: string) => void
  /** Messages. */
  readonly err: (text: string) => void
  /** Somebody is there to answer: standard input and error are terminals. */
  readonly canAsk: boolean
  /** A full screen can be drawn: standard input and output are terminals and not dumb. */
  readonly canDraw: boolean
  readonly ask: (question: string) => Promise<string>
  /** The full screen, until the person leaves it. */
  readonly openConsole: (options: ConsoleOptions) => Promise<number>
  /** Aborts when the person ends what follows a stream, by Ctrl-C or a signal, and when nobody reads it any more. */
  readonly ended: () => AbortSignal
}

export const systemTerminal = (): Terminal => {
  const unread = new AbortController()
  outliveOutput(() => unread.abort())
  const { stdin, stdout, stderr, env } = process
  return {
    env,
    folder: process.cwd(),
    clock: systemClock,
    newId: randomUUID,
    engineScript: join(PROJECT_ROOT, 'bin', 'aegis-engine.js'),
    out: (text) => {
      if (!unread.signal.aborted) stdout.write(text)
    },
    err: (text) => void stderr.write(text),
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    canDraw: stdin.isTTY === true && stdout.isTTY === true && env.TERM !== 'dumb',
    ask,
    openConsole: async (options) => await (await loadConsole()).runConsole({ ...options, version: VERSION }),
    ended: () => AbortSignal.any([interrupted(), unread.signal]),
  }
}

const ANSWER_BYTES_MAX = 4_096

/**
 * Asks on the terminal itself, by plain reads: standard input stays untouched for the console that may open next. Ctrl-C ends
 * the process as it does everywhere; the end of the input counts as an empty answer, so Ctrl-D refuses whatever was asked.
 */
const ask = async (question: string): Promise<string> => {
  if (process.platform === 'win32') return await askByStreams(question)
  const terminal = openSync('/dev/tty', 'r+')
  try {
    writeSync(terminal, question)
    const block = Buffer.alloc(ANSWER_BYTES_MAX)
    const length = readSync(terminal, block) // the terminal hands over a line at a time
    if (length === 0) writeSync(terminal, '\n')
    return block.toString('utf8', 0, length).trim()
  } finally {
    closeSync(terminal)
  }
}

const askByStreams = async (question: string): Promise<string> => {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const end = new AbortController()
  lines.once('close', () => end.abort())
  try {
    return (await lines.question(question, { signal: end.signal })).trim()
  } catch (error) {
    if (!end.signal.aborted) throw error
    return ''
  } finally {
    lines.close()
  }
}

const interrupted = (): AbortSignal => {
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end.abort())
  return end.signal
}

/** The console in few files where it was built so, which halves the time to its first frame; else as it was compiled. */
const loadConsole = async (): Promise<typeof import('../main.tsx')> => {
  const bundled = new URL('../../bundle/main.js', import.meta.url)
  return existsSync(bundled) ? await import(bundled.href) : await import('../main.tsx')
}
