import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../src/atomic-file.ts'
import type { ChildMain } from '../child/port.ts'
import { tapePieces } from '../ledger/ledger.ts'
import { openTapeReader } from '../tape/reader.ts'
import { restoreTape } from '../tape/restore.ts'
import { openTapeWriter } from '../tape/writer.ts'
import { runFeed } from './run.ts'

/** The feed with its real ports: the tape's files, timers, and an end of the process where the loop breaks. */
export const main: ChildMain = async ({ boot, paths, shared, log, clock, send }) => {
  const recordPath = join(paths.data, 'feed-source.json')
  const restored = restoreTape(paths.tape, tapePieces(paths.ledger))
  if (restored > 0) log.warn({ records: restored }, 'records that the disk had lost were put back on the tape from the ledger')
  const tape = openTapeWriter(paths.tape)
  const reader = openTapeReader(paths.tape)
  const close = (): void => {
    tape.close()
    reader.close()
  }
  return runFeed({
    config: boot.config,
    instruments: boot.instruments,
    tape,
    reader,
    shared,
    clock,
    log,
    send,
    every: (ms, call) => {
      const timer = setInterval(call, ms)
      return () => clearInterval(timer)
    },
    record: {
      read: () => (existsSync(recordPath) ? readFileSync(recordPath, 'utf8') : null),
      write: (text) => writeFileAtomic(recordPath, `${text}\n`),
    },
    crash: (error) => {
      setImmediate(() => {
        throw error
      })
    },
  }).catch((error: unknown) => {
    close() // refused before the loop began
    throw error
  })
}
