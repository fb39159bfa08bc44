import { Exit, ExitError } from '../../src/exit.ts'

/** A shorter secret is none, and hiding every place where it occurs would hide everything. */
const SECRET_CHARACTERS_MIN = 4
/** Less of a secret inside other base64 text is not recognised: it would hit by chance. */
const BASE64_CORE_MIN = 8

export const REDACTED = '[redacted]'

const forms = new Set<string>()
let pattern: RegExp | null = null

/** From now on `redact` hides this value and its URL-encoded, JSON-escaped and base64 forms. @throws ExitError 78 where it is too short. */
export const registerSecret = (value: string): void => {
  if (value.length < SECRET_CHARACTERS_MIN)
    throw new ExitError(Exit.configuration, `a secret has fewer than ${SECRET_CHARACTERS_MIN} characters`, 'use a real one')
  for (const form of formsOf(value)) forms.add(form)
  // The longest first, so that a form which begins like another is hidden whole.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  pattern = new RegExp(longestFirst.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
}

/** The text without any registered value in it. */
export const redact = (text: string): string => (pattern === null ? text : text.replace(pattern, REDACTED))

/** As `redact` for one line of JSON, which stays JSON even where a secret looks like a number. */
export const redactJson = (line: string): string => {
  const redacted = redact(line)
  if (redacted === line || isJson(redacted)) return redacted
  return redactParsed(line) ?? JSON.stringify({ msg: `${REDACTED}: a line that was not JSON` })
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const redactParsed = (line: string): string | null => {
  try {
    return JSON.stringify(redactValue(JSON.parse(line)))
  } catch {
    return null
  }
}

const redactValue = (value: unknown): unknown => {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map(redactValue)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [redact(key), redactValue(each)]))
  const text = String(value)
  return redact(text) === text ? value : REDACTED
}

const lowerPercents = (text: string): string => text.replaceAll(/%[0-9A-F]{2}/g, (found) => found.toLowerCase())

function* formsOf(value: string): Generator<string> {
  const bytes = Buffer.from(value)
  const url = encodeURIComponent(value.toWellFormed())
  const form = new URLSearchParams([['', value]]).toString().slice(1)
  yield* [value, JSON.stringify(value).slice(1, -1), url, lowerPercents(url), form, lowerPercents(form)]
  yield* [bytes.toString('base64'), bytes.toString('base64url'), encodeURIComponent(bytes.toString('base64'))]
  // Inside other base64 text (`user:secret` of an Authorization header) a secret has one of three spellings, by where it begins.
  for (const before of [0, 1, 2]) {
    const core = base64Core(bytes, before)
    if (core.length < BASE64_CORE_MIN) continue
    yield* [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  }
}

/** The characters that come from nothing but the secret: those that it shares with its neighbours are left out. */
const base64Core = (bytes: Uint8Array, before: number): string => {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replaceAll('=', '')
  const bits = (before + bytes.length) * 8
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6))
}
