import { systemClock } from '../../src/clock.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import { Exit } from '../../src/exit.ts'
import { instancePaths } from '../../src/home.ts'
import { createLogger } from '../log/logger.ts'
import { openShared } from '../ring/shared.ts'
import type { Boot, FromChild, ToChild } from '../supervisor/messages.ts'
import { dieWithParent } from './orphan.ts'
import type { ChildHandle, ChildMain } from './port.ts'

/** Proof that the event loop turns; the supervisor looks at it as a backstop only. */
const BEAT_MS = 500
/** An orphan finishes its cycle and goes; one that cannot within this time goes all the same. */
const ORPHAN_MS_MAX = 5_000
/** Where the supervisor puts the shared memory and the bells. */
const DESCRIPTORS = { memory: 4, feed: 5, brain: 6, orchestrator: 7 } as const

const bootMessage = (): Promise<Boot> =>
  new Promise((resolve, reject) => {
    const onEnd = (): void => reject(new Error('the supervisor went before it said what to do'))
    process.once('disconnect', onEnd)
    process.once('message', (message) => {
      process.off('disconnect', onEnd)
      resolve(message as Boot)
    })
  })

/** One child process: told what to do by the supervisor, in its memory, until it is drained or orphaned. @returns the exit code. */
export const runChild = async (name: ChildName, main: ChildMain): Promise<number> => {
  const parent = process.ppid
  // A terminal's signals are the supervisor's business; it drains us in order.
  process.on('SIGINT', () => undefined)
  process.on('SIGHUP', () => undefined)
  const boot = await bootMessage()
  const paths = instancePaths(boot.home, boot.instance)
  const { log, close } = createLogger({ process: name, paths, logs: boot.config.logs })
  const shared = openShared(DESCRIPTORS, name)
  const send = (message: FromChild): void => {
    // A supervisor that is gone hears nothing; the channel's end drains us.
    if (process.connected)
      process.send?.(message, (error: Error | null) => error && log.debug({ reason: error.message }, 'the supervisor did not hear'))
  }

  let handle: ChildHandle | null = null
  let ending = false
  const early: ToChild[] = []

  process.on('uncaughtException', (error) => {
    log.fatal({ reason: error.message, stack: error.stack }, `${name} cannot go on`)
    process.stderr.write(`${new Date(systemClock.now()).toISOString()} ${name}: ${error.stack ?? error.message}\n`)
    process.exit(Exit.internal)
  })

  const drain = (reason: 'asked' | 'orphaned', msMax: number): void => {
    if (ending) return
    ending = true
    const started = systemClock.monotonic()
    const timer = setTimeout(() => {
      log.error({ msMax }, 'not drained in time')
      process.exit(Exit.internal)
    }, msMax)
    void (handle?.drain(reason) ?? Promise.resolve()).then(() => {
      clearTimeout(timer)
      log.info({ reason, ms: Math.round(systemClock.monotonic() - started) }, `${name} drained`)
      send({ kind: 'drained' })
      close()
      process.exit(Exit.done)
    })
  }

  process.on('SIGTERM', () => drain(process.ppid === parent ? 'asked' : 'orphaned', ORPHAN_MS_MAX))
  process.on('disconnect', () => drain('orphaned', ORPHAN_MS_MAX))
  process.on('message', (message: ToChild) => {
    if (message.kind === 'drain') drain('asked', message.deadlineMs)
    else if (handle === null) early.push(message)
    else handle.onMessage(message)
  })
  dieWithParent(parent, () => drain('orphaned', ORPHAN_MS_MAX))

  setInterval(() => shared.progress[name].beat(), BEAT_MS)
  log.info({ version: boot.version, mode: boot.mode, config: boot.configHash }, `${name} starts`)
  handle = await main({ name, boot, paths, shared, log, clock: systemClock, send })
  for (const message of early.splice(0)) handle.onMessage(message)
  return new Promise(() => undefined) // until drained: the process exits by itself
}
