import { resolve } from 'node:path'
import type { Environment } from '../../src/home.ts'
import { absoluteFeed, OVERRIDES, type Overrides } from '../../src/settings/override.ts'
import { type Context, type Options, text } from './context.ts'

/** The settings among the options, with paths made absolute: the engine runs in another folder than the shell. */
export const overridesOf = ({ folder }: Context, options: Options): Overrides => {
  const given = Object.fromEntries(OVERRIDES.flatMap((name) => (text(options, name) === undefined ? [] : [[name, text(options, name)]]))) as Overrides
  return {
    ...given,
    ...(given.feed === undefined ? {} : { feed: absoluteFeed(given.feed, folder) }),
    ...(given.config === undefined ? {} : { config: resolve(folder, given.config) }),
  }
}

/** The environment for an engine: the same, with the path in it made absolute too. */
export const engineEnvironment = ({ env, folder }: Context): Environment =>
  env.AEGIS_FEED === undefined ? env : { ...env, AEGIS_FEED: absoluteFeed(env.AEGIS_FEED, folder) }
