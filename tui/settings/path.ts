import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Environment } from '../../src/home.ts'

/** `$XDG_CONFIG_HOME/aegis/console.json`; relative folders do not count (XDG Base Directory Specification). */
export const consoleSettingsPath = (env: Environment): string => {
  const folder = env.XDG_CONFIG_HOME
  const home = env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir()
  return join(folder !== undefined && isAbsolute(folder) ? folder : join(home, '.config'), 'aegis', 'console.json')
}
