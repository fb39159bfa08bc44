import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Config } from './contracts/config.ts'
import { Exit, ExitError } from './exit.ts'
import { hashOf } from './hash.ts'
import { type Environment, instancePaths } from './home.ts'
import { type Complaint, type Document, fieldName, type Path, parseDocument } from './jsonc.ts'
import { clashes, doubts } from './settings/checks.ts'
import { applyOverrides, type GivenOverrides, givenOverrides, type Origin, type Overrides, unknownVariables } from './settings/override.ts'
import { explain } from './settings/schema.ts'
import { findSecrets } from './settings/secret.ts'
import { inert } from './text.ts'

export { absoluteFeed, type Origin, OVERRIDES, type OverrideName, type Overrides } from './settings/override.ts'
export { configSchema } from './settings/schema.ts'

const CONFIG_BYTES_MAX = 1_048_576
/** More than a screen of complaints helps nobody. */
const COMPLAINTS_MAX = 20

export type Settings = {
  readonly config: Config
  /** SHA-256 of the effective settings, stamped on every record. */
  readonly configHash: string
  /** Field name (`risk.positionsMax`) → where its value came from. A list counts as one value. */
  readonly origins: Readonly<Record<string, Origin>>
  readonly modeOrigin: Origin
  /** The file that was read; null where there is none. */
  readonly path: string | null
  readonly warnings: readonly string[]
}

export type SettingsRequest = {
  readonly env: Environment
  readonly home: string
  readonly instance: string
  readonly overrides: Overrides
  /** Relative paths of flags and variables start here; those of the file start at the file. */
  readonly folder?: string
}

/**
 * The effective settings: flags, then `AEGIS_*` of the environment, then `config.json`, then defaults.
 * @throws ExitError 78 naming file, line, column and field of everything that is wrong; 77 where they ask for what the live gate guards.
 */
export const resolveSettings = ({ env, home, instance, overrides, folder = process.cwd() }: SettingsRequest): Settings => {
  const given = givenOverrides(env, overrides)
  const named = given.get('config')
  const file = named === undefined ? instancePaths(home, instance).config : resolve(folder, named.value)
  const text = readConfig(file, named !== undefined)
  const document = parseDocument(text ?? '{}')
  refuseIfAny(document.complaints.map(at(file)))
  refuseIfAny(findSecrets(document).map(at(file)), 'give secrets to the engine through its secret store, never through this file')

  const { raw, sources, complaints } = applyOverrides(document.value, given, folder)
  const place = (path: Path): string => {
    const source = sources.get(fieldName(path)) ?? sources.get(fieldName(path.slice(0, -1)))
    if (source !== undefined) return `${source.label} ${JSON.stringify(inert(source.value))}`
    const position = document.has(path) ? document.position(path) : null
    return position === null ? `default of ${fieldName(path)}` : `${inert(file)}:${position.line}:${position.column} ${fieldName(path)}`
  }

  const parsed = Config.safeParse(raw)
  if (!parsed.success) {
    const found = parsed.error.issues
      .flatMap((issue) => explain(issue, document))
      .map((each) => {
        const overridden = sources.has(each.field) || sources.has(fieldName(each.path.slice(0, -1)))
        if (overridden || each.at === null) return `${place(each.path)}: ${each.message}`
        return at(file)({ ...each.at, field: each.field, message: each.message })
      })
    return refuse([...complaints, ...found])
  }
  refuseIfAny(complaints)

  const config = withFileFrom(dirname(file), parsed.data)
  closeLiveGate(config, place(['mode']))
  refuseIfAny(clashes(config).map(({ path, message }) => `${place(path)}: ${message}`))

  const origins = originsOf(config, document, sources)
  return {
    config,
    configHash: hashOf(config),
    origins,
    modeOrigin: origins.mode ?? 'default',
    path: text === null ? null : file,
    warnings: [...unknownVariables(env), ...doubts(config)],
  }
}

const at =
  (file: string) =>
  ({ line, column, field, message }: Complaint): string =>
    `${inert(file)}:${line}:${column} ${inert(field)}: ${message}`

/** Annotated, so that TypeScript knows that nothing comes after it. */
const refuse: (complaints: readonly string[], remedy?: string) => never = (
  complaints,
  remedy = 'aegis-console config check reads the settings again without starting anything',
) => {
  const more = complaints.length - COMPLAINTS_MAX
  throw new ExitError(Exit.configuration, [...complaints.slice(0, COMPLAINTS_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join('\n'), remedy)
}

const refuseIfAny = (complaints: readonly string[], remedy?: string): void => {
  if (complaints.length > 0) refuse(complaints, remedy)
}

const readConfig = (file: string, required: boolean): string | null => {
  try {
    const { size } = statSync(file)
    if (size > CONFIG_BYTES_MAX) refuse([`${inert(file)}: has ${size} bytes, ${CONFIG_BYTES_MAX} is the most`])
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof ExitError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && !required) return null
    return refuse([`${inert(file)}: cannot be read: ${code}`])
  }
}

const withFileFrom = (folder: string, config: Config): Config =>
  config.feed.kind === 'replay' ? { ...config, feed: { ...config.feed, file: resolve(folder, config.feed.file) } } : config

/** No word, flag, variable or file opens it. */
const closeLiveGate = ({ mode }: Config, place: string): void => {
  if (mode !== 'live' && mode !== 'manual') return
  throw new ExitError(
    Exit.gateClosed,
    `${place}: the live gate is closed: this build has no venue for it`,
    'use mode simulate, or dry-run to decide without orders',
  )
}

const originsOf = (config: Config, document: Document, sources: GivenSources): Readonly<Record<string, Origin>> => {
  const origins: Record<string, Origin> = {}
  const visit = (value: unknown, path: Path): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key])
      return
    }
    const field = fieldName(path)
    origins[field] = sources.get(field)?.origin ?? (document.has(path) ? 'config' : 'default')
  }
  visit(config, [])
  return origins
}

type GivenSources = ReadonlyMap<string, NonNullable<ReturnType<GivenOverrides['get']>>>
