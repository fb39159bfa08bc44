import { systemClock } from '../../src/clock.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import { DISK_REMEDY, isDiskRefusal } from '../../src/disk.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { instancePaths } from '../../src/home.ts'
import { createLogger } from '../log/logger.ts'
import { openShared } from '../ring/shared.ts'
import type { Boot, FromChild, ToChild } from '../supervisor/messages.ts'
import { dieWithParent } from './orphan.ts'
import { outbox } from './outbox.ts'
import type { ChildHandle, ChildMain } from './port.ts'

/** Proof that the event loop turns; the supervisor looks at it as a backstop only. */
const BEAT_MS = 500
/** An orphan finishes its cycle and goes; one that cannot within this time goes all the same. */
const ORPHAN_MS_MAX = 5_000
/** The kernel sends its signal when the thread that started us ends; a little later the whole supervisor is gone and we can tell. */
const DYING_MS = 20
/**
 * A dying supervisor hands us from thread to thread, and each that ends sends the signal again: two in a millisecond are one death.
 * A second signal counts only from a parent that is still there so much later, which is somebody's impatience.
 */
const IMPATIENT_MS = 250
/** The last word has so long to reach the supervisor; then the exit code has to say it all. */
const LAST_WORD_MS_MAX = 500
/** Who is asked to drain before its main has returned is given so long to begin, because ready was said already; after that there is nothing to drain. */
const BEGINNING_MS_MAX = 1_000
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
  const send = outbox((message, onLeft) => {
    // A supervisor that is gone hears nothing; the channel's end drains us.
    if (!process.connected) return
    process.send?.(message, (error: Error | null) => {
      if (error) log.debug({ reason: error.message }, 'the supervisor did not hear')
      onLeft()
    })
  })

  let handle: ChildHandle | null = null
  let onBegun = (): void => undefined
  const begun = new Promise<void>((resolve) => {
    onBegun = resolve
  })
  let ending = false
  let failed = false
  const early: ToChild[] = []

  const leave = (code: number, last: FromChild): void => {
    const go = (): void => {
      close()
      process.exit(code)
    }
    if (process.connected) {
      setTimeout(go, LAST_WORD_MS_MAX)
      process.send?.(last, go)
    } else go()
  }

  /** An expected end is told with its code, so that nobody restarts what cannot work; anything else is a fault and ends here. */
  const fail = (error: unknown): void => {
    if (failed) return // already on its way out
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    log.fatal({ reason: message, stack }, `${name} cannot go on`)
    process.stderr.write(`${new Date(systemClock.now()).toISOString()} ${name}: ${stack ?? message}\n`)
    const end = isDiskRefusal(error) ? new ExitError(Exit.corrupt, message, DISK_REMEDY) : error
    if (!(end instanceof ExitError)) process.exit(Exit.internal)
    failed = true
    leave(end.code, { kind: 'fatal', code: end.code, message: end.remedy === null ? message : `${message}; ${end.remedy}` })
  }
  process.on('uncaughtException', fail)

  const drain = (reason: 'asked' | 'orphaned', msMax: number): void => {
    if (ending || failed) return
    ending = true
    const started = systemClock.monotonic()
    const timer = setTimeout(() => {
      log.error({ msMax }, 'not drained in time')
      process.exit(Exit.internal)
    }, msMax)
    const late = setTimeout(onBegun, BEGINNING_MS_MAX)
    const work = begun.then(() => handle?.drain(reason))
    void work.then(() => {
      clearTimeout(late)
      clearTimeout(timer)
      log.info({ reason, ms: Math.round(systemClock.monotonic() - started) }, `${name} drained`)
      leave(Exit.done, { kind: 'drained' })
    })
  }

  let signals = 0
  const isOrphan = (): boolean => process.ppid !== parent || !process.connected
  process.on('SIGTERM', () => {
    signals += 1
    if (signals === 1) setTimeout(() => drain(isOrphan() ? 'orphaned' : 'asked', ORPHAN_MS_MAX), DYING_MS)
    else
      setTimeout(() => {
        if (isOrphan()) return drain('orphaned', ORPHAN_MS_MAX)
        log.warn('a second signal: not drained')
        process.exit(Exit.internal)
      }, IMPATIENT_MS)
  })
  process.on('disconnect', () => drain('orphaned', ORPHAN_MS_MAX))
  process.on('message', (message: ToChild) => {
    if (message.kind === 'drain') drain('asked', message.deadlineMs)
    else if (handle === null) early.push(message)
    else handle.onMessage(message)
  })
  dieWithParent(parent, () => drain('orphaned', ORPHAN_MS_MAX))

  setInterval(() => shared.progress[name].beat(), BEAT_MS)
  log.info({ version: boot.version, mode: boot.mode, config: boot.configHash }, `${name} starts`)
  try {
    handle = await main({ name, boot, paths, shared, log, clock: systemClock, send })
  } catch (error) {
    fail(error)
  }
  for (const message of early.splice(0)) handle?.onMessage(message)
  onBegun()
  return new Promise(() => undefined) // until drained or failed: the process exits by itself
}
