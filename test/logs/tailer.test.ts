import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { createFileTail } from '../../tui/logs/file-tail.ts'
import type { RawLine } from '../../tui/logs/line.ts'
import { createTailer, type LogSource } from '../../tui/logs/tailer.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-tail-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = (name = 'feed.jsonl'): string => join(folder, name)
const texts = (lines: readonly RawLine[]): readonly string[] => lines.map(({ text, gap }) => (gap === undefined ? text : `--- ${gap}`))

/** One file, read whenever the test says so. */
const tail = (tailLines: number | null = null) => {
  const made = createFileTail({ path: file(), process: 'feed', tailLines })
  const read = (now = 0): readonly string[] => {
    const lines: RawLine[] = []
    for (;;) {
      const turn = made.read(1 << 20, now)
      lines.push(...turn.lines)
      if (!turn.more) return texts(lines)
    }
  }
  return { ...made, read }
}

describe('one file', () => {
  test('is read from its last lines on, then as it grows', () => {
    writeFileSync(file(), 'a\nb\nc\nd\n')
    const { read, close } = tail(2)
    expect(read()).toEqual(['c', 'd'])
    appendFileSync(file(), 'e\n')
    expect(read()).toEqual(['e'])
    expect(read()).toEqual([])
    close()
  })

  test.each([1, 5, 1_000, 5_000])('the last %i of many lines are found backwards', (count) => {
    const all = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'x'.repeat(index % 90)}`)
    writeFileSync(file(), `${all.join('\n')}\n`)
    const { read, close } = tail(count)
    expect(read()).toEqual(all.slice(-count))
    close()
  })

  test('a line that is still being written waits for its end', () => {
    writeFileSync(file(), 'whole\nhal')
    const { read, close } = tail(10)
    expect(read()).toEqual(['whole'])
    appendFileSync(file(), 'f\n')
    expect(read()).toEqual(['half'])
    close()
  })

  test('a character that comes byte by byte is one character', () => {
    writeFileSync(file(), '')
    const { read, close } = tail()
    const seen: string[] = []
    for (const byte of Buffer.from('漢字 😀\n')) {
      appendFileSync(file(), Buffer.of(byte))
      seen.push(...read())
    }
    expect(seen).toEqual(['漢字 😀'])
    close()
  })

  test('rotation by rename loses nothing, not even what is written to the old file afterwards', () => {
    writeFileSync(file(), '1\n')
    const { read, close } = tail()
    const seen = [...read()]
    appendFileSync(file(), '2\n')
    renameSync(file(), file('feed.jsonl.1'))
    writeFileSync(file(), '4\n')
    seen.push(...read(0))
    appendFileSync(file('feed.jsonl.1'), '3\n')
    seen.push(...read(500))
    appendFileSync(file(), '5\n')
    seen.push(...read(1_000))
    seen.push(...read(5_000))
    appendFileSync(file(), '6\n')
    seen.push(...read(5_000))
    expect([...seen].sort()).toEqual(['1', '2', '3', '4', '5', '6'])
    close()
  })

  test.each([
    { says: 'numbered behind', name: (index: number) => `feed.jsonl.${index}` },
    { says: 'numbered before', name: (index: number) => `feed.${index}.jsonl` },
  ])('several rotations between two looks lose nothing ($says)', ({ name }) => {
    writeFileSync(file(), '0\n')
    writeFileSync(file(name(7)), 'of long ago\n')
    const { read, close } = tail()
    const seen = [...read()]
    for (let index = 1; index <= 3; index += 1) {
      for (let older = index - 1; older >= 1; older -= 1) renameSync(file(name(older)), file(name(older + 1)))
      renameSync(file(), file(name(1)))
      writeFileSync(file(), `${index}\n`)
    }
    seen.push(...read())
    expect(seen).toEqual(['0', '1', '2', '3'])
    close()
  })

  test('a gap between the old file and the new one is waited for', () => {
    writeFileSync(file(), '1\n')
    const { read, close } = tail()
    expect(read()).toEqual(['1'])
    renameSync(file(), file('feed.jsonl.1'))
    expect(read()).toEqual([])
    writeFileSync(file(), '2\n')
    expect(read()).toEqual(['2'])
    close()
  })

  test('truncation shows a gap', () => {
    writeFileSync(file(), 'one\ntwo\n')
    const { read, close } = tail()
    read()
    truncateSync(file(), 0)
    appendFileSync(file(), 'x\n')
    expect(read()).toEqual([expect.stringContaining('cut short'), 'x'])
    close()
  })

  test('removed and made anew is read from its start', () => {
    writeFileSync(file(), 'one\ntwo\n')
    const { read, close } = tail()
    read()
    unlinkSync(file())
    writeFileSync(file(), 'anew\n')
    expect(read()).toContain('anew')
    close()
  })

  test('a line of several megabytes is cut with a marker, and the next one is whole', () => {
    writeFileSync(file(), `${'x'.repeat(3_000_000)}\nnext\n`)
    const { read, close } = tail()
    const [long, next] = read()
    expect(long).toMatch(/^x{16384}… \(cut, the line has 3000000 bytes\)$/)
    expect(next).toBe('next')
    close()
  })

  test('a long file gives no more than its budget at a time', () => {
    writeFileSync(file(), 'x'.repeat(99).concat('\n').repeat(20_000))
    const made = createFileTail({ path: file(), process: 'feed', tailLines: null })
    const turn = made.read(100_000, 0)
    expect(turn).toMatchObject({ bytes: 100_000, more: true })
    expect(turn.lines).toHaveLength(1_000)
    made.close()
  })
})

describe('a folder', () => {
  const tailing = (path = folder, poll = false) => {
    const lines: RawLine[] = []
    const sources: LogSource[] = []
    const tailer = createTailer({
      folder: path,
      clock: systemClock,
      tailLines: 3,
      poll,
      onLines: (more) => lines.push(...more),
      onSource: (source) => sources.push(source),
    })
    const sees = async (...wanted: string[]): Promise<void> => {
      await expect
        .poll(() => lines.map(({ process, text }) => `${process}: ${text}`).sort(), { timeout: 10_000, interval: 10 })
        .toEqual([...wanted].sort())
    }
    return { tailer, sees, sources, lines }
  }

  test('is followed with all its processes; only the last lines of what was there', async () => {
    writeFileSync(file(), '1\n2\n3\n4\n')
    writeFileSync(file('brain.jsonl'), 'a\n')
    writeFileSync(file('notes.txt'), 'not a log\n')
    const { tailer, sees, sources } = tailing()
    await sees('feed: 2', 'feed: 3', 'feed: 4', 'brain: a')
    appendFileSync(file(), '5\n')
    await sees('feed: 2', 'feed: 3', 'feed: 4', 'feed: 5', 'brain: a')
    expect(sources).toEqual([{ kind: 'reading', files: 2 }])
    await tailer.close()
  })

  test('a file that appears later is read from its first line', async () => {
    const { tailer, sees, sources } = tailing()
    await expect.poll(() => sources).toEqual([{ kind: 'reading', files: 0 }])
    writeFileSync(file(), '1\n2\n3\n4\n5\n')
    await sees('feed: 1', 'feed: 2', 'feed: 3', 'feed: 4', 'feed: 5')
    await tailer.close()
  })

  test('that tells of no change is looked at now and then', async () => {
    writeFileSync(file(), '1\n')
    const { tailer, sees } = tailing(folder, true)
    await sees('feed: 1')
    appendFileSync(file(), '2\n')
    writeFileSync(file('brain.jsonl'), 'a\n')
    await sees('feed: 1', 'feed: 2', 'brain: a')
    await tailer.close()
  })

  test('that is missing says so, and is followed once it is there', async () => {
    const path = join(folder, 'logs')
    const { tailer, sees, sources } = tailing(path)
    await expect.poll(() => sources).toEqual([{ kind: 'missing', folder: path }])
    mkdirSync(path)
    writeFileSync(join(path, 'feed.jsonl'), 'here\n')
    await sees('feed: here')
    expect(sources.at(-1)).toEqual({ kind: 'reading', files: 1 })
    await tailer.close()
  })

  test.each([
    { what: 'a folder', make: (path: string) => mkdirSync(path), says: 'EISDIR' },
    { what: 'a circle of links', make: (path: string) => symlinkSync('feed.jsonl', path), says: 'ELOOP' },
    { what: 'a device', make: (path: string) => symlinkSync('/dev/zero', path), says: 'EINVAL' },
  ])('with $what among its files says so, and all others are followed', async ({ make, says }) => {
    writeFileSync(file('brain.jsonl'), 'a\n')
    make(file('feed.jsonl'))
    writeFileSync(file('orchestrator.jsonl'), 'o\n')
    const { tailer, sees, sources } = tailing()
    await sees('brain: a', 'orchestrator: o')
    appendFileSync(file('brain.jsonl'), 'b\n')
    appendFileSync(file('orchestrator.jsonl'), 'p\n')
    await sees('brain: a', 'brain: b', 'orchestrator: o', 'orchestrator: p')
    expect(sources).toEqual([{ kind: 'error', message: expect.stringMatching(new RegExp(`^feed\\.jsonl: ${says}`)) }])
    await tailer.close()
  })

  test('rotated under load loses no line', async () => {
    writeFileSync(file(), '')
    const { tailer, lines, sources } = tailing()
    await expect.poll(() => sources.length).toBe(1)
    const wanted: string[] = []
    for (let index = 0; index < 2_000; index += 1) {
      appendFileSync(file(), `${index}\n`)
      wanted.push(String(index))
      if (index % 300 === 299) {
        for (let older = 5; older >= 1; older -= 1) {
          try {
            renameSync(file(`feed.jsonl.${older}`), file(`feed.jsonl.${older + 1}`))
          } catch {
            // Not so many yet.
          }
        }
        renameSync(file(), file('feed.jsonl.1'))
      }
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(2_000)
    expect(lines.map(({ text }) => text)).toEqual(wanted)
    await tailer.close()
  })
})
