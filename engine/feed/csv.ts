import { POWERS_OF_TEN, parseDecimal } from './decimal.ts'
import { FIELD, FIELDS, PASSED, STRUCTURE, TYPE } from './firewall.ts'
import { type Columns, SYMBOL_ROLE, splitCells } from './header.ts'
import { parseTime, type TimeKind } from './time-form.ts'

/** A longer line is no candle; it is kept only as far as this, so that a file without line breaks costs no memory. */
export const LINE_BYTES_MAX = 65_536

/** `next` has no whole row left. */
export const NEED_MORE = -1
const NOT_COMMON = -2

const NEWLINE = 0x0a
const RETURN = 0x0d
const QUOTE = 0x22
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30

/** `torn`: the file broke off, so its last line may lack its end and is not to be believed. */
export type BlockEnd = 'more' | 'end' | 'torn'

export type CsvReader = {
  /** The six numbers of the row that `next` found, in the order of `FIELD`; overwritten by the next call. */
  readonly values: Float64Array
  /** Gives it the next bytes of the file. What the last block left over is read first. */
  readonly give: (block: Uint8Array, end: BlockEnd) => void
  /** 0 where `values` holds the next row, the number of the rule that the row breaks, or `NEED_MORE`. */
  readonly next: () => number
  /** Passes over at most `count` rows without looking into them. @returns how many there were. */
  readonly skip: (count: number) => number
  /** Number of the row that came last, from 1. Empty lines are no rows; the header is none either. */
  readonly row: () => number
  /** True where the row that came last is the last of the file. */
  readonly isLast: () => boolean
  /** The row that came last as it stands in the file. Valid until `give`. */
  readonly text: () => string
  /** The symbol cell of the row that came last; empty where the file has no such column. */
  readonly symbol: () => string
}

/** Milliseconds in one unit of a counted time; 0 for a time in words. */
const unitOf = (kind: TimeKind): number => (kind === 'ms' ? 1 : kind === 's' ? 1_000 : 0)

/**
 * Candles out of bytes, at a few hundred nanoseconds a row. Plain numbers are read where they lie; a row with anything else (quotes,
 * exponents, dates, more digits than a double holds) takes the long way through text, with the same result.
 */
