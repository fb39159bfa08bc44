import { hash } from 'node:crypto'

/** JSON with sorted keys: two equal values have one text, so their hashes can be compared. `undefined` members are left out. */
export const canonical = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const record = value as Record<string, unknown>
  const members = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`)
  return `{${members.join(',')}}`
}

export const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** SHA-256 of the canonical JSON, in lower-case hexadecimal. */
export const hashOf = (value: unknown): string => sha256(canonical(value))
