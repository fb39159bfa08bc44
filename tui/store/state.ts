import type { BreakerView } from '../../src/contracts/breaker.ts'
import type { Command, CommandResult } from '../../src/contracts/command.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { Mode } from '../../src/contracts/names.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { ChartRenderer } from '../charts/chart.ts'
import { type Heard, NOTHING_HEARD } from '../charts/heard.ts'
import type { KeyRow } from '../keymap.ts'
import type { FollowState } from '../link/follow.ts'
import { LEVELS, type LogLine } from '../logs/line.ts'
import type { LogWindow } from '../logs/log-book.ts'
import type { LogSource } from '../logs/tailer.ts'
import { NO_RECORDS, type Records } from '../records/record.ts'
import { LIST_PANES, type ListPane, type PaneName, type ViewName } from './views.ts'

/** What does not change while the console runs. */
export type Identity = {
  readonly instance: string
  readonly version: string
  /** True where the person asked for a console that only watches. */
  readonly readOnly: boolean
  /** Folder of the snapshot and the logs, named where a source is missing. */
  readonly root: string
}

/** How times are shown. */
export const CLOCKS = ['utc', 'local', 'relative'] as const
export type ClockKind = (typeof CLOCKS)[number]

/** What a person made of a list. */
export type ListState = {
  /** Key of the chosen row; null follows the first. */
  readonly selected: string | null
  readonly filter: string
  /** Head of the column that it is ordered by. */
  readonly sort: { readonly head: string; readonly reverse: boolean } | null
  /** Heads of columns that are not shown. */
  readonly hidden: readonly string[]
}

/** What a line of text is asked for. */
export type PromptKind = 'filter' | 'palette' | 'export' | 'columns' | 'process'
export type Prompt = {
  readonly kind: PromptKind
  readonly text: string
  readonly problem: string | null
  /** What the text can be completed to, the best first. */
  readonly offers: readonly string[]
  readonly offered: number
}

/** Whether the audit trail's chain was looked at from here, and how it ended. */
export type Chain =
  | { readonly kind: 'unverified' }
  | { readonly kind: 'running'; readonly records: number }
  | { readonly kind: 'sound'; readonly sequence: number; readonly at: number }
  /** The chain holds, and signatures cover only its newer part. */
  | { readonly kind: 'unsigned'; readonly signedFrom: number; readonly sequence: number; readonly at: number }
  | { readonly kind: 'broken'; readonly message: string; readonly at: number }

/** One instance of this home, with what its engine last said. */
export type FleetEngine = {
  readonly instance: string
  readonly snapshot: Snapshot | null
  readonly link:
    | { readonly kind: 'live'; readonly heardAt: number; readonly role: 'operator' | 'observer' }
    | { readonly kind: 'gone'; readonly since: number | null }
    | { readonly kind: 'none'; readonly reason: string }
}
export type Fleet = { readonly engines: readonly FleetEngine[]; readonly problem: string | null }

/** A figure over time, as far as this console has seen it or read it from files: UTC milliseconds and value, oldest first. */
export type Series = readonly { readonly at: number; readonly value: number }[]

/** The chart pictures that are loaded when they are first looked at. */
export type Contrib =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly render: ChartRenderer }
  | { readonly kind: 'failed'; readonly reason: string }

export type Settings = {
  readonly theme: string
  /** Most frames a second that data makes. */
  readonly fps: number
  /** One frame a second, and nothing that only moves. */
  readonly lowBandwidth: boolean
  readonly notify: 'off' | 'bell' | 'osc9' | 'osc777' | 'auto'
  readonly charts: 'contrib' | 'braille'
  /** Whether text may be put into the terminal's clipboard. */
  readonly clipboard: boolean
  /** Whether the terminal tells of clicks and wheels; then it does not mark text with them. */
  readonly mouse: boolean
}

export const SETTINGS: Settings = {
  theme: 'dark',
  fps: 4,
  lowBandwidth: false,
  notify: 'bell',
  charts: 'contrib',
  clipboard: false,
  mouse: false,
}

/** How far a pane was moved: rows down in a detail; columns to the right in a list, cells in the log. */
export type Shift = { readonly rows: number; readonly columns: number }
export const NO_SHIFT: Shift = { rows: 0, columns: 0 }

export type Size = { readonly columns: number; readonly rows: number }

/**
 * How far the figures can be believed. `waiting`: none yet. `past`: read from the instance's files, no engine was met. `stale`: the
 * link is there and silent. `lost`: the link is gone, the last figures stay.
 */
export type Freshness = 'waiting' | 'fresh' | 'stale' | 'lost' | 'past'

/** What a dialog is about; the engine may refuse it, and we refuse it when this has moved since the dialog was opened. */
export type Basis = {
  readonly instance: string
  readonly mode: Mode
  readonly state: string
  readonly desired: string
  readonly pid: number
  readonly startedAt: number
  /** Number of the newest alert. */
  readonly alert: number
}

/** What became of a command. One that went to several engines has a place in each of their trails and none of its own. */
export type Outcome = { readonly outcome: CommandResult['outcome']; readonly auditSequence: number | null; readonly message: string }

export type DialogStage = 'reason' | 'name' | 'confirm' | 'sending' | 'done'

