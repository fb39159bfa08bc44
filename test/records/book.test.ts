import { appendFileSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../../src/clock.ts'
import { instancePaths } from '../../src/home.ts'
import { createFileTail } from '../../tui/logs/file-tail.ts'
import { createRecordBook } from '../../tui/records/book.ts'
import { newestDays, type Reach, readRecords } from '../../tui/records/records.ts'
import { tradeFixture } from '../helpers/records-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

const Row = z.strictObject({ n: z.number() })
const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, at) => `${JSON.stringify({ n: from + at })}\n`).join('')

const following = (limits: { linesMax?: number; tailLines?: number; days?: number } = {}) => {
  const folder = tempFolder()
  const { days = 2, ...rest } = limits
  const book = createRecordBook({
    path: folder,
    files: () =>
      readdirSync(folder)
        .sort()
        .slice(-days)
        .map((name) => join(folder, name)),
    schema: Row,
    ...rest,
  })
  onTestFinished(book.close)
  const look = (): void => {
    while (book.look(0).more) {
      // A turn reads a part.
    }
  }
  return { folder, book, look, numbers: (): readonly number[] => book.window().rows.map(({ n }) => n) }
}
const openIn = (folder: string): number =>
  readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(folder)
    } catch {
      return false // gone while it was looked at
    }
  }).length

test('records of the newest days stand newest first, and go on in the next day’s file', () => {
  const { folder, look, numbers } = following()
  writeFileSync(join(folder, '1.jsonl'), lines(0, 3))
  look()
  expect(numbers()).toEqual([2, 1, 0])
  writeFileSync(join(folder, '2.jsonl'), lines(3, 5))
  look()
  expect(numbers()).toEqual([4, 3, 2, 1, 0])
})

test('many days are read a part at a time, and each before the next', () => {
  const { folder, book, look, numbers } = following({ days: 3, tailLines: 100_000, linesMax: 100_000 })
  for (let day = 0; day < 3; day += 1) writeFileSync(join(folder, `${day}.jsonl`), lines(day * 30_000, (day + 1) * 30_000))
  expect(book.look(0).more).toBe(true)
  expect(numbers().length).toBeLessThan(30_000)
  look()
  expect(numbers()).toEqual(Array.from({ length: 90_000 }, (_, at) => 89_999 - at))
})

test('no day is left out where many pass between two looks', () => {
  const folder = tempFolder()
  const book = createRecordBook({ path: folder, files: newestDays(folder), schema: Row })
  onTestFinished(book.close)
  const write = (day: number): void => writeFileSync(join(folder, `2021-03-${String(day).padStart(2, '0')}.jsonl`), lines(day, day + 1))
  const days = (): readonly number[] => {
    while (book.look(0).more) {
      // A turn reads a part.
    }
    return book.window().rows.map(({ n }) => n)
  }
  for (const day of [1, 2, 3]) write(day)
  expect(days()).toEqual([3, 2]) // what was there before is not of interest
  for (const day of [4, 5, 6, 7, 8]) write(day)
  expect(days()).toEqual([8, 7, 6, 5, 4, 3, 2])
  expect(days()).toEqual([8, 7, 6, 5, 4, 3, 2])
})

test('a record may begin with more days than are followed, and holds only those open', () => {
  const folder = tempFolder()
  const book = createRecordBook({ path: folder, files: newestDays(folder, { first: () => 5 }), schema: Row })
  onTestFinished(book.close)
  for (let day = 1; day <= 7; day += 1) writeFileSync(join(folder, `2021-03-0${day}.jsonl`), lines(day, day + 1))
  book.look(0)
  expect(book.window().rows.map(({ n }) => n)).toEqual([7, 6, 5, 4, 3])
  if (process.platform === 'linux') expect(openIn(folder)).toBe(2)
  appendFileSync(join(folder, '2021-03-07.jsonl'), lines(8, 9))
  book.look(0)
  expect(book.window().rows.map(({ n }) => n)).toEqual([8, 7, 6, 5, 4, 3])
})

test('a curve reaches back over as many days as have few samples, and over eight of those that have many', () => {
  const paths = instancePaths(tempFolder(), 'default')
  mkdirSync(paths.equity, { recursive: true })
  const line = (at: number): string =>
    `${JSON.stringify({ ts_utc: new Date(at).toISOString(), ledger_sequence: 1, equity: '100000.000000', realized_pnl: '0.000000', prices: {} })}\n`
  const day = (number: number, samples: number): void => {
    const begins = Date.UTC(2021, 0, number)
    const text = Array.from({ length: samples }, (_, at) => line(begins + at * 60_000)).join('')
    writeFileSync(join(paths.equity, `${new Date(begins).toISOString().slice(0, 10)}.jsonl`), text)
  }
  const clock = systemClock
  for (let number = 1; number <= 300; number += 1) day(number, 2)
  const samples = (reach: Reach): number => readRecords(paths, clock, ['equity'], reach).equity?.rows.length ?? 0
  expect(samples('screen')).toBe(600)
  for (let number = 301; number <= 312; number += 1) day(number, 1_440)
  expect(samples('screen')).toBe(8 * 1_440)
  expect(samples('whole')).toBe(600 + 12 * 1_440)
})

