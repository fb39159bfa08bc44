import type { Tone } from '../theme.ts'
import { cell, type Line, type Segment } from './line.ts'

/** One column: what it shows of a row, and when it goes because the pane is narrow (the lowest `keep` first). */
export type Column<Row> = {
  readonly head: string
  readonly width: number
  readonly keep: number
  readonly right?: boolean
  /** A figure that grows old: it is marked with `~` when the data is stale. */
  readonly figure?: boolean
  readonly text: (row: Row) => string
  readonly tone?: (row: Row) => Tone
  /** What rows are ordered and compared by, where the text is not enough: a number, or null where it is not known. */
  readonly sort?: (row: Row) => number | string | null
}

export type TableLook = {
  readonly width: number
  readonly stale: boolean
  /** Index of the chosen row, or null in a pane without the focus. */
  readonly selected: number | null
}

const GAP = '  '
const MARKER = '> '
const NO_MARKER = '  '

const neededBy = <Row>(columns: readonly Column<Row>[]): number =>
  NO_MARKER.length + columns.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length)

/** The columns that fit, in their order; a last one that begins at its left takes what is left. */
export const fittingColumns = <Row>(columns: readonly Column<Row>[], width: number): readonly Column<Row>[] => {
  let kept = [...columns]
  const needed = (): number => neededBy(kept)
  while (kept.length > 1 && needed() > width) {
    const least = Math.min(...kept.map(({ keep }) => keep))
    kept = kept.filter(({ keep }) => keep !== least)
  }
  const last = kept.at(-1)
  return last === undefined || (last.right && needed() <= width)
    ? kept
    : [...kept.slice(0, -1), { ...last, width: Math.max(1, last.width + width - needed()) }]
}

const fits = <Row>(columns: readonly Column<Row>[], width: number): boolean => neededBy(columns) <= width

/** The first column and, beside it, those behind `offset` others in their order, as many as fit. At 0 all of them, of which the table drops some. */
export const columnsFrom = <Row>(columns: readonly Column<Row>[], width: number, offset: number): readonly Column<Row>[] => {
  const [first, ...others] = columns
  if (first === undefined || offset === 0) return columns
  const kept = [first]
  for (const column of others.slice(offset)) {
    if (kept.length > 1 && !fits([...kept, column], width)) break
    kept.push(column)
  }
  return kept
}

/** The smallest offset at which the last column is on the screen; 0 where all fit. */
export const columnOffsetMax = <Row>(columns: readonly Column<Row>[], width: number): number => {
  const [first, ...others] = columns
  if (first === undefined || fits(columns, width)) return 0
  let offset = others.length - 1
  while (offset > 1 && fits([first, ...others.slice(offset - 1)], width)) offset -= 1
  return Math.max(1, offset)
}

/** Heads of the columns. */
export const tableHead = <Row>(columns: readonly Column<Row>[], width: number): Line => [
  {
    text:
      NO_MARKER +
      fittingColumns(columns, width)
        .map((column) => cell(column.head, column.width, column.right ? 'right' : 'left'))
        .join(GAP),
    tone: 'muted',
  },
]

/** What is not known, or not there, grows no older. */
const NO_FIGURE: ReadonlySet<string> = new Set(['', '-', 'unknown'])

/** One line a row. */
export const tableRows = <Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: TableLook): readonly Line[] => {
  const fitting = fittingColumns(columns, look.width)
  return rows.map((row, index) => {
    const chosen = index === look.selected
    const cells = fitting.flatMap((column, place): Segment[] => {
      const text = column.text(row)
      const shown = look.stale && column.figure && !NO_FIGURE.has(text) ? `~${text}` : text
      const tone = look.stale ? 'stale' : (column.tone?.(row) ?? (chosen ? 'selected' : 'text'))
      return [...(place === 0 ? [] : [{ text: GAP }]), { text: cell(shown, column.width, column.right ? 'right' : 'left'), tone }]
    })
    return [{ text: chosen ? MARKER : NO_MARKER, ...(chosen ? { tone: 'focus' as const } : {}) }, ...cells]
  })
}

/** First row to show, so that the chosen one is on the screen. */
export const windowStart = (rows: number, selected: number, height: number): number =>
  Math.max(0, Math.min(selected - Math.floor(height / 2), rows - height))
