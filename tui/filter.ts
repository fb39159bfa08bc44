import { setFlagsFromString } from 'node:v8'
import { err, ok, type Result } from '../src/result.ts'

/** What a filter may ask of one row, line or record. */
export type Subject = {
  /** Everything that a person can read of it. */
  readonly text: () => string
  /** A value by its name, as it is written; null where it has none. Names are those of the heads, in lower case, and of the record's own fields. */
  readonly field: (name: string) => string | number | null
  /** UTC milliseconds; null where it has no time. */
  readonly time: () => number | null
}

export type Term = (subject: Subject) => boolean

/** A filter is a list of terms that all have to hold. */
export type Filter = { readonly text: string; readonly terms: readonly Term[] }

export const NO_FILTER: Filter = { text: '', terms: [] }

export const matches = ({ terms }: Filter, subject: Subject): boolean => terms.every((term) => term(subject))

const TOKEN = /(!?)(?:"([^"]*)"?|\/((?:[^/\\]|\\.)+)\/(i?)(?=\s|$)|(\S+))/g
const COMPARISON = /^([A-Za-z_][\w.-]{0,39})(>=|<=|>|<|=|:)(.*)$/
const AGE = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const LEVELS: ReadonlyMap<string, number> = new Map([
  ['trace', 10],
  ['debug', 20],
  ['info', 30],
  ['warn', 40],
  ['error', 50],
  ['fatal', 60],
])
const REGEX_LENGTH_MAX = 200

/**
 * The one grammar of every filter: `text` (smart case), `"two words"`, `/re/`, `key:value`, `key>=n` (also `> < <= =`), `level>=warn`,
 * `since:10m`, `corr:id`, each with `!` before it to mean the opposite; all of them have to hold. `now` is what `since` counts from.
 */
export const parseFilter = (text: string, now: number): Result<Filter, string> => {
  const terms: Term[] = []
  for (const match of text.matchAll(TOKEN)) {
    const [, not = '', quoted, pattern, flags = '', word] = match
    const term = pattern !== undefined ? regexTerm(pattern, flags) : quoted !== undefined ? textTerm(quoted) : wordTerm(word ?? '', now)
    if (term === null) continue
    if (!term.ok) return term
    terms.push(not === '' ? term.value : (subject) => !term.value(subject))
  }
  return ok({ text: text.trim(), terms })
}

const textTerm = (text: string): Result<Term, string> | null => {
  if (text === '') return null
  if (/\p{Lu}/u.test(text)) return ok((subject) => subject.text().includes(text))
  return ok((subject) => subject.text().toLowerCase().includes(text))
}

/**
 * A pattern such as /(\w+\s?)+!/ takes for ever on a line of some length, and nothing can end it: the console would stand still on figures
 * that look fresh. V8 goes over to an engine of linear time where the usual one goes back and forth too often, and tells beforehand
 * which patterns that engine has no way for.
 */
for (const flag of [
  '--enable-experimental-regexp-engine',
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  '--regexp-backtracks-before-fallback=10000',
])
  setFlagsFromString(flag)

const regexTerm = (pattern: string, flags: string): Result<Term, string> => {
  if (pattern.length > REGEX_LENGTH_MAX) return err(`a pattern has at most ${REGEX_LENGTH_MAX} characters`)
  // Neither engine of linear time nor its notice know of letters in any case, so both sides are in lower case.
  const anyCase = flags.includes('i')
  const written = anyCase ? pattern.replaceAll(/\\.|\p{Lu}/gu, (part) => (part.startsWith('\\') ? part : part.toLowerCase())) : pattern
  try {
    const regex = new RegExp(written)
    if (!isLinear(written)) return err('a pattern may not look around, refer to groups or repeat more than is safe: it could take for ever')
    return ok((subject) => regex.test(anyCase ? subject.text().toLowerCase() : subject.text()))
  } catch (error) {
    return err((error as Error).message)
  }
}

const isLinear = (pattern: string): boolean => {
  try {
    return new RegExp(pattern, 'l') instanceof RegExp
  } catch {
    return false // which is the answer
  }
}

const wordTerm = (word: string, now: number): Result<Term, string> | null => {
  if (word === '!') return err('"!" needs something to exclude')
  const [, key = '', operator = '', value = ''] = COMPARISON.exec(word) ?? []
  if (operator === '') return textTerm(word)
  if (key === 'since') return sinceTerm(value, now)
  if (value === '') return err(`${JSON.stringify(word)}: which value?`)
  if (key === 'level' && !LEVELS.has(value.toLowerCase())) {
    return err(`${JSON.stringify(word)}: a level is one of ${[...LEVELS.keys()].join(' ')}`)
  }
  return operator === ':' ? fieldTerm(key, value) : comparisonTerm(key, operator, value)
}

const sinceTerm = (value: string, now: number): Result<Term, string> => {
  const [, count, unit = ''] = AGE.exec(value) ?? []
  const from = count === undefined ? Date.parse(value) : now - Number(count) * (UNIT_MS[unit] ?? 1)
  if (Number.isNaN(from)) return err(`${JSON.stringify(value)}: an age (10m) or a time (2026-01-31T09:30:00Z)`)
  return ok((subject) => (subject.time() ?? Number.NEGATIVE_INFINITY) >= from)
}

/** `level:warn` means that very level; anything else is found as a part, in any case. */
const fieldTerm = (key: string, value: string): Result<Term, string> => {
  if (key === 'level') return comparisonTerm(key, '=', value)
  const wanted = value.toLowerCase()
  return ok((subject) => {
    const found = subject.field(key)
    return found !== null && String(found).toLowerCase().includes(wanted)
  })
}

/** As it is shown: `1,234` and `~5%` are numbers; an empty cell is none, and least of all zero. */
const numberOf = (raw: string | number): number => {
  const digits = String(raw).replace(/[,%~ ]/g, '')
  return digits === '' ? Number.NaN : Number(digits)
}

const comparisonTerm = (key: string, operator: string, value: string): Result<Term, string> => {
  const level = key === 'level' ? LEVELS.get(value.toLowerCase()) : undefined
  const wanted = level ?? (Number.isNaN(Number(value)) ? value : Number(value))
  return ok((subject) => {
    const raw = subject.field(key)
    if (raw === null) return false
    const found = typeof wanted === 'number' ? numberOf(raw) : String(raw)
    if (typeof found === 'number' && Number.isNaN(found)) return false
    switch (operator) {
      case '>=':
        return found >= wanted
      case '<=':
        return found <= wanted
      case '>':
        return found > wanted
      case '<':
        return found < wanted
      default:
        return found === wanted
    }
  })
}