export type Dialog = {
  readonly command: Command
  /** The instances that it goes to; null is the attached one alone. */
  readonly fleet: readonly string[] | null
  readonly basis: Basis
  /** The instance's name has to be typed. */
  readonly severe: boolean
  readonly stage: DialogStage
  /** Monotonic milliseconds. */
  readonly openedAt: number
  readonly stageAt: number
  readonly reason: string
  readonly name: string
  /** Why the last key did nothing. */
  readonly problem: string | null
  /** `unsure` is why it is not known what became of it, once the engine or the way to it did not say. */
  readonly sent: { readonly id: string; readonly tries: number; readonly unsure: string | null } | null
  readonly result: Outcome | null
}

/** A command that was sent and whose outcome is not known yet, whatever became of its dialog. */
export type Underway = { readonly id: string; readonly what: string }

export type Help = { readonly offset: number; readonly filter: string; readonly typing: boolean }
export type Message = { readonly text: string; readonly tone: 'text' | 'warning'; readonly until: number }

export type ConsoleState = Heard & {
  readonly identity: Identity
  readonly size: Size
  /** Wall and monotonic time of the last tick or input. */
  readonly now: number
  readonly monotonic: number
  readonly startedAt: number
  readonly link: FollowState
  readonly freshness: Freshness
  readonly snapshot: Snapshot | null
  /** Sequence of the snapshot's last part; null for one from the files. */
  readonly sequence: number | null
  /** Why there is no snapshot in the files, or none that can be read. */
  readonly pastProblem: string | null
  /** Since when a list is empty, as seen from here. */
  readonly emptySince: Readonly<Partial<Record<ListPane, number>>>
  readonly worstBreaker: BreakerView | null
  /** The recorded cycles, newest first, and before them the newest of all where that was a quiet one. */
  readonly cycles: readonly Cycle[]
  readonly logs: LogWindow
  readonly logSource: LogSource
  /** What the engine leaves in files, as far as a view has asked for it. */
  readonly records: Records
  readonly chain: Chain
  readonly fleet: Fleet
  /** Instances marked in the fleet. */
  readonly marked: readonly string[]
  /** Equity as it was heard, for charts. */
  readonly equitySeries: Series
  readonly view: ViewName
  readonly previousView: ViewName | null
  readonly pane: PaneName
  /** Whether the detail pane of each view is shown. */
  readonly details: Readonly<Record<ViewName, boolean>>
  readonly zoomed: boolean
  readonly lists: Readonly<Record<ListPane, ListState>>
  readonly shifts: Readonly<Partial<Record<PaneName, Shift>>>
  readonly clock: ClockKind
  /** The chosen chart and how it is looked at. */
  readonly chart: { readonly index: number; readonly windowMs: number; readonly table: boolean; readonly contrib: Contrib }
  readonly settings: Settings
  /** False while the terminal says that nobody looks. */
  readonly inFocus: boolean
  /** The chosen line of the log and whether long lines go on below. */
  readonly logChosen: LogLine | null
  readonly wrap: boolean
  readonly prompt: Prompt | null
  readonly help: Help | null
  readonly dialog: Dialog | null
  readonly underway: readonly Underway[]
  readonly message: Message | null
  /** Only ASCII goes to the screen. */
  readonly ascii: boolean
  /** What each key means, as this person wants it. */
  readonly keys: readonly KeyRow[]
  /** Names of the themes there are. */
  readonly themes: readonly string[]
}

/** As a list is before a person chose, filtered or sorted anything. */
export const EMPTY_LIST: ListState = { selected: null, filter: '', sort: null, hidden: [] }

const NO_LOGS: LogWindow = {
  lines: [],
  following: true,
  chosen: null,
  fresh: 0,
  kept: 0,
  matching: 0,
  evicted: 0,
  searched: null,
  levelMin: LEVELS.info,
  filter: '',
  past: null,
  unread: [],
  problem: null,
  context: false,
  processes: [],
  only: null,
  errors: new Map(),
  countedFrom: null,
}

export const initialState = (
  given: Pick<ConsoleState, 'identity' | 'size' | 'now' | 'monotonic' | 'ascii' | 'keys' | 'themes'> & Partial<ConsoleState>,
): ConsoleState => ({
  startedAt: given.now,
  link: { kind: 'connecting' },
  freshness: 'waiting',
  snapshot: null,
  sequence: null,
  pastProblem: null,
  emptySince: {},
  worstBreaker: null,
  cycles: [],
  logs: NO_LOGS,
  logSource: { kind: 'starting' },
  records: NO_RECORDS,
  chain: { kind: 'unverified' },
  fleet: { engines: [], problem: null },
  marked: [],
  equitySeries: [],
  ...NOTHING_HEARD,
  view: 'overview',
  previousView: null,
  pane: 'cycles',
  details: { overview: false, signals: true, breakers: true, positions: true, audit: true, logs: false, charts: false, fleet: true },
  zoomed: false,
  lists: Object.fromEntries(LIST_PANES.map((pane) => [pane, EMPTY_LIST])) as Record<ListPane, ListState>,
  shifts: {},
  clock: 'utc',
  chart: { index: 0, windowMs: 21_600_000, table: false, contrib: { kind: 'none' } },
  settings: SETTINGS,
  inFocus: true,
  logChosen: null,
  wrap: false,
  prompt: null,
  help: null,
  dialog: null,
  underway: [],
  message: null,
  ...given,
})
