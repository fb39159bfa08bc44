import type { Tone } from '../theme.ts'
import { type Line, lineWidth, type Segment } from './line.ts'
import { type Column, tableHead, tableRows, windowStart } from './table.ts'

export type PaneTitle = { readonly name: string; readonly focused: boolean; readonly note: Line; readonly width: number }

/** `-- Cycles ------------ 18231 of 18231`; the pane with the focus has `==`, so that it is seen without colour. */
export const titleLine = ({ name, focused, note, width }: PaneTitle): Line => {
  const rule = focused ? '=' : '-'
  const left: Segment = { text: `${rule}${rule} ${name} `, tone: focused ? 'focus' : 'heading' }
  const right: Line = lineWidth(note) === 0 ? [] : [{ text: ' ' }, ...note]
  const fill = width - lineWidth([left]) - lineWidth(right)
  return [left, { text: rule.repeat(Math.max(0, fill)), tone: focused ? 'focus' : 'muted' }, ...right]
}

/** What every pane is given beside its rows. */
export type PaneLook = {
  readonly width: number
  readonly height: number
  readonly focused: boolean
  /** The figures may no longer be so: they are dimmed and marked. */
  readonly old: boolean
  /** Told in the title when `old`. */
  readonly oldNote: string
}

/** Title and heads of the columns. */
export const HEAD_ROWS = 2

export type ListPaneContent<Row> = PaneLook & {
  readonly name: string
  readonly note: Line
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly selected: number
  /** Why there is nothing to see; a pane is never just empty. */
  readonly empty: string
}

/** A list with its title, its heads and as many rows as fit, the chosen one among them. A pane of one row is its title. */
export const listPane = <Row>(content: ListPaneContent<Row>): readonly Line[] => {
  const { name, focused, width, height, old, columns, rows, selected } = content
  // Where there is room for nothing but the title, it says what the pane would.
  const note: Line = height <= 1 && rows.length === 0 ? [{ text: content.empty, tone: 'muted' }] : content.note
  const title = titleLine({ name, focused, width, note: oldNote({ ...content, note }) })
  if (height <= 1) return [title]
  if (rows.length === 0) return [title, emptyLine(content.empty)]
  const space = height - HEAD_ROWS
  const start = windowStart(rows.length, selected, Math.max(1, space))
  const visible = tableRows(columns, rows.slice(start, start + Math.max(1, space)), {
    width,
    stale: old,
    selected: focused ? selected - start : null,
  })
  return space < 1 ? [title, ...visible] : [title, tableHead(columns, width), ...visible]
}

const oldNote = ({ old, oldNote: why, note }: PaneLook & { readonly note: Line }): Line =>
  old
    ? [...note.map((segment) => ({ ...segment, tone: 'stale' as const })), { text: `${note.length === 0 ? '' : '  '}${why}`, tone: 'warning' }]
    : note

export const emptyLine = (text: string, tone: Tone = 'muted'): Line => [{ text: `  ${text}`, tone }]
