import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import type { z } from 'zod'
import type { ReplayFeed } from '../../src/contracts/config.ts'
import { type Instrument, timeframeMs, timeframeText } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { clip } from '../../src/text.ts'
import { type Blocks, isGzip, openBlocks } from './blocks.ts'
import { AHEAD_MS_MAX, EARLIEST_MS, FIELD } from './firewall.ts'
import { type Columns, readHeader, SYMBOL_ROLE, splitCells } from './header.ts'
import { bareSymbol, commonDistance, symbolOfName, timeframeOfName } from './source-name.ts'
import { parseTime, recogniseTime, type TimeForm } from './time-form.ts'

/** So many bytes tell one file from another; a longer beginning would only cost time at each start. */
export const HEAD_BYTES = 65_536
/** A first line longer than this is no header. */
const HEADER_BYTES_MAX = 65_536
/** Rows that are looked at to recognise times and timeframe. */
const SAMPLE_ROWS = 1_000
const SHOWN_CHARACTERS = 60

export type ReplaySettings = z.infer<typeof ReplayFeed>

export type FileIdentity = {
  readonly size: number
  /** Bytes at the beginning that `headHash` was made of: fewer than `HEAD_BYTES` in a short file. */
  readonly headBytes: number
  readonly headHash: string
}

/** A file that was opened and understood, with the first bytes behind its header. */
export type ReplayFile = {
  readonly name: string
  readonly path: string
  readonly identity: FileIdentity
  readonly gzip: boolean
  readonly columns: Columns
  readonly times: TimeForm
  readonly timeframeMs: number
  readonly timeframeFrom: 'settings' | 'file name' | 'rows' | 'nothing'
  /** The only instrument; null where a column names the instrument of each row. */
  readonly instrument: Instrument | null
  readonly symbolFrom: 'settings' | 'file name' | 'column'
  /** Time of the first row that time goes on from: the data's clock when the replay begins. NaN where there is none. */
  readonly begins: number
  /** Distance of most of the first rows, null where there are none; for a warning where it is not the timeframe. */
  readonly distanceMs: number | null
  readonly head: Uint8Array
  readonly blocks: Blocks
}

const config = (message: string, remedy: string | null = null): ExitError => new ExitError(Exit.configuration, message, remedy)

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** SHA-256 of the first bytes of a file. */
const hashHead = (descriptor: number, bytes: number): { readonly head: Buffer; readonly hash: string } => {
  const head = Buffer.alloc(bytes)
  let filled = 0
  while (filled < bytes) {
    const count = readSync(descriptor, head, filled, bytes - filled, filled)
    if (count === 0) break
    filled += count
  }
  const read = head.subarray(0, filled)
  return { head: read, hash: createHash('sha256').update(read).digest('hex') }
}

const look = (path: string, name: string): { readonly identity: FileIdentity; readonly gzip: boolean } => {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    throw config(`${name}: cannot be opened: ${reasonOf(error)}`, 'give the path of a candle file, --feed replay:FILE')
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile())
      throw config(`${name}: is ${stat.isDirectory() ? 'a folder' : 'no regular file'}`, 'give the path of a candle file, --feed replay:FILE')
    if (stat.size === 0) throw config(`${name}, line 1: the file is empty; expected a header such as t,open,high,low,close,volume`)
    const { head, hash } = hashHead(descriptor, Math.min(HEAD_BYTES, stat.size))
    return { identity: { size: stat.size, headBytes: head.length, headHash: hash }, gzip: isGzip(head) }
  } finally {
    closeSync(descriptor)
  }
}

/** True where the file at this path begins with what the identity was made of, so that rows of the one are rows of the other. */
export const beginsAs = (path: string, identity: FileIdentity): boolean => {
  const descriptor = openSync(path, 'r')
  try {
    return hashHead(descriptor, identity.headBytes).hash === identity.headHash
  } finally {
    closeSync(descriptor)
  }
}

const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf)
const withoutMark = (bytes: Buffer): Buffer => (bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes)

/** The header's line and the first bytes behind it. */
const readFirst = async (blocks: Blocks, name: string): Promise<{ readonly line: string; readonly head: Buffer }> => {
  let bytes = Buffer.alloc(0)
  for (;;) {
    const block = await blocks.next().catch((error: unknown) => {
      throw config(`${name}: cannot be read: ${reasonOf(error)}`, 'the file is damaged; fetch it again')
    })
    if (block !== null) bytes = Buffer.concat([bytes, block])
    const newline = bytes.indexOf('\n')
    if (newline >= 0 && newline <= HEADER_BYTES_MAX) {
      const line = withoutMark(bytes.subarray(0, newline)).toString('utf8')
      return { line: line.replace(/\r$/, ''), head: bytes.subarray(newline + 1) }
    }
    if (newline >= 0 || block === null || bytes.length > HEADER_BYTES_MAX) {
      return { line: withoutMark(bytes.subarray(0, HEADER_BYTES_MAX)).toString('utf8'), head: Buffer.alloc(0) }
    }
  }
}

