import { lstatSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { type Environment, homeFolder } from '../../src/home.ts'

/** `$XDG_CONFIG_HOME/aegis/console.json`; relative folders do not count (XDG Base Directory Specification). */
export const consoleSettingsPath = (env: Environment): string => {
  const folder = env.XDG_CONFIG_HOME
  return join(folder !== undefined && isAbsolute(folder) ? folder : join(homeFolder(env), '.config'), 'aegis', 'console.json')
}

/** Also where it is a link that leads nowhere: then it is named as what is wrong, and not passed over. */
export const hasConsoleSettings = (env: Environment): boolean => lstatSync(consoleSettingsPath(env), { throwIfNoEntry: false }) !== undefined
