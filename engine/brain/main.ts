import { ExitError } from '../../src/exit.ts'
import type { ChildMain } from '../child/port.ts'
import { openTapeReader } from '../tape/reader.ts'
import { runBrain } from './run.ts'

/** The brain as a process: strategies on the bars of its ring, signals into the other. */
export const main: ChildMain = async ({ boot, paths, shared, log, clock, send }) => {
  const tape = openTapeReader(paths.tape)
  const { config, instruments } = boot
  const run = runBrain({ config, instruments, folder: paths.strategies, configFile: paths.config, tape, shared, clock, log, send })
  run.ended.catch((error: unknown) => {
    if (!(error instanceof ExitError)) throw error // ends the process; the supervisor starts it again
    log.fatal({ code: error.code }, error.message)
    send({ kind: 'fatal', code: error.code, message: error.message })
  })
  return {
    onMessage: run.onMessage,
    drain: async () => {
      await run.drain()
      tape.close()
    },
  }
}
