import type { Element } from 'blessed'
import contribLine from 'blessed-contrib/lib/widget/charts/line.js'
import stackedBar from 'blessed-contrib/lib/widget/charts/stacked-bar.js'
import donut from 'blessed-contrib/lib/widget/donut.js'
import type { Line } from '../present/line.ts'
import type { Size } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import { brailleRenderer } from './braille.ts'
import { type BarsChart, BLANK, type Cell, type ChartRenderer, lineOf, type ShareChart } from './chart.ts'
import { DOT_COLUMNS, FULL } from './dots.ts'
import { blanks, exactly, framed, type Plot } from './frame.ts'
import { fakeOutput, quietScreen } from './quiet-screen.ts'

/** Colours are how the widgets are told what something means, and how we are told back. */
const COLOURS: Readonly<Partial<Record<Tone, string>>> = { gain: 'green', loss: 'red', warning: 'yellow', key: 'cyan', muted: 'blue' }
const TONES: readonly Tone[] = ['text', 'loss', 'gain', 'warning', 'muted', 'text', 'key', 'text']
const NO_COLOUR = 0x1ff

const toneOf = (colour: number): Tone => TONES[colour & 7] ?? 'text'

/** A cell of blessed: a blank with a background is a piece of a bar. */
const cellOf = ([attributes, text]: readonly [number, string]): Cell => {
  const background = attributes & 0x1ff
  const foreground = (attributes >> 9) & 0x1ff
  if (text === ' ') return background === NO_COLOUR ? BLANK : { text: FULL, tone: toneOf(background) }
  return { text, tone: foreground === NO_COLOUR ? 'text' : toneOf(foreground) }
}

/** What a widget draws on a screen that nobody sees. */
const drawn = ({ columns, rows }: Size, make: () => Element, data: unknown): readonly (readonly Cell[])[] => {
  const screen = quietScreen(
    fakeOutput({ columns, rows }, () => undefined),
    'xterm',
  )
  try {
    const widget = make()
    screen.append(widget)
    widget.setData(data)
    screen.render()
    return screen.lines.slice(0, rows).map((row) => row.slice(0, columns).map(cellOf))
  } finally {
    screen.destroy()
  }
}

/** Left of and below its curve the line widget draws axes of its own, in cells; ours are drawn around it instead. */
const AXIS_COLUMNS = 6
const AXIS_ROWS = 5
const X_PADDING = 10
/** What the canvas has fewer dots than its widget, and one column that its last points would stick out of. */
const CANVAS_DOTS_LESS = 12
const HEIGHT = 100

const plotContrib: Plot = (samples, columns, rows, tone) => {
  const dots = (columns + 1) * DOT_COLUMNS
  const size = { columns: (dots + X_PADDING + CANVAS_DOTS_LESS) / 2, rows: rows + AXIS_ROWS }
  const firstKnown = samples.findIndex((sample) => sample !== null)
  const first = samples[firstKnown] ?? null
  if (first === null) return Array.from({ length: rows }, () => blanks(columns))
  const y = samples.map((sample) => (sample ?? first) * HEIGHT)
  const tall = rows * 4 + 1
  const options = {
    width: size.columns,
    height: size.rows,
    minY: 0,
    maxY: (HEIGHT * tall) / (tall - 2), // its curve begins two dots above its axis
    numYLabels: 1,
    xPadding: X_PADDING,
    xLabelPadding: 5,
    style: { line: COLOURS[tone] ?? 'white', text: 'white', baseline: 'white' },
  }
  const picture = drawn(size, () => contribLine(options), [{ x: Array(dots).fill(''), y }])
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) =>
      column < Math.floor(firstKnown / DOT_COLUMNS) ? BLANK : (picture[row]?.[AXIS_COLUMNS + column] ?? BLANK),
    ),
  )
}

const BAR_COLUMNS = 8
const BAR_SPACING = 16
const BAR_ROWS_MIN = 7

