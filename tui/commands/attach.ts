import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Exit, ExitError } from '../../src/exit.ts'
import { consoleSettingsPath, hasConsoleSettings } from '../settings/path.ts'
import { THEME_NAMES } from '../theme.ts'
import { type CommandFunction, type Context, type Options, text } from './context.ts'
import { lastSnapshot, OPERATE, openLink, WATCH } from './engine.ts'
import { note } from './print.ts'
import { status, statusLines } from './status.ts'

/** Opens the console on a running engine. Without a terminal it prints the status once. */
export const attach: CommandFunction = async (context, operands, options) => {
  fpsOf(options) // a wrong flag is refused whatever comes of the rest
  if (options.start === true) await startUnlessRunning(context)
  if (options.plain === true) {
    const { role } = await greeted(context, options.readOnly === true)
    const { runPlain } = await import('../plain/run.ts')
    return await runPlain(context, role)
  }
  if (!context.canDraw || context.json) {
    // With --start the engine is up by now, so its status is what was asked for; 3 where there is none.
    return await status(context, operands, {})
  }
  const readOnly = options.readOnly === true
  const look = await lookOf(context, options)
  const role = await roleFor(context, readOnly)
  if (role === null) return Exit.notRunning
  const { env, home, instance } = context
  return await context.openConsole({ env, home, instance, readOnly: readOnly || role === 'observer', ...look })
}

/** @throws ExitError 64 where it is no rate. */
const fpsOf = (options: Options): number | undefined => {
  const fps = text(options, 'fps')
  if (fps !== undefined && !/^(?:[1-9]|10)$/.test(fps)) throw new ExitError(Exit.usage, `--fps ${JSON.stringify(fps)}: a whole number from 1 to 10`)
  return fps === undefined ? undefined : Number(fps)
}

/**
 * How the console looks: flags, then the person's own settings.
 * @throws ExitError 64 where a flag is none; 78 where the settings are wrong.
 */
const lookOf = async (context: Context, options: Options) => {
  const fps = fpsOf(options)
  const file = text(options, 'settings')
  const own = await ownSettings(context, file === undefined ? undefined : resolve(context.folder, file))
  const theme = text(options, 'theme')
  const themes = [...THEME_NAMES, ...Object.keys(own?.themes ?? {})]
  if (theme !== undefined && !themes.includes(theme))
    throw new ExitError(Exit.usage, `--theme ${JSON.stringify(theme)}: there are ${themes.join(', ')}`)
  const notify = text(options, 'notify') as 'off' | 'bell' | 'osc9' | 'osc777' | 'auto' | undefined
  const colour = text(options, 'color') ?? own?.colour
  return {
    ...(colour === undefined ? {} : { colour }),
    ascii: options.ascii === true || own?.ascii === true,
    poll: options.poll === true,
    alternate: options.altScreen !== false,
    settings: {
      ...own?.settings,
      ...(theme === undefined ? {} : { theme }),
      ...(notify === undefined ? {} : { notify }),
      ...(fps === undefined ? {} : { fps }),
      ...(options.lowBandwidth === true ? { lowBandwidth: true } : {}),
      ...(options.clipboard === true ? { clipboard: true } : {}),
      ...(options.mouse === true ? { mouse: true } : {}),
    },
    ...(own === null ? {} : { themes: own.themes, keys: own.keys }),
  }
}

/** Null where the person has none; what reads them is loaded only where there are some. */
const ownSettings = async (context: Context, file: string | undefined) => {
  if (file === undefined && !hasConsoleSettings(context.env)) return null
  const { readConsoleSettings } = await import('../settings/console-settings.ts')
  const own = readConsoleSettings(file ?? consoleSettingsPath(context.env))
  for (const warning of own.warnings) note(context, `warning: ${warning}`)
  return own
}

/** Which socket is ours to use; where no engine runs it offers to start one, or else to look at what the last one left. */
const roleFor = async (context: Context, readOnly: boolean): Promise<'operator' | 'observer' | null> => {
  try {
    return await greetedAs(context, readOnly)
  } catch (error) {
    if (!(error instanceof ExitError) || error.code !== Exit.notRunning) throw error
    await showPast(context, error)
    if (!context.mayAsk) return null
    const files = existsSync(context.paths.root)
    const starts = /^y(es)?$/i.test(await context.ask(files ? 'Start one? [y/N: look at its files] ' : 'Start one? [y/N] '))
    // It has no role yet; the console takes the one it gets from an engine that comes later.
    if (!starts) return files ? 'operator' : null
    await startUnlessRunning(context)
    return await greetedAs(context, readOnly)
  }
}

const greetedAs = async (context: Context, readOnly: boolean): Promise<'operator' | 'observer'> => (await greeted(context, readOnly)).role

const greeted = async (context: Context, readOnly: boolean): Promise<{ readonly role: 'operator' | 'observer' }> => {
  const link = await openLink(context, readOnly ? [...WATCH].reverse() : WATCH)
  link.close()
  return link.hello
}

const showPast = async (context: Context, reason: ExitError): Promise<void> => {
  try {
    const snapshot = await lastSnapshot(context) // nobody is asked again: one that never answers would be waited for twice
    if (snapshot !== null) context.err(statusLines(snapshot, false, context.clock.now()))
  } catch (error) {
    note(context, (error as Error).message) // the other files are still there to be looked at
  }
  note(context, `${reason.message}.`)
}

const startUnlessRunning = async (context: Context): Promise<void> => {
  try {
    const link = await openLink(context, OPERATE)
    link.close()
    return
  } catch (error) {
    if (!(error instanceof ExitError) || error.code !== Exit.notRunning) throw error
  }
  const { startEngine } = await import('./start.ts')
  try {
    await startEngine({ ...context, json: false, out: context.err }, {})
  } catch (error) {
    // Somebody else was faster: then that engine is the one to look at.
    if (!(error instanceof ExitError) || error.code !== Exit.alreadyRunning) throw error
    note(context, error.message)
  }
}