test('whoever wants whole sums has every fill and every outcome, however many days and lines they are', () => {
  const paths = instancePaths(tempFolder(), 'default')
  mkdirSync(paths.trades, { recursive: true })
  for (let day = 0; day < 100; day += 1) {
    const name = new Date(Date.UTC(2021, 0, 1 + day)).toISOString().slice(0, 10)
    writeFileSync(join(paths.trades, `${name}.jsonl`), Array.from({ length: 30 }, () => `${JSON.stringify(tradeFixture(1, null))}\n`).join(''))
  }
  const shadow = { signal_id: 'a', symbol: 'B', pnl: '1', pnl_pct: null, hold_time_seconds: 1, was_profitable: true, original_decision: 'BLOCKED' }
  const outcome = JSON.stringify({ ...shadow, blocker_component: 'regime', ts: 1 })
  writeFileSync(join(paths.streams, 'shadow_trade_outcomes.jsonl'), `${outcome}\n`.repeat(700))
  const rows = (reach: Reach): readonly number[] => {
    const { trades, shadows } = readRecords(paths, systemClock, ['trades', 'shadows'], reach)
    return [trades?.rows.length ?? 0, shadows?.rows.length ?? 0]
  }
  expect(rows('whole')).toEqual([3_000, 700])
  expect(rows('screen')).toEqual([64 * 30, 500])
})

test('what cannot be read is told and ends nothing, and what can be read is there', () => {
  const { folder, book, look, numbers } = following({ days: 3 })
  writeFileSync(join(folder, '1.jsonl'), lines(0, 2))
  mkdirSync(join(folder, '2.jsonl'))
  for (let tries = 0; tries < 5; tries += 1) look()
  if (process.platform === 'linux') expect(openIn(folder)).toBe(1)
  expect(numbers()).toEqual([1, 0])
  expect(book.window().source).toMatchObject({ kind: 'error', message: expect.stringContaining('EISDIR') })
  rmdirSync(join(folder, '2.jsonl'))
  writeFileSync(join(folder, '2.jsonl'), lines(2, 3))
  look()
  look()
  expect(numbers()).toEqual([2, 1, 0])
  expect(book.window().source.kind).toBe('reading')
})

test('what is no record is counted and told, and what is too many is let go and counted', () => {
  const { folder, look, numbers, book } = following({ linesMax: 3 })
  writeFileSync(join(folder, '1.jsonl'), `${lines(0, 4)}nonsense\n{"n":"x"}\n`)
  look()
  expect(numbers()).toEqual([3, 2, 1])
  expect(book.window()).toMatchObject({ rejected: 2, evicted: 1, problem: expect.stringContaining('n: ') })
})

test.skipIf(process.platform !== 'linux')('days that are over are read to their end and not held open', () => {
  const { folder, look, numbers } = following({ days: 2 })
  for (let day = 1; day <= 9; day += 1) {
    writeFileSync(join(folder, `${day}.jsonl`), lines(day * 10, day * 10 + 2))
    if (day > 2) appendFileSync(join(folder, `${day - 2}.jsonl`), lines(day * 10 + 5, day * 10 + 6))
    look()
  }
  expect(numbers()).toHaveLength(9 * 2 + 7)
  expect(openIn(folder)).toBe(2)
})

test('a record is read by its own name: files that only look like former parts of it are none', () => {
  const folder = tempFolder()
  const path = join(folder, '2021-03-01.jsonl')
  const texts = (rotates: boolean): readonly string[] => {
    writeFileSync(path, 'first\n')
    const tail = createFileTail({ path, process: '', tailLines: null, rotates })
    onTestFinished(tail.close)
    const read = (): readonly string[] => tail.read(1_000, 0).lines.map(({ text }) => text)
    const before = read()
    renameSync(path, `${path}.2`)
    writeFileSync(`${path}.1`, 'between\n')
    writeFileSync(path, 'last\n')
    return [...before, ...read(), ...read()]
  }
  expect(texts(true)).toEqual(['first', 'between', 'last'])
  expect(texts(false)).toEqual(['first', 'last'])
})
