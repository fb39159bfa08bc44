import { describe, expect, test } from 'vitest'
import { brailleRenderer } from '../../tui/charts/braille.ts'
import type { BarsChart, Chart, ChartOptions, ChartRenderer, LineChart, ShareChart } from '../../tui/charts/chart.ts'
import { createContribRenderer } from '../../tui/charts/contrib.ts'
import { lineWidth, plainText } from '../../tui/present/line.ts'
import { timeOfDay } from '../../tui/present/time.ts'
import { FIXTURE_NOW } from '../helpers/snapshot-fixture.ts'

const options: ChartOptions = { ascii: false, time: (at) => timeOfDay(at) }
const inAscii: ChartOptions = { ...options, ascii: true }
const contrib = (): ChartRenderer => createContribRenderer(() => 0)

const curve = (values: readonly number[], changes: Partial<LineChart> = {}): LineChart => ({
  kind: 'line',
  clock: 'feed',
  name: 'Equity',
  unit: 'USD',
  tone: 'key',
  base: null,
  earlier: 0,
  points: values.map((value, index) => ({ at: FIXTURE_NOW + index * 1_000, value })),
  marks: [],
  empty: '',
  ...changes,
})
const bars = (...rows: readonly [string, ...number[]][]): BarsChart => ({
  kind: 'bars',
  name: 'Guards',
  unit: 'USD',
  of: [
    { name: 'avoided loss', tone: 'gain' },
    { name: 'missed profit', tone: 'loss' },
  ],
  bars: rows.map(([label, ...values]) => ({ label, values })),
  empty: '',
})
const share = (won: number, lost: number, even = 0): ShareChart => ({
  kind: 'share',
  name: 'Won and lost',
  unit: 'trades',
  parts: [
    { label: 'won', value: won, tone: 'gain' },
    { label: 'lost', value: lost, tone: 'loss' },
    { label: 'even', value: even, tone: 'muted' },
  ],
  empty: '',
})
const picture = (render: ChartRenderer, chart: Chart, columns: number, rows: number, how = options): readonly string[] =>
  render(chart, { columns, rows }, how).map((line) => plainText(line).trimEnd())

describe('a curve', () => {
  const rising = curve([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  test('of dots', () => {
    expect(picture(brailleRenderer, rising, 24, 7)).toEqual([
      '10 +                ⣀⣠⠒⠋',
      '   |            ⣀⣠⠒⠚',
      ' 5 +        ⣀⣠⠒⠚',
      '   |    ⣀⣠⠒⠚',
      ' 0 +⣀⣠⠒⠚',
      '   +--------------------',
      '    14:02:11    14:02:21',
    ])
  })
  test('of ASCII', () => {
    expect(picture(brailleRenderer, curve([0, 0, 10, 10, 0]), 24, 7, inAscii)).toMatchInlineSnapshot(`
      [
        "10 +          |--------|",
        "   |          |        |",
        " 5 +         |-        |",
        "   |         |         |",
        " 0 +.........|         |",
        "   +--------------------",
        "    14:02:11    14:02:15",
      ]
    `)
  })
  test('with what was done at its prices, each at its time and price', () => {
    const marked = curve([5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5], {
      marks: [
        { at: FIXTURE_NOW, value: 0, kind: 'entry' },
        { at: FIXTURE_NOW + 5_000, value: 10, kind: 'blocked' },
        { at: FIXTURE_NOW + 10_000, value: 0, kind: 'exit' },
      ],
    })
    const lines = picture(brailleRenderer, marked, 24, 7)
    expect(lines[0]).toBe('10 +         x')
    expect(lines[4]).toBe(' 0 +^                  v')
    expect(picture(contrib(), marked, 24, 7)[4]).toBe(lines[4])
  })
  test('that is constant stands in the middle', () => {
    for (const render of [brailleRenderer, contrib()]) expect(picture(render, curve([7, 7, 7]), 40, 7)[2]).toMatch(/^ *7\.0 \+[⠉⠒⠤⣀]+$/u)
  })
  test('drawn by either has the same axes, and the same dots but for how steps are taken', () => {
    const values = Array.from({ length: 200 }, (_, index) => Math.sin(index / 15) * 40 - 12)
    const [own, theirs] = [picture(brailleRenderer, curve(values), 80, 16), picture(contrib(), curve(values), 80, 16)]
    const axes = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/[\u2800-\u28ff]/gu, ' ').trimEnd())
    expect(axes(theirs)).toEqual(axes(own))
    const columns = (lines: readonly string[]): ReadonlySet<string> =>
      new Set(lines.flatMap((line, row) => [...line].flatMap((text, column) => (/[\u2800-\u28ff]/u.test(text) ? [`${column} ${row}`] : []))))
    const [a, b] = [columns(own), columns(theirs)]
    expect(a.size).toBeGreaterThan(70)
    expect([...b].filter((place) => !a.has(place)).length).toBeLessThan(a.size * 0.1)
    expect([...a].filter((place) => !b.has(place)).length).toBeLessThan(a.size * 0.25)
  })
  test('has its meaning as its tone', () => {
    for (const tone of ['gain', 'loss', 'warning', 'key', 'text'] as const)
      for (const render of [brailleRenderer, contrib()]) {
        const tones = render(curve([1, 2, 3], { tone }), { columns: 40, rows: 8 }, options)
          .flat()
          .filter(({ text }) => /[\u2800-\u28ff]/u.test(text))
        expect(new Set(tones.map((segment) => segment.tone))).toEqual(new Set([tone]))
      }
  })
})