/** Upright bars with their names below. */
const barPicture = ({ bars, of }: BarsChart, { columns, rows }: Size): readonly Line[] => {
  const shown = bars.slice(0, Math.floor((columns - 2) / BAR_SPACING))
  const options = {
    width: columns,
    height: rows,
    barWidth: BAR_COLUMNS,
    barSpacing: BAR_SPACING,
    xOffset: 1,
    barBgColor: of.map(({ tone }) => COLOURS[tone] ?? 'white'),
    showLegend: false,
  }
  const picture = drawn({ columns, rows: rows - 1 }, () => stackedBar({ ...options, height: rows - 1 }), {
    barCategory: shown.map(({ label }) => label.slice(0, BAR_SPACING - 2)),
    stackedCategory: of.map(({ name }) => name),
    data: shown.map(({ values }) => values.map((value) => Number(value.toPrecision(3)))),
  })
  const key: Line = [
    { text: ' ', tone: 'text' },
    ...of.map(({ name, tone }) => ({ text: `${FULL} ${name}  `, tone })),
    ...(shown.length < bars.length ? [{ text: `and ${bars.length - shown.length} more`, tone: 'muted' as const }] : []),
  ]
  return [...picture.map(lineOf), key]
}

const DONUT_ROWS_MIN = 8
const DONUT_COLUMNS_MIN = 24

/** One ring for each part that there is. */
const donutPicture = ({ parts }: ShareChart, { columns, rows }: Size): readonly Line[] => {
  const whole = parts.reduce((sum, { value }) => sum + value, 0)
  const rings = parts.filter(({ value }) => value > 0)
  const radius = Math.max(4, Math.min(rows * 2 - 10, Math.floor((columns * 2 - 8) / (rings.length * 2)) - 2))
  const options = { width: columns, height: rows, radius, arcWidth: Math.max(1, Math.floor(radius / 3)), remainColor: 'blue', yPadding: 2 }
  const data = rings.map(({ label, value, tone }) => ({ label: `${label} ${value}`, percent: value / whole, color: COLOURS[tone] ?? 'white' }))
  return drawn({ columns, rows }, () => donut(options), data).map(lineOf)
}

const picture: ChartRenderer = (chart, size, options) => {
  if (chart.kind === 'line') return framed(chart, size, options, plotContrib)
  if (chart.kind === 'bars')
    return size.rows < BAR_ROWS_MIN || size.columns < BAR_SPACING + 2 ? brailleRenderer(chart, size, options) : barPicture(chart, size)
  return size.rows < DONUT_ROWS_MIN || size.columns < DONUT_COLUMNS_MIN ? brailleRenderer(chart, size, options) : donutPicture(chart, size)
}

/** Shortest time between two pictures of one chart at one size. */
const INTERVAL_MS = 250
/** Pictures that are kept: charts, at the sizes that a terminal has while it is resized. */
const KEPT_MAX = 64

type Kept = { readonly text: string; readonly lines: readonly Line[]; readonly at: number }

/** What the pictures of one frame may take. One of them takes 10 to 20 ms, and a key must not wait for eight. */
const FRAME_MS_MAX = 25

/**
 * Charts of blessed-contrib's widgets. A picture is drawn again only for other figures, and at most four times a second. What does not
 * fit into a frame is Braille, or the picture before, until a later frame draws it; those that waited come first.
 */
export const createContribRenderer = (monotonic: () => number): ChartRenderer => {
  const kept = new Map<string, Kept>()
  let spentMs = 0
  let owed: ReadonlySet<string> = new Set()
  let refused: Set<string> | null = null

  /** A frame is made in one go: whatever runs after it is another one. */
  const endFrame = (): void => {
    spentMs = 0
    owed = refused ?? new Set()
    refused = null
  }

  return (chart, size, options) => {
    const key = `${chart.name} ${size.columns} ${size.rows}`
    const before = kept.get(key)
    const now = monotonic()
    if (before !== undefined && now - before.at < INTERVAL_MS) return before.lines
    const text = JSON.stringify([chart, options.time(0, 0)])
    if (before?.text === text) return before.lines
    if (refused === null) {
      refused = new Set()
      queueMicrotask(endFrame)
    }
    if (spentMs >= FRAME_MS_MAX || (owed.size > 0 && !owed.has(key))) {
      refused.add(key)
      return before?.lines ?? brailleRenderer(chart, size, options)
    }
    const lines = exactly(picture(chart, size, options), size.rows)
    spentMs += monotonic() - now
    if (kept.size >= KEPT_MAX) kept.clear()
    kept.set(key, { text, lines, at: now })
    return lines
  }
}
