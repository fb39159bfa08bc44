import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openPty, type Pty } from '../helpers/pty.ts'
import { consoleCommand, type Engine, env, folder, LOAD, live, logs, QUIET, quit, root, SETTLE_MS, tell } from './console-rig.ts'
import { logLine, WRITERS } from './log-writer.ts'

const WATCH_MS = 20_000
const BACKLOG_LINES = 100_000
const BACKLOG_MS = 5_000

/** A console that measures how late its event loop is; the figure comes with its end. */
const measured = async (during: (pty: Pty) => Promise<void>): Promise<number> => {
  const file = join(folder, 'loop-delay')
  const [node = '', ...rest] = consoleCommand()
  const pty = openPty([node, '--import', join(root, 'test/bench/watch-loop.mjs'), ...rest], { ...env, AEGIS_LOOP_DELAY: file }, 160, 48)
  await pty.until('live', live)
  await pause(SETTLE_MS + 500)
  await during(pty)
  await quit(pty)
  return Number(readFileSync(file, 'utf8'))
}

/** How late timers and keys are, under the even load and while a backlog of lines is taken in. */
export const loop = async (engine: Engine): Promise<void> => {
  await engine.tell(LOAD)
  tell('event loop delay p99, under load', await measured(async () => void (await pause(WATCH_MS))), 'ms', 40)
  await engine.tell(QUIET)
  const backlog = async (pty: Pty): Promise<void> => {
    pty.write('6')
    const now = Date.now()
    for (const [index, name] of WRITERS.entries()) {
      const lines = Array.from({ length: BACKLOG_LINES / WRITERS.length }, (_, n) => logLine(now, n * WRITERS.length + index))
      appendFileSync(join(logs, `${name}.jsonl`), lines.join(''))
    }
    await pause(BACKLOG_MS)
  }
  tell('event loop delay p99, 100,000 lines taken in', await measured(backlog), 'ms', 100)
}
