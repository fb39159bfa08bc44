import blessed, { type Element, type Screen } from 'blessed'
import Grid from 'blessed-contrib/lib/layout/grid.js'
import contribLine from 'blessed-contrib/lib/widget/charts/line.js'
import stackedBar from 'blessed-contrib/lib/widget/charts/stacked-bar.js'
import donut from 'blessed-contrib/lib/widget/donut.js'
import { clip } from '../../src/text.ts'
import { LISTS } from '../lists/index.ts'
import { presentList } from '../lists/list.ts'
import { oldNote } from '../present/empty.ts'
import { presentIdentity } from '../present/identity.ts'
import { clean, fitLine, type Line } from '../present/line.ts'
import { isTrouble, presentLogs } from '../present/logs.ts'
import { isOld } from '../store/select.ts'
import { type ConsoleState, EMPTY_LIST, type Size } from '../store/state.ts'
import type { ListPane } from '../store/views.ts'
import type { Borrower, Loan } from '../terminal/terminal.ts'
import type { Tone } from '../theme.ts'
import { type Chart, hasFigures } from './chart.ts'
import { fakeOutput, quietScreen } from './quiet-screen.ts'
import { sampled, scaleOf } from './scale.ts'
import { charts, chartTime } from './series.ts'

/** Most often that it is drawn. */
const REFRESH_MS = 1_000
const GRID = 12
/** On fewer rows or columns only what fits is on the board. */
const ROWS_FULL_MIN = 34
const COLUMNS_FULL_MIN = 100
const ROWS_CHARTS_MIN = 16
const COLUMNS_CHARTS_MIN = 48
/** Cells that the frame of a widget takes on both sides. */
const FRAME = 2

export type WallBoardOptions = {
  readonly state: () => ConsoleState
  readonly loan: Loan
  /** Colours that the terminal has: more than sixteen need another description of it. */
  readonly depth: number
  readonly every: (ms: number, run: () => void) => () => void
  /** It broke while it was shown; the screen has been given back. */
  readonly onProblem: (error: unknown) => void
}

/** Charts, breakers, positions and the log on one screen for a monitor that nobody types at. */
export const openWallBoard = ({ state, loan, depth, every, onProblem }: WallBoardOptions): Borrower => {
  // Whatever TERM says: these two are known to it, and what it writes of them is understood everywhere.
  const terminal = depth >= 2 ? 'xterm-256color' : 'xterm'
  let board = createBoard(loan.size, terminal, loan.write)

  const guarded = (run: () => void): void => {
    try {
      run()
    } catch (error) {
      loan.giveBack()
      onProblem(error)
    }
  }
  const refresh = (): void => {
    if (!loan.busy()) guarded(() => board.show(state()))
  }
  try {
    board.show(state())
  } catch (error) {
    board.close()
    throw error
  }
  const stop = every(REFRESH_MS, refresh)
  return {
    resize: (size) =>
      guarded(() => {
        board.close()
        loan.write(CLEAR)
        board = createBoard(size, terminal, loan.write)
        refresh()
      }),
    end: () => {
      stop()
      board.close()
    },
  }
}

const CLEAR = '\u001b[0m\u001b[H\u001b[2J'

type Board = { readonly show: (state: ConsoleState) => void; readonly close: () => void }
type Part = { readonly show: (state: ConsoleState, all: readonly Chart[]) => void }

const createBoard = (size: Size, terminal: string, write: (text: string) => void): Board => {
  const screen = quietScreen(fakeOutput(size, write), terminal)
  const head = blessed.box({ top: 0, left: 0, width: '100%', height: 1 })
  const body = blessed.box({ top: 1, left: 0, width: '100%', height: Math.max(1, size.rows - 1) })
  screen.append(head)
  screen.append(body)
  const parts = partsOf(new Grid({ screen: body as unknown as Screen, rows: GRID, cols: GRID, color: 'blue' }), size)
  return {
    show: (state) => {
      head.setContent(coloured(spreadHead(state, size.columns)))
      const all = charts(state)
      for (const part of parts) part.show(state, all)
      screen.render()
    },
    close: () => screen.destroy(),
  }
}