/** Cells of the first rows. The last line of the bytes may be cut and is left out, unless it is the only one. */
const sampleRows = (head: Buffer, { delimiter, roles }: Columns): string[][] => {
  const lines = head.toString('utf8').split(/\r?\n/, SAMPLE_ROWS + 1)
  if (lines.length > 1) lines.pop()
  return lines
    .filter((line) => line !== '')
    .map((line) => splitCells(line, delimiter))
    .filter((cells) => cells.length === roles.length)
}

const firstOf = (times: readonly number[], now: number): number => {
  const sane = times.filter((time) => time >= EARLIEST_MS && time - now <= AHEAD_MS_MAX)
  for (let index = 1; index < sane.length; index += 1) {
    const distance = (sane[index] as number) - (sane[index - 1] as number)
    if (distance >= 0) return sane[index - 1] as number
  }
  return sane[0] ?? Number.NaN
}

const instrumentOf = (settings: ReplaySettings, name: string, instruments: readonly Instrument[], hasColumn: boolean) => {
  const { symbol } = settings
  const known = instruments.map((instrument) => instrument.symbol).join(' ')
  if (symbol !== undefined) {
    const instrument = instruments.find((each) => bareSymbol(each.symbol) === bareSymbol(symbol))
    if (instrument === undefined) {
      throw config(
        `${name}: nothing is known of the symbol ${symbol}; configured are ${known}`,
        `add ${symbol} with its tick and lot to instruments in config.json`,
      )
    }
    return { instrument, symbolFrom: 'settings' } as const
  }
  if (hasColumn) return { instrument: null, symbolFrom: 'column' } as const
  const instrument = symbolOfName(name, instruments)
  if (instrument === null) {
    throw config(
      `${name}: the file's name has none of the configured symbols in it: ${known}`,
      'name it with --symbol or feed.symbol in config.json, and add it to instruments there if it is not in the list',
    )
  }
  return { instrument, symbolFrom: 'file name' } as const
}

const timeframeOf = (settings: ReplaySettings, name: string, distanceMs: number | null) => {
  if (settings.timeframe !== undefined) return { timeframeMs: timeframeMs(settings.timeframe), timeframeFrom: 'settings' } as const
  const named = timeframeOfName(name)
  if (named !== null) return { timeframeMs: timeframeMs(named), timeframeFrom: 'file name' } as const
  if (distanceMs !== null) return { timeframeMs: distanceMs, timeframeFrom: 'rows' } as const
  return null
}

/**
 * Opens a candle file and finds out what is in it: compression, header, form of its times, symbol and timeframe.
 * @throws ExitError 78 where it is none, with what was found and what to do.
 */
export const openReplayFile = async (settings: ReplaySettings, instruments: readonly Instrument[], now: number): Promise<ReplayFile> => {
  const path = settings.file
  const name = clip(basename(path), 200)
  const { identity, gzip } = look(path, name)
  const blocks = openBlocks(path, gzip)
  try {
    const { line, head } = await readFirst(blocks, name)
    const columns = readHeader(name, line)
    const rows = sampleRows(head, columns)
    const cells = rows.map((row) => row[columns.roles.indexOf(FIELD.time)] as string)
    const times = recogniseTime(cells)
    if (times === null && cells.length > 0) {
      throw config(
        `${name}, line 2: no known form of time: found "${clip(cells[0] ?? '', SHOWN_CHARACTERS)}"; expected milliseconds or seconds since 1970, ISO 8601 or month/day/year`,
      )
    }
    const form: TimeForm = times ?? { kind: 'ms', says: 'no rows', ambiguous: false }
    const parsed = cells.map((cell) => parseTime(form.kind, cell)).filter((time) => !Number.isNaN(time))
    const distanceMs = commonDistance(parsed)
    const found = instrumentOf(settings, name, instruments, columns.roles.includes(SYMBOL_ROLE))
    const length = timeframeOf(settings, name, distanceMs)
    if (length === null && rows.length > 0) {
      throw config(`${name}: its first rows do not say how long a candle is`, 'name it with --timeframe or feed.timeframe in config.json, such as 1m')
    }
    return {
      name,
      path,
      identity,
      gzip,
      columns,
      times: form,
      ...(length ?? { timeframeMs: 60_000, timeframeFrom: 'nothing' }),
      ...found,
      begins: firstOf(parsed, now),
      distanceMs,
      head,
      blocks,
    }
  } catch (error) {
    blocks.close()
    throw error
  }
}

/** One line for the log and for the evidence of being ready. */
export const describeFile = (file: ReplayFile): string => {
  const { name, gzip, instrument, symbolFrom, timeframeMs: ms, timeframeFrom, times, columns } = file
  const symbol = instrument === null ? 'symbols' : instrument.symbol
  const ignored = columns.ignored.length === 0 ? '' : `; columns left out: ${columns.ignored.join(', ')}`
  return `${name}${gzip ? ' (gzip)' : ''}: ${symbol} (${symbolFrom}), ${timeframeText(ms)} (${timeframeFrom}), times in ${times.says}${ignored}`
}
