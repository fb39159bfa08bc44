import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { barRing, beginAfter } from '../../engine/ring/bar-ring.ts'
import { RING_CONTROL_BYTES, SLOT_BYTES } from '../../engine/ring/layout.ts'
import type { BarRing } from '../../engine/ring/port.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { barOf, range } from './bars.ts'

/** Memory of a ring; each `open` is a process that comes to it. */
const memory = (capacity: number, cursor = 0, startAfter = 0) => {
  const buffer = new SharedArrayBuffer(RING_CONTROL_BYTES + capacity * SLOT_BYTES)
  beginAfter(buffer, 0, startAfter, cursor)
  return { buffer, open: () => barRing(buffer, 0, RING_CONTROL_BYTES, capacity) }
}

const drained = (ring: BarRing, max = Number.MAX_SAFE_INTEGER): number[] => {
  const sequences: number[] = []
  ring.drain(max, ({ sequence }) => void sequences.push(sequence))
  return sequences
}

const put = (ring: BarRing, ...sequences: number[]): boolean[] => sequences.map((sequence) => ring.push(barOf(sequence)))

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a bar ring', () => {
  test('hands over every field of what was put in, in order', () => {
    const { open } = memory(8)
    const writer = open()
    const reader = open()
    put(writer, 1, 2, 3)
    writer.publish()
    const got: Bar[] = []
    expect(reader.drain(10, (bar) => void got.push({ ...bar }))).toBe(3)
    expect(got).toEqual([1, 2, 3].map(barOf))
  })

  test('keeps what is pushed out of sight until it is published', () => {
    const { open } = memory(8)
    const writer = open()
    const reader = open()
    put(writer, 1, 2)
    expect(reader.pending()).toBe(0)
    expect(drained(reader)).toEqual([])
    expect(reader.published()).toBe(0)
    writer.publish()
    expect(reader.pending()).toBe(2)
    expect(reader.published()).toBe(2)
    expect(drained(reader)).toEqual([1, 2])
  })

  test('reuses one object for every bar, so that reading makes no garbage', () => {
    const { open } = memory(8)
    const ring = open()
    put(ring, 1, 2)
    ring.publish()
    const seen = new Set<Bar>()
    ring.drain(10, (bar) => void seen.add(bar))
    expect(seen.size).toBe(1)
  })

  test('hands over at most as many as asked for', () => {
    const { open } = memory(8)
    const ring = open()
    put(ring, 1, 2, 3)
    ring.publish()
    expect(drained(ring, 2)).toEqual([1, 2])
    expect(ring.pending()).toBe(1)
    expect(drained(ring, 2)).toEqual([3])
  })

  test('frees nothing before commit: the next reader gets it again', () => {
    const { open } = memory(4)
    const writer = open()
    const reader = open()
    put(writer, 1, 2, 3, 4)
    writer.publish()
    expect(drained(reader, 2)).toEqual([1, 2])
    reader.commit()
    expect(drained(reader)).toEqual([3, 4])
    expect(writer.space()).toBe(2)
    expect(writer.committed()).toBe(2)
    expect(drained(open())).toEqual([3, 4])
  })

  test('refuses when the reader is a whole lap behind, and takes again once it has committed', () => {
    const { open } = memory(4)
    const writer = open()
    const reader = open()
    expect(put(writer, 1, 2, 3, 4, 5)).toEqual([true, true, true, true, false])
    expect(writer.space()).toBe(0)
    writer.publish()
    expect(put(writer, 5)).toEqual([false])
    drained(reader, 1)
    expect(put(writer, 5)).toEqual([false])
    reader.commit()
    expect(put(writer, 5, 6)).toEqual([true, false])
  })

  test('shows a refused bar as a gap in the sequences and a count', () => {
    const { open } = memory(2)
    const writer = open()
    const reader = open()
    for (const sequence of [1, 2, 3, 4]) if (!writer.push(barOf(sequence))) writer.countOverrun()
    writer.publish()
    expect(drained(reader)).toEqual([1, 2])
    reader.commit()
    put(writer, 5)
    writer.publish()
    expect(drained(reader)).toEqual([5])
    expect(reader.overruns()).toBe(2)
  })

  test('begins where it was told to', () => {
    const ring = memory(4, 0, 41).open()
    expect(ring.published()).toBe(41)
    expect(ring.committed()).toBe(41)
    expect(ring.pending()).toBe(0)
  })

  test.each([
    { says: '2^31', before: 2 ** 31 - 3 },
    { says: '2^32', before: 2 ** 32 - 3 },
  ])('does not notice its cursors wrapping at $says', ({ before }) => {
    const { open } = memory(4, before | 0)
    const writer = open()
    const reader = open()
    for (const sequence of range(1, 12)) {
      expect(writer.space()).toBe(4)
      put(writer, sequence)
      writer.publish()
      expect(reader.pending()).toBe(1)
      expect(drained(reader)).toEqual([sequence])
      reader.commit()
      expect(reader.committed()).toBe(sequence)
      expect(open().published()).toBe(sequence)
    }
    expect(put(writer, 13, 14, 15, 16, 17)).toEqual([true, true, true, true, false])
  })

  test('is a power of two', () => {
    expect(() => memory(6).open()).toThrow(/power of two/)
  })

  test('announces nothing that a killed writer had not made visible', () => {
    const { open } = memory(8)
    const writer = open()
    put(writer, 1, 2)
    writer.publish()
    put(writer, 3, 4)
    // As a kill at the last instruction before the cursor moves: everything else of the publishing is done.
    vi.spyOn(Atomics, 'store').mockImplementationOnce(() => {
      throw new Error('killed')
    })
    expect(() => writer.publish()).toThrow('killed')

    const next = open()
    expect(next.published()).toBe(2)
    put(next, 3, 4, 5)
    next.publish()
    expect(next.published()).toBe(5)
    expect(drained(open())).toEqual([1, 2, 3, 4, 5])
  })

  test('whatever writer and reader do, and whenever one of them is replaced, agrees with a plain queue', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), count: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ kind: fc.constant('publish' as const) }),
      fc.record({ kind: fc.constant('drain' as const), count: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ kind: fc.constant('commit' as const) }),
      fc.record({ kind: fc.constant('newWriter' as const) }),
      fc.record({ kind: fc.constant('newReader' as const) }),
    )
    const cursor = fc.oneof(fc.constant(0), fc.integer({ min: 2 ** 31 - 20, max: 2 ** 31 }), fc.integer({ min: -20, max: 0 }))
    fc.assert(
      fc.property(cursor, fc.array(step, { maxLength: 80 }), (begin, steps) => {
        const capacity = 8
        const { open } = memory(capacity, begin | 0)
        let writer = open()
        let reader = open()
        // The model: sequences by state. What is pushed only is lost with its writer, what is handed over only comes again to the next reader.
        let pushed: number[] = []
        let visible: number[] = []
        let handed: number[] = []
        let committed = 0
        let published = 0
        for (const each of steps) {
          if (each.kind === 'push') {
            for (let index = 0; index < each.count; index += 1) {
              const sequence = published + pushed.length + 1
              const room = pushed.length + visible.length + handed.length < capacity
              expect(writer.push(barOf(sequence))).toBe(room)
              if (room) pushed.push(sequence)
            }
          } else if (each.kind === 'publish') {
            writer.publish()
            visible.push(...pushed)
            published += pushed.length
            pushed = []
          } else if (each.kind === 'drain') {
            const expected = visible.splice(0, each.count)
            const got: Bar[] = []
            expect(reader.drain(each.count, (bar) => void got.push({ ...bar }))).toBe(expected.length)
            expect(got).toEqual(expected.map(barOf))
            handed.push(...expected)
          } else if (each.kind === 'commit') {
            reader.commit()
            committed = handed.at(-1) ?? committed
            handed = []
          } else if (each.kind === 'newWriter') {
            writer = open()
            pushed = []
          } else {
            reader = open()
            visible = [...handed, ...visible]
            handed = []
          }
          expect(writer.published()).toBe(published)
          expect(writer.committed()).toBe(committed)
          expect(reader.pending()).toBe(visible.length)
          expect(writer.space()).toBe(capacity - pushed.length - visible.length - handed.length)
        }
      }),
      { numRuns: 300 },
    )
  })
})
