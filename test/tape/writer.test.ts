import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RECORD_BYTES, segmentPath } from '../../engine/tape/format.ts'
import type { TapeEnd } from '../../engine/tape/port.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import type { Bar, FirewallRule } from '../../src/contracts/market.ts'
import { FIREWALL_RULES } from '../../src/contracts/market.ts'
import { Exit, type ExitError } from '../../src/exit.ts'
import { tempFolder } from '../helpers/temp.ts'
import { barOf, range } from '../ring/bars.ts'

const written = (folder: string, bars: readonly number[], segmentRecords?: number): void => {
  const tape = openTapeWriter(folder, segmentRecords)
  for (const sequence of bars) tape.append(barOf(sequence))
  tape.close()
}

const onTape = (folder: string): Bar[] => {
  const reader = openTapeReader(folder)
  const bars: Bar[] = []
  reader.read(1, Number.MAX_SAFE_INTEGER, (bar) => void bars.push({ ...bar }))
  reader.close()
  return bars
}

const endOf = (folder: string): TapeEnd => {
  const tape = openTapeWriter(folder)
  const end = tape.end()
  tape.close()
  return end
}

const failure = (call: () => unknown): ExitError => {
  try {
    call()
  } catch (error) {
    return error as ExitError
  }
  throw new Error('it was not refused')
}

const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  )

const flip = (path: string, offset: number): void => {
  const bytes = readFileSync(path)
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x40
  writeFileSync(path, bytes)
}

/** Offset of a byte of a record behind the header. */
const at = (record: number, byte = 0): number => RECORD_BYTES * (1 + record) + byte

describe('what is on the tape', () => {
  test('is every field of every bar, over as many files as it takes', () => {
    const folder = join(tempFolder(), 'data', 'tape')
    written(folder, range(1, 25), 10)
    expect(readdirSync(folder)).toEqual(['000000000000.tape', '000000000010.tape', '000000000020.tape'])
    expect(onTape(folder)).toEqual(range(1, 25).map(barOf))
  })

  test('belongs to its owner alone', () => {
    const folder = join(tempFolder(), 'tape')
    written(folder, [1])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(segmentPath(folder, 0)).mode & 0o777).toBe(0o600)
  })

  test('is what was flushed; the rest waits, and flushes itself before it grows', () => {
    const folder = tempFolder()
    const tape = openTapeWriter(folder)
    for (const sequence of range(1, 100)) tape.append(barOf(sequence))
    expect(onTape(folder)).toEqual([])
    tape.flush()
    expect(onTape(folder)).toHaveLength(100)
    for (const sequence of range(101, 100 + 513)) tape.append(barOf(sequence))
    expect(onTape(folder)).toHaveLength(100 + 512)
    tape.close()
    expect(onTape(folder)).toHaveLength(100 + 513)
  })

  test('has no hole and no bar twice, whatever is asked of it', () => {
    const tape = openTapeWriter(tempFolder())
    tape.append(barOf(1))
    expect(() => tape.append(barOf(1))).toThrow(/is bar 1, but the bar before it is 1/)
    expect(() => tape.append(barOf(3))).toThrow(/is bar 3, but the bar before it is 1/)
    tape.append(barOf(2))
    expect(tape.end().bars).toBe(2)
    tape.close()
  })
})

