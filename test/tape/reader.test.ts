import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RECORD_BYTES, segmentPath } from '../../engine/tape/format.ts'
import type { TapeReader } from '../../engine/tape/port.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { seeded } from '../../src/random.ts'
import { tempFolder } from '../helpers/temp.ts'
import { barOf, range } from '../ring/bars.ts'

/** A tape with its writer and a reader that was there first. */
const world = (segmentRecords?: number) => {
  const folder = tempFolder()
  const reader = openTapeReader(folder)
  const writer = openTapeWriter(folder, segmentRecords)
  onTestFinished(() => {
    writer.close()
    reader.close()
  })
  return { folder, reader, writer }
}

const read = (reader: TapeReader, from: number, to: number): { last: number; bars: Bar[] } => {
  const bars: Bar[] = []
  const last = reader.read(from, to, (bar) => void bars.push({ ...bar }))
  return { last, bars }
}

describe('a reader of the tape', () => {
  test('waits for a tape that is not there yet', () => {
    const reader = openTapeReader(join(tempFolder(), 'none', 'yet'))
    expect(reader.lastSequence()).toBe(0)
    expect(read(reader, 1, 10)).toEqual({ last: 0, bars: [] })
    reader.close()
  })

  test('hands over just the bars asked for, and says how far it came', () => {
    const { reader, writer } = world()
    for (const sequence of range(1, 20)) writer.append(barOf(sequence))
    writer.flush()
    expect(read(reader, 5, 8)).toEqual({ last: 8, bars: range(5, 8).map(barOf) })
    expect(read(reader, 19, 99)).toEqual({ last: 20, bars: range(19, 20).map(barOf) })
    expect(read(reader, 21, 99)).toEqual({ last: 20, bars: [] })
    expect(read(reader, 40, 99)).toEqual({ last: 39, bars: [] })
    expect(read(reader, 9, 8)).toEqual({ last: 8, bars: [] })
    expect(reader.lastSequence()).toBe(20)
  })

  test('finds any bar among rejects and over many files, in whatever order it is asked', () => {
    const { reader, writer } = world(50)
    const { next: random } = seeded(5)
    let row = 0
    for (const sequence of range(1, 1_000)) {
      while (random() < 0.5) {
        row += 1
        writer.reject('positive', row, 0, 0)
      }
      row += 1
      writer.append({ ...barOf(sequence), row })
    }
    writer.reject('order', row + 1, 0, 0)
    writer.flush()
    for (let look = 0; look < 500; look += 1) {
      const from = 1 + Math.floor(random() * 1_000)
      const to = Math.min(1_000, from + Math.floor(random() * 120))
      const { last, bars } = read(reader, from, to)
      expect(last).toBe(to)
      expect(bars.map(({ sequence }) => sequence)).toEqual(range(from, to))
      if (random() < 0.3) expect(read(reader, to + 1, to + 2).bars.map(({ sequence }) => sequence)).toEqual(range(to + 1, Math.min(1_000, to + 2)))
    }
    expect(reader.lastSequence()).toBe(1_000)
  })

  test('follows a tape that grows, through rejects and from file to file', () => {
    const { reader, writer } = world(30)
    const { next: random } = seeded(6)
    const got: Bar[] = []
    let sequence = 0
    for (let round = 0; round < 200; round += 1) {
      const bars = Math.floor(random() * 4)
      for (let bar = 0; bar < bars; bar += 1) {
        sequence += 1
        writer.append(barOf(sequence))
        if (random() < 0.3) writer.reject('volume', 0, 0, 0)
      }
      writer.flush()
      expect(reader.read(got.length + 1, Number.MAX_SAFE_INTEGER, (bar) => void got.push({ ...bar }))).toBe(sequence)
    }
    expect(got).toEqual(range(1, sequence).map(barOf))
  })

  test('takes a record that is still being written for one that is not there yet, whichever part is', () => {
    const { folder, reader, writer } = world()
    for (const sequence of [1, 2, 3]) writer.append(barOf(sequence))
    writer.flush()
    const file = segmentPath(folder, 0)
    const whole = readFileSync(file)
    const sound = RECORD_BYTES * 3
    for (const bytes of range(0, RECORD_BYTES - 1)) {
      // Both ways in which it may show: the size lags, or it has grown and the bytes lag.
      for (const lagging of [
        whole.subarray(0, sound + bytes),
        Buffer.concat([whole.subarray(0, sound + bytes), Buffer.alloc(RECORD_BYTES - bytes)]),
      ]) {
        writeFileSync(file, lagging)
        expect(read(reader, 1, 9)).toMatchObject({ last: 2 })
        expect(read(reader, 3, 9)).toEqual({ last: 2, bars: [] })
        expect(reader.lastSequence()).toBe(2)
      }
    }
    writeFileSync(file, whole)
    expect(read(reader, 3, 9)).toEqual({ last: 3, bars: [barOf(3)] })
  })

  test('reuses one object for every bar', () => {
    const { reader, writer } = world()
    for (const sequence of [1, 2, 3]) writer.append(barOf(sequence))
    writer.flush()
    const seen = new Set<Bar>()
    reader.read(1, 3, (bar) => void seen.add(bar))
    expect(seen.size).toBe(1)
  })

  test('does not promise to keep what is not on the tape', () => {
    const { reader, writer } = world()
    writer.append(barOf(1))
    expect(() => reader.sync(1)).toThrow(/it ends at 0/)
    writer.flush()
    reader.sync(1)
    expect(() => reader.sync(2)).toThrow(/it ends at 1/)
  })
})
