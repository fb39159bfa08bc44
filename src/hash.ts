import { hash } from 'node:crypto'

/** Text that stands in JSON as it is. */
const PLAIN = /^[\w.:/@+-]*$/

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text))

/**
 * JSON with sorted keys: two equal values have one text, so their hashes can be compared. `undefined` members are left out.
 * A whole state is hashed between two bars, so this is written for speed.
 */
export const canonical = (value: unknown): string => {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  let text = ''
  if (Array.isArray(value)) {
    for (const each of value) text += text === '' ? canonical(each) : `,${canonical(each)}`
    return `[${text}]`
  }
  const record = value as Record<string, unknown>
  for (const key of Object.keys(record).sort()) {
    if (record[key] !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${canonical(record[key])}`
  }
  return `{${text}}`
}

export const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** SHA-256 of the canonical JSON, in lower-case hexadecimal. */
export const hashOf = (value: unknown): string => sha256(canonical(value))
