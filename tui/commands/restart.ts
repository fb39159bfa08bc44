import { Exit, ExitError } from '../../src/exit.ts'
import { type CommandFunction, type Context, type Options, text } from './context.ts'
import { lastOverrides, prepare } from './launch.ts'
import { overridesOf } from './overrides.ts'
import { note } from './print.ts'
import { startEngine } from './start.ts'
import { stopEngine } from './stop.ts'

/** Stops the engine where one runs and starts it again with the flags of its last start; flags given now take their place. */
export const restart: CommandFunction = async (context, _, options) => {
  const overrides = { ...lastOverrides(context), ...overridesOf(context, options) }
  prepare(context, overrides) // settings that do not work must not cost a running engine
  // A line that drops midway must not either: it takes away who asked, and not what was asked.
  const outlive = (): void => undefined
  process.on('SIGHUP', outlive)
  try {
    await stopWhereOneRuns(context, options)
    return await startEngine(context, overrides)
  } finally {
    process.off('SIGHUP', outlive)
  }
}

const stopWhereOneRuns = async (context: Context, options: Options): Promise<void> => {
  try {
    const pid = await stopEngine(context, options.now === true, text(options, 'reason') ?? 'restart')
    note(context, `stopped (pid ${pid})`)
  } catch (error) {
    if (!(error instanceof ExitError) || error.code !== Exit.notRunning) throw error
  }
}
