import type { BreakerView } from '../../src/contracts/breaker.ts'
import type { Command, CommandResult } from '../../src/contracts/command.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { Mode } from '../../src/contracts/names.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { FollowState } from '../link/follow.ts'
import { LEVELS } from '../logs/line.ts'
import type { LogWindow } from '../logs/log-book.ts'
import type { LogSource } from '../logs/tailer.ts'

export const PANES = ['cycles', 'processes', 'positions', 'guards', 'signals', 'logs'] as const
export type PaneName = (typeof PANES)[number]
export type ListPane = Exclude<PaneName, 'logs'>

/** What does not change while the console runs. */
export type Identity = {
  readonly instance: string
  readonly version: string
  /** True where the person asked for a console that only watches. */
  readonly readOnly: boolean
  /** Folder of the snapshot and the logs, named where a source is missing. */
  readonly root: string
}

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
}

export type DialogStage = 'reason' | 'name' | 'confirm' | 'sending' | 'done'

export type Dialog = {
  readonly command: Command
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
  /** `unsure` once the engine or the way to it did not say what became of it. */
  readonly sent: { readonly id: string; readonly tries: number; readonly unsure: boolean } | null
  readonly result: CommandResult | null
}

export type Help = { readonly offset: number; readonly filter: string; readonly typing: boolean }
export type Message = { readonly text: string; readonly tone: 'text' | 'warning'; readonly until: number }

export type ConsoleState = {
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
  readonly pane: PaneName
  readonly zoomed: boolean
  /** Key of the chosen row of each list; null follows the first. */
  readonly selected: Readonly<Record<ListPane, string | null>>
  /** Text of the open filter prompt; null while it is closed. */
  readonly prompt: { readonly text: string; readonly problem: string | null } | null
  readonly help: Help | null
  readonly dialog: Dialog | null
  readonly message: Message | null
  /** Only ASCII goes to the screen. */
  readonly ascii: boolean
}

const NO_LOGS: LogWindow = {
  lines: [],
  following: true,
  fresh: 0,
  kept: 0,
  matching: 0,
  evicted: 0,
  searched: null,
  levelMin: LEVELS.info,
  filter: '',
}

export const initialState = (given: Pick<ConsoleState, 'identity' | 'size' | 'now' | 'monotonic' | 'ascii'>): ConsoleState => ({
  ...given,
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
  pane: 'cycles',
  zoomed: false,
  selected: { cycles: null, processes: null, positions: null, guards: null, signals: null },
  prompt: null,
  help: null,
  dialog: null,
  message: null,
})
