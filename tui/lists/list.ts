import { type Filter, matches, NO_FILTER, parseFilter, type Subject } from '../filter.ts'
import type { Line } from '../present/line.ts'
import { HEAD_ROWS, listPane, type PaneLook } from '../present/pane.ts'
import { type Column, columnOffsetMax, columnsFrom, windowStart } from '../present/table.ts'
import { feedClock } from '../store/select.ts'
import type { ConsoleState, ListState } from '../store/state.ts'
import type { ListPane } from '../store/views.ts'

/** One list: where its rows come from and how one of them is shown. Everything else is the same for all lists. */
export type ListDefinition<Row> = {
  readonly pane: ListPane
  readonly name: string
  /** All rows in the order of their source: a value held in the state, the same one while nothing of it changed. */
  readonly rows: (state: ConsoleState) => readonly Row[]
  readonly key: (row: Row) => string
  /** The same array for the same reading of the clock; cells may show ages. */
  readonly columns: (state: ConsoleState) => readonly Column<Row>[]
  /** At the right end of the title; the rows are all, before any filter. */
  readonly note: (state: ConsoleState, rows: readonly Row[], look: PaneLook) => Line
  /** Why there is nothing, with since when, where the source is there and empty; or what is wrong with the source. */
  readonly empty: (state: ConsoleState) => string
  /** UTC milliseconds of a row, for `since:` and for jumping by time. */
  readonly time: (row: Row) => number | null
  /** Those times are of the feed's clock, which in a replay is years behind the wall's. */
  readonly ofFeed?: true
  /** The record behind a row, for filters by field, export and copying. */
  readonly record: (row: Row) => Readonly<Record<string, unknown>>
  /** Lines below the rows where there is room for them. */
  readonly foot?: (state: ConsoleState, look: PaneLook) => readonly Line[]
  /** Whether the figures of this list grow old with the link to the engine; what comes from files does not. */
  readonly live: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: lists of different rows stand in one table; each is used only with its own rows
export type AnyList = ListDefinition<any>

type Shown = { readonly rows: readonly unknown[]; readonly filter: string; readonly sort: ListState['sort']; readonly found: readonly unknown[] }

/** The last result of each list: rows are found and sorted again only when something of it changed. */
const cache = new Map<ListPane, Shown>()

const subjectOf = <Row>(list: ListDefinition<Row>, columns: readonly Column<Row>[], row: Row): Subject => ({
  text: () => columns.map((column) => column.text(row)).join(' '),
  field: (name) => {
    const column = columns.find(({ head }) => head.toLowerCase() === name.toLowerCase())
    const value = column === undefined ? list.record(row)[name] : (column.sort?.(row) ?? column.text(row))
    return typeof value === 'string' || typeof value === 'number' ? value : value === null || value === undefined ? null : JSON.stringify(value)
  },
  time: () => list.time(row),
})

/** Rows as the person wants to see them: those that match, in the wanted order. */
export const shownRows = <Row>(list: ListDefinition<Row>, state: ConsoleState): readonly Row[] => {
  const rows = list.rows(state)
  const { filter, sort } = state.lists[list.pane]
  if (filter === '' && sort === null) return rows
  const before = cache.get(list.pane)
  if (before !== undefined && before.rows === rows && before.filter === filter && before.sort === sort) return before.found as readonly Row[]
  const columns = list.columns(state)
  const wanted = compiled(filter, list.ofFeed === true ? feedClock(state) : state.now)
  const kept = wanted.terms.length === 0 ? [...rows] : rows.filter((row) => matches(wanted, subjectOf(list, columns, row)))
  const column = sort === null ? undefined : columns.find(({ head }) => head === sort.head)
  const found = column === undefined || sort === null ? kept : kept.sort((a, b) => compare(column, a, b, sort.reverse))
  cache.set(list.pane, { rows, filter, sort, found })
  return found
}

/** The prompt takes only what can be parsed. */
const compiled = (text: string, now: number): Filter => {
  const filter = parseFilter(text, now)
  return filter.ok ? filter.value : NO_FILTER
}

/** By the column's own order; numbers by size, texts by their letters, what is missing last either way round. */
const compare = <Row>({ sort, text }: Column<Row>, a: Row, b: Row, reverse: boolean): number => {
  const [x, y] = [sort === undefined ? text(a) : sort(a), sort === undefined ? text(b) : sort(b)]
  if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1
  const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true })
  return reverse ? -order : order
}