describe('bars', () => {
  test('from left to right where they are dots', () => {
    expect(picture(brailleRenderer, bars(['spread', 100, 25], ['cooldown', 0, 50]), 50, 5, inAscii)).toMatchInlineSnapshot(`
      [
        " spread   avoided lo… ######################## 100",
        "          missed pro… ###### 25",
        " cooldown avoided lo…  0",
        "          missed pro… ############ 50",
        "",
      ]
    `)
  })
  test('that do not fit are counted', () => {
    const many = bars(...Array.from({ length: 12 }, (_, index): [string, number, number] => [`guard-${index}`, 12 - index, 1]))
    expect(picture(brailleRenderer, many, 50, 9).at(-1)).toBe(' and 8 more')
    expect(picture(contrib(), many, 50, 9).at(-1)).toMatch(/avoided loss .*missed profit .*and 9 more$/)
  })
  test('upright by contrib, with the same names and amounts', () => {
    const text = picture(contrib(), bars(['spread', 100, 25], ['cooldown', 0, 50]), 60, 12).join('\n')
    for (const part of ['spread', 'cooldown', '100', '25', '50', 'avoided loss', 'missed profit']) expect(text).toContain(part)
  })
})

describe('parts of a whole', () => {
  test('as one bar where they are dots', () => {
    expect(picture(brailleRenderer, share(3, 1), 22, 6, inAscii)).toMatchInlineSnapshot(`
      [
        " ###############.....",
        " ###############.....",
        " ###############.....",
        " # won  3  75.0%",
        " . lost  1  25.0%",
        " - even  0  0.0%",
      ]
    `)
  })
  test('as one ring each by contrib', () => {
    const text = picture(contrib(), share(3, 1), 60, 14).join('\n')
    for (const part of ['75%', '25%', 'won 3', 'lost 1']) expect(text).toContain(part)
    expect(text).not.toContain('even')
  })
})

const EXTREMES: readonly (readonly [string, Chart])[] = [
  ['one point', curve([5])],
  ['one point at zero', curve([0])],
  ['a constant', curve(Array(50).fill(-3))],
  ['below zero', curve([-5, -900, -2])],
  ['a maximum of zero', curve([-5, -2, 0, -1])],
  ['huge', curve([1e300, -1e300, 1.7e308])],
  ['huge and alike', curve([1e15, 1e15 + 1])],
  ['tiny', curve([1e-300, 3e-300])],
  ['many points', curve(Array.from({ length: 5_000 }, (_, index) => (index * 7_919) % 1_000))],
  ['nothing but marks', curve([], { marks: [{ at: FIXTURE_NOW, value: 3, kind: 'entry' }] })],
  ['points of one time', curve([], { points: [1, 2, 3].map((value) => ({ at: FIXTURE_NOW, value })) })],
  ['one bar', bars(['a guard with a very long name that nobody can read', 5, 0])],
  ['bars of nothing', bars(['a', 0, 0])],
  ['huge bars', bars(['a', 1e300, 1e-9], ['b', 3, 2])],
  ['all won', share(5, 0)],
  ['one in many', share(1, 1_000_000, 3)],
]
const SIZES = [
  { columns: 12, rows: 1 },
  { columns: 20, rows: 4 },
  { columns: 40, rows: 8 },
  { columns: 79, rows: 11 },
  { columns: 120, rows: 20 },
]

