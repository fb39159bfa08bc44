import type { EngineState } from '../../src/contracts/engine.ts'
import type { Mode } from '../../src/contracts/names.ts'
import { dataAgeMs, isEngineAbsent, isKilled, stuckMs } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import { breakerWord } from './breaker-word.ts'
import { type Line, lineWidth, type Segment, spread } from './line.ts'
import { age, clockUtc } from './time.ts'

export const MODE_TONES: Readonly<Record<Mode, Tone>> = {
  live: 'live',
  paper: 'paper',
  simulate: 'simulate',
  'dry-run': 'otherMode',
  manual: 'otherMode',
}

const STATE_TONES: Readonly<Record<EngineState, Tone>> = {
  starting: 'warning',
  ready: 'good',
  running: 'good',
  degraded: 'warning',
  paused: 'warning',
  safe: 'alarm',
  halted: 'alarm',
  draining: 'warning',
  stopped: 'danger',
}

/** Not to be mistaken for each other without any colour either. */
export const modeWord = (mode: Mode): string => (mode === 'live' ? '!LIVE!' : mode.toUpperCase())

/** What is kept least goes first where there is no room; `short` goes before it, and is said instead. */
type Part = Segment & { readonly keep: number; readonly short?: { readonly text: string; readonly keep: number } }

/** Line 1: who this is and how far it can be believed. What changes often stands at the right. */
export const presentIdentity = (state: ConsoleState, width: number): Line => {
  let left = leftParts(state)
  let right = rightParts(state)
  const line = (): Line => spread(joined(left), joined(right), width)
  while (lineWidth(joined(left)) + 1 + lineWidth(joined(right)) > width && left.length + right.length > 1) {
    const least = Math.min(...[...left, ...right].map(leastOf))
    left = without(left, least)
    right = without(right, least)
  }
  return state.freshness === 'lost' ? line().map((segment) => ({ text: segment.text, tone: 'alarm' as const })) : line()
}

const leastOf = ({ keep, short }: Part): number => short?.keep ?? keep

const without = (parts: readonly Part[], least: number): readonly Part[] =>
  parts.flatMap((part): Part[] => {
    if (leastOf(part) !== least) return [part]
    const { short, ...rest } = part
    return short === undefined ? [] : [{ ...rest, text: short.text }]
  })

const joined = (parts: readonly Part[]): Line =>
  parts.flatMap(({ keep: _, short: __, ...segment }, index) => (index === 0 ? [segment] : [{ text: '  ' }, segment]))

const leftParts = (state: ConsoleState): readonly Part[] => {
  const { snapshot, identity } = state
  const instance: Part = { text: snapshot?.instance ?? identity.instance, tone: 'heading', keep: 10 }
  if (snapshot === null) return [instance, linkPart(state)]
  return [
    instance,
    { text: modeWord(snapshot.mode), tone: MODE_TONES[snapshot.mode], keep: 9 },
    ...(state.freshness === 'fresh' || state.freshness === 'stale' ? [] : [linkPart(state)]),
    ...(state.freshness === 'past' ? [{ text: `was ${snapshot.engine.state.toUpperCase()}`, tone: 'stale' as const, keep: 7 }] : [enginePart(state)]),
    ...killPart(state),
    breakerPart(state),
    lockPart(state),
    ...watchPart(state),
  ]
}

const linkPart = (state: ConsoleState): Part => {
  const { link } = state
  if (link.kind === 'connecting') return { text: 'connecting', tone: 'warning', keep: 9 }
  if (link.kind === 'live') return { text: 'waiting for the state', tone: 'warning', keep: 9 }
  if (state.sequence !== null) return { text: `LOST ${age(state.now - link.since)}`, tone: 'alarm', keep: 11 }
  return { text: isEngineAbsent(state) ? 'NO ENGINE' : 'NO LINK', tone: 'alarm', keep: 11 }
}

const enginePart = (state: ConsoleState): Part => {
  const word = state.snapshot?.engine.state ?? 'starting'
  const stuck = stuckWord(state)
  if (stuck !== null) return { text: `${word.toUpperCase()} ${stuck}`, tone: 'alarm', keep: 8 }
  return { text: word.toUpperCase(), tone: STATE_TONES[word], keep: 8 }
}

/** What hangs, by the engine's own word or by what it no longer does; null where nothing does. */
export const stuckWord = (state: Pick<ConsoleState, 'snapshot' | 'freshness'>): string | null => {
  const process = state.snapshot?.processes.find((each) => each.state === 'stuck')
  if (process !== undefined) return `${process.name} STUCK`
  const late = stuckMs(state)
  return late === null ? null : `STUCK ${age(late)}`
}

/** Nothing new is let in while one is thrown, though the engine runs and no breaker is tripped. */
const killPart = ({ snapshot }: ConsoleState): readonly Part[] =>
  isKilled(snapshot) ? [{ text: 'KILL SWITCH', tone: 'alarm', keep: 7.5, short: { text: 'KILL', keep: 3.5 } }] : []

const breakerPart = ({ worstBreaker, snapshot }: ConsoleState): Part => {
  const tripped = snapshot?.breakers.filter(({ state }) => state !== 'closed').length ?? 0
  if (worstBreaker === null) return { text: snapshot?.breakers.length === 0 ? 'BRK none' : 'BRK ok', tone: 'muted', keep: 6 }
  const others = tripped > 1 ? ` +${tripped - 1}` : ''
  return {
    text: `BRK ${worstBreaker.name} ${breakerWord(worstBreaker)}${others}`,
    tone: worstBreaker.state === 'halfOpen' ? 'warning' : 'alarm',
    keep: 6,
    short: { text: `BRK ${worstBreaker.name}!${others}`, keep: 3 },
  }
}

const lockPart = ({ snapshot, freshness }: ConsoleState): Part => {
  if (freshness === 'past') return { text: 'lock unknown', tone: 'stale', keep: 5 }
  return snapshot?.singleton.held === true ? { text: 'lock held', tone: 'muted', keep: 5 } : { text: 'LOCK NOT HELD', tone: 'alarm', keep: 5 }
}

const watchPart = ({ identity, link }: ConsoleState): readonly Part[] =>
  identity.readOnly || (link.kind === 'live' && link.hello.role === 'observer') ? [{ text: 'watch only', tone: 'key', keep: 5.5 }] : []

const rightParts = (state: ConsoleState): readonly Part[] => {
  const { snapshot, freshness, now } = state
  const old = freshness !== 'fresh'
  const dataAge = dataAgeMs(state)
  const cycle: readonly Part[] =
    snapshot?.cycle == null
      ? []
      : [{ text: `cyc ${snapshot.cycle.number} ${old ? '~' : ''}+${age(now - snapshot.cycle.at)}`, tone: old ? 'stale' : 'text', keep: 1 }]
  const data: readonly Part[] = dataAge === null ? [] : [{ text: `data ${old ? '~' : ''}${age(dataAge)}`, tone: old ? 'warning' : 'muted', keep: 7 }]
  return [...cycle, ...data, { text: clockUtc(now), tone: 'muted', keep: 4, short: { text: `${clockUtc(now).slice(0, 5)}Z`, keep: 2 } }]
}