const HINT = ' any key returns'
/** On a narrow screen the hint would take the place of the engine's state. */
const HINT_COLUMNS_MIN = 80
const spreadHead = (state: ConsoleState, columns: number): Line =>
  columns < HINT_COLUMNS_MIN
    ? fitLine(presentIdentity(state, columns), columns)
    : [...fitLine(presentIdentity(state, columns - HINT.length), columns - HINT.length), { text: HINT, tone: 'muted' }]

type Place = readonly [row: number, column: number, rows: number, columns: number]

const partsOf = (grid: InstanceType<typeof Grid>, { columns, rows }: Size): readonly Part[] => {
  const put = (place: Place, widget: (options: object) => Element, options: object): Element => grid.set(...place, widget, options)
  // The widgets cannot be made on fewer cells than they take themselves.
  if (rows < ROWS_CHARTS_MIN || columns < COLUMNS_CHARTS_MIN) return [listPart(put, [0, 0, 6, 12], 'breakers'), logPart(put, [6, 0, 6, 12])]
  if (rows < ROWS_FULL_MIN || columns < COLUMNS_FULL_MIN)
    return [
      linePart(put, [0, 0, 6, 8], 'Equity', 'cyan'),
      donutPart(put, [0, 8, 6, 4]),
      listPart(put, [6, 0, 3, 6], 'breakers'),
      listPart(put, [6, 6, 3, 6], 'positions'),
      logPart(put, [9, 0, 3, 12]),
    ]
  return [
    linePart(put, [0, 0, 4, 6], 'Equity', 'cyan'),
    linePart(put, [0, 6, 4, 6], 'Drawdown', 'red'),
    listPart(put, [4, 0, 2, 6], 'breakers'),
    listPart(put, [4, 6, 2, 6], 'positions'),
    barPart(put, [6, 0, 4, 8]),
    donutPart(put, [6, 8, 4, 4]),
    logPart(put, [10, 0, 2, 12]),
  ]
}

type Put = (place: Place, widget: (options: object) => Element, options: object) => Element

/** Said in the frame: what it is, with its figures or why there are none. */
const labelled = (widget: Element, chart: Chart | undefined, figures: string): void => {
  if (chart === undefined) return
  const unit = chart.unit === '' ? '' : ` (${chart.unit})`
  widget.setLabel(` ${clip(clean(`${chart.name}${unit}  ${hasFigures(chart) ? figures : chart.empty}`), Math.max(1, widget.width - LABEL_MARGIN))} `)
}
const LABEL_MARGIN = 6

const LABELS = 5

const linePart = (put: Put, place: Place, name: string, line: string): Part => {
  const widget = put(place, contribLine, { label: ` ${name} `, style: { line, text: 'white', baseline: 'white' }, numYLabels: LABELS })
  return {
    show: (state, all) => {
      const chart = all.find((one) => one.name === name)
      const last = chart?.kind === 'line' ? chart.points.at(-1) : undefined
      labelled(widget, chart, last === undefined ? '' : String(Number(last.value.toPrecision(9))))
      if (chart?.kind !== 'line' || last === undefined) return
      const { points } = chart
      const from = points[0]?.at ?? last.at
      const count = Math.max(2, widget.width - FRAME - 10)
      const known = sampled(points, from, last.at, count).map((value) => value ?? points[0]?.value ?? 0)
      const { least, most } = scaleOf(chart.base === null ? known : [...known, chart.base], widget.height)
      // Its labels have two decimals at most, and two dots for each character.
      const labelDots = 2 * Math.max(...[least, most].map((value) => value.toFixed(most - least < LABELS ? 2 : 0).length))
      Object.assign(widget.options, { minY: least, maxY: most, xLabelPadding: labelDots, xPadding: labelDots + 2 })
      const time = chartTime(state, chart)
      const x = known.map((_, index) => time(from + ((last.at - from) * index) / count, last.at - from))
      widget.setData([{ title: name, x, y: known }])
    },
  }
}

const BAR_SPACING = 16

const barPart = (put: Put, place: Place): Part => {
  const options = { label: ' Guards ', barWidth: 8, barSpacing: BAR_SPACING, xOffset: 1, barBgColor: ['green', 'red'], showLegend: false }
  const widget = put(place, stackedBar, options)
  return {
    show: (_, all) => {
      const chart = all.find(({ kind }) => kind === 'bars')
      labelled(widget, chart, chart?.kind === 'bars' ? chart.of.map(({ name }, index) => `${index === 0 ? 'green' : 'red'} ${name}`).join(', ') : '')
      if (chart?.kind !== 'bars' || chart.bars.length === 0) return
      const bars = chart.bars.slice(0, Math.max(1, Math.floor((widget.width - FRAME) / BAR_SPACING)))
      widget.setData({
        barCategory: bars.map(({ label }) => clean(label).slice(0, BAR_SPACING - 2)),
        stackedCategory: chart.of.map(({ name }) => name),
        data: bars.map(({ values }) => values.map((value) => Number(value.toPrecision(3)))),
      })
    },
  }
}

