import { lstatSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Environment } from '../../src/home.ts'

/** `$XDG_CONFIG_HOME/aegis/console.json`; relative folders do not count (XDG Base Directory Specification). */
export const consoleSettingsPath = (env: Environment): string => {
  const folder = env.XDG_CONFIG_HOME
  const home = env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir()
  return join(folder !== undefined && isAbsolute(folder) ? folder : join(home, '.config'), 'aegis', 'console.json')
}

/** Also where it is a link that leads nowhere: then it is named as what is wrong, and not passed over. */
export const hasConsoleSettings = (env: Environment): boolean => lstatSync(consoleSettingsPath(env), { throwIfNoEntry: false }) !== undefined
