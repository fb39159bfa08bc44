import { Exit } from '../../src/exit.ts'
import { resolveSettings, type Settings } from '../../src/settings.ts'
import type { CommandFunction, Context } from './context.ts'
import { overridesOf } from './overrides.ts'
import { note, printJson, table } from './print.ts'

/** `check` reads the settings as a start would; `show` prints what is effective, with `--origin` where each value came from. */
export const config: CommandFunction = async (context, [what = 'show'], options) => {
  const { env, home, instance, folder } = context
  const settings = resolveSettings({ env, home, instance, overrides: overridesOf(context, options), folder })
  for (const warning of settings.warnings) note(context, `warning: ${warning}`)
  if (what === 'check') check(context, settings)
  else show(context, settings, options.origin === true)
  return Exit.done
}

const check = (context: Context, { path, configHash, config, modeOrigin, warnings }: Settings): void => {
  if (context.json) printJson(context, { valid: true, path, configHash, mode: config.mode, modeOrigin, warnings })
  else context.out(`valid: ${path ?? 'no config.json, defaults only'}  mode ${config.mode} (${modeOrigin})  hash ${configHash}\n`)
}

const show = (context: Context, { config, origins, configHash, path }: Settings, origin: boolean): void => {
  if (context.json) {
    printJson(context, origin ? { path, configHash, origins, config } : config)
    return
  }
  const rows = Object.entries(origins).map(([field, from]) => ({ field, from, value: valueAt(config, field) }))
  context.out(
    table(
      [
        { head: 'SETTING', of: ({ field }) => field },
        ...(origin ? [{ head: 'FROM', of: ({ from }: (typeof rows)[number]) => from }] : []),
        { head: 'VALUE', of: ({ value }) => value },
      ],
      rows,
    ),
  )
}

const valueAt = (config: unknown, field: string): unknown =>
  field.split('.').reduce<unknown>((value, name) => (value as Readonly<Record<string, unknown>>)[name], config)
