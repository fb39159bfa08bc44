import type { Line } from '../present/line.ts'
import { cell } from '../present/line.ts'
import type { Size } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import { BLANK, type Cell, type ChartOptions, type LineChart, lineOf, type Mark } from './chart.ts'
import { DOT_COLUMNS } from './dots.ts'
import { sampled, scaleOf, shareOf } from './scale.ts'

/** Rows below the curve: the axis and its times. */
const AXIS_ROWS = 2
const PLOT_ROWS_MIN = 2
const PLOT_COLUMNS_MIN = 8
const TIME_COLUMNS = 16

/** Draws one curve: shares of the height, two for each column. */
export type Plot = (samples: readonly (number | null)[], columns: number, rows: number, tone: Tone) => readonly (readonly Cell[])[]

const MARKS: Readonly<Record<Mark['kind'], Cell>> = {
  entry: { text: '^', tone: 'good' },
  exit: { text: 'v', tone: 'warning' },
  blocked: { text: 'x', tone: 'danger' },
}

/** A curve between its axes, with its marks: the same for whoever draws the curve. */
export const framed = (chart: LineChart, { columns, rows }: Size, options: ChartOptions, plot: Plot): readonly Line[] => {
  const { points, marks } = chart
  const values = [...points.map(({ value }) => value), ...marks.map(({ value }) => value), ...(chart.base === null ? [] : [chart.base])]
  const plotRows = rows - AXIS_ROWS
  const scale = scaleOf(values, plotRows)
  const labelWidth = Math.max(1, ...scale.ticks.map(({ text }) => text.length))
  const plotColumns = columns - labelWidth - 2
  if (plotRows < PLOT_ROWS_MIN || plotColumns < PLOT_COLUMNS_MIN) return tooSmall(chart, { columns, rows })

  const times = [points[0], points.at(-1), ...marks].flatMap((point) => (point === undefined ? [] : [point.at]))
  const [from, to] = [Math.min(...times), Math.max(...times)]
  const samples = sampled(points, from, to, plotColumns * DOT_COLUMNS).map((value) => (value === null ? null : shareOf(scale, value)))
  const cells = plot(samples, plotColumns, plotRows, chart.tone).map((row) => [...row])
  const rowAt = (value: number): number => Math.round((1 - shareOf(scale, value)) * (plotRows - 1))
  for (const { at, value, kind } of marks) {
    const row = cells[rowAt(value)]
    if (row !== undefined) row[to === from ? 0 : Math.floor(((at - from) / (to - from)) * (plotColumns - 1))] = MARKS[kind]
  }

  const labels = new Map(scale.ticks.map(({ value, text }) => [rowAt(value), text]))
  const body = cells.map((row, index): Line => {
    const text = labels.get(index)
    return [{ text: `${(text ?? '').padStart(labelWidth)} ${text === undefined ? '|' : '+'}`, tone: 'muted' }, ...lineOf(row)]
  })
  const margin = ' '.repeat(labelWidth + 1)
  return [
    ...body,
    [{ text: `${margin}+${'-'.repeat(plotColumns)}`, tone: 'muted' }],
    [{ text: `${margin} ${timesLine(from, to, plotColumns, options)}`, tone: 'muted' }],
  ]
}

/** As many times as there is room for, each where it belongs; one that would stick out at the right ends there. */
const timesLine = (from: number, to: number, columns: number, { time }: ChartOptions): string => {
  const count = from === to ? 1 : Math.max(1, Math.floor(columns / TIME_COLUMNS))
  let line = ''
  for (let index = 0; index <= count; index += 1) {
    if (index === count && from === to) break
    const text = time(from + ((to - from) * index) / count, to - from)
    const start = Math.min(Math.round((columns * index) / count), columns - text.length)
    if (start < line.length + (index === 0 ? 0 : 1)) continue
    line = line.padEnd(start) + text
  }
  return line.slice(0, columns)
}

/** Where there is no room for a picture its figures are written. */
const tooSmall = ({ points, marks }: LineChart, { columns, rows }: Size): readonly Line[] => {
  const last = points.at(-1)
  const text = last === undefined ? `${marks.length} marks` : `last ${Number(last.value.toPrecision(6))}, too small for a picture`
  return Array.from({ length: rows }, (_, index): Line => (index === 0 ? [{ text: cell(text, columns), tone: 'muted' }] : []))
}

/** Filled up or cut to the wanted rows. */
export const exactly = (lines: readonly Line[], rows: number): readonly Line[] => Array.from({ length: rows }, (_, index) => lines[index] ?? [])

export const blanks = (columns: number): Cell[] => Array.from({ length: columns }, () => BLANK)
