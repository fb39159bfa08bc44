import { resolve } from 'node:path'
import { Mode } from '../contracts/names.ts'
import type { Environment } from '../home.ts'
import { nearest } from '../nearest.ts'
import { inert } from '../text.ts'

/** Where a setting came from; each beats the ones before it. */
export type Origin = 'default' | 'config' | 'environment' | 'flag'

export const OVERRIDES = ['mode', 'account', 'feed', 'speed', 'seed', 'symbol', 'timeframe', 'config'] as const
export type OverrideName = (typeof OVERRIDES)[number]
/** The flags of `start`, each as the text that was typed. */
export type Overrides = Readonly<Partial<Record<OverrideName, string>>>

/** The settings that the environment may give. */
const VARIABLES = { AEGIS_MODE: 'mode', AEGIS_ACCOUNT: 'account', AEGIS_FEED: 'feed', AEGIS_SPEED: 'speed', AEGIS_SEED: 'seed' } as const
/** Variables of ours that are no settings. */
const OTHER_VARIABLES = ['AEGIS_HOME', 'AEGIS_READY_FD', 'AEGIS_NODE24', 'AEGIS_SHARED', 'AEGIS_KILL_SWITCH']

/** One override with the name under which it was given, for messages. */
export type Given = { readonly value: string; readonly origin: 'environment' | 'flag'; readonly label: string }
export type GivenOverrides = ReadonlyMap<OverrideName, Given>

/** Flags before the environment. An empty variable counts as unset, as shells make one easily. */
export const givenOverrides = (env: Environment, overrides: Overrides): GivenOverrides => {
  const given = new Map<OverrideName, Given>()
  for (const [label, name] of Object.entries(VARIABLES)) {
    const value = env[label]
    if (value !== undefined && value !== '') given.set(name, { value, origin: 'environment', label })
  }
  for (const name of OVERRIDES) {
    const value = overrides[name]
    if (value !== undefined) given.set(name, { value, origin: 'flag', label: `--${name}` })
  }
  return given
}

/** A variable of our prefix that nobody reads is most likely a misspelt setting. */
export const unknownVariables = (env: Environment): string[] => {
  const known = [...Object.keys(VARIABLES), ...OTHER_VARIABLES]
  return Object.keys(env)
    .filter((name) => name.startsWith('AEGIS_') && !known.includes(name))
    .sort()
    .map((name) => {
      const near = nearest(name, known)
      return `${inert(name)} is not a setting and has no effect${near === null ? '' : `; did you mean ${near}?`}`
    })
}

/** A replay's file as an absolute path: the engine runs in another folder than the shell. */
export const absoluteFeed = (feed: string, folder: string): string =>
  feed.startsWith('replay:') ? `replay:${resolve(folder, feed.slice('replay:'.length))}` : feed

type Raw = Readonly<Record<string, unknown>>
type Applied = {
  readonly raw: unknown
  /** Field name → the override that gave it. */
  readonly sources: ReadonlyMap<string, Given>
  readonly complaints: readonly string[]
}

const isRecord = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Puts the overrides over what the file says, before the schema sees it. A file that holds no object is left for the schema to refuse. */
export const applyOverrides = (document: unknown, given: GivenOverrides, folder: string): Applied => {
  if (document !== undefined && !isRecord(document)) return { raw: document, sources: new Map(), complaints: [] }
  const sources = new Map<string, Given>()
  const complaints: string[] = []
  let raw: Raw = document ?? {}

  const set = (field: string, value: unknown, from: Given): void => {
    const [first = '', second] = field.split('.')
    const inner = raw[first]
    if (second === undefined) raw = { ...raw, [first]: value }
    else if (inner === undefined || isRecord(inner)) raw = { ...raw, [first]: { ...(inner ?? {}), [second]: value } }
    sources.set(field, from)
  }
  const each = (name: OverrideName, apply: (from: Given) => string | null): void => {
    const from = given.get(name)
    const expected = from === undefined ? null : apply(from)
    if (from !== undefined && expected !== null) complaints.push(`${from.label} ${JSON.stringify(inert(from.value))}: ${expected}`)
  }

  each('mode', (from) => {
    if (!Mode.safeParse(from.value).success) return `unknown mode; expected one of ${Mode.options.join(', ')}`
    set('mode', from.value, from)
    return null
  })
  each('account', (from) => {
    set('account', from.value, from)
    return null
  })
  each('feed', (from) => {
    const feed = raw.feed
    const sameKind = (kind: string): Raw => (isRecord(feed) && feed.kind === kind ? feed : {})
    if (from.value === 'simulated') raw = { ...raw, feed: sameKind('simulated') }
    // Symbol and timeframe belong to the file that the settings named; of another file only the speed still means something.
    else if (/^replay:./.test(from.value)) raw = { ...raw, feed: 'speed' in sameKind('replay') ? { speed: sameKind('replay').speed } : {} }
    else return 'expected simulated or replay:FILE'
    set('feed.kind', from.value === 'simulated' ? 'simulated' : 'replay', from)
    if (from.value !== 'simulated') set('feed.file', absoluteFeed(from.value, folder).slice('replay:'.length), from)
    return null
  })

  const kind = isRecord(raw.feed) ? raw.feed.kind : 'simulated'
  const setFeed = (field: string, value: unknown, from: Given): void => {
    if (raw.feed === undefined) raw = { ...raw, feed: { kind } }
    set(field, value, from)
  }
  each('speed', (from) => {
    if (kind !== 'replay') return 'only a replay has a speed; use --feed replay:FILE'
    const speed = from.value === 'max' ? 'max' : Number(from.value)
    if (speed !== 'max' && !(/^\d+(\.\d+)?$/.test(from.value) && speed > 0)) return 'expected max or a number above 0'
    setFeed('feed.speed', speed, from)
    return null
  })
  each('seed', (from) => {
    const seed = Number(from.value)
    if (!/^\d{1,15}$/.test(from.value)) return 'expected a whole number from 0'
    // One number is the whole story: prices of a simulated feed and chance at the paper venue.
    if (kind === 'simulated') setFeed('feed.seed', seed, from)
    set('paper.seed', seed, from)
    return null
  })
  each('symbol', (from) => {
    if (kind === 'simulated') setFeed('feed.symbols', from.value.split(','), from)
    else if (from.value.includes(',')) return 'a replay file holds one symbol'
    else setFeed('feed.symbol', from.value, from)
    return null
  })
  each('timeframe', (from) => {
    setFeed('feed.timeframe', from.value, from)
    return null
  })
  return { raw, sources, complaints }
}
