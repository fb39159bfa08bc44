import type { PaneName, Size } from './state.ts'

/** Below this there is no room for panes; see `presentMini`. */
export const FULL_COLUMNS_MIN = 60
export const FULL_ROWS_MIN = 15
const WIDE_COLUMNS_MIN = 120
const WIDE_ROWS_MIN = 36
const RIGHT_WIDTH_MIN = 52
const RIGHT_WIDTH_MAX = 76
const UPPER_ROWS_MAX = 26
/** Lines that no pane has: identity, messages, keys. */
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

/** Rows handed out one after the other until none is left: what matters most gets its first rows first. */
const STACKED_GRANTS: readonly (readonly [PaneName, number])[] = [
  ['cycles', 2],
  ['logs', 2],
  ['cycles', 1],
  ['processes', 5],
  ['positions', 2],
  ['logs', 1],
  ['guards', 2],
  ['cycles', 1],
  ['signals', 1],
  ['logs', 2],
  ['positions', 2],
  ['guards', 3],
  ['cycles', 2],
  ['logs', 3],
  ['guards', 3],
  ['positions', 3],
  ['signals', 1],
  ['cycles', 8],
]

const STACKED_ORDER: readonly PaneName[] = ['cycles', 'processes', 'positions', 'guards', 'signals', 'logs']

/** Where each pane stands. Depends on nothing but the size and the zoom, so that nothing jumps when figures change. */
export const layout = ({ columns, rows }: Size, zoomed: PaneName | null): Layout => {
  if (columns < FULL_COLUMNS_MIN || rows < FULL_ROWS_MIN) return { kind: 'mini' }
  const bodyRows = rows - FRAME_ROWS
  if (zoomed !== null) return { kind: 'stacked', bodyRows, areas: [{ pane: zoomed, width: columns, height: bodyRows }] }
  return columns >= WIDE_COLUMNS_MIN && rows >= WIDE_ROWS_MIN ? twoColumns(columns, bodyRows) : stacked(columns, bodyRows)
}

const stacked = (width: number, bodyRows: number): Layout => {
  const heights = new Map<PaneName, number>(STACKED_ORDER.map((pane) => [pane, 1]))
  let left = bodyRows - STACKED_ORDER.length
  for (const [pane, rows] of STACKED_GRANTS) {
    const granted = Math.min(rows, left)
    heights.set(pane, (heights.get(pane) ?? 0) + granted)
    left -= granted
  }
  heights.set('logs', (heights.get('logs') ?? 0) + left)
  return { kind: 'stacked', bodyRows, areas: STACKED_ORDER.map((pane) => ({ pane, width, height: heights.get(pane) ?? 1 })) }
}

const twoColumns = (columns: number, bodyRows: number): Layout => {
  const rightWidth = Math.max(RIGHT_WIDTH_MIN, Math.min(RIGHT_WIDTH_MAX, Math.floor(columns * 0.4)))
  const leftWidth = columns - rightWidth - 1
  // The engine sends so many cycles and guards; what a tall screen has beyond them is the log's.
  const stripRows = Math.max(Math.floor(bodyRows * 0.34), bodyRows - UPPER_ROWS_MAX)
  const upper = bodyRows - stripRows
  const signals = 3
  const processes = 6
  const guards = Math.min(9, Math.floor((upper - processes) / 2))
  return {
    kind: 'columns',
    bodyRows,
    left: [
      { pane: 'cycles', width: leftWidth, height: upper - signals },
      { pane: 'signals', width: leftWidth, height: signals },
    ],
    right: [
      { pane: 'processes', width: rightWidth, height: processes },
      { pane: 'guards', width: rightWidth, height: guards },
      { pane: 'positions', width: rightWidth, height: upper - processes - guards },
    ],
    strip: [{ pane: 'logs', width: columns, height: stripRows }],
  }
}

export const allAreas = (found: Layout): readonly Area[] => {
  if (found.kind === 'mini') return []
  return found.kind === 'stacked' ? found.areas : [...found.left, ...found.right, ...found.strip]
}

export const areaOf = (found: Layout, pane: PaneName): Area | null => allAreas(found).find((area) => area.pane === pane) ?? null