export const createCsvReader = ({ delimiter, roles }: Columns, timeKind: TimeKind): CsvReader => {
  const values = new Float64Array(FIELDS)
  const columns = roles.length
  const roleOf = Int8Array.from(roles)
  const separator = delimiter.charCodeAt(0)
  const timeUnit = unitOf(timeKind)

  let buffer: Buffer = Buffer.alloc(0)
  let position = 0
  /** After the last line break in the buffer: up to here every line is whole. */
  let limit = 0
  /** Where the last row of the file ends, once that is known. */
  let lastEnd = Number.POSITIVE_INFINITY
  let torn = false
  let row = 0
  let rowStart = 0
  let rowEnd = 0
  let symbolStart = 0
  let symbolEnd = 0
  let symbolText: string | null = null

  /** The common row: every cell that counts is digits with at most one dot. Anything else is left to `readText`. */
  const readNumbers = (): number => {
    let at = rowStart
    let byte = buffer[at] as number
    for (let column = 0; column < columns; column += 1) {
      const role = roleOf[column] as number
      const start = at
      if (role < 0 || role === SYMBOL_ROLE || (role === FIELD.time && timeUnit === 0)) {
        while (byte !== separator && byte !== NEWLINE) {
          if (byte === QUOTE) return NOT_COMMON
          byte = buffer[++at] as number
        }
        if (role === SYMBOL_ROLE) {
          symbolStart = start
          symbolEnd = at
        } else if (role === FIELD.time) {
          const time = parseTime(timeKind, buffer.toString('latin1', start, at))
          if (Number.isNaN(time)) return NOT_COMMON
          values[FIELD.time] = time
        }
      } else {
        const negative = byte === MINUS
        if (negative) byte = buffer[++at] as number
        const digits = at
        let mantissa = 0
        let scale = 0
        for (let digit = byte - ZERO; digit >= 0 && digit <= 9; digit = byte - ZERO) {
          mantissa = mantissa * 10 + digit
          byte = buffer[++at] as number
        }
        if (at === digits) return NOT_COMMON
        if (byte === DOT) {
          const dot = at
          byte = buffer[++at] as number
          for (let digit = byte - ZERO; digit >= 0 && digit <= 9; digit = byte - ZERO) {
            mantissa = mantissa * 10 + digit
            byte = buffer[++at] as number
          }
          scale = at - dot - 1
        }
        // Both are exact up to here, so one division rounds once, as the standard does: the same double as Number() gives.
        if (mantissa > Number.MAX_SAFE_INTEGER || scale >= POWERS_OF_TEN.length) return NOT_COMMON
        const size = scale === 0 ? mantissa : mantissa / (POWERS_OF_TEN[scale] as number)
        const value = negative ? -size : size
        values[role] = role === FIELD.time && timeUnit !== 1 ? Math.round(value * timeUnit) : value
      }
      if (column < columns - 1) {
        if (byte !== separator) return NOT_COMMON
        byte = buffer[++at] as number
      }
    }
    if (byte === RETURN) byte = buffer[++at] as number
    if (byte !== NEWLINE || at - rowStart > LINE_BYTES_MAX) return NOT_COMMON
    position = at + 1
    rowEnd = at
    return PASSED
  }

  const readText = (): number => {
    const newline = buffer.indexOf(NEWLINE, rowStart)
    position = newline + 1
    rowEnd = newline
    if (rowEnd - rowStart > LINE_BYTES_MAX) return STRUCTURE
    const cells = splitCells(text(), delimiter)
    if (cells.length !== columns) return STRUCTURE
    let rule = PASSED
    for (let column = 0; column < columns; column += 1) {
      const role = roleOf[column] as number
      const cell = cells[column] as string
      if (role === SYMBOL_ROLE) symbolText = cell
      else if (role >= 0) {
        const value = role === FIELD.time ? parseTime(timeKind, cell) : parseDecimal(cell)
        // A time that cannot be read is no number; a price that reads NaN is one, and the firewall names it.
        if (value === null || (role === FIELD.time && Number.isNaN(value))) rule = TYPE
        else values[role] = value
      }
    }
    if (rule === TYPE) values[FIELD.time] = Number.NaN
    return rule
  }

  /** Moves past empty lines. @returns false where no whole line is left. */
  const toLine = (): boolean => {
    for (; position < limit; position += 1) {
      const byte = buffer[position]
      if (byte !== NEWLINE && !(byte === RETURN && buffer[position + 1] === NEWLINE)) return true
    }
    return false
  }

  /** What a broken file ends with: a row, but one that nobody may believe. */
  const tornRow = (): boolean => {
    if (!torn || limit >= buffer.length) return false
    row += 1
    rowStart = limit
    rowEnd = buffer.length
    position = buffer.length
    limit = buffer.length
    values[FIELD.time] = Number.NaN
    return true
  }

  const text = (): string => {
    const end = rowEnd > rowStart && buffer[rowEnd - 1] === RETURN ? rowEnd - 1 : rowEnd
    return buffer.toString('utf8', rowStart, Math.min(end, rowStart + LINE_BYTES_MAX))
  }

  return {
    values,
    give: (block, end) => {
      const rest = buffer.subarray(position)
      const carry = rest.length > 2 * LINE_BYTES_MAX && rest.indexOf(NEWLINE) < 0 ? rest.subarray(0, 2 * LINE_BYTES_MAX) : rest
      const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
      const broken = end === 'end' && carry.length + bytes.length > 0 && (bytes.length > 0 ? bytes : carry).at(-1) !== NEWLINE
      buffer = carry.length === 0 && !broken ? bytes : Buffer.concat([carry, bytes, ...(broken ? [Buffer.of(NEWLINE)] : [])])
      position = 0
      limit = buffer.lastIndexOf(NEWLINE) + 1
      torn = end === 'torn'
      if (end === 'end') {
        lastEnd = buffer.length
        while (lastEnd > 0 && (buffer[lastEnd - 1] === NEWLINE || buffer[lastEnd - 1] === RETURN)) lastEnd -= 1
      }
    },
    next: () => {
      if (!toLine()) return tornRow() ? STRUCTURE : NEED_MORE
      row += 1
      rowStart = position
      symbolStart = 0
      symbolEnd = 0
      symbolText = null
      const rule = readNumbers()
      return rule === NOT_COMMON ? readText() : rule
    },
    skip: (count) => {
      let skipped = 0
      while (skipped < count && toLine()) {
        position = buffer.indexOf(NEWLINE, position) + 1
        skipped += 1
      }
      row += skipped
      return skipped
    },
    row: () => row,
    isLast: () => rowEnd >= lastEnd,
    text,
    symbol: () => symbolText ?? buffer.toString('latin1', symbolStart, symbolEnd),
  }
}