/** Index of the chosen row among those shown; the first where none was chosen or it is gone. */
export const chosenIndex = <Row>(list: ListDefinition<Row>, state: ConsoleState): number => {
  const { selected } = state.lists[list.pane]
  return selected === null
    ? 0
    : Math.max(
        0,
        shownRows(list, state).findIndex((row) => list.key(row) === selected),
      )
}

export const chosenRow = <Row>(list: ListDefinition<Row>, state: ConsoleState): Row | null => shownRows(list, state)[chosenIndex(list, state)] ?? null

/** Columns that were not hidden. */
export const shownColumns = <Row>(list: ListDefinition<Row>, state: ConsoleState): readonly Column<Row>[] => {
  const { hidden } = state.lists[list.pane]
  const columns = list.columns(state)
  return hidden.length === 0 ? columns : columns.filter(({ head }) => !hidden.includes(head))
}

/** Columns to the left that are scrolled over; fewer than were asked for where the pane has grown. */
export const columnOffset = <Row>(list: ListDefinition<Row>, state: ConsoleState, width: number): number => {
  const wanted = state.shifts[list.pane]?.columns ?? 0
  return wanted === 0 ? 0 : Math.min(wanted, columnOffsetMax(shownColumns(list, state), width))
}

/** The whole pane as lines. */
export const presentList = <Row>(list: ListDefinition<Row>, state: ConsoleState, look: PaneLook): readonly Line[] => {
  const all = list.rows(state)
  const rows = shownRows(list, state)
  const { filter, sort } = state.lists[list.pane]
  const columns = shownColumns(list, state)
  const offset = columnOffset(list, state, look.width)
  const note: Line = [
    ...(offset === 0 ? [] : [{ text: `${offset} column${offset === 1 ? '' : 's'} to the left  `, tone: 'key' as const }]),
    ...(filter === '' ? [] : [{ text: `/${filter}  ${rows.length} of ${all.length}  `, tone: 'key' as const }]),
    ...(sort === null ? [] : [{ text: `by ${sort.head}${sort.reverse ? ' down' : ''}  `, tone: 'key' as const }]),
    ...list.note(state, all, look),
  ]
  const foot = list.foot?.(state, look) ?? []
  const lines = listPane<Row>({
    ...look,
    old: look.old && list.live,
    height: look.height - foot.length,
    name: list.name,
    note,
    columns: columnsFrom(columns, look.width, offset),
    rows,
    selected: chosenIndex(list, state),
    empty: all.length > 0 ? `none of ${all.length} matches ${filter}; Esc shows all` : list.empty(state),
  })
  if (foot.length === 0) return lines
  return [...lines, ...Array.from({ length: Math.max(0, look.height - foot.length - lines.length) }, () => []), ...foot]
}

/** Index of the row on a line of the pane, counted from its title; null where that line has none. As `listPane` lays them out. */
export const rowAt = <Row>(list: ListDefinition<Row>, state: ConsoleState, look: PaneLook, line: number): number | null => {
  const height = look.height - (list.foot?.(state, look).length ?? 0)
  const rows = shownRows(list, state).length
  const space = height - HEAD_ROWS
  const first = space < 1 ? 1 : HEAD_ROWS
  const index = windowStart(rows, chosenIndex(list, state), Math.max(1, space)) + line - first
  return line < first || line >= height || index >= rows ? null : index
}

/** The first and the last of rows. */
export const ends = <Row>(rows: readonly Row[]): readonly Row[] => (rows.length < 2 ? rows : [...rows.slice(0, 1), ...rows.slice(-1)])
