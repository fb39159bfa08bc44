import type { Line } from '../present/line.ts'
import { reading } from '../present/number.ts'
import { emptyLine, titleLine } from '../present/pane.ts'
import { age, timeText } from '../present/time.ts'
import type { ConsoleState } from '../store/state.ts'
import { type Chart, charts } from './series.ts'

export type ChartLook = { readonly width: number; readonly height: number; readonly focused: boolean }

/** The pane of charts: one chart after the other as far as they fit, beginning with the chosen one. */
export const presentCharts = (state: ConsoleState, { width, height, focused }: ChartLook): readonly Line[] => {
  const all = charts(state)
  const index = state.chart.index % Math.max(1, all.length)
  const window = state.chart.windowMs === 0 ? 'all' : age(state.chart.windowMs)
  const title = titleLine({
    name: 'Charts',
    focused,
    width,
    note: [{ text: `window ${window}  w to change  ${index + 1} of ${all.length}`, tone: 'muted' }],
  })
  return [title, ...[...all.slice(index), ...all.slice(0, index)].flatMap((chart) => tableLines(chart, state))].slice(0, height)
}

const POINTS_SHOWN = 6

/** A chart's figures: what can be read aloud, copied and tested. */
export const tableLines = (chart: Chart, state: ConsoleState): readonly Line[] => {
  const head: Line = [{ text: `  ${chart.name}${chart.kind === 'share' || chart.unit === '' ? '' : ` (${chart.unit})`}`, tone: 'heading' }]
  if (chart.kind === 'line') {
    const points = chart.series.flatMap(({ points }) => points)
    const last = points.at(-1)
    if (last === undefined) return [head, emptyLine('no figure yet')]
    const values = points.map(({ value }) => value)
    return [
      head,
      emptyLine(
        `${points.length} points  least ${reading(Math.min(...values))}  most ${reading(Math.max(...values))}  last ${reading(last.value)}`,
        'text',
      ),
      ...points.slice(-POINTS_SHOWN).map(({ at, value }) => emptyLine(`${timeText(at, state.clock, state.now)}  ${reading(value)}`)),
    ]
  }
  const rows = chart.kind === 'bars' ? chart.bars : chart.parts
  return rows.every(({ value }) => value === 0)
    ? [head, emptyLine('no figure yet')]
    : [head, ...rows.map(({ label, value }) => emptyLine(`${label}  ${reading(value)}`, 'text'))]
}
