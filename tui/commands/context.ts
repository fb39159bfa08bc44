import { aegisHome, type InstancePaths, instancePaths } from '../../src/home.ts'
import type { Terminal } from './terminal.ts'

/** What every command gets: the world, and the options that every command has. */
export type Context = Terminal & {
  readonly home: string
  readonly instance: string
  readonly paths: InstancePaths
  readonly json: boolean
  /** Questions may be asked: somebody is there and `--no-input` was not given. */
  readonly mayAsk: boolean
}

/** Option values as they were typed, by their long name in camel case; a switch is true where it was given. */
export type Options = Readonly<Record<string, string | boolean | undefined>>

/** One command: its operands in order, its options, and the exit code of the process. */
export type CommandFunction = (context: Context, operands: readonly string[], options: Options) => Promise<number>

/** @throws ExitError 64 where the instance is no name. */
export const contextOf = (terminal: Terminal, options: Options): Context => {
  const home = aegisHome(terminal.env, text(options, 'home'))
  const instance = text(options, 'instance') ?? 'default'
  return {
    ...terminal,
    home,
    instance,
    paths: instancePaths(home, instance),
    json: options.json === true,
    mayAsk: terminal.canAsk && options.input !== false,
  }
}

export const text = (options: Options, name: string): string | undefined => {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
