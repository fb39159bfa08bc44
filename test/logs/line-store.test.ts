import { expect, test } from 'vitest'
import { seeded } from '../../src/random.ts'
import type { LogLine } from '../../tui/logs/line.ts'
import { createLineStore } from '../../tui/logs/line-store.ts'
import { createOrderedLines } from '../../tui/logs/ordered-lines.ts'

const line = (arrival: number, changes: Partial<LogLine> = {}): LogLine => ({
  process: 'feed',
  text: `line ${arrival}`,
  level: 30,
  time: arrival,
  key: arrival,
  arrival,
  ...changes,
})

test.each([
  { says: 'with its place in a file', given: { file: '1:2:3', start: 2 ** 40, end: 2 ** 40 + 9 } },
  { says: 'beyond ASCII', given: { text: 'prix 5 €, 日本, 🙂' } },
  { says: 'without a text, before a gap', given: { text: '', gap: 'the file was cut short' } },
  { says: 'longer than a block', given: { text: '€'.repeat(300_000) } },
  { says: 'with a level and a time that pino does not write', given: { level: 35.5, time: -1.25 } },
])('a line $says comes back as it was put', ({ given }) => {
  const store = createLineStore()
  const others = Array.from({ length: 10_000 }, (_, index) => line(index + 1))
  for (const other of others.slice(0, 5_000)) store.put(other)
  const slot = store.put(line(20_000, given))
  for (const other of others.slice(5_000)) store.put(other)
  expect(store.line(slot)).toEqual(line(20_000, given))
})

test('a line that was asked for stays what it was after its slot was used again', () => {
  const store = createLineStore()
  const slot = store.put(line(1))
  const asked = store.line(slot)
  store.drop(slot)
  expect(store.put(line(2))).toBe(slot)
  expect([asked.text, store.line(slot).text, store.bytes()]).toEqual(['line 1', 'line 2', 6])
})

test('what is evicted makes room for what comes: two million lines take the memory of the few that are kept', () => {
  const store = createLineStore()
  const lines = createOrderedLines(store)
  const text = 'x'.repeat(200)
  const pass = (count: number): void => {
    for (let at = 0; at < count; at += 1) {
      lines.add([store.put(line(at + 1, { text }))])
      const dropped = lines.length() > 5_000 ? lines.dropFirst() : undefined
      if (dropped !== undefined) store.drop(dropped)
    }
    for (let slot = lines.dropFirst(); slot !== undefined; slot = lines.dropFirst()) store.drop(slot)
  }
  pass(10_000)
  const before = process.memoryUsage().arrayBuffers
  pass(2_000_000)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 2 ** 20)
})

test.each([1, 2, 3])('whatever is added, found before the others and evicted, the lines stand in their order (seed %i)', (seed) => {
  const random = seeded(seed)
  const below = (limit: number): number => Math.floor(random.next() * limit)
  const store = createLineStore()
  const lines = createOrderedLines(store)
  let expected: LogLine[] = []
  let arrivals = 0
  for (let step = 0; step < 2_000; step += 1) {
    const batch = Array.from({ length: below(12) }, () => {
      arrivals += 1
      return line(arrivals, { key: step + below(8), process: `p${arrivals % 3}` })
    }).sort((a, b) => a.key - b.key)
    const oldest = expected[0]?.key ?? 0
    if (below(9) === 0) {
      const older = batch.map((each) => ({ ...each, key: oldest - 1 })).sort((a, b) => a.arrival - b.arrival)
      lines.prepend(older.map(store.put))
      expected = [...older, ...expected]
    } else {
      lines.add(batch.map(store.put))
      expected = [...expected, ...batch].sort((a, b) => a.key - b.key || a.arrival - b.arrival)
    }
    while (expected.length > 200 || (expected.length > 0 && below(4) === 0)) {
      const dropped = lines.dropFirst()
      if (dropped !== undefined) store.drop(dropped)
      expected = expected.slice(1)
    }
    expect(lines.length()).toBe(expected.length)
    const at = below(expected.length)
    expect(lines.at(at)?.arrival).toBe(expected[at]?.arrival)
  }
  expect(lines.slice(0, lines.length())).toEqual(expected)
})
