import type { BreakerView } from '../../src/contracts/breaker.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { heardNext, isOfAnother } from '../charts/heard.ts'
import type { FollowState } from '../link/follow.ts'
import { merged } from '../link/merged.ts'
import { LISTS } from '../lists/index.ts'
import { chosenIndex, chosenRow, shownRows } from '../lists/list.ts'
import type { LogWindow } from '../logs/log-book.ts'
import type { LogSource } from '../logs/tailer.ts'
import { commandName } from '../present/dialog.ts'
import { timeOfDay } from '../present/time.ts'
import type { Records } from '../records/record.ts'
import { decidedAt, panesNow, STALE_MS } from './select.ts'
import {
  type Chain,
  CLOCKS,
  type ConsoleState,
  type Dialog,
  type Fleet,
  type Freshness,
  type Help,
  type ListState,
  type Message,
  NO_SHIFT,
  type Outcome,
  type Prompt,
  type Settings,
  type Shift,
  type Size,
} from './state.ts'
import { isDetailPane, LIST_PANES, type ListPane, type PaneName, VIEW_DEFINITIONS, type ViewName } from './views.ts'

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
  | { readonly kind: 'view'; readonly view: ViewName }
  | { readonly kind: 'pane'; readonly pane: PaneName }
  /** Shows or hides the detail pane of the view. */
  | { readonly kind: 'detail'; readonly on: boolean }
  | { readonly kind: 'list'; readonly pane: ListPane; readonly changes: Partial<ListState> }
  | { readonly kind: 'records'; readonly records: Partial<Records> }
  | { readonly kind: 'chain'; readonly chain: Chain }
  | { readonly kind: 'fleet'; readonly fleet: Fleet }
  | { readonly kind: 'mark'; readonly instance: string }
  | { readonly kind: 'shift'; readonly pane: PaneName; readonly changes: Partial<Shift> }
  | { readonly kind: 'clock' }
  | { readonly kind: 'chart'; readonly changes: Partial<ConsoleState['chart']> }
  | { readonly kind: 'settings'; readonly changes: Partial<Settings> }
  | { readonly kind: 'inFocus'; readonly on: boolean }
  | { readonly kind: 'wrap'; readonly on: boolean }
  | { readonly kind: 'stepPane'; readonly by: 1 | -1 }
  | { readonly kind: 'zoom'; readonly on: boolean }
  /** Moves the choice in a list; to the first row means to follow it. */
  | { readonly kind: 'choose'; readonly pane: ListPane; readonly by: number }
  | { readonly kind: 'prompt'; readonly prompt: Prompt | null }
  | { readonly kind: 'help'; readonly help: Help | null }
  | { readonly kind: 'dialog'; readonly dialog: Dialog | null }
  | { readonly kind: 'sent'; readonly id: string; readonly tries: number; readonly unsure: string | null }
  | { readonly kind: 'result'; readonly id: string; readonly result: Outcome }
  | { readonly kind: 'message'; readonly message: Message | null }

