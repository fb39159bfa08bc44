import type { Config } from '../../src/contracts/config.ts'
import { RuleSettings } from '../../src/contracts/rules.ts'
import { ExitError } from '../../src/exit.ts'
import { canonical } from '../../src/hash.ts'
import { err, ok, type Result } from '../../src/result.ts'
import type { Settings } from '../../src/settings.ts'
import type { RuleChange } from '../core/input.ts'

export type Reloaded = { readonly config: Config; readonly configHash: string; readonly changes: readonly RuleChange[] }

/** More changes than that are another engine rather than another setting of this one. */
const CHANGES_MAX = 200

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every value that is another now. A list counts as one value. */
export const changesBetween = (from: unknown, to: unknown, path = ''): RuleChange[] => {
  if (isRecord(from) && isRecord(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()
    return keys.flatMap((key) => changesBetween(from[key], to[key], path === '' ? key : `${path}.${key}`))
  }
  return canonical(from ?? null) === canonical(to ?? null) ? [] : [{ path, from: from ?? null, to: to ?? null }]
}

const RELOADABLE: ReadonlySet<string> = new Set([...Object.keys(RuleSettings), '$schema'])

/**
 * The settings read again, with what changed of them. Refused whole where they are wrong, or where one of the changes needs a
 * restart: half of a change would be settings that nobody wrote.
 */
export const reloadSettings = (current: Config, read: () => Settings): Result<Reloaded, string> => {
  let settings: Settings
  try {
    settings = read()
  } catch (error) {
    if (error instanceof ExitError) return err(error.message)
    throw error
  }
  const changes = changesBetween(current, settings.config)
  const fixed = changes.filter(({ path }) => !RELOADABLE.has(path.split('.')[0] ?? ''))
  if (fixed.length > 0) return err(`nothing was changed: ${fixed.map(({ path }) => path).join(', ')} cannot change while it runs; restart for that`)
  if (changes.length > CHANGES_MAX) return err(`nothing was changed: ${changes.length} values differ, ${CHANGES_MAX} is the most; restart for that`)
  return ok({ config: settings.config, configHash: settings.configHash, changes: changes.filter(({ path }) => path !== '$schema') })
}
