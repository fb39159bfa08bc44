import { Worker } from 'node:worker_threads'

/**
 * Runs in a thread of its own with a connection of its own: moving ten megabytes of log into the file takes a tenth of a second of a slow
 * disk, and nobody who decides may wait for that. PASSIVE never stops a writer; what it could not move is moved the next time.
 */
const CODE = `
const { parentPort, workerData } = require('node:worker_threads')
const { DatabaseSync } = require('node:sqlite')
const database = new DatabaseSync(workerData.path, { timeout: 1000 })
database.exec('PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0')
parentPort.on('message', () => {
  let error = null
  try {
    database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  } catch (cause) {
    error = { message: cause.message, errcode: cause.errcode }
  }
  parentPort.postMessage(error)
})
`

export type FoldBeside = {
  /** Asks for the log to be folded; while one folding is under way a second wish is the same wish. @throws what the last folding failed with. */
  readonly ask: () => void
  readonly close: () => void
}

/**
 * The thread is made when it is first needed: an engine with quiet moments folds its logs in those and never has one. What was written
 * while it worked is folded by `rest`, on the connection that writes: only a log without anything left in it begins anew, and one that
 * grows makes every flush allocate.
 */
export const foldBeside = (path: string, rest: () => void): FoldBeside => {
  let worker: Worker | null = null
  let folding = false
  let failure: Error | null = null

  const start = (): Worker => {
    const made = new Worker(CODE, {
      eval: true,
      workerData: { path },
      name: 'fold',
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    })
    made.unref()
    made.on('message', (error: { readonly message: string; readonly errcode?: number } | null) => {
      folding = false
      if (worker !== made) return
      if (error !== null) failure = Object.assign(new Error(error.message), { errcode: error.errcode })
      else attemptRest()
    })
    made.on('error', (error) => {
      folding = false
      failure = error
    })
    return made
  }

  const attemptRest = (): void => {
    try {
      rest()
    } catch (error) {
      failure = error as Error // whoever asks next hears of it
    }
  }

  return {
    ask: () => {
      if (failure !== null) throw failure
      if (folding) return
      worker ??= start()
      folding = true
      worker.postMessage(null)
    },
    close: () => {
      // It holds no transaction between two statements, and one that is cut off leaves the log as it was.
      void worker?.terminate()
      worker = null
    },
  }
}
