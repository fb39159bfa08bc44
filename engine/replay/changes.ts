import { z } from 'zod'
import { Config } from '../../src/contracts/config.ts'
import { RuleSettings } from '../../src/contracts/rules.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { nearest } from '../../src/nearest.ts'
import { inert } from '../../src/text.ts'
import type { Guard } from '../core/guards/guard.ts'
import type { Rules } from '../core/rules.ts'

/** What is decided differently: guards that are left out, and settings by their full path. */
export type Changes = {
  readonly without: readonly string[]
  readonly set: readonly { readonly path: string; readonly value: unknown }[]
}

type Sections = Pick<Rules, keyof typeof RuleSettings>

const SECTIONS = Object.keys(RuleSettings) as readonly (keyof Sections)[]
const Settings = z.strictObject(RuleSettings)

/**
 * Reads `--without GUARD[,GUARD]` and `--set PATH=VALUE[,…]`. A path may leave out its section (`confidence.limit`), and a
 * guard's name stands for its limit. @throws ExitError 64 with the nearest name where one is unknown, or a value does not fit.
 */
export const readChanges = (without: readonly string[], set: readonly string[], guards: readonly Guard[]): Changes => ({
  without: [...new Set(without.flatMap((text) => text.split(',')).map((text) => guardNamed(text.trim(), guards)))],
  set: set.flatMap(assignments).map((text) => assignment(text, guards)),
})

const refuse: (message: string) => never = (message) => {
  throw new ExitError(Exit.usage, message, 'aegis-console replay --without GUARD --set PATH=VALUE')
}

const suggestion = (word: string, known: readonly string[]): string => {
  const near = nearest(word, known)
  return near === null ? `; known are ${known.join(', ')}` : `; did you mean ${near}?`
}

const guardNamed = (name: string, guards: readonly Guard[]): string => {
  const known = guards.map((guard) => guard.name)
  if (!known.includes(name)) refuse(`no guard ${JSON.stringify(inert(name))}${suggestion(name, known)}`)
  return name
}

/** Split at the commas between assignments, not at those inside a list. */
const assignments = (text: string): string[] => text.split(/,(?=[\w.]+=)/)

const assignment = (text: string, guards: readonly Guard[]): Changes['set'][number] => {
  const sign = text.indexOf('=')
  if (sign < 1) refuse(`${JSON.stringify(inert(text))} must be PATH=VALUE`)
  const path = fullPath(text.slice(0, sign).trim(), guards)
  return { path, value: valueAt(path, text.slice(sign + 1).trim()) }
}

const leaves = (value: unknown, path: string): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
    : [path]

const defaults = (): Sections => Settings.parse({}) as Sections

const fullPath = (given: string, guards: readonly Guard[]): string => {
  const known = leaves(defaults(), '')
  const guard = guards.find(({ name, setting }) => setting !== null && (given === name || given === `${name}.limit`))
  const candidates = [given, ...SECTIONS.map((section) => `${section}.${given}`), ...(guard?.setting == null ? [] : [guard.setting])]
  const found = candidates.find((path) => known.includes(path))
  if (found !== undefined) return found
  const short = known.map((path) => path.slice(path.indexOf('.') + 1))
  const near = nearest(given, [...known, ...short])
  return refuse(`no setting ${JSON.stringify(inert(given))}${near === null ? '' : `; did you mean ${near}?`}`)
}

/** The value as JSON where it fits the setting, else as plain text. */
const valueAt = (path: string, text: string): unknown => {
  const tried = readings(text).map((value) => Settings.safeParse(withValue(defaults(), path, value)))
  const fitting = tried.find(({ success }) => success)
  if (fitting?.success) return path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], fitting.data)
  const [first] = tried
  return refuse(`${path}: ${JSON.stringify(inert(text))} does not fit: ${inert(first?.error?.issues[0]?.message ?? 'unreadable')}`)
}

const readings = (text: string): unknown[] => {
  try {
    return [JSON.parse(text), text]
  } catch {
    return [text] // not JSON: it can only be meant as text
  }
}

const withValue = (root: unknown, path: string, value: unknown): unknown => {
  const [key, ...rest] = path.split('.')
  if (key === undefined || key === '') return value
  const record = root as Readonly<Record<string, unknown>>
  return { ...record, [key]: rest.length === 0 ? value : withValue(record[key], rest.join('.'), value) }
}

/** The rules of one stretch with the changes made to them. */
export const changeRules = (rules: Rules, { set }: Changes): Rules =>
  set.reduce((changed, { path, value }) => withValue(changed, path, value) as Rules, rules)

/** The chain without the guards that are left out. */
export const chainWithout = (guards: readonly Guard[], { without }: Changes): readonly Guard[] => guards.filter(({ name }) => !without.includes(name))

/** How the venue filled where a ledger is too old to say it. */
export const DEFAULT_FILLS: Rules['fills'] = (({ partialFillChance, seed }) => ({ partialFillChance, seed }))(Config.parse({}).paper)
