import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { lastLines } from '../src/jsonl.ts'
import { tempFolder } from './helpers/temp.ts'

test('the last lines are those that splitting the whole file finds, whatever their lengths', () => {
  const path = join(tempFolder(), 'lines.jsonl')
  const line = fc.oneof(fc.nat(20), fc.constantFrom(65_534, 65_535, 65_536, 65_537, 131_071, 200_000))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.nat(3), fc.integer({ min: 1, max: 10 }), (lengths, unfinished, count) => {
      const texts = lengths.map((length, index) => String(index).padEnd(length, 'x').slice(0, length))
      writeFileSync(path, texts.map((text) => `${text}\n`).join('') + 'u'.repeat(unfinished))
      expect(lastLines(path, count)).toEqual(texts.filter((text) => text !== '').slice(-count))
    }),
    { numRuns: 60 },
  )
})

test('a line of many megabytes is put together once', () => {
  const path = join(tempFolder(), 'long.jsonl')
  writeFileSync(path, `before\n${'x'.repeat(8 << 20)}\nafter\n`)
  const concat = vi.spyOn(Buffer, 'concat')
  onTestFinished(() => concat.mockRestore())
  expect(lastLines(path, 3).map((line) => line.length)).toEqual([6, 8 << 20, 5])
  expect(concat.mock.calls.length).toBeLessThan(10)
})
