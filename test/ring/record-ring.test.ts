import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader, RING_CONTROL_BYTES, Writer } from '../../engine/ring/layout.ts'
import type { RecordRing } from '../../engine/ring/port.ts'
import { recordRing } from '../../engine/ring/record-ring.ts'

const memory = (size: number, cursor = 0) => {
  const buffer = new SharedArrayBuffer(RING_CONTROL_BYTES + size)
  const control = new Int32Array(buffer)
  control[Writer.cursor >> 2] = cursor
  control[Reader.cursor >> 2] = cursor
  return { buffer, open: () => recordRing(buffer, 0, RING_CONTROL_BYTES, size) }
}

const drained = (ring: RecordRing, max = Number.MAX_SAFE_INTEGER): string[] => {
  const records: string[] = []
  ring.drain(max, (record) => void records.push(record))
  return records
}

describe('a record ring', () => {
  test('hands over records of any length and any script in order', () => {
    const { open } = memory(1_024)
    const writer = open()
    const reader = open()
    const records = ['{}', '', '{"symbol":"BTCUSD","reason":"Überkauft — 買われすぎ 📈"}', '\ufeffbegins with a mark']
    for (const record of records) expect(writer.push(record)).toBe(true)
    expect(reader.pending()).toBe(true)
    expect(drained(reader)).toEqual(records)
    expect(reader.pending()).toBe(false)
  })

  test('hands over at most as many as asked for', () => {
    const ring = memory(256).open()
    for (const record of ['a', 'b', 'c']) ring.push(record)
    expect(drained(ring, 2)).toEqual(['a', 'b'])
    expect(drained(ring, 2)).toEqual(['c'])
  })

  test('shows the next record without taking it, so that it is not freed either', () => {
    const ring = memory(64).open()
    expect(ring.peek()).toBe(null)
    ring.push('a'.repeat(40))
    expect(ring.peek()).toBe('a'.repeat(40))
    ring.commit()
    expect(ring.push('b'.repeat(40))).toBe(false)
    expect(drained(ring)).toEqual(['a'.repeat(40)])
    expect(ring.peek()).toBe(null)
  })

  test('frees nothing before commit: the next reader gets it again', () => {
    const { open } = memory(64)
    const writer = open()
    const reader = open()
    writer.push('a'.repeat(28))
    writer.push('b'.repeat(28))
    expect(drained(reader, 1)).toEqual(['a'.repeat(28)])
    expect(writer.push('c')).toBe(false)
    reader.commit()
    expect(writer.push('c'.repeat(28))).toBe(true)
    drained(reader)
    expect(drained(open())).toEqual(['b'.repeat(28), 'c'.repeat(28)])
  })

  test('refuses for now what has no room, and for ever what can never have it', () => {
    const ring = memory(64).open()
    expect(ring.push('x'.repeat(60))).toBe(true)
    expect(ring.push('')).toBe(false)
    expect(() => ring.push('x'.repeat(61))).toThrow(RangeError)
    expect(() => ring.push('ä'.repeat(31))).toThrow(/62 bytes never fits a ring of 64/)
  })

  test('refuses to read on where the length of a record cannot be', () => {
    const { buffer, open } = memory(64)
    const ring = open()
    ring.push('abc')
    new DataView(buffer).setUint32(RING_CONTROL_BYTES, 4_000, true)
    expect(() => ring.peek()).toThrow(/ends where the writer/)
    expect(() => drained(ring)).toThrow(/ends where the writer/)
  })

  test('whatever is put in and taken out, across its seam and the wrapping of its cursors, agrees with a plain queue', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), record: fc.string({ unit: 'grapheme', maxLength: 20 }) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('drain' as const), count: fc.integer({ min: 0, max: 4 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
    )
    const cursor = fc.oneof(fc.constant(0), fc.integer({ min: 2 ** 31 - 100, max: 2 ** 31 }), fc.integer({ min: -100, max: 0 }))
    fc.assert(
      fc.property(cursor, fc.array(step, { maxLength: 60 }), (begin, steps) => {
        const size = 128
        const { open } = memory(size, begin | 0)
        let writer = open()
        let reader = open()
        let waiting: string[] = []
        let handed: string[] = []
        const bytes = (records: readonly string[]): number => records.reduce((sum, record) => sum + 4 + Buffer.byteLength(record), 0)
        for (const each of steps) {
          if (each.kind === 'push') {
            if (4 + Buffer.byteLength(each.record) > size) continue
            const room = bytes([...handed, ...waiting, each.record]) <= size
            expect(writer.push(each.record)).toBe(room)
            if (room) waiting.push(each.record)
          } else if (each.kind === 'drain') {
            const expected = waiting.splice(0, each.count)
            expect(drained(reader, each.count)).toEqual(expected)
            handed.push(...expected)
          } else if (each.kind === 'commit') {
            reader.commit()
            handed = []
          } else {
            writer = open()
            reader = open()
            waiting = [...handed, ...waiting]
            handed = []
          }
          expect(reader.pending()).toBe(waiting.length > 0)
          expect(reader.peek()).toBe(waiting[0] ?? null)
        }
      }),
      { numRuns: 300 },
    )
  })
})
