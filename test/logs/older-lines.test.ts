import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFileTail } from '../../tui/logs/file-tail.ts'
import { parseFilter } from '../../tui/logs/filter.ts'
import { LEVELS } from '../../tui/logs/line.ts'
import { createLogBook, type LogBook } from '../../tui/logs/log-book.ts'
import { createLogPages } from '../../tui/logs/log-pages.ts'

const HEIGHT = 20
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-older-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const line = (msg: string, time: number, level = 30): string => `${JSON.stringify({ level, time, msg })}\n`
const put = (name: string, text: string): void => appendFileSync(join(folder, name), text)

/** Two processes, one of which writes nine of ten lines; that one's files are rotated twice. */
const write = (from: number, to: number, rotate = false): void => {
  const texts: Record<string, string[]> = { feed: [], brain: [] }
  for (let at = from; at < to; at += 1) texts[at % 10 === 0 ? 'brain' : 'feed']?.push(line(`m${at}`, 1_000 + at, at % 1_000 === 500 ? 50 : 30))
  put('brain.jsonl', (texts.brain ?? []).join(''))
  if (rotate) renameSync(join(folder, 'feed.jsonl'), join(folder, `feed.jsonl.${9_000 - from}`))
  put('feed.jsonl', (texts.feed ?? []).join(''))
}

const open = (limits: { tailLines: number; linesMax?: number }) => {
  const slices: (() => void)[] = []
  const book = createLogBook({
    pages: createLogPages(folder),
    ...(limits.linesMax === undefined ? {} : { linesMax: limits.linesMax }),
    later: (run) => slices.push(run),
    onProgress: () => undefined,
  })
  const tails = ['feed', 'brain'].map((process) => createFileTail({ path: join(folder, `${process}.jsonl`), process, tailLines: limits.tailLines }))
  const read = (): void => {
    for (const tail of tails) {
      for (let more = true; more; ) {
        const turn = tail.read(1 << 20, 0)
        book.add(turn.lines)
        more = turn.more
      }
    }
  }
  const finish = (): void => {
    for (let run = slices.shift(); run !== undefined; run = slices.shift()) run()
  }
  read()
  finish()
  const close = (): void => {
    for (const tail of tails) tail.close()
  }
  return { book, read, finish, slices, close }
}

