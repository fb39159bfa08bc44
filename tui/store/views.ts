import { FULL_COLUMNS_MIN, FULL_ROWS_MIN } from './layout-limits.ts'

/** The eight views, in the order of their digits. */
export const VIEWS = ['overview', 'signals', 'breakers', 'positions', 'audit', 'logs', 'charts', 'fleet'] as const
export type ViewName = (typeof VIEWS)[number]

/** Panes that are lists of rows, of which one is chosen. */
export const LIST_PANES = [
  'cycles',
  'processes',
  'pipeline',
  'alerts',
  'decisions',
  'breakers',
  'guards',
  'risk',
  'sources',
  'positions',
  'orders',
  'trades',
  'audit',
  'fleet',
  'lights',
  'strategies',
] as const
export type ListPane = (typeof LIST_PANES)[number]

/** Panes that show what is chosen in the list beside them. */
export const DETAIL_PANES = ['cycle', 'why', 'breaker', 'position', 'entry', 'line', 'engine'] as const
export type DetailPane = (typeof DETAIL_PANES)[number]

export type PaneName = ListPane | DetailPane | 'logs' | 'charts'

export const isListPane = (pane: PaneName): pane is ListPane => (LIST_PANES as readonly string[]).includes(pane)
export const isDetailPane = (pane: PaneName): pane is DetailPane => (DETAIL_PANES as readonly string[]).includes(pane)

export type ViewDefinition = {
  readonly name: ViewName
  readonly title: string
  /** For tabs on a screen of 80 columns. */
  readonly short: string
  /** In the order of the Tab key; the first has the focus when the view is opened. */
  readonly panes: readonly PaneName[]
  /** Shows what is chosen in which list. */
  readonly detail: { readonly pane: DetailPane; readonly of: ListPane | 'logs' } | null
  /** On a screen with one column: rows of each pane beyond its title, handed out in this order until none is left; the last takes the rest. */
  readonly stacked: readonly (readonly [PaneName, number])[]
  /** On a wide screen: panes of the left and the right column and of the strip below, with the share of the height each takes. */
  readonly wide: { readonly left: readonly Share[]; readonly right: readonly Share[]; readonly strip: readonly Share[]; readonly stripShare: number }
}

type Share = readonly [PaneName, number]

export const VIEW_DEFINITIONS: Readonly<Record<ViewName, ViewDefinition>> = {
  overview: {
    name: 'overview',
    title: 'Overview',
    short: 'Overvw',
    panes: ['cycles', 'cycle', 'processes', 'positions', 'breakers', 'guards', 'pipeline', 'sources', 'alerts', 'logs'],
    detail: { pane: 'cycle', of: 'cycles' },
    stacked: [
      ['cycles', 2],
      ['cycle', 6],
      ['logs', 2],
      ['processes', 5],
      ['cycles', 1],
      ['positions', 2],
      ['logs', 1],
      ['breakers', 2],
      ['alerts', 1],
      ['guards', 2],
      ['pipeline', 1],
      ['logs', 2],
      ['positions', 2],
      ['breakers', 2],
      ['cycles', 3],
      ['logs', 3],
      ['guards', 4],
      ['alerts', 2],
      ['positions', 2],
      ['sources', 4],
      ['cycles', 8],
      ['logs', 999],
    ],
    wide: {
      left: [
        ['cycles', 4],
        ['cycle', 2],
        ['pipeline', 1],
        ['sources', 2],
        ['alerts', 1],
      ],
      right: [
        ['processes', 3],
        ['breakers', 3],
        ['guards', 4],
        ['positions', 3],
      ],
      strip: [['logs', 1]],
      stripShare: 0.34,
    },
  },
  signals: {
    name: 'signals',
    title: 'Signals',
    short: 'Signals',
    panes: ['decisions', 'why', 'strategies'],
    detail: { pane: 'why', of: 'decisions' },
    stacked: [
      ['decisions', 4],
      ['why', 8],
      ['decisions', 3],
      ['why', 6],
      ['strategies', 4],
      ['decisions', 4],
      ['why', 999],
      ['decisions', 999],
    ],
    wide: {
      left: [
        ['decisions', 3],
        ['strategies', 1],
      ],
      right: [['why', 1]],
      strip: [],
      stripShare: 0,
    },
  },
  breakers: {
    name: 'breakers',
    title: 'Breakers',
    short: 'Breakrs',
    panes: ['breakers', 'guards', 'risk', 'lights', 'breaker'],
    detail: { pane: 'breaker', of: 'breakers' },
    stacked: [
      ['breakers', 6],
      ['guards', 3],
      ['risk', 3],
      ['breaker', 2],
      ['risk', 4],
      ['lights', 8],
      ['risk', 2],
      ['breakers', 9],
      ['guards', 999],
    ],
    wide: {
      left: [
        ['breakers', 2],
        ['guards', 3],
      ],
      right: [
        ['breaker', 2],
        ['risk', 3],
        ['lights', 2],
      ],
      strip: [],
      stripShare: 0,
    },
  },
  positions: {
    name: 'positions',
    title: 'Positions',
    short: 'Positns',
    panes: ['positions', 'orders', 'trades', 'position'],
    detail: { pane: 'position', of: 'positions' },
    stacked: [
      ['positions', 4],
      ['orders', 3],
      ['trades', 3],
      ['position', 4],
      ['positions', 2],
      ['orders', 4],
      ['trades', 6],
      ['position', 4],
      ['positions', 6],
      ['orders', 999],
    ],
    wide: {
      left: [['positions', 1]],
      right: [['position', 1]],
      strip: [
        ['orders', 1],
        ['trades', 1],
      ],
      stripShare: 0.6,
    },
  },
  audit: {
    name: 'audit',
    title: 'Audit',
    short: 'Audit',
    panes: ['audit', 'entry'],
    detail: { pane: 'entry', of: 'audit' },
    stacked: [
      ['audit', 5],
      ['entry', 7],
      ['audit', 999],
    ],
    wide: { left: [['audit', 1]], right: [['entry', 1]], strip: [], stripShare: 0 },
  },
  logs: {
    name: 'logs',
    title: 'Logs',
    short: 'Logs',
    panes: ['logs', 'line'],
    detail: { pane: 'line', of: 'logs' },
    stacked: [
      ['logs', 6],
      ['line', 6],
      ['logs', 999],
    ],
    wide: { left: [['logs', 1]], right: [['line', 1]], strip: [], stripShare: 0 },
  },
  charts: {
    name: 'charts',
    title: 'Charts',
    short: 'Charts',
    panes: ['charts'],
    detail: null,
    stacked: [['charts', 999]],
    wide: { left: [], right: [], strip: [['charts', 1]], stripShare: 1 },
  },
  fleet: {
    name: 'fleet',
    title: 'Fleet',
    short: 'Fleet',
    panes: ['fleet', 'engine'],
    detail: { pane: 'engine', of: 'fleet' },
    stacked: [
      ['fleet', 4],
      ['engine', 6],
      ['fleet', 999],
    ],
    wide: { left: [['fleet', 1]], right: [['engine', 1]], strip: [], stripShare: 0 },
  },
}

/** Whether a view's detail pane is on the screen: where it is not asked for, its list has the room. */
export const panesOf = (view: ViewName, detail: boolean): readonly PaneName[] => {
  const { panes } = VIEW_DEFINITIONS[view]
  return detail ? panes : panes.filter((pane) => !isDetailPane(pane))
}

export const isMini = ({ columns, rows }: { readonly columns: number; readonly rows: number }): boolean =>
  columns < FULL_COLUMNS_MIN || rows < FULL_ROWS_MIN
