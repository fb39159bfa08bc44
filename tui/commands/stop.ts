import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { Exit, ExitError } from '../../src/exit.ts'
import { socketPath } from '../../src/home.ts'
import { type CommandFunction, type Context, text } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { note, printJson } from './print.ts'
import { processStart } from './process-start.ts'
import { request } from './send.ts'

/** Beyond the time that draining may take: closing the ledger and reaping the children. */
const GRACE_MS = 5_000
const DRAIN_MS_DEFAULT = 10_000
const LOOK_MS = 25

/** Stops the engine and waits until it is gone: its process ended and its socket removed. */
export const stop: CommandFunction = async (context, _, options) => {
  const now = options.now === true
  const pid = await stopEngine(context, now, text(options, 'reason') ?? (now ? 'stop --now' : 'stop'))
  if (context.json) printJson(context, { stopped: true, instance: context.instance, pid })
  else context.out(`engine ${context.instance} stopped (pid ${pid})\n`)
  return Exit.done
}

/** @throws ExitError 3 where none runs, 4 where it refuses, 5 where it is still there after its time. */
export const stopEngine = async (context: Context, now: boolean, reason: string): Promise<number> => {
  const link = await openLink(context, OPERATE)
  const { pid } = link.hello
  const born = processStart(pid)
  const drainMsMax = now ? 0 : await drainLimit(context)

  const result = await request(context, link, { kind: 'stop', now }, reason)
  if (result.outcome === 'refused') throw new ExitError(Exit.refused, `stop refused: ${result.message}`)
  if (result.outcome === 'accepted' && !now)
    note(context, `draining: no new entries, what is in flight is finished (at most ${drainMsMax / 1_000} s)`)

  // An unknown answer is most often an engine that was gone before it could answer; the process tells.
  const path = socketPath(context.env, context.home, context.instance, 'operator')
  const deadline = context.clock.monotonic() + drainMsMax + GRACE_MS
  while (context.clock.monotonic() < deadline) {
    const gone = born === null || processStart(pid) !== born
    if (gone) {
      if (existsSync(path) && process.platform !== 'win32') note(context, `it left its socket behind: ${path}; the next start removes it`)
      return pid
    }
    await wait(LOOK_MS)
  }
  throw new ExitError(
    Exit.unknown,
    `engine ${context.instance} (pid ${pid}) is still there`,
    'aegis-console stop --now does not wait for what is in flight',
  )
}

/** The limit of the settings it was started with. Where they cannot be read any more the default has to do: stopping must work. */
const drainLimit = async (context: Context): Promise<number> => {
  const [{ resolveSettings }, { lastOverrides }] = await Promise.all([import('../../src/settings.ts'), import('./launch.ts')])
  try {
    const { env, home, instance, folder } = context
    return resolveSettings({ env, home, instance, overrides: lastOverrides(context), folder }).config.supervisor.drainMsMax
  } catch (error) {
    if (!(error instanceof ExitError)) throw error
    return DRAIN_MS_DEFAULT
  }
}
