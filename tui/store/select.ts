import { CYCLE_MS_MAX, HEARTBEAT_MS } from '../../src/contracts/protocol.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { type Layout, layout } from './layout.ts'
import type { ConsoleState } from './state.ts'
import { type DetailPane, type PaneName, panesOf } from './views.ts'

/** Silence after which the figures count as old: the engine says something every second, and within two a person has to see that it does not. */
export const STALE_MS = 1.8 * HEARTBEAT_MS
/** Silence after which nothing may be asked of the engine. */
export const CONTROL_STALE_MS = 5 * HEARTBEAT_MS

/** So late is a cycle that does not come: two of them, and what it may take to tell of one on a machine that has other things to do. */
export const STUCK_MS = 3 * CYCLE_MS_MAX

/**
 * Milliseconds for which the engine has made no cycle though its feed goes on, whatever it says of its processes; null where it makes
 * them, or where nobody can tell. Both times are of the engine's wall clock. The clock of a replay is its data's, and cycles come as its bars
 * do: it lies behind all cycles, or too far ahead to be that of the wall.
 */
export const stuckMs = ({ snapshot, freshness }: Pick<ConsoleState, 'snapshot' | 'freshness'>): number | null => {
  if (snapshot === null || freshness !== 'fresh') return null
  const { cycle, feed, processes, asOf } = snapshot
  const orchestrator = processes.find(({ name }) => name === 'orchestrator')
  if (cycle === null || orchestrator?.state !== 'ready' || feed.clock === null || !GOES_ON.has(feed.state)) return null
  const since = Math.max(cycle.at, orchestrator.startedAt ?? 0)
  const late = feed.clock - since
  return late > STUCK_MS && feed.clock - asOf < STUCK_MS ? late : null
}
const GOES_ON: ReadonlySet<string> = new Set(['running', 'waiting for space'])

/**
 * The feed's time up to which the engine has decided: what it says of account, orders, signals and risk is of that time. A replay's
 * feed may have read thousands of bars further.
 */
export const decidedAt = ({ cycle, feed }: Snapshot): number | null => cycle?.feedAt ?? feed.clock

const DAY_MS = 86_400_000

/** What the feed's clock says now: that of a replay is its data's, that of any other feed is the wall's, also between two bars. */
export const feedClock = ({ snapshot, now }: Pick<ConsoleState, 'snapshot' | 'now'>): number => {
  const decided = snapshot === null ? null : decidedAt(snapshot)
  if (snapshot === null || decided === null) return now
  const apartMs = decided - snapshot.asOf
  return Math.abs(apartMs) < DAY_MS ? now : now + apartMs
}

/** Now, for times of the feed. How long ago they are is told by the feed's clock; of which day they are is told by the wall's. */
export const feedNow = (state: Pick<ConsoleState, 'snapshot' | 'now' | 'clock'>): number =>
  state.clock === 'relative' ? feedClock(state) : state.now

/** Milliseconds since the figures on the screen were true; null without any. */
export const dataAgeMs = (state: ConsoleState): number | null => {
  if (state.snapshot === null) return null
  if (state.link.kind === 'live') return Math.max(0, state.now - state.link.lastHeardAt)
  if (state.freshness === 'past') return Math.max(0, state.now - state.snapshot.asOf)
  return state.link.kind === 'lost' ? Math.max(0, state.now - state.link.since) : null
}

/** True where figures are shown that may no longer be so. */
export const isOld = ({ freshness }: ConsoleState): boolean => freshness !== 'fresh' && freshness !== 'waiting'

/** Why the link is gone, in words; null while it is not. */
export const linkProblem = ({ link }: ConsoleState): string | null => {
  if (link.kind !== 'lost') return null
  return typeof link.reason === 'string' ? link.reason : link.reason.message
}

/** True where there is nobody at the other end at all, so that starting an engine is what helps. */
export const isEngineAbsent = ({ link }: ConsoleState): boolean =>
  link.kind === 'lost' && typeof link.reason !== 'string' && (link.reason.kind === 'absent' || link.reason.kind === 'refused')

/** Why nothing may be asked of the engine now; null where it may. */
export const controlsOff = (state: ConsoleState): string | null => {
  if (state.identity.readOnly) return 'this console only watches (--read-only)'
  if (state.link.kind === 'connecting') return 'not connected yet'
  if (state.link.kind === 'lost') return `the link to the engine is lost: ${linkProblem(state)}`
  if (state.link.hello.role === 'observer') return 'this connection may only watch (observer)'
  const silence = state.now - state.link.lastHeardAt
  if (silence > CONTROL_STALE_MS) return `the engine has said nothing for ${Math.floor(silence / 1_000)} s`
  if (state.snapshot === null) return 'the state of the engine is not known yet'
  return null
}

/** True while a kill switch is thrown, as far as is known. */
export const isKilled = (snapshot: Snapshot | null): boolean => (snapshot?.risk?.killSwitches.length ?? 0) > 0

/** Areas of the view that is open. */
export const areasNow = (state: ConsoleState): Layout =>
  layout({ size: state.size, view: state.view, detail: state.details[state.view], zoomed: state.zoomed ? state.pane : null })

/** Which of so many lines of a detail are shown below its title. */
export const detailRows = (
  { shifts }: ConsoleState,
  pane: DetailPane,
  lines: number,
  height: number,
): { readonly from: number; readonly to: number } => {
  const space = Math.max(0, height - 1)
  const from = Math.min(shifts[pane]?.rows ?? 0, Math.max(0, lines - space))
  return { from, to: Math.min(lines, from + space) }
}

/** Panes that the Tab key goes through, in their order. */
export const panesNow = (state: ConsoleState): readonly PaneName[] => panesOf(state.view, state.details[state.view])

/** A log that flows is a whole screen of new text in each frame, and nobody reads it faster. */
const LOG_FRAME_FACTOR = 1.5

const LOW_BANDWIDTH_MS = 1_000
/** Whoever looks elsewhere may still see the screen beside what they do: alarms do not wait, and ages may be that much older. */
const OUT_OF_FOCUS_MS = 3_000

/** Shortest time between two frames that data makes: by the setting, and longer where bytes are dear or nobody looks. */
export const frameIntervalMs = ({ settings, inFocus, view }: ConsoleState): number => {
  const wanted = settings.lowBandwidth ? LOW_BANDWIDTH_MS : 1_000 / settings.fps
  return Math.max(wanted, inFocus ? 0 : OUT_OF_FOCUS_MS) * (view === 'logs' ? LOG_FRAME_FACTOR : 1)
}
