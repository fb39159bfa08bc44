import type { BreakerView } from '../../src/contracts/breaker.ts'
import type { CommandResult } from '../../src/contracts/command.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import type { FollowState } from '../link/follow.ts'
import type { LogWindow } from '../logs/log-book.ts'
import type { LogSource } from '../logs/tailer.ts'
import { rowKeys, STALE_MS, selectedIndex } from './select.ts'
import { type ConsoleState, type Dialog, type Freshness, type Help, type ListPane, type Message, PANES, type PaneName, type Size } from './state.ts'

/** Everything that can change what the console shows. */
export type Action =
  | { readonly kind: 'tick'; readonly now: number; readonly monotonic: number }
  | { readonly kind: 'link'; readonly state: FollowState }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly sequence: number }
  | { readonly kind: 'changes'; readonly changes: SnapshotDelta; readonly sequence: number }
  /** What the instance's files hold, for as long as no engine was met. */
  | { readonly kind: 'past'; readonly snapshot: Snapshot | null; readonly problem: string | null }
  /** `asked` where a person moved it, so that it is shown at once. */
  | { readonly kind: 'logs'; readonly window: LogWindow; readonly asked: boolean }
  | { readonly kind: 'logSource'; readonly source: LogSource }
  | { readonly kind: 'size'; readonly size: Size }
  | { readonly kind: 'pane'; readonly pane: PaneName }
  | { readonly kind: 'stepPane'; readonly by: 1 | -1 }
  | { readonly kind: 'zoom'; readonly on: boolean }
  /** Moves the choice in a list; to the first row means to follow it. */
  | { readonly kind: 'choose'; readonly pane: ListPane; readonly by: number }
  | { readonly kind: 'prompt'; readonly prompt: ConsoleState['prompt'] }
  | { readonly kind: 'help'; readonly help: Help | null }
  | { readonly kind: 'dialog'; readonly dialog: Dialog | null }
  | { readonly kind: 'sent'; readonly id: string; readonly tries: number; readonly unsure: boolean }
  | { readonly kind: 'result'; readonly id: string; readonly result: CommandResult }
  | { readonly kind: 'message'; readonly message: Message | null }

/** The state after an action. Pure; the same object where nothing changed. */
export const reduce = (state: ConsoleState, action: Action): ConsoleState => {
  switch (action.kind) {
    case 'tick':
      return onTick(state, action.now, action.monotonic)
    case 'link':
      return freshen({ ...state, link: action.state })
    case 'snapshot':
      return freshen(withSnapshot(state, action.snapshot, action.sequence))
    case 'changes':
      return state.snapshot === null ? state : freshen(withSnapshot(state, merged(state.snapshot, action.changes), action.sequence))
    case 'past':
      // Once an engine was met, its own word counts.
      return state.sequence === null ? freshen({ ...withSnapshot(state, action.snapshot, null), pastProblem: action.problem }) : state
    case 'logs':
      return { ...state, logs: action.window }
    case 'logSource':
      return { ...state, logSource: action.source }
    case 'size':
      return { ...state, size: action.size }
    case 'pane':
      return { ...state, pane: action.pane }
    case 'stepPane':
      return { ...state, pane: PANES[(PANES.indexOf(state.pane) + action.by + PANES.length) % PANES.length] ?? 'cycles' }
    case 'zoom':
      return { ...state, zoomed: action.on }
    case 'choose':
      return choose(state, action.pane, action.by)
    case 'prompt':
      return { ...state, prompt: action.prompt }
    case 'help':
      return { ...state, help: action.help }
    case 'dialog':
      return { ...state, dialog: action.dialog }
    case 'sent':
      return onSent(state, { id: action.id, tries: action.tries, unsure: action.unsure })
    case 'result':
      return onResult(state, action.id, action.result)
    case 'message':
      return { ...state, message: action.message }
  }
}

const onTick = (state: ConsoleState, now: number, monotonic: number): ConsoleState => {
  const message = state.message !== null && state.message.until <= monotonic ? null : state.message
  return freshen({ ...state, now, monotonic, message })
}

const freshen = (state: ConsoleState): ConsoleState => {
  const freshness = freshnessOf(state)
  return freshness === state.freshness ? state : { ...state, freshness }
}

const freshnessOf = ({ snapshot, sequence, link, now }: ConsoleState): Freshness => {
  if (snapshot === null) return 'waiting'
  if (sequence === null) return 'past'
  if (link.kind !== 'live') return 'lost'
  return now - link.lastHeardAt > STALE_MS ? 'stale' : 'fresh'
}

