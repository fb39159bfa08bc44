import { readFileSync } from 'node:fs'
import { Exit, ExitError } from '../../../src/exit.ts'
import { consoleSettingsPath, hasConsoleSettings } from '../../settings/path.ts'
import type { Context } from '../context.ts'
import { openLink, WATCH } from '../engine.ts'
import { duration } from '../print.ts'
import { processStart } from '../process-start.ts'
import { type Finding, judge } from './finding.ts'

export const settings = async ({ env, home, instance, folder }: Context): Promise<Finding> => {
  const { pass, warn, fail } = judge('settings')
  const { resolveSettings } = await import('../../../src/settings.ts')
  try {
    const { path, config, modeOrigin, warnings } = resolveSettings({ env, home, instance, overrides: {}, folder })
    const says = `${path ?? 'defaults'}, mode ${config.mode} (${modeOrigin})`
    return warnings.length === 0 ? pass(says) : warn(warnings.join('; '))
  } catch (error) {
    if (error instanceof ExitError) return fail(error.message.replaceAll('\n', '; '), error.remedy ?? undefined)
    throw error
  }
}

/** What the person set for consoles of this host. */
export const consoleSettings = async ({ env }: Context): Promise<Finding> => {
  const { pass, warn, fail } = judge('console settings')
  const path = consoleSettingsPath(env)
  if (!hasConsoleSettings(env)) return pass('defaults')
  const { readConsoleSettings } = await import('../../settings/console-settings.ts')
  try {
    const { warnings } = readConsoleSettings(path)
    return warnings.length === 0 ? pass(path) : warn(warnings.join('; '))
  } catch (error) {
    if (error instanceof ExitError) return fail(error.message.replaceAll('\n', '; '), error.remedy ?? undefined)
    throw error
  }
}

/** Closer than that two looks at one clock may be on a busy machine. */
const CLOCKS_APART_MS = 2_000

/** An engine that runs and does not answer is worse than none. */
export const engine = async (context: Context): Promise<Finding> => {
  const { pass, warn, fail } = judge('engine')
  try {
    const link = await openLink(context, WATCH)
    link.close()
    const { pid, build, role } = link.hello
    const says = `pid ${pid}, version ${build}, you are ${role}`
    const aheadMs = link.now() - context.clock.now()
    if (Math.abs(aheadMs) < CLOCKS_APART_MS) return pass(says)
    return warn(
      `${says}; its clock is ${duration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the one here`,
      'set the clocks; ages are shown by the one here',
    )
  } catch (error) {
    if (!(error instanceof ExitError)) throw error
    if (error.code === Exit.refused) return warn(error.message)
    if (error.code === Exit.protocol) return fail(error.message, error.remedy ?? undefined)
    const holder = pidFrom(context.paths.pid)
    return holder !== null && processStart(holder) !== null
      ? fail(`process ${holder} of bot.pid runs and does not answer: ${error.message}`, `look at the logs; aegis-console stop, or kill ${holder}`)
      : pass('none is running')
  }
}

const pidFrom = (path: string): number | null => {
  try {
    const pid = Number(/^(\d+)\|/.exec(readFileSync(path, 'utf8'))?.[1])
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