describe('the end of the tape', () => {
  test('is empty at first', () => {
    expect(endOf(tempFolder())).toEqual({
      sequence: 0,
      row: 0,
      bars: 0,
      rejects: 0,
      rejectsByRule: {},
      newest: new Map(),
      barsByInstrument: new Map(),
      tornBytes: 0,
    })
  })

  test('does not change in the hands of who asked', () => {
    const tape = openTapeWriter(tempFolder())
    tape.append(barOf(1))
    const end = tape.end()
    tape.append(barOf(2))
    tape.append(barOf(3))
    tape.reject('finite', 9, 1, 0)
    tape.close()
    expect(end).toMatchObject({ sequence: 1, bars: 1, rejects: 0, rejectsByRule: {} })
    expect([...end.newest.keys()]).toEqual([1])
  })

  test('accounts for every row, as a bar or as a reject by its rule, and is the same after any number of reopenings', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('bar' as const), instrument: fc.integer({ min: 0, max: 3 }) }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('reject' as const),
          rule: fc.constantFrom(...FIREWALL_RULES),
          instrument: fc.integer({ min: -1, max: 3 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
    )
    const base = tempFolder()
    let runs = 0
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        runs += 1
        const folder = join(base, String(runs))
        let tape = openTapeWriter(folder, 7)
        const bars: Bar[] = []
        const rejectsByRule: Partial<Record<FirewallRule, number>> = {}
        let row = 0
        let rejects = 0
        for (const each of steps) {
          if (each.kind === 'bar') {
            row += 1
            const bar = { ...barOf(bars.length + 1), instrument: each.instrument, row }
            bars.push(bar)
            tape.append(bar)
          } else if (each.kind === 'reject') {
            row += 1
            rejects += 1
            rejectsByRule[each.rule] = (rejectsByRule[each.rule] ?? 0) + 1
            tape.reject(each.rule, row, each.instrument, row * 1_000)
          } else if (each.kind === 'flush') tape.flush()
          else {
            tape.close()
            tape = openTapeWriter(folder, 7)
          }
          expect(tape.end()).toEqual({
            sequence: bars.length,
            row,
            bars: bars.length,
            rejects,
            rejectsByRule,
            newest: new Map(bars.map((bar) => [bar.instrument, bar])),
            barsByInstrument: new Map(bars.map(({ instrument }) => [instrument, bars.filter((bar) => bar.instrument === instrument).length])),
            tornBytes: 0,
          })
        }
        tape.close()
        expect(onTape(folder)).toEqual(bars)
        rmSync(folder, { recursive: true })
      }),
      { numRuns: 100 },
    )
  })
})

describe('a tape whose writer was killed', () => {
  test('loses its torn last record, cut at whatever byte, and goes on from there', () => {
    const origin = tempFolder()
    written(origin, [1, 2, 3])
    const folder = tempFolder()
    const file = segmentPath(folder, 0)
    for (const byte of range(0, RECORD_BYTES - 1)) {
      copyFileSync(segmentPath(origin, 0), file)
      truncateSync(file, at(2, byte))
      const tape = openTapeWriter(folder)
      expect(tape.end()).toMatchObject({ sequence: 2, bars: 2, row: barOf(2).row, tornBytes: byte })
      for (const sequence of [3, 4]) tape.append(barOf(sequence))
      tape.close()
      expect(onTape(folder)).toEqual([1, 2, 3, 4].map(barOf))
    }
  })

  test('loses records at its end whose bytes never arrived', () => {
    const folder = tempFolder()
    written(folder, [1, 2, 3, 4, 5])
    const bytes = readFileSync(segmentPath(folder, 0)).fill(0, at(3))
    writeFileSync(segmentPath(folder, 0), Buffer.concat([bytes, Buffer.alloc(50)]))
    expect(endOf(folder)).toMatchObject({ sequence: 3, tornBytes: 2 * RECORD_BYTES + 50 })
    expect(endOf(folder)).toMatchObject({ sequence: 3, tornBytes: 0 })
  })

  test('loses a last record with any one bit wrong', () => {
    const origin = tempFolder()
    written(origin, [1, 2, 3])
    const folder = tempFolder()
    for (const byte of range(0, RECORD_BYTES - 1)) {
      copyFileSync(segmentPath(origin, 0), segmentPath(folder, 0))
      flip(segmentPath(folder, 0), at(2, byte))
      expect(endOf(folder)).toMatchObject({ sequence: 2, tornBytes: RECORD_BYTES })
    }
  })

  test('may have its next file without a header, cut at whatever byte', () => {
    const origin = tempFolder()
    written(origin, range(1, 11), 10)
    for (const byte of range(0, RECORD_BYTES - 1)) {
      const folder = tempFolder()
      copyFileSync(segmentPath(origin, 0), segmentPath(folder, 0))
      copyFileSync(segmentPath(origin, 10), segmentPath(folder, 10))
      truncateSync(segmentPath(folder, 10), byte)
      expect(onTape(folder)).toHaveLength(10)
      const tape = openTapeWriter(folder, 10)
      expect(tape.end()).toMatchObject({ sequence: 10, tornBytes: byte })
      tape.append(barOf(11))
      tape.close()
      expect(onTape(folder)).toEqual(range(1, 11).map(barOf))
    }
  })

  test('may have filled a file without beginning the next', () => {
    const folder = tempFolder()
    written(folder, range(1, 10), 10)
    expect(existsSync(segmentPath(folder, 10))).toBe(false)
    written(folder, [11], 10)
    expect(onTape(folder)).toEqual(range(1, 11).map(barOf))
  })
})