/** What came over the wire has no members that are undefined, whatever the type allows. */
const merged = (snapshot: Snapshot, changes: SnapshotDelta): Snapshot => ({ ...snapshot, ...(changes as Partial<Snapshot>) })

const withSnapshot = (state: ConsoleState, snapshot: Snapshot | null, sequence: number | null): ConsoleState => {
  const cycles = snapshot === null ? [] : cyclesOf(snapshot, state)
  const next: ConsoleState = { ...state, snapshot, sequence, cycles, worstBreaker: worstOf(snapshot?.breakers ?? []) }
  return { ...next, emptySince: emptySince(next) }
}

/** The very same list where neither part of it changed. */
const cyclesOf = ({ cycle, cycles }: Snapshot, before: ConsoleState): readonly Cycle[] => {
  if (before.snapshot?.cycle === cycle && before.snapshot?.cycles === cycles) return before.cycles
  const [first] = cycles
  return cycle !== null && (first === undefined || cycle.number > first.number) ? [cycle, ...cycles] : cycles
}

/** The one that a person has to know of first; null where all are closed. */
const worstOf = (breakers: readonly BreakerView[]): BreakerView | null =>
  breakers.find(({ state }) => state === 'latched') ??
  breakers.find(({ state }) => state === 'open') ??
  breakers.find(({ state }) => state === 'halfOpen') ??
  null

const LISTS: readonly ListPane[] = ['cycles', 'processes', 'positions', 'guards', 'signals']

const emptySince = (state: ConsoleState): ConsoleState['emptySince'] => {
  const before = state.emptySince
  const entries = LISTS.filter((pane) => state.snapshot !== null && isEmpty(state, pane)).map((pane) => [pane, before[pane] ?? state.now] as const)
  const same = entries.length === Object.keys(before).length && entries.every(([pane, at]) => before[pane] === at)
  return same ? before : Object.fromEntries(entries)
}

/** A signal state with no signal in it is no row of news. */
const isEmpty = (state: ConsoleState, pane: ListPane): boolean =>
  pane === 'signals' ? state.snapshot?.signals.total === 0 : rowKeys(state, pane).length === 0

/** By its key, so that the choice stays on its row when others come before it; the first row is followed instead. */
const choose = (state: ConsoleState, pane: ListPane, by: number): ConsoleState => {
  const keys = rowKeys(state, pane)
  const index = Math.max(0, Math.min(selectedIndex(state, pane) + by, keys.length - 1))
  const key = index === 0 ? null : (keys[index] ?? null)
  return key === state.selected[pane] ? state : { ...state, selected: { ...state.selected, [pane]: key } }
}

/** A command is asked about again after its dialog was closed; another dialog is none of its business. */
const onSent = (state: ConsoleState, sent: NonNullable<Dialog['sent']>): ConsoleState => {
  const { dialog } = state
  if (dialog?.stage !== 'sending' || (dialog.sent !== null && dialog.sent.id !== sent.id)) return state
  return { ...state, dialog: { ...dialog, sent } }
}

const MESSAGE_MS = 20_000

/** An answer goes to its dialog; where that was closed meanwhile, it is a message. */
const onResult = (state: ConsoleState, id: string, result: CommandResult): ConsoleState => {
  const { dialog } = state
  if (dialog?.sent?.id === id) return { ...state, dialog: { ...dialog, stage: 'done', stageAt: state.monotonic, result } }
  const audit = result.auditSequence === null ? '' : `, audit ${result.auditSequence}`
  const text = `${result.outcome}${audit}: ${result.message}`
  return { ...state, message: { text, tone: result.outcome === 'accepted' ? 'text' : 'warning', until: state.monotonic + MESSAGE_MS } }
}

const DATA: ReadonlySet<Action['kind']> = new Set(['tick', 'link', 'snapshot', 'changes', 'past', 'logs', 'logSource'])

/** What a person did is shown at once, and so is what may cost money: breakers, states of the engine, a process or the link that is gone. */
export const isUrgent = (before: ConsoleState, after: ConsoleState, action: Action): boolean => {
  if (!DATA.has(action.kind) || (action.kind === 'logs' && action.asked)) return true
  return (
    before.link.kind !== after.link.kind ||
    before.freshness !== after.freshness ||
    before.worstBreaker?.state !== after.worstBreaker?.state ||
    before.worstBreaker?.name !== after.worstBreaker?.name ||
    before.snapshot?.engine.state !== after.snapshot?.engine.state ||
    before.snapshot?.engine.desired !== after.snapshot?.engine.desired ||
    before.snapshot?.singleton.held !== after.snapshot?.singleton.held
  )
}
