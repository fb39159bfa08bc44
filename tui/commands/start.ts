import { Exit } from '../../src/exit.ts'
import type { Overrides } from '../../src/settings.ts'
import { become } from './become.ts'
import type { CommandFunction, Context } from './context.ts'
import { launch, makeFolders, prepare, rememberOverrides } from './launch.ts'
import { engineEnvironment, overridesOf } from './overrides.ts'
import { cell, note, printJson, time } from './print.ts'

/** Starts the engine of this instance and leaves it running; `--foreground` becomes the engine instead. */
export const start: CommandFunction = async (context, _, options) => {
  const overrides = overridesOf(context, options)
  if (options.foreground === true) return await foreground(context, overrides)
  return await startEngine(context, overrides)
}

export const startEngine = async (context: Context, overrides: Overrides): Promise<number> => {
  const prepared = prepare(context, overrides)
  for (const warning of prepared.settings.warnings) note(context, `warning: ${warning}`)
  makeFolders(context)
  const ready = await launch(context, prepared)
  rememberOverrides(context, overrides)

  const { config, modeOrigin } = prepared.settings
  if (context.json) printJson(context, { ...ready, mode: config.mode, modeOrigin })
  else context.out(`engine ${context.instance} started: pid ${ready.pid}, mode ${config.mode} (${modeOrigin}), since ${time(ready.startedAt)}\n`)
  if (ready.degraded !== undefined) note(context, `degraded: ${cell(ready.degraded)}`)
  return Exit.done
}

/** For systemd, containers, tmux and screen: whoever supervises this process supervises the engine. */
const foreground = async (context: Context, overrides: Overrides): Promise<number> => {
  const { settings, file, args } = prepare(context, overrides)
  for (const warning of settings.warnings) note(context, `warning: ${warning}`)
  makeFolders(context)
  rememberOverrides(context, overrides)
  // A descriptor to report on belongs to whoever asked for it, and nobody did.
  return await become(file, [...args, '--foreground'], { ...engineEnvironment(context), AEGIS_READY_FD: undefined })
}
