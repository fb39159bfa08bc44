import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../tui/logs/filter.ts'
import { LEVELS, type RawLine } from '../../tui/logs/line.ts'
import { createLogBook, type LogBook } from '../../tui/logs/log-book.ts'

const raw = (msg: string, time: number, process = 'feed', level = 30): RawLine => ({ process, text: JSON.stringify({ level, time, msg }) })

const book = (limits: { linesMax?: number; bytesMax?: number; monotonic?: () => number } = {}) => {
  const slices: (() => void)[] = []
  const made = createLogBook({ monotonic: () => 0, ...limits, later: (run) => slices.push(run), onProgress: () => undefined })
  return {
    made,
    slices,
    finish: (): void => {
      for (let run = slices.shift(); run !== undefined; run = slices.shift()) run()
    },
  }
}

const shown = (made: LogBook, height = 10): readonly string[] =>
  made.window(height).lines.map(({ text, gap }) => gap ?? (JSON.parse(text) as { msg: string }).msg)
const filter = (text: string) => {
  const parsed = parseFilter(text, 0)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const many = (from: number, to: number, process = 'feed'): readonly RawLine[] =>
  Array.from({ length: to - from }, (_, index) => raw(`m${from + index}`, 1_000 + from + index, process))

test('lines of all processes stand in the order of their times, also when one process is read late', () => {
  const { made } = book()
  made.add([raw('feed 1', 100), raw('feed 3', 300)])
  made.add([raw('brain 2', 200, 'brain'), raw('brain 4', 400, 'brain')])
  expect(shown(made)).toEqual(['feed 1', 'brain 2', 'feed 3', 'brain 4'])
})

test('lines of one moment keep the order in which they came', () => {
  const { made } = book()
  made.add([raw('a', 100), raw('b', 100), raw('c', 100)])
  made.add([raw('d', 100)])
  expect(shown(made)).toEqual(['a', 'b', 'c', 'd'])
})

test('a line without a time stays beside the line of its process before it', () => {
  const { made } = book()
  made.add([raw('one', 100), { process: 'feed', text: '    at somewhere.ts' }, raw('two', 300)])
  made.add([raw('other', 200, 'brain')])
  expect(made.window(10).lines.map(({ text }) => text)[1]).toContain('somewhere')
})

test('the oldest are let go, and counted', () => {
  const { made } = book({ linesMax: 100 })
  made.add(many(0, 250))
  expect(made.window(3)).toMatchObject({ kept: 100, evicted: 150 })
  expect(shown(made, 2)).toEqual(['m248', 'm249'])
})

test('long lines are let go by their length', () => {
  const { made } = book({ bytesMax: 10_000 })
  made.add(Array.from({ length: 50 }, (_, index) => raw('x'.repeat(1_000), index)))
  expect(made.window(1).kept).toBeLessThan(11)
  expect(made.window(1).kept).toBeGreaterThan(5)
})

describe('frozen', () => {
  test('holds the very same lines however many come, and counts those', () => {
    const { made } = book({ linesMax: 100 })
    made.add(many(0, 50))
    made.scroll(-5, 10)
    const before = shown(made)
    expect(before.at(-1)).toBe('m44')
    for (let at = 50; at < 5_000; at += 50) made.add(many(at, at + 50))
    expect(shown(made)).toEqual(before)
    expect(made.window(10)).toMatchObject({ following: false, fresh: 4_950 })
    made.toLive()
    expect(shown(made, 1)).toEqual(['m4999'])
    expect(made.window(1)).toMatchObject({ following: true, fresh: 0 })
  })

  test('scrolls up to the first line and not beyond, and down past the last is live again', () => {
    const { made } = book()
    made.add(many(0, 30))
    made.scroll(-1_000, 10)
    expect(shown(made)[0]).toBe('m0')
    made.scroll(5, 10)
    expect(shown(made)[0]).toBe('m5')
    made.scroll(1_000, 10)
    expect(made.window(10).following).toBe(true)
    made.toFirst(10)
    expect(shown(made)).toHaveLength(10)
    expect(shown(made)[0]).toBe('m0')
  })

  test('stays at its place when a late line comes before it', () => {
    const { made } = book()
    made.add(many(0, 30))
    made.scroll(-10, 5)
    made.add([raw('late', 1_003, 'brain')])
    made.scroll(-1, 5)
    expect(shown(made, 5).at(-1)).toBe('m18')
  })

  test('stays at its place and its line when all lines are asked for', () => {
    const { made, finish } = book()
    made.add(many(0, 30))
    made.choose(-15, 5)
    const before = made.window(5)
    expect(made.matching()).toHaveLength(30)
    expect(made.window(5)).toEqual(before)
    made.setFilter(filter('m2'))
    finish()
    expect(made.matching()).toHaveLength(11)
  })

  test('shows its place again at another height', () => {
    const { made } = book()
    made.add(many(0, 30))
    made.scroll(-10, 5)
    expect(shown(made, 8).at(-1)).toBe('m19')
    expect(shown(made, 8)).toHaveLength(8)
  })
})

describe('a filter', () => {
  test('holds for old lines and new ones', () => {
    const { made, finish } = book()
    made.add([raw('an order', 1), raw('a bar', 2)])
    made.setFilter(filter('order'))
    finish()
    made.add([raw('another order', 3), raw('a bar', 4)])
    expect(shown(made)).toEqual(['an order', 'another order'])
    expect(made.window(1)).toMatchObject({ matching: 2, kept: 4, filter: 'order' })
    made.setFilter(filter(''))
    finish()
    expect(shown(made)).toHaveLength(4)
  })

  test('looks at the newest lines first, a slice at a time, and says how far it is', () => {
    const { made, slices, finish } = book()
    made.add(many(0, 50_000))
    finish()
    made.setFilter(filter('m4'))
    expect(shown(made, 1)).toEqual(['m49999'])
    expect(made.window(1).searched).toBeCloseTo(0.2)
    made.add([raw('m4 new', 100_000)])
    expect(slices).toHaveLength(1)
    finish()
    expect(made.window(1).searched).toBeNull()
    // m4, m40-49, m400-499, m4000-4999, m40000-49999, and the new one.
    expect(made.window(1).matching).toBe(1 + 10 + 100 + 1_000 + 10_000 + 1)
    expect(shown(made, 1)).toEqual(['m4 new'])
  })

  test('stays right when lines are let go while it is searching', () => {
    const { made, finish } = book({ linesMax: 30_000 })
    made.add(many(0, 30_000))
    finish()
    made.setFilter(filter('m'))
    made.add(many(30_000, 45_000))
    finish()
    expect(made.window(1)).toMatchObject({ kept: 30_000, matching: 30_000, evicted: 15_000 })
    made.toFirst(1)
    expect(shown(made, 1)).toEqual(['m15000'])
  })

  test('of levels lets gaps through, since they belong to every level', () => {
    const { made, finish } = book()
    made.add([raw('quiet', 1, 'feed', 20), raw('loud', 2, 'feed', 50), { process: 'feed', text: '', gap: 'cut short' }])
    made.setLevelMin(LEVELS.error)
    finish()
    expect(shown(made)).toEqual(['loud', 'cut short'])
    made.setLevelMin(LEVELS.trace)
    finish()
    expect(shown(made)).toHaveLength(3)
  })
})

test('a search through 200,000 lines never takes input away for long', () => {
  const { made, slices, finish } = book({ monotonic: () => performance.now() })
  made.add(many(0, 200_000))
  finish()
  const spent: number[] = []
  const timed = (run: () => void): void => {
    const from = performance.now()
    run()
    spent.push(performance.now() - from)
  }
  timed(() => made.setFilter(filter('m19999')))
  for (let run = slices.shift(); run !== undefined; run = slices.shift()) timed(run)
  expect(made.window(10).matching).toBe(11)
  // A generous bound for a machine that is busy with other tests; alone it is a few milliseconds.
  expect(spent.sort((a, b) => a - b)[Math.floor(spent.length / 2)]).toBeLessThan(33)
})

test('frozen for 600,000 lines, every frame shows the very same lines, and those that came are counted', () => {
  const { made } = book({ linesMax: 20_000 })
  made.add(many(0, 1_000))
  made.toggleFreeze(40)
  const before = made.window(40).lines
  for (let second = 0; second < 60; second += 1) {
    made.add(many(1_000 + second * 10_000, 11_000 + second * 10_000))
    const { lines, fresh, following, kept, evicted } = made.window(40)
    expect(lines).toBe(before)
    expect([fresh, following]).toEqual([(second + 1) * 10_000, false])
    expect(kept + evicted).toBe(1_000 + fresh)
  }
})

test('without other limits 200,000 lines are kept, or 64 million characters of them', () => {
  const { made } = book()
  for (let at = 0; at < 210_000; at += 10_000) made.add(many(at, at + 10_000))
  expect(made.window(1)).toMatchObject({ kept: 200_000, evicted: 10_000 })
  const long = 'x'.repeat(16_000)
  for (let at = 0; at < 5_000; at += 100) made.add(Array.from({ length: 100 }, (_, index) => raw(long, 1_000_000 + at + index)))
  const { kept, evicted } = made.window(1)
  expect(kept + evicted).toBe(215_000)
  expect(kept).toBeLessThanOrEqual(Math.ceil(67_108_864 / 16_000))
  expect(kept).toBeGreaterThan(67_108_864 / 16_100)
})

test('no slice of a filter over 100,000 lines takes longer than a frame', () => {
  const { made, slices } = book({ monotonic: () => performance.now() })
  const fields = { strategy: 'trend', symbol: 'BTCUSD', price: '61234.5', quantity: '0.125' }
  made.add(
    Array.from({ length: 100_000 }, (_, index) => ({
      process: 'feed',
      text: JSON.stringify({ level: 30, time: index, msg: `m${index}`, ...fields }),
    })),
  )
  for (const text of ['m99', 'symbol:btc', '/m9+ /', 'price>=61000 !symbol:eth', 'corr:none']) {
    const took: number[] = []
    const timed = (run: () => void): void => {
      const began = performance.now()
      run()
      took.push(performance.now() - began)
    }
    timed(() => made.setFilter(filter(text)))
    for (let run = slices.shift(); run !== undefined; run = slices.shift()) timed(run)
    expect(took.length).toBeGreaterThan(5)
    took.sort((a, b) => a - b)
    // The median, since other processes share this machine; the bench looks at the worst.
    expect(took[Math.floor(took.length / 2)]).toBeLessThan(33)
  }
})

test('a slice of a search ends when its time is over, however slow the lines are', () => {
  let now = 0
  const { made, slices } = book({ monotonic: () => (now += 6) })
  made.add(many(0, 50_000))
  made.setFilter(filter('m'))
  expect(made.window(1).matching).toBe(1_000)
  expect(made.window(1).searched).toBeCloseTo(0.02)
  expect(slices).toHaveLength(1)
})
