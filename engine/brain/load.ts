import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StrategySetting } from '../../src/contracts/config.ts'
import { Timeframe, timeframeMs } from '../../src/contracts/market.ts'
import { hashOf } from '../../src/hash.ts'
import { err, ok, type Result } from '../../src/result.ts'
import { clip } from '../../src/text.ts'
import { blame, REASON_CHARACTERS_MAX } from './blame.ts'
import { BUILT_IN } from './built-in/index.ts'
import { importStrategy } from './import-strategy.ts'
import { BUILT_IN_SOURCE, type LoadedStrategy } from './machine.ts'
import { settingPlace } from './setting-place.ts'
import { isStrategy, type Strategy, WARMUP_MAX } from './strategy.ts'

export type LoadSetup = {
  readonly settings: readonly StrategySetting[]
  /** `<instance>/strategies`. */
  readonly folder: string
  /** `<instance>/config.json`, to name the line of a wrong setting. */
  readonly configFile: string
  /** Every configured symbol. */
  readonly symbols: readonly string[]
}

/** A setting that became no strategy, with what is wrong, where, and how to mend it. */
export type StrategyFailure = { readonly id: string; readonly source: string; readonly timeframe: string; readonly reason: string }

export type Loaded = { readonly strategies: readonly LoadedStrategy[]; readonly failures: readonly StrategyFailure[] }

/** What was found under a name, before its settings are looked at. */
type Found = { readonly strategy: Strategy; readonly source: string; readonly sourceHash: string }

/** Makes each setting a strategy. One that fails stops itself only. Importing a user's file runs it. */
export const loadStrategies = (setup: LoadSetup): Loaded => {
  const strategies: LoadedStrategy[] = []
  const failures: StrategyFailure[] = []
  for (const [index, setting] of setup.settings.entries()) {
    const place = (...path: (string | number)[]): string => settingPlace(setup.configFile, ['strategies', index, ...path])
    const found = find(setting.id, setup.folder, place)
    const loaded = found.ok ? configure(found.value, setting, strategies, setup.symbols, place) : found
    if (loaded.ok) strategies.push(loaded.value)
    else {
      const source = found.ok ? found.value.source : join(setup.folder, `${setting.id}.ts`)
      failures.push({
        id: setting.id,
        source,
        timeframe: setting.timeframe ?? (found.ok ? found.value.strategy.timeframe : ''),
        reason: clip(loaded.error, REASON_CHARACTERS_MAX),
      })
    }
  }
  return { strategies, failures }
}

type Place = (...path: (string | number)[]) => string

const find = (id: string, folder: string, place: Place): Result<Found, string> => {
  const files = [join(folder, `${id}.ts`), join(folder, `${id}.js`)].filter((path) => existsSync(path))
  const builtIn = BUILT_IN.get(id)
  const [file, second] = files
  if (builtIn !== undefined) {
    if (file !== undefined)
      return err(`${file} has the name of a built-in strategy, so it is not clear which one is meant: rename the file, its id and the setting`)
    return ok({ strategy: builtIn, source: BUILT_IN_SOURCE, sourceHash: bytesHash(builtInFile(id)) })
  }
  if (file === undefined) {
    const known = [...BUILT_IN.keys()].join(', ')
    return err(`${place('id')}: there is no strategy ${id}: write ${join(folder, `${id}.ts`)}, or name a built-in one (${known})`)
  }
  if (second !== undefined) return err(`${file} and ${second} have one name: remove one of them`)
  return findFile(id, realpathSync(file)) // as the stack of an error names it
}

const findFile = (id: string, file: string): Result<Found, string> => {
  let exported: unknown
  let sourceHash: string
  try {
    sourceHash = bytesHash(file)
    exported = importStrategy(file)
  } catch (error) {
    return err(`${blame(error, wrongImport(error, file) ?? file)}${remedy(error)}`)
  }
  if (exported === undefined) return err(`${file}:1 has no default export: write "export default defineStrategy({ … })"`)
  if (!isStrategy(exported)) return err(`${file}:1: its default export is not a strategy: write "export default defineStrategy({ … })"`)
  if (exported.id !== id) return err(`${file}: its id is ${exported.id}: call it ${id}, as the file is called`)
  return ok({ strategy: exported, source: file, sourceHash })
}