describe.each(EXTREMES)('%s', (_, chart) => {
  test.each(SIZES)('takes exactly $columns x $rows', (size) => {
    for (const [render, how] of [
      [brailleRenderer, options],
      [brailleRenderer, inAscii],
      [contrib(), options],
    ] as const) {
      const lines = render(chart, size, how)
      expect(lines).toHaveLength(size.rows)
      for (const line of lines) {
        expect(lineWidth(line)).toBeLessThanOrEqual(size.columns)
        expect(plainText(line)).not.toMatch(/NaN|Infinity|undefined/)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
        expect(plainText(line)).not.toMatch(/[\u0000-\u001f\u007f]/)
        if (how.ascii) expect(plainText(line)).toMatch(/^[\x20-\x7e…]*$/)
      }
    }
  })
})

describe('the widgets of contrib', () => {
  const EVENTS = ['exit', 'uncaughtException', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT'] as const
  test('leave nothing behind in the process', async () => {
    const count = () => ({
      process: EVENTS.map((event) => process.listenerCount(event)),
      streams: [process.stdin, process.stdout].map((stream) => stream.eventNames().map((event) => [event, stream.listenerCount(event)])),
      env: { ...process.env },
    })
    process.env.TMUX = '/tmp/nobody,1,0'
    const before = count()
    const render = contrib()
    for (let index = 0; index < 20; index += 1) {
      for (const chart of [curve([index, 1]), bars(['a', index + 1, 1]), share(index + 1, 1)])
        render({ ...chart, name: `${chart.name} ${index}` }, { columns: 60, rows: 12 }, options)
    }
    await new Promise(setImmediate)
    expect(count()).toEqual(before)
    delete process.env.TMUX
  })
  test('are drawn again only for other figures, and at most four times a second', () => {
    let now = 0
    const render = createContribRenderer(() => now)
    const size = { columns: 60, rows: 12 }
    const first = render(curve([1, 2]), size, options)
    now = 100
    expect(render(curve([1, 9]), size, options)).toBe(first)
    now = 260
    const second = render(curve([1, 9]), size, options)
    expect(second).not.toBe(first)
    now = 10_000
    expect(render(curve([1, 9]), size, options)).toBe(second)
    expect(render(curve([1, 9]), { columns: 50, rows: 12 }, options)).not.toBe(second)
  })

  test('that do not fit into a frame are Braille until a later one, and then come before those that were drawn', async () => {
    let now = 0
    // Every look at the clock takes ten milliseconds, so a picture takes ten and three of them fit.
    const render = createContribRenderer(() => {
      now += 10
      return now
    })
    const size = { columns: 60, rows: 12 }
    const frame = async (value: number): Promise<readonly boolean[]> => {
      const charts = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...curve([1, value]), name }))
      const pictures = charts.map((chart) => render(chart, size, options))
      const isDrawn = pictures.map((lines, index) => {
        const chart = charts[index]
        return chart !== undefined && JSON.stringify(lines) === JSON.stringify(contrib()(chart, size, options))
      })
      await Promise.resolve()
      now += 1_000
      return isDrawn
    }
    expect(await frame(2)).toEqual([true, true, true, false, false])
    expect(await frame(2)).toEqual([true, true, true, true, true])
    expect(await frame(3)).toEqual([true, true, true, false, false])
    expect(await frame(4)).toEqual([false, false, false, true, true])
  })
})
