import { z } from 'zod'
import { Config } from '../contracts/config.ts'
import { type Document, fieldName, type Path, type Position } from '../jsonc.ts'
import { nearest } from '../nearest.ts'
import { inert } from '../text.ts'

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}

/** What an editor needs to check and complete `config.json`. */
export const configSchema = (): object => z.toJSONSchema(Config, { io: 'input' })

/** Names that the schema knows at a path, over all alternatives. */
const knownKeys = (path: Path): string[] => {
  const branches = (schema: Schema): readonly Schema[] => [schema, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]
  let schemas = branches(configSchema() as Schema)
  for (const part of path) {
    const inner = schemas.flatMap(({ properties, items }) => (typeof part === 'number' ? items : properties?.[part]) ?? [])
    schemas = inner.flatMap(branches)
  }
  return [...new Set(schemas.flatMap(({ properties }) => Object.keys(properties ?? {})))]
}

export type SchemaComplaint = { readonly field: string; readonly path: Path; readonly at: Position | null; readonly message: string }

/** What the schema found, with its place in the file and, for a name nobody knows, the one that was most likely meant. */
export const explain = (issue: z.core.$ZodIssue, document: Document): SchemaComplaint[] => {
  const path = issue.path.filter((part) => typeof part !== 'symbol')
  if (issue.code !== 'unrecognized_keys') {
    return [{ field: fieldName(path), path, at: document.position(path), message: expectation(issue) }]
  }
  const known = knownKeys(path)
  return issue.keys.map((key) => {
    const near = nearest(key, known)
    const message = `unknown setting; ${near === null ? `known here are ${known.join(', ')}` : `did you mean ${near}?`}`
    return { field: inert(fieldName([...path, key])), path: [...path, key], at: document.keyPosition(path, key), message }
  })
}

const expectation = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return `expected ${issue.errors.map((errors) => alternative(errors[0])).join(' or ')}`
  if (issue.code === 'invalid_union' && 'options' in issue) return `expected one of ${(issue.options as unknown[]).map(String).join(', ')}`
  // A required member that is missing has no value of its own to complain about.
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return `is missing; expected ${issue.expected}`
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too (?:big|small): /, '')
}

const alternative = (issue: z.core.$ZodIssue | undefined): string =>
  issue?.code === 'invalid_type' ? `a ${issue.expected}` : (issue?.message.replace(/^Invalid input: expected /, '') ?? 'something else')
