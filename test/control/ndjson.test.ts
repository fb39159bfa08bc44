import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFrameReader, decodeFrame, encodeFrame } from '../../src/ndjson.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

test('frames come out whole however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), fc.array(fc.nat(50), { maxLength: 40 }), (values, cuts) => {
      const stream = Buffer.concat(values.map(encodeFrame))
      const reader = createFrameReader(1_000_000)
      const lines: Uint8Array[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        lines.push(...reader.push(stream.subarray(at, at + cut)).lines)
        at += cut
      }
      const decoded = lines.map((line) => decodeFrame(line))
      expect(decoded).toEqual(values.map((value) => ({ ok: true, value: JSON.parse(JSON.stringify(value)) })))
    }),
    { numRuns: 200, seed: 1 },
  )
})

test.each([
  { says: 'exactly at the limit', text: `${'x'.repeat(8)}\n`, tooLarge: false },
  { says: 'one byte beyond it', text: `${'x'.repeat(9)}\n`, tooLarge: true },
  { says: 'beyond it without an end', text: 'x'.repeat(9), tooLarge: true },
])('a line $says', ({ text, tooLarge }) => {
  expect(createFrameReader(8).push(bytes(text)).tooLarge).toBe(tooLarge)
  const slow = createFrameReader(8)
  const ends = [...text].map((character) => slow.push(bytes(character)).tooLarge)
  expect(ends.at(-1)).toBe(tooLarge)
})

test('the lines before one that is too large are still given, and nothing after it', () => {
  const reader = createFrameReader(4)
  const frames = reader.push(bytes('1\n2\n12345\n3\n'))
  expect(frames.lines.map((line) => Buffer.from(line).toString())).toEqual(['1', '2'])
  expect(frames.tooLarge).toBe(true)
  expect(reader.push(bytes('4\n')).lines).toEqual([])
})

test.each([
  { says: 'cut-off UTF-8', line: Buffer.from([0x22, 0xe2, 0x82, 0x22]), error: 'not UTF-8' },
  { says: 'a byte order mark', line: Buffer.from('\ufeff1'), error: 'not JSON' },
  { says: 'nothing', line: Buffer.alloc(0), error: 'not JSON' },
  { says: 'two values', line: Buffer.from('1 2'), error: 'not JSON' },
])('$says is refused', ({ line, error }) => {
  expect(decodeFrame(line)).toEqual({ ok: false, error })
})

test('arrays nested half a million deep neither crash nor pass for a request', () => {
  const deep = decodeFrame(Buffer.from('['.repeat(500_000) + ']'.repeat(500_000)))
  expect(deep.ok && !Array.isArray(deep.value)).toBe(false)
})
