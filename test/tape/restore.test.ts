import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RECORD_BYTES, segmentPath } from '../../engine/tape/format.ts'
import type { TapePiece, TapeReader, TapeWriter } from '../../engine/tape/port.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { restoreTape } from '../../engine/tape/restore.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import { Exit } from '../../src/exit.ts'
import { tempFolder } from '../helpers/temp.ts'
import { barOf, range } from '../ring/bars.ts'

const MANY = 64
const SIZE = (records: number): number => RECORD_BYTES * (1 + records)

const open = (folder: string, segmentRecords?: number): { readonly writer: TapeWriter; readonly reader: TapeReader; close: () => void } => {
  const writer = openTapeWriter(folder, segmentRecords)
  const reader = openTapeReader(folder)
  return {
    writer,
    reader,
    close: () => {
      writer.close()
      reader.close()
    },
  }
}

const write = (writer: TapeWriter, from: number, to: number): void => {
  for (const sequence of range(from, to)) writer.append(barOf(sequence))
  writer.flush()
}

const pieceOf = (reader: TapeReader, sequence: number, recordsMax = MANY): TapePiece => {
  const piece = reader.piece(sequence, recordsMax)
  if (piece === null || piece === 'many') throw new Error(`no piece up to bar ${sequence}: ${piece}`)
  return piece
}

/** Ten bars flushed, then pieces of bars and rejects, and two bars that nobody rests on yet. */
const story = (folder: string): { readonly pieces: TapePiece[]; readonly whole: Buffer; readonly synced: number; readonly held: number } => {
  const { writer, reader, close } = open(folder)
  write(writer, 1, 10)
  reader.sync(10)
  const pieces: TapePiece[] = []
  write(writer, 11, 11)
  pieces.push(pieceOf(reader, 11))
  writer.reject('finite', 2_000, 1, 5)
  writer.reject('future', 2_001, 1, 6)
  write(writer, 12, 14)
  pieces.push(pieceOf(reader, 14))
  writer.reject('finite', 2_002, 1, 7)
  write(writer, 15, 17)
  pieces.push(pieceOf(reader, 15))
  close()
  return { pieces, whole: readFileSync(segmentPath(folder, 0)), synced: 10, held: 18 }
}

test('pieces follow one another without a hole, and what is safe is in none', () => {
  const { pieces } = story(tempFolder())
  expect(pieces.map(({ first, bytes }) => [first, bytes.length / RECORD_BYTES])).toEqual([
    [10, 1],
    [11, 5],
    [16, 2],
  ])
})

test('more records than asked for, or records in two files, are to be flushed; after that the next piece begins behind them', () => {
  const folder = tempFolder()
  const { writer, reader, close } = open(folder, 10)
  write(writer, 1, 5)
  expect(reader.piece(5, 4)).toBe('many')
  reader.sync(5)
  expect(reader.piece(5, 4)).toBeNull()
  write(writer, 6, 12)
  expect(pieceOf(reader, 8).first).toBe(5)
  expect(reader.piece(12, MANY)).toBe('many')
  reader.sync(12)
  write(writer, 13, 13)
  expect(pieceOf(reader, 13)).toMatchObject({ first: 12 })
  close()
})

test('a tape that a power cut shortened to any byte behind its last flush is whole again, byte for byte', () => {
  const origin = tempFolder()
  const { pieces, whole, synced, held } = story(origin)
  for (let size = SIZE(synced); size <= whole.length; size += 7) {
    const folder = tempFolder()
    copyFileSync(segmentPath(origin, 0), segmentPath(folder, 0))
    truncateSync(segmentPath(folder, 0), size)
    restoreTape(folder, pieces)
    const writer = openTapeWriter(folder)
    expect(writer.end().sequence).toBeGreaterThanOrEqual(15)
    writer.close()
    const again = readFileSync(segmentPath(folder, 0))
    expect(again.subarray(0, SIZE(held)).equals(whole.subarray(0, SIZE(held))), `cut at ${size}`).toBe(true)
    expect(again.equals(whole.subarray(0, again.length)), `cut at ${size}`).toBe(true)
  }
})

test('records that came back as zeros or damaged are put back, and only those', () => {
  const folder = tempFolder()
  const { pieces, whole } = story(folder)
  const path = segmentPath(folder, 0)
  const bytes = Buffer.from(whole)
  bytes.fill(0, SIZE(10), SIZE(11))
  bytes[SIZE(13) + 50] = (bytes[SIZE(13) + 50] ?? 0) ^ 1
  writeFileSync(path, bytes)
  expect(restoreTape(folder, pieces)).toBe(2)
  expect(readFileSync(path).equals(whole)).toBe(true)
  expect(restoreTape(folder, pieces)).toBe(0)
})

test('copies of long ago, which the tape has on its disk, change nothing', () => {
  const folder = tempFolder()
  const { pieces, whole } = story(folder)
  expect(restoreTape(folder, pieces.slice(0, 1))).toBe(0)
  expect(restoreTape(folder, [...pieces].reverse())).toBe(0)
  expect(readFileSync(segmentPath(folder, 0)).equals(whole)).toBe(true)
})

test('a tape that lost more than there are copies of is left as it is', () => {
  const folder = tempFolder()
  const { pieces, synced } = story(folder)
  truncateSync(segmentPath(folder, 0), SIZE(synced - 1))
  expect(restoreTape(folder, pieces)).toBe(0)
  const writer = openTapeWriter(folder)
  expect(writer.end().sequence).toBe(9)
  writer.close()
})

test('with a hole between the copies only what lies behind it counts', () => {
  const folder = tempFolder()
  const { pieces, synced } = story(folder)
  truncateSync(segmentPath(folder, 0), SIZE(synced))
  const [first, , last] = pieces
  expect(restoreTape(folder, [first as TapePiece, last as TapePiece])).toBe(0)
  const writer = openTapeWriter(folder)
  expect(writer.end().sequence).toBe(10)
  writer.close()
})

test('the records of a new file are put back into it', () => {
  const folder = tempFolder()
  const { writer, reader, close } = open(folder, 10)
  write(writer, 1, 12)
  reader.sync(12)
  write(writer, 13, 15)
  const piece = pieceOf(reader, 15)
  close()
  const whole = readFileSync(segmentPath(folder, 10))
  truncateSync(segmentPath(folder, 10), SIZE(2))
  expect(restoreTape(folder, [piece])).toBe(3)
  expect(readFileSync(segmentPath(folder, 10)).equals(whole)).toBe(true)
})

test('another tape than the one that was copied is refused and not written to', () => {
  const { pieces } = story(tempFolder())
  const folder = tempFolder()
  const writer = openTapeWriter(folder)
  for (const sequence of range(1, 20)) writer.append({ ...barOf(sequence), close: 1 })
  writer.close()
  const before = readFileSync(segmentPath(folder, 0))
  expect(() => restoreTape(folder, pieces)).toThrow(expect.objectContaining({ code: Exit.corrupt }))
  expect(readFileSync(segmentPath(folder, 0)).equals(before)).toBe(true)
})

test('no tape and no copies are nothing to do', () => {
  const { pieces } = story(tempFolder())
  const none = join(tempFolder(), 'tape')
  expect(restoreTape(none, pieces)).toBe(0)
  mkdirSync(none)
  expect(restoreTape(none, [])).toBe(0)
})