describe('a damaged tape', () => {
  const cases: { says: string; damage: (folder: string) => void; message: RegExp }[] = [
    {
      says: 'a record in the middle of the last file',
      damage: (folder) => flip(segmentPath(folder, 20), at(1, 40)),
      message: /0020\.tape is damaged at record 21/,
    },
    {
      says: 'a record of an earlier file',
      damage: (folder) => flip(segmentPath(folder, 10), at(9, 8)),
      message: /0010\.tape is damaged at record 19/,
    },
    { says: 'an earlier file cut short', damage: (folder) => truncateSync(segmentPath(folder, 0), at(4)), message: /0000\.tape has 4 records of 10/ },
    {
      says: 'a file gone from the middle',
      damage: (folder) => rmSync(segmentPath(folder, 10)),
      message: /0020\.tape begins with record 20, but 10 should come next/,
    },
    {
      says: 'the first file gone',
      damage: (folder) => rmSync(segmentPath(folder, 0)),
      message: /0010\.tape begins with record 10, but 0 should come next/,
    },
    { says: 'a file that is no tape', damage: (folder) => writeFileSync(segmentPath(folder, 20), 'x'.repeat(500)), message: /0020\.tape is no tape/ },
    { says: 'another version', damage: (folder) => flip(segmentPath(folder, 20), 4), message: /has tape version 65, this build knows 1/ },
    { says: 'a damaged header', damage: (folder) => flip(segmentPath(folder, 20), 30), message: /0020\.tape has a damaged header/ },
    {
      says: 'a file under another name',
      damage: (folder) => copyFileSync(segmentPath(folder, 0), segmentPath(folder, 10)),
      message: /0010\.tape begins with record 0, its name says 10/,
    },
    {
      says: 'a header lost before sound records',
      damage: (folder) => writeFileSync(segmentPath(folder, 20), readFileSync(segmentPath(folder, 20)).fill(0, 0, RECORD_BYTES)),
      message: /0020\.tape has no header/,
    },
    {
      says: 'a record that was there before',
      damage: (folder) => {
        const bytes = readFileSync(segmentPath(folder, 20))
        bytes.copy(bytes, at(1), at(0), at(1))
        writeFileSync(segmentPath(folder, 20), bytes)
      },
      message: /is wrong at record 21, which is bar 21, but the bar before it is 21/,
    },
  ]
  test.each(cases)('is refused by name and record, and left as it is: $says', ({ damage, message }) => {
    const folder = tempFolder()
    written(folder, range(1, 25), 10)
    damage(folder)
    const before = contents(folder)
    const error = failure(() => openTapeWriter(folder))
    expect(error).toMatchObject({ code: Exit.corrupt, message: expect.stringMatching(message) })
    expect(error.remedy).toMatch(/backup/)
    expect(contents(folder)).toEqual(before)
  })

  test('is not read past the damage', () => {
    const folder = tempFolder()
    written(folder, range(1, 5_000))
    flip(segmentPath(folder, 0), at(2_000, 40))
    const reader = openTapeReader(folder)
    let last = 0
    const error = failure(() => reader.read(1, 5_000, ({ sequence }) => (last = sequence)))
    expect(error).toMatchObject({ code: Exit.corrupt, message: expect.stringContaining('is damaged at record 2000') })
    expect(last).toBe(2_000)
    reader.close()
  })

  test('other files in the folder are nobody’s business', () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'old'))
    writeFileSync(join(folder, 'note.txt'), 'mine')
    written(folder, [1, 2])
    expect(onTape(folder)).toHaveLength(2)
  })
})
