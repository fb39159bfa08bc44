import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createRecordBook } from '../../tui/records/book.ts'
import { tempFolder } from '../helpers/temp.ts'

const following = () => {
  const path = join(tempFolder(), 'signal_bus.jsonl')
  const book = createRecordBook({ path, files: () => (existsSync(path) ? [path] : []), schema: z.strictObject({ sequence: z.int() }) })
  onTestFinished(book.close)
  let now = 0
  const sequences = (): readonly number[] => {
    now += 10_000
    while (book.look(now).more) now += 10_000
    return book.window().rows.map(({ sequence }) => sequence)
  }
  return { path, book, sequences }
}
const lines = (...sequences: number[]): string => sequences.map((sequence) => `${JSON.stringify({ sequence })}\n`).join('')

test('a record is followed, the newest first', () => {
  const { path, sequences } = following()
  expect(sequences()).toEqual([])
  writeFileSync(path, lines(1, 2))
  expect(sequences()).toEqual([2, 1])
  appendFileSync(path, lines(3))
  expect(sequences()).toEqual([3, 2, 1])
})

test.each([
  ['seen as missing in between', true],
  ['in one moment', false],
])('deleted and made anew, %s, none of its lines is shown twice', (_, seen) => {
  const { path, book, sequences } = following()
  writeFileSync(path, `${lines(1, 2, 3)}none\n`)
  expect([sequences(), book.window().rejected]).toEqual([[3, 2, 1], 1])
  rmSync(path)
  if (seen) expect([sequences(), book.window().source.kind]).toEqual([[3, 2, 1], 'missing'])
  writeFileSync(path, '')
  expect(book.look(1_000_000)).toMatchObject({ changed: true })
  expect(sequences()).toEqual([])
  writeFileSync(path, lines(1, 2))
  expect([sequences(), book.window().rejected]).toEqual([[2, 1], 0])
  appendFileSync(path, lines(3, 4))
  expect([sequences(), book.window().source.kind]).toEqual([[4, 3, 2, 1], 'reading'])
})