const COLOURS: Readonly<Partial<Record<Tone, string>>> = { gain: 'green', loss: 'red' }

const donutPart = (put: Put, place: Place): Part => {
  const widget = put(place, donut, { label: ' Won and lost ', radius: 8, arcWidth: 3, remainColor: 'blue', yPadding: 2 })
  return {
    show: (_, all) => {
      const chart = all.find(({ kind }) => kind === 'share')
      labelled(widget, chart, chart?.kind === 'share' ? chart.parts.map(({ label, value }) => `${label} ${value}`).join('  ') : '')
      if (chart?.kind !== 'share' || !hasFigures(chart)) return
      const whole = chart.parts.reduce((sum, { value }) => sum + value, 0)
      const rings = chart.parts.filter(({ value }) => value > 0)
      const radius = Math.floor(Math.min(widget.height * 2 - 10, (widget.width * 2 - 8) / (rings.length * 2) - 2))
      Object.assign(widget.options, { radius: Math.max(3, radius), arcWidth: Math.max(1, Math.floor(radius / 3)) })
      widget.setData(rings.map(({ label, value, tone }) => ({ label, percent: value / whole, color: COLOURS[tone] ?? 'white' })))
    },
  }
}

const textPart = (put: Put, place: Place, name: string, lines: (state: ConsoleState, size: Size) => readonly Line[]): Part => {
  const widget = put(place, blessed.box, { label: ` ${name} ` })
  return {
    show: (state) => {
      const size = { columns: Math.max(1, widget.width - FRAME), rows: Math.max(1, widget.height - FRAME) }
      const shown = lines(state, size)
      widget.setContent(shown.map((line) => coloured(fitLine(line, size.columns))).join('\n'))
    },
  }
}

/** A list as its pane shows it, without the title, which the frame has, and whole: a filter that somebody typed would hide what is latched. */
const listPart = (put: Put, place: Place, pane: ListPane & ('breakers' | 'positions')): Part =>
  textPart(put, place, pane === 'breakers' ? 'Breakers' : 'Positions', (state, { columns, rows }) =>
    presentList(LISTS[pane], unfiltered(state, pane), {
      width: columns,
      height: rows + 1,
      focused: false,
      old: isOld(state),
      oldNote: oldNote(state),
    }).slice(1),
  )

const unfiltered = (state: ConsoleState, pane: ListPane): ConsoleState => ({ ...state, lists: { ...state.lists, [pane]: EMPTY_LIST } })

/** The log stands where the console left it: where that is not the newest lines, or not all of them, or none come any more, its own title says so. */
const logPart = (put: Put, place: Place): Part =>
  textPart(put, place, 'Log', (state, { columns, rows }) => {
    const { following, filter, only } = state.logs
    const titled = !following || filter !== '' || only !== null || isTrouble(state.logSource)
    const lines = presentLogs(state.logs, state.logSource, {
      width: columns,
      height: titled ? rows : rows + 1,
      focused: false,
      live: state.link.kind === 'live',
      wrap: false,
      right: 0,
      densityAt: null,
    })
    return titled ? lines : lines.slice(1)
  })

/** blessed reads colours out of the text; what is not ours is inert by then. */
const SGR: Readonly<Partial<Record<Tone, string>>> = {
  heading: '1',
  focus: '1;36',
  selected: '1',
  good: '32',
  gain: '32',
  loss: '31',
  warning: '33',
  danger: '1;31',
  alarm: '1;7;31',
  key: '36',
  live: '1;7;31',
  paper: '1;33',
  simulate: '36',
  otherMode: '35',
}

const coloured = (line: Line): string =>
  line
    .map(({ text, tone = 'text' }) => {
      const style = SGR[tone]
      return style === undefined ? clean(text) : `\u001b[${style}m${clean(text)}\u001b[0m`
    })
    .join('')