const numbers = (book: LogBook, height = HEIGHT): readonly number[] =>
  book.window(height).lines.map(({ text }) => Number((JSON.parse(text) as { msg: string }).msg.slice(1)))
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, index) => from + index)
const filter = (text: string) => {
  const parsed = parseFilter(text, 0)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

test('scrolling up shows every line of the files once, to the very first, and down again to the live end', () => {
  write(0, 3_000)
  write(3_000, 6_000, true)
  write(6_000, 9_000, true)
  const { book, finish, close } = open({ tailLines: 100 })
  const step = HEIGHT / 2
  for (let end = 9_000 - step; end >= HEIGHT; end -= step) {
    book.scroll(-step, HEIGHT)
    finish()
    expect(numbers(book)).toEqual(range(end - HEIGHT, end))
  }
  book.scroll(-step, HEIGHT)
  finish()
  expect(numbers(book)).toEqual(range(0, HEIGHT))
  expect(book.window(HEIGHT).past).toMatchObject({ reached: true, reading: false, bytes: 0 })
  for (let end = HEIGHT + step; end <= 9_000; end += step) {
    book.scroll(step, HEIGHT)
    finish()
    expect(numbers(book)).toEqual(range(end - HEIGHT, end))
  }
  expect(book.window(HEIGHT).past).toBeNull()
  book.scroll(step, HEIGHT)
  expect(book.window(HEIGHT).following).toBe(true)
  close()
})

test('lines that were let go are read again, and new ones count meanwhile', () => {
  write(0, 2_000)
  const { book, read, finish, close } = open({ tailLines: 100_000, linesMax: 500 })
  expect(book.window(HEIGHT)).toMatchObject({ kept: 500, evicted: 1_500 })
  book.scroll(-1_000, HEIGHT)
  finish()
  expect(numbers(book)).toEqual(range(980, 1_000))
  write(2_000, 3_000)
  read()
  expect(numbers(book)).toEqual(range(980, 1_000))
  expect(book.window(HEIGHT).fresh).toBe(1_000)
  // More was let go than was kept when it was frozen: the way down leads through the files.
  for (let end = 1_100; end <= 3_000; end += 100) {
    book.scroll(100, HEIGHT)
    finish()
    expect(numbers(book)).toEqual(range(end - HEIGHT, end))
  }
  close()
})

test('what is kept of the memory stays small however far it goes', () => {
  write(0, 60_000)
  const { book, finish, close } = open({ tailLines: 100 })
  for (let page = 0; page < 5; page += 1) {
    book.scroll(-10_000, HEIGHT)
    finish()
  }
  expect(numbers(book).at(-1)).toBe(60_000 - 50_000 - 1)
  expect(book.window(HEIGHT).kept).toBe(200)
  close()
})

test('a filter holds for older lines too; where few match, reading goes on in slices', () => {
  for (let at = 0; at < 100_000; at += 10_000) write(at, at + 10_000)
  const { book, finish, slices, close } = open({ tailLines: 100 })
  book.setFilter(filter('level>=error m'))
  finish()
  expect(numbers(book)).toEqual([99_500])
  book.scroll(-60, HEIGHT)
  expect(slices.length).toBe(1)
  expect(book.window(HEIGHT).past).toMatchObject({ reading: true })
  finish()
  expect(numbers(book)).toEqual(Array.from({ length: HEIGHT }, (_, index) => 20_500 + index * 1_000))
  close()
})

test('from the first line that is kept, g goes to the first one of the files', () => {
  write(0, 5_000)
  const { book, finish, close } = open({ tailLines: 100 })
  book.toFirst(HEIGHT)
  expect(book.window(HEIGHT).past).toBeNull()
  book.toFirst(HEIGHT)
  finish()
  expect(numbers(book)).toEqual(range(0, HEIGHT))
  book.scroll(30, HEIGHT)
  finish()
  expect(numbers(book)).toEqual(range(30, 30 + HEIGHT))
  close()
})

test('the warning before those that are kept is found, and the way back', () => {
  write(0, 5_000)
  const { book, finish, close } = open({ tailLines: 100 })
  for (const expected of [4_500, 3_500, 2_500, 1_500, 500]) {
    book.jump(-1, HEIGHT)
    finish()
    expect(book.window(HEIGHT).chosen?.text).toContain(`"m${expected}"`)
    expect(numbers(book)).toContain(expected)
  }
  book.jump(-1, HEIGHT)
  finish()
  expect(numbers(book)[0]).toBe(0)
  book.jump(1, HEIGHT)
  finish()
  expect(book.window(HEIGHT).chosen?.text).toContain('"m500"')
  close()
})

test('another height shows the same place of the files', () => {
  write(0, 5_000)
  const { book, finish, close } = open({ tailLines: 100 })
  book.scroll(-2_000, HEIGHT)
  finish()
  expect(numbers(book, 30)).toEqual(range(2_970, 3_000))
  expect(numbers(book, 5)).toEqual(range(2_995, 3_000))
  close()
})

test('a mark is found again after its line was let go', () => {
  write(0, 1_000)
  const { book, read, finish, close } = open({ tailLines: 100_000, linesMax: 300 })
  book.choose(-1, HEIGHT)
  book.mark(HEIGHT)
  book.toLive()
  write(1_000, 3_000)
  read()
  book.toNextMark(HEIGHT)
  finish()
  expect(book.window(HEIGHT).chosen?.text).toContain('"m999"')
  expect(numbers(book)).toEqual(range(980, 1_000))
  close()
})

describe('the chosen line', () => {
  test('is the newest one at first, moves inside the pane, and pulls the pane at its edges', () => {
    write(0, 300)
    const { book, finish, close } = open({ tailLines: 1_000 })
    const chosen = (): number => Number(/"m(\d+)"/.exec(book.window(HEIGHT).chosen?.text ?? '')?.[1])
    expect(book.window(HEIGHT).chosen).toBeNull()
    book.choose(-1, HEIGHT)
    expect([chosen(), numbers(book).at(-1)]).toEqual([299, 299])
    book.choose(-5, HEIGHT)
    expect([chosen(), numbers(book).at(-1)]).toEqual([294, 299])
    book.choose(-20, HEIGHT)
    finish()
    expect([chosen(), numbers(book)[0]]).toEqual([274, 274])
    book.choose(1, HEIGHT)
    expect([chosen(), numbers(book)[0]]).toEqual([275, 274])
    book.choose(24, HEIGHT)
    expect([chosen(), numbers(book).at(-1)]).toEqual([299, 299])
    book.choose(1, HEIGHT)
    expect(book.window(HEIGHT)).toMatchObject({ following: true, chosen: null })
    close()
  })

  test('goes on into the files', () => {
    write(0, 1_000)
    const { book, finish, close } = open({ tailLines: 30 })
    for (let at = 0; at < 500; at += 1) {
      book.choose(-1, HEIGHT)
      finish()
      expect(book.window(HEIGHT).chosen?.text).toContain(`"m${999 - at}"`)
      expect(book.window(HEIGHT).lines).toContain(book.window(HEIGHT).chosen)
    }
    for (let at = 501; at < 1_000; at += 1) {
      book.choose(1, HEIGHT)
      finish()
      expect(book.window(HEIGHT).chosen?.text).toContain(`"m${at}"`)
    }
    expect(book.window(HEIGHT).past).toBeNull()
    close()
  })

  test('stays in the pane when that is scrolled or becomes smaller', () => {
    write(0, 300)
    const { book, close } = open({ tailLines: 1_000 })
    book.choose(-3, HEIGHT)
    book.scroll(-10, HEIGHT)
    const { lines, chosen } = book.window(HEIGHT)
    expect(lines.at(-1)).toBe(chosen)
    book.choose(-15, HEIGHT)
    const smaller = book.window(5)
    expect(smaller.lines).toContain(smaller.chosen)
    close()
  })
})

describe('what stands around a line', () => {
  test('is shown whatever the filters, and the place before comes back', () => {
    write(0, 3_000)
    const { book, finish, close } = open({ tailLines: 100_000 })
    book.setLevelMin(LEVELS.error)
    book.setFilter(filter('m1500'))
    finish()
    book.choose(-1, HEIGHT)
    expect(numbers(book)).toEqual([1_500])
    book.toggleContext(HEIGHT)
    finish()
    expect(numbers(book)).toEqual(range(1_491, 1_511))
    expect(book.window(HEIGHT)).toMatchObject({ context: true, filter: '', levelMin: LEVELS.trace })
    expect(book.window(HEIGHT).chosen?.text).toContain('"m1500"')
    book.toggleContext(HEIGHT)
    finish()
    expect(numbers(book)).toEqual([1_500])
    expect(book.window(HEIGHT)).toMatchObject({ context: false, filter: 'm1500', levelMin: LEVELS.error })
    close()
  })

  test('is read from the files where it is not kept', () => {
    write(0, 30_000)
    const { book, finish, close } = open({ tailLines: 100 })
    book.setLevelMin(LEVELS.error)
    finish()
    book.jump(-1, HEIGHT)
    finish()
    for (let at = 0; at < 3; at += 1) {
      book.jump(-1, HEIGHT)
      finish()
    }
    expect(book.window(HEIGHT).chosen?.text).toContain('"m26500"')
    book.toggleContext(HEIGHT)
    finish()
    expect(numbers(book)).toEqual(range(26_491, 26_511))
    expect(book.window(HEIGHT).chosen?.text).toContain('"m26500"')
    book.toggleContext(HEIGHT)
    finish()
    expect(book.window(HEIGHT).chosen?.text).toContain('"m26500"')
    close()
  })
})

test('one process alone is shown where that is asked for, from the files too', () => {
  write(0, 5_000)
  const { book, finish, close } = open({ tailLines: 30 })
  expect(book.window(HEIGHT)).toMatchObject({ processes: ['brain', 'feed'], only: null })
  book.setProcesses(['brain'])
  finish()
  expect(numbers(book)).toEqual(Array.from({ length: HEIGHT }, (_, index) => 4_800 + index * 10))
  book.scroll(-100, HEIGHT)
  finish()
  expect(numbers(book)).toEqual(Array.from({ length: HEIGHT }, (_, index) => 3_800 + index * 10))
  close()
})

test('errors are counted by their minute, the newest four hours of them', () => {
  const { book, close } = open({ tailLines: 10 })
  const at = (minute: number, level: number) => ({ process: 'feed', text: line('x', minute * 60_000 + 5, level).trim() })
  book.add([at(0, 50), at(10, 50), at(10, 60), at(10, 40), at(11, 30), at(245, 50)])
  expect([...book.window(1).errors]).toEqual([
    [10, 2],
    [245, 1],
  ])
  close()
})

test('files that cannot be read are told, and what is kept stays', () => {
  write(0, 1_000)
  const { book, finish, close } = open({ tailLines: 30 })
  symlinkSync(join(folder, 'self.jsonl'), join(folder, 'self.jsonl'))
  book.scroll(-500, HEIGHT)
  finish()
  expect(book.window(HEIGHT).problem).toContain('ELOOP')
  expect(numbers(book)).toEqual(range(980, 1_000))
  rmSync(join(folder, 'self.jsonl'))
  book.scroll(-500, HEIGHT)
  finish()
  expect(book.window(HEIGHT).problem).toBeNull()
  expect(numbers(book)).toEqual(range(480, 500))
  close()
})

describe('where a busy process is kept for less time than a quiet one', () => {
  /** Nine of ten lines are of one process: of that the last 200 are kept, of the other as many, which is ten times as long. */
  const opened = () => {
    write(0, 20_000)
    return open({ tailLines: 200 })
  }

  test('that lines are missing among those shown is told', () => {
    const { book, finish, close } = opened()
    expect(book.window(HEIGHT).unread).toEqual([])
    book.setLevelMin(LEVELS.error)
    finish()
    expect(numbers(book)).toEqual([18_500, 19_500])
    expect(book.window(HEIGHT).unread).toEqual(['feed'])
    book.scroll(-1, HEIGHT)
    finish()
    expect(book.window(HEIGHT).unread).toEqual([])
    close()
  })

  test('what stands around a line of the quiet one has those of the busy one', () => {
    const { book, finish, close } = opened()
    book.setLevelMin(LEVELS.error)
    finish()
    book.choose(-2, HEIGHT)
    finish()
    expect(book.window(HEIGHT).chosen?.text).toContain('"m18500"')
    book.toggleContext(HEIGHT)
    finish()
    expect(numbers(book)).toEqual(range(18_491, 18_511))
    expect(book.window(HEIGHT).chosen?.text).toContain('"m18500"')
    close()
  })

  test('no error of the busy one is passed over on the way back', () => {
    put('feed.jsonl', line('m-1', 500, 50))
    write(0, 15_000)
    put('feed.jsonl', line('m15000', 16_000, 50))
    write(15_001, 20_000)
    const { book, finish, close } = open({ tailLines: 200 })
    const visited: number[] = []
    for (let at = 0; at < 21; at += 1) {
      book.jump(-1, HEIGHT)
      finish()
      visited.push(Number(/"m(-?\d+)"/.exec(book.window(HEIGHT).chosen?.text ?? '')?.[1]))
    }
    const expected = [...range(0, 20).map((at) => at * 1_000 + 500), 15_000].sort((a, b) => b - a)
    expect(visited).toEqual(expected)
    close()
  })
})

describe('a time', () => {
  const opened = () => {
    write(0, 5_000)
    write(5_000, 8_000, true)
    write(8_000, 20_000, true)
    return open({ tailLines: 1_000, linesMax: 2_000 })
  }
  const around = (at: number): readonly number[] => range(at + 1 + HEIGHT / 2 - HEIGHT, at + 1 + HEIGHT / 2)

  test('that is kept shows its line in the middle of what stands around it', () => {
    const { book, finish, close } = opened()
    book.toTime(1_000 + 19_700, HEIGHT)
    finish()
    expect(numbers(book)).toEqual(around(19_700))
    expect(book.window(HEIGHT)).toMatchObject({ following: false, past: null, chosen: { text: expect.stringContaining('"m19700"') } })
    close()
  })

  test('that is in the files alone is read from there, whatever was rotated away', () => {
    for (const at of [16_500, 12_345, 40]) {
      const { book, finish, close } = opened()
      book.toTime(1_000 + at, HEIGHT)
      finish()
      expect(numbers(book)).toEqual(around(at))
      expect(book.window(HEIGHT).chosen?.text).toContain(`"m${at}"`)
      book.scroll(-5, HEIGHT)
      finish()
      expect(numbers(book)).toEqual(around(at).map((number) => number - 5))
      close()
      rmSync(folder, { recursive: true, force: true })
      folder = mkdtempSync(join(tmpdir(), 'aegis-older-'))
    }
  })

  test('finds the next line that passes the filters, however far it is', () => {
    const { book, finish, close } = opened()
    book.setLevelMin(LEVELS.error)
    finish()
    book.toTime(1_000 + 3_501, HEIGHT)
    finish()
    expect(book.window(HEIGHT).chosen?.text).toContain('"m4500"')
    close()
  })

  test('before the first line shows the beginning, behind the last one is live', () => {
    const { book, finish, close } = opened()
    book.toTime(0, HEIGHT)
    finish()
    expect(numbers(book)).toEqual(range(0, HEIGHT))
    expect(book.window(HEIGHT).chosen?.text).toContain('"m0"')
    book.toTime(1_000_000, HEIGHT)
    finish()
    expect(book.window(HEIGHT).following).toBe(true)
    close()
  })
})

test('errors are known from the first line on, and from the first that was read where its file has older ones', () => {
  put('brain.jsonl', [line('m0', 1_000), line('m1', 2_000)].join(''))
  put('feed.jsonl', [line('m2', 3_000), line('m3', 4_000), line('m4', 5_000)].join(''))
  const whole = open({ tailLines: 10 })
  expect(whole.book.window(1).countedFrom).toBe(1_000)
  whole.close()
  const part = open({ tailLines: 2 })
  expect(part.book.window(1).countedFrom).toBe(4_000)
  part.close()
  expect(createLogBook({ later: () => undefined, onProgress: () => undefined }).window(1).countedFrom).toBeNull()
})