/** Node does not tell the line of an import that there is nothing for, but the name that it asks for. */
const wrongImport = (error: unknown, file: string): string | null => {
  const [, name] = error instanceof Error ? (/does not provide an export named '(\w+)'/.exec(error.message) ?? []) : []
  if (name === undefined) return null
  const lines = readFileSync(file, 'utf8').split('\n')
  const index = lines.findIndex((line) => new RegExp(`\\b${name}\\b`).test(line))
  return index < 0 ? null : `${file}:${index + 1}`
}

const remedy = (error: unknown): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return ': types are stripped, not compiled: use no enum, namespace or parameter property'
  if (code === 'ERR_REQUIRE_ASYNC_MODULE') return ': a strategy is loaded at once: use no await outside of functions'
  if (code === 'ERR_MODULE_NOT_FOUND')
    return ': import only aegis-console/strategy, zod, node: modules and your own files by their path with its ending'
  return ''
}

const configure = (
  { strategy, source, sourceHash }: Found,
  setting: StrategySetting,
  before: readonly LoadedStrategy[],
  known: readonly string[],
  place: Place,
): Result<LoadedStrategy, string> => {
  const params = parseParams(strategy, setting, source, place)
  if (!params.ok) return params
  const timeframe = setting.timeframe ?? strategy.timeframe
  if (!Timeframe.safeParse(timeframe).success) return err(`${place('timeframe')}: ${timeframe} is not a timeframe such as 15m or 1h`)
  const unknown = setting.symbols?.find((symbol) => !known.includes(symbol))
  if (unknown !== undefined) return err(`${place('symbols')}: ${unknown} is not among "instruments": add it there or take it out here`)
  const warmup = warmupOf(strategy, params.value, source)
  if (!warmup.ok) return warmup

  const paramsHash = hashOf(params.value)
  if (before.some((other) => other.id === setting.id && other.timeframe === timeframe && other.paramsHash === paramsHash)) {
    return err(`${place()}: ${setting.id} on ${timeframe} with these params is there already: remove it, or list all its symbols in one setting`)
  }
  const symbols = setting.symbols ?? null
  const ms = timeframeMs(timeframe)
  return ok({
    strategy,
    id: setting.id,
    source,
    timeframe,
    timeframeMs: ms,
    symbols,
    params: params.value,
    warmup: warmup.value,
    paramsHash,
    sourceHash,
  })
}

const parseParams = (strategy: Strategy, setting: StrategySetting, source: string, place: Place): Result<unknown, string> => {
  try {
    const parsed = strategy.params.safeParse(setting.params)
    if (parsed.success) return ok(Object.freeze(parsed.data))
    const issue = parsed.error.issues[0]
    const path = (issue?.path ?? []).map((key) => (typeof key === 'symbol' ? String(key) : key))
    const names = Object.keys(strategy.params.shape).join(', ')
    return err(`${place('params', ...path)}: ${['params', ...path].join('.')}: ${issue?.message ?? 'not valid'}: it takes ${names}`)
  } catch (error) {
    return err(blame(error, source)) // a check of the user's own threw, or would have to be awaited
  }
}

const warmupOf = (strategy: Strategy, params: unknown, source: string): Result<number, string> => {
  try {
    const warmup: unknown = strategy.warmup(params as never)
    if (typeof warmup === 'number' && Number.isInteger(warmup) && warmup >= 0 && warmup <= WARMUP_MAX) return ok(warmup)
    return err(`${source}: warmup gave ${String(warmup)}: it is a whole number of bars from 0 to ${WARMUP_MAX}`)
  } catch (error) {
    return err(blame(error, source))
  }
}

const bytesHash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

/** The file that a built-in strategy runs from: `.ts` in the source tree, `.js` once built. */
const builtInFile = (id: string): string => {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`./built-in/${id}.${ending}`, import.meta.url))
}
