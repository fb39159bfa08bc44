import { Exit, ExitError } from '../../src/exit.ts'
import { clip } from '../../src/text.ts'
import { FIELD } from './firewall.ts'

/** What a column is for: one of `FIELD`, the symbol, or nothing. */
export const SYMBOL_ROLE = 6
export const NO_ROLE = -1

export type Columns = {
  readonly delimiter: ',' | ';' | '\t'
  readonly roles: readonly number[]
  /** For the log: columns that are left out. */
  readonly ignored: readonly string[]
}

const NAMES: readonly (readonly [role: number, name: string, aliases: readonly string[]])[] = [
  [FIELD.time, 'time', ['t', 'time', 'timestamp', 'date', 'datetime', 'date_time', 'open_time', 'opentime', 'ts', 'unix', 'unix_timestamp']],
  [FIELD.open, 'open', ['o', 'open', 'open_price']],
  [FIELD.high, 'high', ['h', 'high', 'high_price']],
  [FIELD.low, 'low', ['l', 'low', 'low_price']],
  [FIELD.close, 'close', ['c', 'close', 'close_price']],
  [FIELD.volume, 'volume', ['v', 'vol', 'volume']],
  [SYMBOL_ROLE, 'symbol', ['symbol', 'ticker', 'pair']],
]
const ROLES = new Map(NAMES.flatMap(([role, , aliases]) => aliases.map((alias) => [alias, role] as const)))

const DELIMITERS = [',', ';', '\t'] as const
const SHOWN_CHARACTERS = 80
/** More columns than this are no file of candles. */
const COLUMNS_MAX = 256

/** Cells of one line; a quoted cell may hold the delimiter, and a doubled quote stands for one. */
export const splitCells = (line: string, delimiter: string): string[] => {
  if (!line.includes('"')) return line.split(delimiter)
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index] as string
    if (character === '"' && quoted && line[index + 1] === '"') {
      cell += '"'
      index += 1
    } else if (character === '"') quoted = !quoted
    else if (character === delimiter && !quoted) {
      cells.push(cell)
      cell = ''
    } else cell += character
  }
  cells.push(cell)
  return cells
}

const rolesOf = (cells: readonly string[]): number[] => {
  const taken = new Set<number>()
  const roles = cells.map((cell) => {
    const role = ROLES.get(cell.trim().toLowerCase()) ?? NO_ROLE
    if (role === NO_ROLE || taken.has(role)) return NO_ROLE // of two times the first one counts
    taken.add(role)
    return role
  })
  // A table that was saved with its index has no name over its times.
  if (!taken.has(FIELD.time) && cells[0]?.trim() === '') roles[0] = FIELD.time
  return roles
}

const missingOf = (roles: readonly number[]): string[] =>
  NAMES.filter(([role]) => role !== SYMBOL_ROLE && !roles.includes(role)).map(([, name]) => name)

/** What each column is for. @throws ExitError 78 where a column that a candle needs is missing. */
export const readHeader = (file: string, line: string): Columns => {
  const readings = DELIMITERS.map((delimiter) => {
    const cells = splitCells(line, delimiter)
    const roles = rolesOf(cells)
    return { delimiter, cells, roles, missing: missingOf(roles) }
  }).sort((one, other) => one.missing.length - other.missing.length)
  const best = readings[0] as (typeof readings)[number]
  if (best.missing.length > 0 || best.cells.length > COLUMNS_MAX) {
    throw new ExitError(
      Exit.configuration,
      `${file}, line 1: expected a header with time, open, high, low, close and volume; missing ${best.missing.join(', ')}; found "${clip(line, SHOWN_CHARACTERS)}"`,
      'give the file a first line such as t,open,high,low,close,volume',
    )
  }
  return {
    delimiter: best.delimiter,
    roles: best.roles,
    ignored: best.cells.filter((_, index) => best.roles[index] === NO_ROLE).map((cell) => clip(cell.trim(), SHOWN_CHARACTERS)),
  }
}
