import { cell, type Line } from '../present/line.ts'
import type { Size } from '../store/state.ts'
import type { BarsChart, ChartOptions, ChartRenderer, ShareChart } from './chart.ts'
import { FULL, plotDots } from './dots.ts'
import { exactly, framed } from './frame.ts'
import { figure } from './scale.ts'

const LABEL_COLUMNS_MAX = 28

/** Charts of Braille dots, and of `.-|#` where only ASCII goes to the screen. */
export const brailleRenderer: ChartRenderer = (chart, size, options) => {
  if (chart.kind === 'line')
    return exactly(
      framed(chart, size, options, (samples, columns, rows, tone) => plotDots(samples, columns, rows, tone, options.ascii)),
      size.rows,
    )
  return exactly(chart.kind === 'bars' ? barLines(chart, size, options) : shareLines(chart, size, options), size.rows)
}

/** Bars from left to right, because the names of guards are long. */
const barLines = ({ bars, of }: BarsChart, { columns, rows }: Size, { ascii }: ChartOptions): readonly Line[] => {
  const most = Math.max(...bars.flatMap(({ values }) => values))
  const texts = bars.map(({ values }) => values.map(figure))
  const labelWidth = Math.min(LABEL_COLUMNS_MAX, Math.floor(columns / 3), Math.max(...bars.map(({ label }) => label.length)))
  const nameWidth = of.length === 1 ? 0 : Math.min(Math.floor(columns / 4), Math.max(...of.map(({ name }) => name.length)) + 1)
  const valueWidth = Math.max(...texts.flat().map((text) => text.length))
  const space = Math.max(0, columns - labelWidth - nameWidth - valueWidth - 3)
  const lines = bars.flatMap(({ label, values }, bar): readonly Line[] =>
    values.map((value, index) => [
      { text: ` ${cell(index === 0 ? label : '', labelWidth)} `, tone: 'text' },
      { text: nameWidth === 0 ? '' : `${cell(of[index]?.name ?? '', nameWidth - 1)} `, tone: 'muted' },
      { text: (ascii ? '#' : FULL).repeat(barLength(value, most, space)), tone: of[index]?.tone ?? 'text' },
      { text: ` ${texts[bar]?.[index] ?? ''}`, tone: 'text' },
    ]),
  )
  if (lines.length <= rows) return lines
  const whole = Math.floor((rows - 1) / of.length)
  return [...lines.slice(0, whole * of.length), [{ text: ` and ${bars.length - whole} more`, tone: 'muted' }]]
}

/** What is more than nothing is never drawn as nothing. */
const barLength = (value: number, most: number, space: number): number =>
  value <= 0 || most <= 0 ? 0 : Math.max(Math.min(1, space), Math.round((value / most) * space))

const SHARE_MARKS = ['#', '.', '-', '|'] as const
const SHARE_DOTS = [FULL, '\u28c0', '\u2812', '\u2847'] as const

/** The whole as one bar, its parts below. */
const shareLines = ({ parts }: ShareChart, { columns, rows }: Size, { ascii }: ChartOptions): readonly Line[] => {
  const whole = parts.reduce((sum, { value }) => sum + value, 0)
  const space = Math.max(0, columns - 2)
  let done = 0
  let drawn = 0
  const marks = ascii ? SHARE_MARKS : SHARE_DOTS
  const bar = parts.map(({ value, tone }, index) => {
    done += value
    const end = Math.round((done / whole) * space)
    const text = (marks[index % marks.length] ?? '#').repeat(end - drawn)
    drawn = end
    return { text, tone }
  })
  const key = parts.map(
    ({ label, value, tone }, index): Line => [
      { text: ` ${marks[index % marks.length]} `, tone },
      { text: cell(`${label}  ${figure(value)}  ${((value / whole) * 100).toFixed(1)}%`, Math.max(0, columns - 3)), tone: 'text' },
    ],
  )
  const line: Line = [{ text: ' ', tone: 'text' }, ...bar]
  return rows <= key.length ? key : [...Array.from({ length: Math.min(3, rows - key.length) }, () => line), ...key]
}
