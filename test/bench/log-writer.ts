import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** The processes that write, as many as the engine has. */
export const WRITERS = ['brain', 'feed', 'orchestrator', 'supervisor'] as const

const TEXT = { strategy: 'trend', symbol: 'BTCUSD', price: '61234.5', quantity: '0.125', signal: 'BTCUSD_1790000000000_0123abcd' }

/** One line as pino writes it; `n` counts the lines of one process. */
export const logLine = (time: number, n: number, level = 30): string =>
  `${JSON.stringify({ level, time, pid: 4_242, n, msg: 'bar taken and decided on', ...TEXT })}\n`

const TURN_MS = 10
const ROTATE_BYTES = 8_388_608
const FILES_KEPT = 5

/** Writes `perSecond` lines a second over the files of all processes, rotated by rename, for `seconds`; ends with what it wrote of each. */
const writeFor = (folder: string, perSecond: number, seconds: number): void => {
  const files = WRITERS.map((name) => ({
    path: join(folder, `${name}.jsonl`),
    descriptor: openSync(join(folder, `${name}.jsonl`), 'a'),
    bytes: 0,
    n: 0,
  }))
  const began = performance.now()
  let written = 0
  const turn = (): void => {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - began) / 1_000) * perSecond))
    const now = Date.now()
    const texts = files.map(() => '')
    for (; written < due; written += 1) {
      const at = written % files.length
      const file = files[at]
      if (file !== undefined) texts[at] += logLine(now, file.n++, written % 5_000 === 0 ? 50 : 30)
    }
    for (const [at, file] of files.entries()) {
      file.bytes += writeSync(file.descriptor, texts[at] ?? '')
      if (file.bytes < ROTATE_BYTES) continue
      for (let number = FILES_KEPT; number >= 1; number -= 1) {
        try {
          renameSync(number === 1 ? file.path : `${file.path}.${number - 1}`, `${file.path}.${number}`)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error // not so many yet
        }
      }
      closeSync(file.descriptor)
      file.descriptor = openSync(file.path, 'a')
      file.bytes = 0
    }
    if (written < perSecond * seconds) setTimeout(turn, TURN_MS)
    else process.send?.(Object.fromEntries(WRITERS.map((name, at) => [name, files[at]?.n ?? 0])))
  }
  turn()
}

const [, , folder, perSecond, seconds] = process.argv
if (process.send !== undefined && folder !== undefined) writeFor(folder, Number(perSecond), Number(seconds))
