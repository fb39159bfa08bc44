import { err, ok, type Result } from '../../src/result.ts'
import { LEVELS, type LevelName, type LogLine } from './line.ts'

/** A filter is a list of terms that all have to hold. */
export type Filter = { readonly text: string; readonly terms: readonly ((line: LogLine) => boolean)[] }

export const NO_FILTER: Filter = { text: '', terms: [] }

export const matches = ({ terms }: Filter, line: LogLine): boolean => terms.every((term) => term(line))

const TOKEN = /"([^"]*)"?|(\S+)/g
const LEVEL = /^level(>=|<=|=|:|>|<)(\w+)$/
const PROCESS = /^process[:=](\S+)$/

/**
 * `text` with smart case, `!text`, `level>=warn` (also `> = < <=`), `process:feed`, each with `!` before it to mean the opposite,
 * `"two words"`; all of them have to hold.
 */
export const parseFilter = (text: string): Result<Filter, string> => {
  const terms: ((line: LogLine) => boolean)[] = []
  for (const token of tokens(text)) {
    const negative = token.text.startsWith('!') && !token.quoted
    const term = parseTerm(negative ? token.text.slice(1) : token.text, token.quoted)
    if (!term.ok) return term
    terms.push(negative ? (line) => !term.value(line) : term.value)
  }
  return ok({ text: text.trim(), terms })
}

type Token = { readonly text: string; readonly quoted: boolean }

/** Words, and quoted texts; `!"two words"` is one token with its exclamation mark. */
const tokens = (text: string): readonly Token[] => {
  const found: Token[] = []
  for (const match of text.replaceAll('!"', '"!').matchAll(TOKEN)) {
    const [, quoted, word] = match
    if (word !== undefined) found.push({ text: word, quoted: false })
    else if (quoted?.startsWith('!')) found.push({ text: quoted, quoted: false })
    else if (quoted !== undefined && quoted !== '') found.push({ text: quoted, quoted: true })
  }
  return found
}

const parseTerm = (text: string, quoted: boolean): Result<(line: LogLine) => boolean, string> => {
  if (text === '') return err('"!" needs something to exclude')
  if (!quoted) {
    if (/^level[<>=:]/.test(text)) return levelTerm(text)
    if (/^process[:=]/.test(text)) return processTerm(text)
  }
  if (/\p{Lu}/u.test(text)) return ok((line) => line.text.includes(text))
  return ok((line) => line.text.toLowerCase().includes(text))
}

const levelTerm = (text: string): Result<(line: LogLine) => boolean, string> => {
  const [, operator, name = ''] = LEVEL.exec(text) ?? []
  const level = LEVELS[name.toLowerCase() as LevelName] as number | undefined
  if (operator === undefined || level === undefined) return err(`${JSON.stringify(text)}: a level is one of ${Object.keys(LEVELS).join(' ')}`)
  switch (operator) {
    case '>=':
      return ok((line) => line.level >= level)
    case '<=':
      return ok((line) => line.level <= level)
    case '>':
      return ok((line) => line.level > level)
    case '<':
      return ok((line) => line.level < level)
    default:
      return ok((line) => line.level === level)
  }
}

const processTerm = (text: string): Result<(line: LogLine) => boolean, string> => {
  const [, name] = PROCESS.exec(text) ?? []
  return name === undefined ? err(`${JSON.stringify(text)}: which process?`) : ok((line) => line.process === name)
}
