import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogLine } from '../../tui/logs/line.ts'
import { type Cursor, createLogPages, type LogPages } from '../../tui/logs/log-pages.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-pages-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const all = (): boolean => true
const line = (msg: string, time: number, level = 30): string => `${JSON.stringify({ level, time, msg })}\n`
const put = (name: string, text: string): void => appendFileSync(join(folder, name), text)
const messages = (lines: readonly LogLine[]): readonly string[] =>
  lines.map(({ text }) => (text.startsWith('{"level"') ? (JSON.parse(text) as { msg: string }).msg : text))

/** Everything in one direction, page by page. */
const walk = (pages: LogPages, direction: 'older' | 'newer', from: Cursor, count: number, wanted: (line: LogLine) => boolean = all) => {
  const found: (readonly string[])[] = []
  let cursor = from
  for (let calls = 0; calls < 10_000; calls += 1) {
    const page = pages[direction](cursor, count, wanted)
    found.push(messages(page.lines))
    cursor = page.cursor
    if (page.ended) return { lines: (direction === 'older' ? found.reverse() : found).flat(), cursor }
  }
  throw new Error('no end')
}

/** Three processes whose lines alternate, one of them over three files. */
const fill = (count: number): readonly string[] => {
  const expected: string[] = []
  const names = ['brain', 'feed', 'orchestrator']
  const texts: Record<string, string[]> = { brain: [], feed: [], orchestrator: [] }
  for (let at = 0; at < count; at += 1) {
    const name = names[(at * 7) % 3] ?? ''
    const msg = `m${at} ${'é'.repeat(at % 50)}`
    expected.push(msg)
    texts[name]?.push(line(msg, 1_000 + at))
  }
  for (const name of names) {
    const own = texts[name] ?? []
    if (name !== 'feed') {
      put(`${name}.jsonl`, own.join(''))
      continue
    }
    const third = Math.ceil(own.length / 3)
    for (const from of [0, third, 2 * third]) {
      writeFileSync(join(folder, 'feed.jsonl'), own.slice(from, from + third).join(''))
      if (from === 2 * third) continue
      if (from > 0) renameSync(join(folder, 'feed.jsonl.1'), join(folder, 'feed.jsonl.2'))
      renameSync(join(folder, 'feed.jsonl'), join(folder, 'feed.jsonl.1'))
    }
  }
  return expected
}

describe.each([1, 7, 1_000, 100_000])('in pages of %i lines', (count) => {
  test('every line comes once, in the order of time, over all processes and rotated files, backwards and forwards', () => {
    const expected = fill(count < 10 ? 900 : 20_000)
    const pages = createLogPages(folder)
    const back = walk(pages, 'older', new Map(), count)
    expect(back.lines).toEqual(expected)
    expect(walk(pages, 'newer', back.cursor, count).lines).toEqual(expected)
  })
})

test('from a cursor the page before it and the page behind it meet', () => {
  const expected = fill(5_000)
  const pages = createLogPages(folder)
  const first = pages.older(new Map(), 1_234, all)
  expect(messages(pages.newer(first.cursor, 1_234, all).lines)).toEqual(messages(first.lines))
  const second = pages.older(first.cursor, 1_000, all)
  expect([...messages(second.lines), ...messages(first.lines)]).toEqual(expected.slice(-2_234))
})

test('only wanted lines count, and a slice of reading ends without them all', () => {
  for (let at = 0; at < 60_000; at += 10_000)
    put(
      'feed.jsonl',
      Array.from({ length: 10_000 }, (_, index) => line(`m${at + index} ${'x'.repeat(60)}`, at + index, index === 0 ? 50 : 30)).join(''),
    )
  const pages = createLogPages(folder)
  const page = pages.older(new Map(), 6, ({ level }) => level >= 50)
  expect(page.ended).toBe(false)
  expect(page.lines.length).toBeLessThan(6)
  expect(walk(pages, 'older', new Map(), 6, ({ level }) => level >= 50).lines.map((text) => text.split(' ')[0])).toEqual(
    Array.from({ length: 6 }, (_, index) => `m${index * 10_000}`),
  )
})

test('a line of megabytes is cut, one that is still being written is no line yet, one that a killed writer left is', () => {
  put('feed.jsonl.1', `one\n${'x'.repeat(3_000_000)}\n\nthree\r\nhalf`)
  put('feed.jsonl', 'four\nfi')
  const pages = createLogPages(folder)
  const { lines, cursor } = walk(pages, 'older', new Map(), 2)
  expect(lines.map((text) => text.slice(0, 10))).toEqual(['one', 'xxxxxxxxxx', 'three', 'half', 'four'])
  expect(lines[1]).toMatch(/x… \(cut, the line has 3000000 bytes\)$/)
  expect(walk(pages, 'newer', cursor, 2).lines).toEqual(lines)
})

test('lines without a time stay where they are among those of their process', () => {
  put('feed.jsonl', `  at the top\n${line('a', 100)}  at a.ts\n  at b.ts\n${line('b', 300)}`)
  put('brain.jsonl', line('between', 200))
  const { lines } = walk(createLogPages(folder), 'older', new Map(), 3)
  expect(lines).toEqual(['  at the top', 'a', '  at a.ts', '  at b.ts', 'between', 'b'])
})

test('a moment is found by halving, in the file that holds it', () => {
  const expected = fill(20_000)
  const pages = createLogPages(folder)
  for (const at of [0, 1, 777, 6_666, 6_667, 13_337, 19_999]) {
    expect(messages(pages.newer(pages.at(1_000 + at), 3, all).lines)).toEqual(expected.slice(at, at + 3))
    expect(messages(pages.older(pages.at(1_000 + at), 3, all).lines)).toEqual(expected.slice(Math.max(0, at - 3), at))
  }
})

test('how much stands before a cursor is told in bytes', () => {
  fill(3_000)
  const pages = createLogPages(folder)
  const { total } = pages.before(new Map())
  expect(pages.before(new Map()).bytes).toBe(total)
  const { cursor } = pages.older(new Map(), 1_500, all)
  expect(pages.before(cursor).bytes / total).toBeCloseTo(0.5, 1)
  expect(pages.before(walk(pages, 'older', new Map(), 1_000).cursor).bytes).toBe(0)
})

test('a file that was deleted is passed over', () => {
  fill(3_000)
  const pages = createLogPages(folder)
  const { cursor } = walk(pages, 'older', new Map(), 1_000)
  rmSync(join(folder, 'feed.jsonl.2'))
  const { lines } = walk(pages, 'newer', cursor, 1_000)
  expect(lines).toEqual(walk(pages, 'older', new Map(), 1_000).lines)
  expect(lines.length).toBeLessThan(3_000)
})
