import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { equitySamples } from '../../engine/orchestrator/equity-samples.ts'
import { EquityLine } from '../../src/contracts/stream.ts'
import { price } from '../../src/units.ts'
import { fresh, machine, openLong, rules, T0 } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

const MINUTE_MS = 60_000
const flat = fresh()
/** The same account with another price in its market. */
const worth = (ticks: number) => ({ ...flat, books: flat.books.map((book) => ({ ...book, mark: price(ticks), markAt: T0 })) })
const linesOf = (folder: string): readonly EquityLine[] =>
  readdirSync(folder)
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map((line) => EquityLine.parse(JSON.parse(line)))
const timesOf = (folder: string): readonly number[] => linesOf(folder).map(({ ts_utc }) => (Date.parse(ts_utc) - T0) / MINUTE_MS)

test('equity and prices are sampled once a minute of the feed while they change, and now and then while they do not', () => {
  const folder = tempFolder()
  const samples = equitySamples(folder)
  for (let second = 0; second <= 180; second += 10) samples.write({ rules, state: worth(6_000_000 + second), now: T0 + second * 1_000 })
  expect(timesOf(folder)).toEqual([0, 1, 2, 3])
  for (let minute = 4; minute <= 40; minute += 1) samples.write({ rules, state: worth(6_000_180), now: T0 + minute * MINUTE_MS })
  expect(timesOf(folder)).toEqual([0, 1, 2, 3, 18, 33])
})

test('of bars between two writes one each quarter of an hour is kept while the worth changes, and one an hour while it does not', () => {
  const folder = tempFolder()
  const samples = equitySamples(folder)
  const world = machine()
  const take = (minute: number, state = world.state()): void => samples.take({ rules, state, now: T0 + minute * MINUTE_MS })
  for (let minute = 0; minute <= 70; minute += 1) take(minute, worth(6_000_000 + minute))
  openLong(world)
  const held = (ticks: number) => ({ ...world.state(), books: world.state().books.map((book) => ({ ...book, mark: price(ticks) })) })
  for (let minute = 71; minute <= 110; minute += 1) take(minute, held(6_000_000 + minute))
  for (let minute = 111; minute <= 140; minute += 1) take(minute, held(6_000_105))
  expect(readdirSync(folder)).toEqual([])
  samples.write({ rules, state: held(6_000_105), now: T0 + 140 * MINUTE_MS + 1 })
  expect(timesOf(folder).filter((minute) => minute <= 120)).toEqual([0, 60, 75, 90, 105])
})

test('each day of the feed has a file of its own', () => {
  const folder = tempFolder()
  const samples = equitySamples(folder)
  for (const day of [0, 1, 2]) samples.write({ rules, state: flat, now: T0 + day * 1_440 * MINUTE_MS })
  expect(readdirSync(folder).sort()).toEqual(['2026-01-05.jsonl', '2026-01-06.jsonl', '2026-01-07.jsonl'])
})

test('what is not known is null and has no price: it is never zero', () => {
  const folder = tempFolder()
  const world = machine()
  openLong(world)
  const unknown = { ...world.state(), books: world.state().books.map((book) => ({ ...book, mark: null, markAt: null })) }
  equitySamples(folder).write({ rules, state: unknown, now: T0 })
  expect(linesOf(folder)).toMatchObject([{ equity: null, prices: {} }])
  equitySamples(folder).write({ rules, state: world.state(), now: T0 + MINUTE_MS })
  expect(linesOf(folder)[1]?.equity).toMatch(/^\d+\.\d+$/)
})

test('a line of which the disk took only a part is ended before the next one', () => {
  const folder = tempFolder()
  const path = join(folder, '2026-01-05.jsonl')
  const samples = equitySamples(folder)
  samples.write({ rules, state: flat, now: T0 })
  renameSync(path, `${path}.aside`)
  mkdirSync(path) // refuses as a full disk does
  expect(() => samples.write({ rules, state: worth(7_000_000), now: T0 + MINUTE_MS })).toThrow('EISDIR')
  rmdirSync(path)
  renameSync(`${path}.aside`, path)
  appendFileSync(path, '{"ts_utc":"2026-01-05T00:0')
  samples.write({ rules, state: worth(7_000_000), now: T0 + MINUTE_MS * 2 })
  const [first, cut, last] = readFileSync(path, 'utf8').trimEnd().split('\n')
  expect([first, last].map((line) => EquityLine.safeParse(JSON.parse(line ?? '')).success)).toEqual([true, true])
  expect(cut).toBe('{"ts_utc":"2026-01-05T00:0')
})

test('a restart adds no sample that is there, goes on behind a line that was cut off, and makes a folder that was deleted anew', () => {
  const folder = tempFolder()
  equitySamples(folder).write({ rules, state: flat, now: T0 })
  const again = equitySamples(folder)
  again.write({ rules, state: worth(7_000_000), now: T0 + 30_000 })
  expect(timesOf(folder)).toEqual([0])
  appendFileSync(join(folder, '2026-01-05.jsonl'), '{"ts_utc":"2026-01-05T00:0')
  equitySamples(folder).write({ rules, state: flat, now: T0 + MINUTE_MS * 20 })
  const [first, cut, last] = readFileSync(join(folder, '2026-01-05.jsonl'), 'utf8').trimEnd().split('\n')
  expect([first, last].map((line) => EquityLine.safeParse(JSON.parse(line ?? '')).success)).toEqual([true, true])
  expect(cut).toBe('{"ts_utc":"2026-01-05T00:0')
  rmSync(folder, { recursive: true })
  again.write({ rules, state: flat, now: T0 + MINUTE_MS * 60 })
  expect(timesOf(folder)).toEqual([60])
})

test.each([
  ['a file where its folder should be', (folder: string) => writeFileSync(folder, '')],
  ['a folder where a day should be', (folder: string) => mkdirSync(join(folder, '2026-01-06.jsonl'), { recursive: true })],
])('%s stops no engine: a write fails until it is gone', (_, spoil) => {
  const folder = join(tempFolder(), 'equity')
  spoil(folder)
  const samples = equitySamples(folder)
  const write = (): void => samples.write({ rules, state: flat, now: T0 })
  samples.take({ rules, state: flat, now: T0 - MINUTE_MS })
  expect(write).toThrow()
  expect(write).toThrow()
  rmSync(folder, { recursive: true })
  write()
  expect(timesOf(folder)).toEqual([0])
})

test('a last sample of another time, such as that of a clock that was wrong, keeps no later one away', () => {
  const folder = tempFolder()
  equitySamples(folder).write({ rules, state: flat, now: T0 + 365 * 1_440 * MINUTE_MS })
  const samples = equitySamples(folder)
  for (const minute of [0, 1, 15]) samples.write({ rules, state: flat, now: T0 + minute * MINUTE_MS })
  expect(timesOf(folder)).toEqual([0, 15, 365 * 1_440])
})
