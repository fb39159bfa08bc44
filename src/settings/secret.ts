import type { Complaint, Document } from '../jsonc.ts'
import { fieldName } from '../jsonc.ts'

const SECRET_NAME = /secret|passw(?:or)?d|token|api_?key|private_?key|credential/i

/** Marks that issuers put on their keys, and forms that hold nothing but one. */
const SECRET_VALUE = [
  /-----BEGIN [A-Z ]+-----/,
  /\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,}/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}\./,
  /\b[0-9a-fA-F]{40,}\b/,
]

/** Words of a path or a sentence are shorter than this; keys are longer. */
const RANDOM_LENGTH_MIN = 24
/** English has about 4 bits a letter in long texts but repeats within 24; base64 of chance has more. */
const RANDOM_BITS_MIN = 3.7

const entropyBits = (text: string): number => {
  const counts = new Map<string, number>()
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

/** Capitals, small letters and digits mixed without a break, as base64 of random bytes has them. */
const looksRandom = (text: string): boolean =>
  (text.match(/[A-Za-z0-9+/=]+/g) ?? []).some(
    (run) => run.length >= RANDOM_LENGTH_MIN && /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run) && entropyBits(run) >= RANDOM_BITS_MIN,
  )

/** Fields whose values are paths and addresses: long and mixed by nature. */
const PATHS = ['feed.file', '$schema']

/** Secrets have no place in a file that is shown, compared and backed up. The value itself is never repeated. */
export const findSecrets = (document: Document): Complaint[] =>
  document.members.flatMap(({ line, column, path, key, value }) => {
    const field = fieldName(path)
    const complain = (message: string): Complaint[] => [{ line, column, field, message }]
    if (key !== null && SECRET_NAME.test(key)) return complain('is named like a secret; secrets are refused here')
    if (typeof value !== 'string' || PATHS.includes(field)) return []
    return SECRET_VALUE.some((form) => form.test(value)) || looksRandom(value)
      ? complain('holds what looks like a secret; secrets are refused here')
      : []
  })
