import { fitLine, type Line, spread } from '../present/line.ts'
import { emptyLine, titleLine } from '../present/pane.ts'
import { age, timeWithYear } from '../present/time.ts'
import type { ConsoleState, Size } from '../store/state.ts'
import { brailleRenderer } from './braille.ts'
import { type Chart, type ChartOptions, hasFigures } from './chart.ts'
import { exactly } from './frame.ts'
import { figure } from './scale.ts'
import { chartMakers, chartNow, chartTime } from './series.ts'

export type ChartLook = { readonly width: number; readonly height: number; readonly focused: boolean }

/** Rows of a chart with its heading: as many charts as have that much are shown, and share what there is. */
const CHART_ROWS_MIN = 7
const CHART_ROWS_MAX = 20
/** From here on charts stand in two columns. */
const TWO_COLUMNS_MIN = 130
const GAP = 2

/** The pane of charts, beginning with the chosen one: pictures, or their figures. */
export const presentCharts = (state: ConsoleState, { width, height, focused }: ChartLook): readonly Line[] => {
  const all = chartMakers(state)
  const index = state.chart.index % Math.max(1, all.length)
  const window = state.chart.windowMs === 0 ? 'all' : age(state.chart.windowMs)
  const title = titleLine({
    name: 'Charts',
    focused,
    width,
    note: [...rendererNote(state), { text: `window ${window}  ${index + 1} of ${all.length}`, tone: 'muted' }],
  })
  const turned = [...all.slice(index), ...all.slice(0, index)]
  const rows = height - 1
  if (state.chart.table || rows < CHART_ROWS_MIN) return [title, ...figures(turned, state, rows)]
  return [title, ...pictures(turned, state, { columns: width, rows })]
}

const figures = (all: readonly (() => Chart)[], state: ConsoleState, rows: number): readonly Line[] => {
  const lines: Line[] = []
  for (const make of all) {
    if (lines.length >= rows) break
    lines.push(...tableLines(make(), state))
  }
  return lines.slice(0, rows)
}

const pictures = (all: readonly (() => Chart)[], state: ConsoleState, { columns, rows }: Size): readonly Line[] => {
  const across = columns >= TWO_COLUMNS_MIN && all.length > 1 ? 2 : 1
  const down = Math.max(1, Math.min(Math.ceil(all.length / across), Math.floor(rows / CHART_ROWS_MIN)))
  const width = Math.floor((columns - GAP * (across - 1)) / across)
  const lines: Line[] = []
  for (let row = 0; row < down; row += 1) {
    // What cannot be shared equally is the upper charts'.
    const height = Math.min(CHART_ROWS_MAX, Math.floor(rows / down) + (row < rows % down ? 1 : 0))
    const blocks = all.slice(row * across, (row + 1) * across).map((make) => chartLines(make(), state, { columns: width, rows: height }))
    for (let at = 0; at < height; at += 1) {
      const [left = [], right] = blocks.map((block) => block[at] ?? [])
      lines.push(right === undefined ? left : [...spread(left, [], width), { text: ' '.repeat(GAP) }, ...right])
    }
  }
  return lines
}

/** One chart with its heading; without figures it says why. */
const chartLines = (chart: Chart, state: ConsoleState, { columns, rows }: Size): readonly Line[] => {
  const head = spread([{ text: `-- ${headOf(chart)} `, tone: 'heading' }], [{ text: figuresOf(chart), tone: 'muted' }], columns)
  if (!hasFigures(chart)) return exactly([head, fitLine(emptyLine(chart.empty), columns)], rows)
  return [head, ...rendererOf(state)(chart, { columns, rows: rows - 1 }, optionsOf(state, chart))]
}

const rendererOf = ({ ascii, settings, chart }: ConsoleState) =>
  ascii || settings.charts === 'braille' || chart.contrib.kind !== 'ready' ? brailleRenderer : chart.contrib.render

/** While the better pictures are not there, these say so. */
const rendererNote = ({ ascii, settings, chart: { contrib } }: ConsoleState): Line => {
  if (ascii || settings.charts === 'braille') return []
  if (contrib.kind === 'loading') return [{ text: 'contrib is being loaded  ', tone: 'muted' }]
  return contrib.kind === 'failed' ? [{ text: `contrib cannot be used: ${contrib.reason}  `, tone: 'warning' }] : []
}

const optionsOf = (state: ConsoleState, chart: Chart): ChartOptions => ({ ascii: state.ascii, time: chartTime(state, chart) })

const headOf = ({ name, unit }: Chart): string => `${name}${unit === '' ? '' : ` (${unit})`}`

/** What a picture cannot be read off exactly. */
const figuresOf = (chart: Chart): string => {
  if (!hasFigures(chart)) return ''
  if (chart.kind === 'line') {
    const last = chart.points.at(-1)
    // A window that holds next to nothing says where the rest is.
    if (chart.points.length < 2 && chart.earlier > 0) return `${chart.earlier} earlier: w widens the window`
    return last === undefined ? `${chart.marks.length} marks` : `${leastAndMost(chart.points)}  last ${figure(last.value)}`
  }
  if (chart.kind === 'bars')
    return chart.of.length === 1 ? '' : chart.of.map(({ name }, index) => `${name} ${figure(sumOf(chart.bars, index))}`).join('  ')
  return chart.parts.map(({ label, value }) => `${label} ${figure(value)}`).join('  ')
}

const sumOf = (bars: readonly { readonly values: readonly number[] }[], index: number): number =>
  bars.reduce((sum, { values }) => sum + (values[index] ?? 0), 0)

const leastAndMost = (points: readonly { readonly value: number }[]): string => {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (const { value } of points) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return `least ${figure(least)}  most ${figure(most)}`
}

const POINTS_SHOWN = 6

/** A chart's figures: what can be read aloud, copied and tested. */
export const tableLines = (chart: Chart, state: ConsoleState): readonly Line[] => {
  const head: Line = [{ text: `  ${headOf(chart)}`, tone: 'heading' }]
  if (!hasFigures(chart)) return [head, emptyLine(chart.empty)]
  const at = (time: number): string => timeWithYear(time, state.clock, chartNow(state, chart))
  if (chart.kind === 'line') {
    const last = chart.points.at(-1)
    return [
      head,
      ...(last === undefined ? [] : [emptyLine(`${chart.points.length} points  ${leastAndMost(chart.points)}  last ${figure(last.value)}`, 'text')]),
      ...chart.points.slice(-POINTS_SHOWN).map((point) => emptyLine(`${at(point.at)}  ${figure(point.value)}`)),
      ...chart.marks.slice(-POINTS_SHOWN).map((mark) => emptyLine(`${at(mark.at)}  ${figure(mark.value)}  ${mark.kind}`)),
    ]
  }
  if (chart.kind === 'share') return [head, ...chart.parts.map(({ label, value }) => emptyLine(`${label}  ${figure(value)}`, 'text'))]
  return [
    head,
    ...chart.bars.map(({ label, values }) => {
      const amounts = values.map((value, index) => (chart.of.length === 1 ? figure(value) : `${chart.of[index]?.name ?? ''} ${figure(value)}`))
      return emptyLine([label, ...amounts].join('  '), 'text')
    }),
  ]
}
