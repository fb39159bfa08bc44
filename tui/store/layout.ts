import { TABS_ROWS_MIN, WIDE_COLUMNS_MIN, WIDE_ROWS_MIN } from './layout-limits.ts'
import type { Size } from './state.ts'
import { isMini, type PaneName, panesOf, VIEW_DEFINITIONS, type ViewDefinition, type ViewName } from './views.ts'

const RIGHT_WIDTH_MIN = 52
const RIGHT_WIDTH_MAX = 76
/** Between the two columns. */
export const COLUMN_GAP = 1
/** Lines that no pane has: identity, messages, keys; and the tabs where there is room for them. */
const FRAME_ROWS = 3

export type Area = { readonly pane: PaneName; readonly width: number; readonly height: number }

/** `mini` has no panes; `stacked` one column; `columns` two with a strip below. */
export type Layout =
  | { readonly kind: 'mini' }
  | { readonly kind: 'stacked'; readonly bodyRows: number; readonly areas: readonly Area[] }
  | {
      readonly kind: 'columns'
      readonly bodyRows: number
      readonly left: readonly Area[]
      readonly right: readonly Area[]
      readonly strip: readonly Area[]
    }

export type LayoutWish = {
  readonly size: Size
  readonly view: ViewName
  /** Whether the view's detail pane is wanted. */
  readonly detail: boolean
  readonly zoomed: PaneName | null
}

/** True where the tabs have a line of their own. */
export const hasTabs = ({ rows, columns }: Size): boolean => rows >= TABS_ROWS_MIN && !isMini({ rows, columns })

/** Where each pane stands. Depends on nothing but size, view, detail and zoom, so that nothing jumps when figures change. */
export const layout = ({ size, view, detail, zoomed }: LayoutWish): Layout => {
  if (isMini(size)) return { kind: 'mini' }
  const bodyRows = size.rows - FRAME_ROWS - (hasTabs(size) ? 1 : 0)
  if (zoomed !== null) return { kind: 'stacked', bodyRows, areas: [{ pane: zoomed, width: size.columns, height: bodyRows }] }
  const definition = VIEW_DEFINITIONS[view]
  const shown = new Set(panesOf(view, detail))
  return size.columns >= WIDE_COLUMNS_MIN && size.rows >= WIDE_ROWS_MIN
    ? columns(definition, shown, size.columns, bodyRows)
    : stacked(definition, shown, size.columns, bodyRows)
}

const stacked = ({ panes, stacked: grants }: ViewDefinition, shown: ReadonlySet<PaneName>, width: number, bodyRows: number): Layout => {
  const order = panes.filter((pane) => shown.has(pane))
  const heights = new Map<PaneName, number>(order.map((pane) => [pane, 1]))
  let left = bodyRows - order.length
  const grow = (pane: PaneName, rows: number): void => {
    const granted = Math.max(0, Math.min(rows, left))
    heights.set(pane, (heights.get(pane) ?? 0) + granted)
    left -= granted
  }
  for (const [pane, rows] of grants) if (shown.has(pane)) grow(pane, rows)
  const [first] = order
  if (first !== undefined) grow(first, left)
  return { kind: 'stacked', bodyRows, areas: order.map((pane) => ({ pane, width, height: heights.get(pane) ?? 1 })) }
}

const columns = ({ wide }: ViewDefinition, shown: ReadonlySet<PaneName>, width: number, bodyRows: number): Layout => {
  const rightWidth = Math.max(RIGHT_WIDTH_MIN, Math.min(RIGHT_WIDTH_MAX, Math.floor(width * 0.4)))
  const [left, right, strip] = [wide.left, wide.right, wide.strip].map((shares) => shares.filter(([pane]) => shown.has(pane)))
  const single = left?.length === 0 || right?.length === 0
  const stripRows = strip?.length === 0 ? 0 : single && left?.length === right?.length ? bodyRows : Math.floor(bodyRows * wide.stripShare)
  const upper = bodyRows - stripRows
  const leftWidth = single ? width : width - rightWidth - COLUMN_GAP
  return {
    kind: 'columns',
    bodyRows,
    left: share(left ?? [], leftWidth, upper),
    right: share(right ?? [], single ? width : rightWidth, upper),
    strip: share(strip ?? [], width, stripRows),
  }
}

/** Rows in the shares that were asked for, at least a title each; the first takes what is left over. */
const share = (shares: readonly (readonly [PaneName, number])[], width: number, rows: number): readonly Area[] => {
  const whole = shares.reduce((sum, [, part]) => sum + part, 0)
  const heights = shares.map(([, part]) => Math.max(1, Math.floor((rows * part) / whole)))
  const rest = rows - heights.reduce((sum, height) => sum + height, 0)
  return shares.map(([pane], index) => ({ pane, width, height: (heights[index] ?? 1) + (index === 0 ? rest : 0) }))
}

/** Where an area begins on the screen, in cells from the upper left. */
export type Place = Area & { readonly left: number; readonly top: number }

/** @param top rows above the panes. */
export const placesOf = (found: Layout, top: number): readonly Place[] => {
  const below = (areas: readonly Area[], left: number, from: number): readonly Place[] => {
    let row = from
    return areas.map((area) => {
      const place = { ...area, left, top: row }
      row += area.height
      return place
    })
  }
  if (found.kind === 'mini') return []
  if (found.kind === 'stacked') return below(found.areas, 0, top)
  const [leftmost] = found.left
  const upper = Math.max(...[found.left, found.right].map((areas) => areas.reduce((sum, { height }) => sum + height, 0)))
  return [
    ...below(found.left, 0, top),
    ...below(found.right, leftmost === undefined ? 0 : leftmost.width + COLUMN_GAP, top),
    ...below(found.strip, 0, top + upper),
  ]
}

export const allAreas = (found: Layout): readonly Area[] => {
  if (found.kind === 'mini') return []
  return found.kind === 'stacked' ? found.areas : [...found.left, ...found.right, ...found.strip]
}

export const areaOf = (found: Layout, pane: PaneName): Area | null => allAreas(found).find((area) => area.pane === pane) ?? null
