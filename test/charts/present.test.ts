import { describe, expect, test } from 'vitest'
import { createContribRenderer } from '../../tui/charts/contrib.ts'
import { loadWhenShown } from '../../tui/charts/load.ts'
import { presentCharts } from '../../tui/charts/present.ts'
import { charts } from '../../tui/charts/series.ts'
import { lineWidth, plainText } from '../../tui/present/line.ts'
import type { ConsoleState, Contrib, Settings } from '../../tui/store/state.ts'
import { attached, given } from '../helpers/console-state.ts'
import { storeOf } from '../helpers/draw.tsx'
import { recordsFixture } from '../helpers/records-fixture.ts'
import { FIXTURE_NOW } from '../helpers/snapshot-fixture.ts'

const READY: Contrib = { kind: 'ready', render: createContribRenderer(() => 0) }

const state = (changes: Partial<ConsoleState['chart']> = {}, settings: Partial<Settings> = {}, ascii = false): ConsoleState => {
  const base = attached()
  return {
    ...base,
    view: 'charts',
    pane: 'charts',
    ascii,
    records: recordsFixture(),
    equitySeries: Array.from({ length: 90 }, (_, index) => ({ at: FIXTURE_NOW - 90_000 + index * 1_000, value: 100_000 + 50 * Math.sin(index / 9) })),
    chart: { ...base.chart, ...changes },
    settings: { ...base.settings, ...settings },
  }
}
const shown = (of: ConsoleState, width = 80, height = 20): readonly string[] =>
  presentCharts(of, { width, height, focused: true }).map((line) => plainText(line).trimEnd())
const DOTS = /[\u2800-\u28ff]/u

describe('the pane of charts', () => {
  test('shows as many charts as have room, beginning with the chosen one', () => {
    const heads = (of: ConsoleState, height: number): readonly string[] =>
      shown(of, 80, height).flatMap((line) => /^-- ([A-Z][^(]*?) +(?:\(|least|won)/.exec(line)?.[1] ?? [])
    expect(heads(state(), 20)).toEqual(['Equity', 'Drawdown'])
    expect(heads(state(), 9)).toEqual(['Equity'])
    expect(heads(state({ index: 2 }), 30)).toEqual(['Booked profit', 'Price BTCUSD', 'Price ETHUSD', 'Cycle latency'])
    expect(heads(state({ index: charts(state()).length }), 9)).toEqual(['Equity']) // round again
  })
  test('makes no chart that nobody sees', () => {
    const { snapshot } = attached()
    if (snapshot === null) throw new Error('the fixture is attached')
    let asked = 0
    const guarded = Object.defineProperty({ ...snapshot }, 'guards', { enumerable: true, get: () => ++asked && snapshot.guards }) // of the chart of blocks
    const of = (index: number): ConsoleState => ({ ...state({ index }), snapshot: guarded })
    expect(shown(of(0))).toHaveLength(20)
    expect(asked).toBe(0)
    const blocks = charts(state()).findIndex(({ name }) => name === 'Blocks by guard')
    expect(shown(of(blocks))).toHaveLength(20)
    expect(asked).toBeGreaterThan(0)
  })
  test.each([
    [60, 12],
    [80, 20],
    [160, 44],
    [250, 66],
    [20, 3],
    [1, 1],
  ])('fits %d x %d, as pictures, as a table, in ASCII and by contrib', (width, height) => {
    for (const of of [state(), state({ table: true }), state({}, {}, true), state({ contrib: READY }), { ...attached(), view: 'charts' as const }]) {
      const lines = presentCharts(of, { width, height, focused: false })
      expect(lines.length).toBeLessThanOrEqual(height)
      if (height >= 10 && !of.chart.table) for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(width)
    }
  })
  test('a window that holds one point alone says that there are more before it', () => {
    expect(shown(state({ windowMs: 1 }))[1]).toMatch(/^-- Equity.* 89 earlier: w widens the window/)
    expect(shown(state({ windowMs: 60_000 }))[1]).not.toContain('earlier')
  })
  test('a wide one has two columns', () => {
    const lines = shown(state(), 160, 30)
    expect(lines[1]).toMatch(/^-- Equity .*-- Drawdown /)
    expect(lines.filter((line) => DOTS.test(line.slice(0, 79)) && DOTS.test(line.slice(81))).length).toBeGreaterThan(5)
  })
  test('T shows the figures of every chart instead', () => {
    const lines = shown(state({ table: true }), 80, 200)
    expect(lines.some((line) => DOTS.test(line))).toBe(false)
    for (const { name } of charts(state())) expect(lines.some((line) => line.startsWith(`  ${name}`))).toBe(true)
    expect(lines).toContainEqual(expect.stringMatching(/14:01:11 {2}28\.4$/))
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}grossExposure {2}avoided loss 12\.5 {2}missed profit 0$/))
  })
  test('in ASCII nothing else is drawn, whatever is loaded', () => {
    for (const line of shown(state({ contrib: READY }, {}, true), 160, 60)) expect(line).toMatch(/^[\x20-\x7e…]*$/)
  })
  test('who draws is a setting; until the other is loaded, or where it cannot be, dots stand there and it is said', () => {
    const rings = (of: ConsoleState): boolean =>
      shown({ ...of, chart: { ...of.chart, index: charts(of).length - 1 } }, 80, 20).some((line) => line.includes('50%'))
    expect(rings(state({ contrib: READY }))).toBe(true)
    expect(rings(state({ contrib: READY }, { charts: 'braille' }))).toBe(false)
    expect(shown(state({ contrib: { kind: 'loading' } }))[0]).toContain('contrib is being loaded')
    expect(shown(state({ contrib: { kind: 'failed', reason: 'no such file' } }))[0]).toContain('contrib cannot be used: no such file')
    expect(shown(state({ contrib: { kind: 'loading' } })).some((line) => DOTS.test(line))).toBe(true)
  })
})

describe('contrib is loaded', () => {
  const settled = () => new Promise(setImmediate)

  test('when charts are first looked at, and once', async () => {
    const store = storeOf(attached())
    let loads = 0
    const stop = loadWhenShown(store, async () => {
      loads += 1
      return createContribRenderer(() => 0)
    })
    expect(loads).toBe(0)
    store.update({ kind: 'view', view: 'charts' })
    expect([loads, store.get().chart.contrib.kind]).toEqual([1, 'loading'])
    await settled()
    expect(store.get().chart.contrib.kind).toBe('ready')
    store.update({ kind: 'view', view: 'overview' })
    store.update({ kind: 'view', view: 'charts' })
    expect(loads).toBe(1)
    stop()
  })
  test.each([
    { where: 'dots are set', changes: { settings: { ...attached().settings, charts: 'braille' as const } } },
    { where: 'only ASCII goes to the screen', changes: { ascii: true } },
  ])('never where $where', ({ changes }) => {
    const store = storeOf({ ...given(attached(), { kind: 'view', view: 'charts' }), ...changes })
    let loads = 0
    loadWhenShown(store, async () => {
      loads += 1
      return createContribRenderer(() => 0)
    })()
    expect(loads).toBe(0)
  })
  test('or it is said why not', async () => {
    const store = storeOf(given(attached(), { kind: 'view', view: 'charts' }))
    loadWhenShown(store, () => Promise.reject(new Error('no such package')))()
    await settled()
    expect(store.get().chart.contrib).toEqual({ kind: 'failed', reason: 'Error: no such package' })
  })
})