/** The state after an action. Pure; the same object where nothing changed. */
export const reduce = (state: ConsoleState, action: Action): ConsoleState => {
  switch (action.kind) {
    case 'tick':
      return onTick(state, action.now, action.monotonic)
    case 'link':
      return freshen({ ...state, link: action.state })
    case 'snapshot':
      return freshen(withNewcomer(withSnapshot(state, action.snapshot, action.sequence), state))
    case 'changes':
      return state.snapshot === null ? state : freshen(withSnapshot(state, merged(state.snapshot, action.changes), action.sequence))
    case 'past':
      // Once an engine was met, its own word counts.
      return state.sequence === null ? freshen({ ...withSnapshot(state, action.snapshot, null), pastProblem: action.problem }) : state
    case 'logs':
      return withLog(state, action.window)
    case 'logSource':
      return { ...state, logSource: action.source }
    case 'size':
      return { ...state, size: action.size }
    case 'view':
      return openView(state, action.view)
    case 'pane':
      return { ...state, pane: action.pane }
    case 'stepPane':
      return stepPane(state, action.by)
    case 'detail':
      return withDetail(state, action.on)
    case 'list':
      return withList(state, action.pane, action.changes)
    case 'records':
      return { ...state, records: { ...state.records, ...action.records } }
    case 'chain':
      return { ...state, chain: action.chain }
    case 'fleet':
      return { ...state, fleet: action.fleet }
    case 'mark':
      return {
        ...state,
        marked: state.marked.includes(action.instance) ? state.marked.filter((name) => name !== action.instance) : [...state.marked, action.instance],
      }
    case 'shift':
      return { ...state, shifts: { ...state.shifts, [action.pane]: { ...NO_SHIFT, ...state.shifts[action.pane], ...action.changes } } }
    case 'clock':
      return { ...state, clock: CLOCKS[(CLOCKS.indexOf(state.clock) + 1) % CLOCKS.length] ?? 'utc' }
    case 'chart':
      return { ...state, chart: { ...state.chart, ...action.changes } }
    case 'settings':
      return { ...state, settings: { ...state.settings, ...action.changes } }
    case 'inFocus':
      return { ...state, inFocus: action.on }
    case 'wrap':
      return { ...state, wrap: action.on }
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

/** Points of the equity curve that are kept from hearing alone: an hour at four a second. */
const SERIES_MAX = 14_400

/** The view with its own pane in focus; the one before it is remembered for going back. */
const openView = (state: ConsoleState, view: ViewName): ConsoleState => {
  if (view === state.view) return state
  const [first = 'logs'] = VIEW_DEFINITIONS[view].panes
  return { ...state, view, previousView: state.view, pane: first, zoomed: false }
}

const stepPane = (state: ConsoleState, by: 1 | -1): ConsoleState => {
  const panes = panesNow(state)
  return { ...state, pane: panes[(panes.indexOf(state.pane) + by + panes.length) % panes.length] ?? state.pane }
}

/** A pane that goes takes no focus with it. */
const withDetail = (state: ConsoleState, on: boolean): ConsoleState => {
  const { detail, panes } = VIEW_DEFINITIONS[state.view]
  if (detail === null) return state
  const pane = !on && isDetailPane(state.pane) ? (panes.find((name) => !isDetailPane(name)) ?? state.pane) : state.pane
  return { ...state, details: { ...state.details, [state.view]: on }, pane }
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

const withSnapshot = (state: ConsoleState, snapshot: Snapshot | null, sequence: number | null): ConsoleState => {
  const cycles = snapshot === null ? [] : cyclesOf(snapshot, state)
  const equitySeries = withEquity(state, snapshot)
  const next: ConsoleState = {
    ...state,
    snapshot,
    sequence,
    cycles,
    worstBreaker: worstOf(snapshot?.breakers ?? []),
    equitySeries,
    ...heardNext(state, state.snapshot, snapshot),
  }
  return { ...next, emptySince: emptySince(next) }
}

/** Whoever was looking at one engine has to be told that it is another one now. */
const withNewcomer = (state: ConsoleState, before: ConsoleState): ConsoleState => {
  if (before.snapshot === null || before.sequence === null || state.snapshot === null) return state
  const [was, is] = [before.snapshot.engine, state.snapshot.engine]
  if (was.pid === is.pid && was.startedAt === is.startedAt) return state
  const text = `another engine answers: pid ${is.pid}, started ${timeOfDay(is.startedAt)}; before it was pid ${was.pid}`
  return { ...state, message: { text, tone: 'warning', until: state.monotonic + MESSAGE_MS } }
}

/** Equity as it is heard; what is unknown makes no point. */
const withEquity = ({ equitySeries, snapshot: before }: ConsoleState, snapshot: Snapshot | null): ConsoleState['equitySeries'] => {
  if (snapshot === null || snapshot.equity === null || (before !== null && before.equity === snapshot.equity && before.asOf === snapshot.asOf))
    return equitySeries
  const at = decidedAt(snapshot) ?? snapshot.asOf
  const last = equitySeries.at(-1)
  if (isOfAnother(equitySeries, at)) return [{ at, value: Number(snapshot.equity) }]
  if (last !== undefined && at <= last.at) return equitySeries
  return [...equitySeries.slice(-SERIES_MAX + 1), { at, value: Number(snapshot.equity) }]
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

/** Lists that come with the snapshot: an empty one says since when. */
const LIVE_LISTS: readonly ListPane[] = LIST_PANES.filter((pane) => LISTS[pane].live)

const emptySince = (state: ConsoleState): ConsoleState['emptySince'] => {
  const before = state.emptySince
  const entries = LIVE_LISTS.filter((pane) => state.snapshot !== null && LISTS[pane].rows(state).length === 0).map(
    (pane) => [pane, before[pane] ?? state.now] as const,
  )
  const same = entries.length === Object.keys(before).length && entries.every(([pane, at]) => before[pane] === at)
  return same ? before : Object.fromEntries(entries)
}

/** By its key, so that the choice stays on its row when others come before it; the first row is followed instead. */
const choose = (state: ConsoleState, pane: ListPane, by: number): ConsoleState => {
  const list = LISTS[pane]
  const rows = shownRows(list, state)
  const index = Math.max(0, Math.min(chosenIndex(list, state) + by, rows.length - 1))
  const row = rows[index]
  const key = index === 0 || row === undefined ? null : list.key(row)
  return key === state.lists[pane].selected ? state : withList(state, pane, { selected: key })
}

/** Another row's detail is read from its top. */
const withList = (state: ConsoleState, pane: ListPane, changes: Partial<ListState>): ConsoleState => {
  const next = { ...state, lists: { ...state.lists, [pane]: { ...state.lists[pane], ...changes } } }
  const [was, is] = [chosenKey(state, pane), chosenKey(next, pane)]
  return was === is ? next : { ...next, shifts: withoutShift(next, pane) }
}

const chosenKey = (state: ConsoleState, pane: ListPane): string | null => {
  const row: unknown = chosenRow(LISTS[pane], state)
  return row === null ? null : LISTS[pane].key(row)
}

/** Shifts with that of the detail of this pane taken away. */
const withoutShift = ({ shifts }: ConsoleState, of: PaneName): ConsoleState['shifts'] => {
  const { detail } = Object.values(VIEW_DEFINITIONS).find((view) => view.detail?.of === of) ?? {}
  return detail == null || shifts[detail.pane] === undefined ? shifts : { ...shifts, [detail.pane]: NO_SHIFT }
}

const withLog = (state: ConsoleState, window: LogWindow): ConsoleState => {
  const { logChosen: was } = state
  const { chosen } = window
  const isOther = was !== null && (chosen === null || was.text !== chosen.text || was.key !== chosen.key)
  return { ...state, logs: window, logChosen: chosen, shifts: isOther ? withoutShift(state, 'logs') : state.shifts }
}

/** A command is asked about again after its dialog was closed; another dialog is none of its business. */
const onSent = (state: ConsoleState, sent: NonNullable<Dialog['sent']>): ConsoleState => {
  const { dialog } = state
  if (dialog?.stage !== 'sending' || (dialog.sent !== null && dialog.sent.id !== sent.id)) return state
  const underway = dialog.sent === null ? [...state.underway, { id: sent.id, what: commandName(dialog) }] : state.underway
  return { ...state, underway, dialog: { ...dialog, sent } }
}

const MESSAGE_MS = 20_000

/** An answer goes to its dialog; where that was closed meanwhile, it is a message. */
const onResult = (state: ConsoleState, id: string, result: Outcome): ConsoleState => {
  const { dialog } = state
  const underway = state.underway.filter((each) => each.id !== id)
  if (dialog?.sent?.id === id) return { ...state, underway, dialog: { ...dialog, stage: 'done', stageAt: state.monotonic, result } }
  const what = state.underway.find((each) => each.id === id)?.what ?? `command ${id.slice(0, 8)}`
  const audit = result.auditSequence === null ? '' : `, audit ${result.auditSequence}`
  const text = `${what}: ${result.outcome}${audit}: ${result.message}`
  return { ...state, underway, message: { text, tone: result.outcome === 'accepted' ? 'text' : 'warning', until: state.monotonic + MESSAGE_MS } }
}

const DATA: ReadonlySet<Action['kind']> = new Set(['tick', 'link', 'snapshot', 'changes', 'past', 'logs', 'logSource', 'records', 'fleet'])

/**
 * What a person did is shown at once, and so is what may cost money: breakers, alerts, states of the engine and of its processes, the link
 * that is gone.
 */
export const isUrgent = (before: ConsoleState, after: ConsoleState, action: Action): boolean => {
  if (!DATA.has(action.kind) || (action.kind === 'logs' && action.asked)) return true
  return (
    before.link.kind !== after.link.kind ||
    before.freshness !== after.freshness ||
    before.worstBreaker?.state !== after.worstBreaker?.state ||
    before.worstBreaker?.name !== after.worstBreaker?.name ||
    before.snapshot?.engine.state !== after.snapshot?.engine.state ||
    before.snapshot?.engine.desired !== after.snapshot?.engine.desired ||
    before.snapshot?.singleton.held !== after.snapshot?.singleton.held ||
    before.snapshot?.alerts[0]?.id !== after.snapshot?.alerts[0]?.id ||
    processStates(before) !== processStates(after)
  )
}
const processStates = ({ snapshot }: ConsoleState): string => snapshot?.processes.map(({ state }) => state).join() ?? ''
