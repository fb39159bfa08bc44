import type { ProcessName } from '../../src/contracts/names.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { breakerWord } from '../present/breaker-word.ts'
import { emptyText } from '../present/empty.ts'
import { count, counted } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import type { ConsoleState } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import type { ListDefinition } from './list.ts'

/** How one part of the engine does, and why it is not green. */
export type Light = { readonly part: string; readonly light: 'green' | 'yellow' | 'red'; readonly reason: string }

/** Bars that wait for the brain or for a decision before that is told. */
const BACKLOG_BARS_MAX = 1_000

const TONES: Readonly<Record<Light['light'], Tone>> = { green: 'good', yellow: 'warning', red: 'alarm' }
const COLUMNS: readonly Column<Light>[] = [
  { head: 'PART', width: 10, keep: 9, text: ({ part }) => part },
  {
    head: 'LIGHT',
    width: 6,
    keep: 8,
    figure: true,
    text: ({ light }) => (light === 'green' ? light : light.toUpperCase()),
    tone: ({ light }) => TONES[light],
  },
  { head: 'WHY', width: 20, keep: 7, text: ({ reason }) => reason },
]

type Found = { readonly red: readonly string[]; readonly yellow: readonly string[]; readonly green: string }

const lit = (part: string, { red, yellow, green }: Found): Light => {
  const reasons = [...red, ...yellow]
  return { part, light: red.length > 0 ? 'red' : yellow.length > 0 ? 'yellow' : 'green', reason: reasons.length > 0 ? reasons.join('; ') : green }
}

/** A process that is not ready: still beginning is yellow, anything else is red. */
const processOf = ({ processes }: Snapshot, wanted: ProcessName): Pick<Found, 'red' | 'yellow'> => {
  const found = processes.find(({ name }) => name === wanted)
  if (found === undefined) return { red: [`no ${wanted}`], yellow: [] }
  const says = `${found.name} ${found.state.toUpperCase()}${found.reason === '' ? '' : `: ${found.reason}`}`
  if (found.state === 'ready') return { red: [], yellow: [] }
  return found.state === 'starting' || found.state === 'waiting' ? { red: [], yellow: [says] } : { red: [says], yellow: [] }
}

const feed = (snapshot: Snapshot): Light => {
  const { state, instruments } = snapshot.feed
  const { red, yellow } = processOf(snapshot, 'feed')
  const stale = instruments.filter((each) => each.stale).map(({ symbol }) => symbol)
  return lit('feed', {
    red: [...red, ...(state.startsWith('failed') ? [state] : []), ...(stale.length > 0 ? [`stale: ${stale.join(' ')}`] : [])],
    yellow: [...yellow, ...(state.startsWith('running') || state.startsWith('failed') ? [] : [state])],
    green: `${counted(instruments.length, 'instrument')} fresh`,
  })
}

const ring = ({ feed: { bars, consumed, decided, overruns } }: Snapshot): Light => {
  const waiting = Math.max(bars - consumed, bars - decided, 0)
  return lit('ring', {
    red: [],
    yellow: waiting > BACKLOG_BARS_MAX ? [`${count(waiting)} bars wait`] : [],
    green: `${counted(waiting, 'bar waits', 'bars wait')}${overruns === 0 ? '' : `, ${count(overruns)} went over the tape`}`,
  })
}

const decision = (snapshot: Snapshot): Light => {
  const { red, yellow } = processOf(snapshot, 'brain')
  const stopped = snapshot.strategies.filter(({ state }) => state === 'stopped').map(({ id, reason }) => `${id} stopped: ${reason}`)
  const pipeline = snapshot.signals.pipeline
  const slow = pipeline === null || pipeline.status === 'HEALTHY' ? [] : [`signals ${pipeline.status}: ${pipeline.reason}`]
  return lit('decision', {
    red: [...red, ...(pipeline?.status === 'CRITICAL' ? slow : [])],
    yellow: [...yellow, ...stopped, ...(pipeline?.status === 'WARNING' ? slow : [])],
    green: counted(snapshot.strategies.length, 'strategy', 'strategies'),
  })
}

const execution = (snapshot: Snapshot): Light => {
  const { engine, positions } = snapshot
  const { red, yellow } = processOf(snapshot, 'orchestrator')
  const bare = positions.filter(({ state, stop }) => state !== 'EXITING' && stop === null).map(({ symbol }) => symbol)
  return lit('execution', {
    red: [...red, ...(bare.length > 0 ? [`no stop protects ${bare.join(' ')}`] : [])],
    yellow: [...yellow, ...(engine.state === 'running' ? [] : [`${engine.state.toUpperCase()}: ${engine.reason}`])],
    green: counted(positions.length, 'position'),
  })
}

const safety = ({ singleton, breakers, risk, illegalMoves }: Snapshot): Light =>
  lit('safety', {
    red: [
      ...(singleton.held ? [] : ['the lock of the account is not held']),
      ...(risk?.killSwitches ?? []).map(({ origin }) => `kill switch ${origin}`),
      ...breakers.filter(({ state }) => state === 'open' || state === 'latched').map((each) => `${each.name} ${breakerWord(each)}`),
      ...(illegalMoves > 0 ? [`${counted(illegalMoves, 'illegal move')} of a state`] : []),
    ],
    yellow: breakers.filter(({ state }) => state === 'halfOpen').map((each) => `${each.name} ${breakerWord(each)}`),
    green: `lock held, ${counted(breakers.length, 'breaker')} closed`,
  })

const journal = ({ ledger }: Snapshot): Light =>
  lit('journal', { red: ledger.state === 'ok' ? [] : [`ledger: ${ledger.state}`], yellow: [], green: `${count(ledger.sequence)} facts` })

/** The outcomes are read from their file, so this light is of the file. */
const shadow = ({ snapshot, records }: ConsoleState): Light => {
  const { source, rows, rejected, problem } = records.shadows
  const red =
    source.kind === 'error' ? [`${source.path}: ${source.message}`] : rejected > 0 ? [`${count(rejected)} lines are none: ${problem ?? ''}`] : []
  const decided = snapshot?.signals.total ?? 0
  return lit('shadow', {
    red,
    yellow: source.kind === 'missing' && decided > 0 ? [`source missing: ${source.path}`] : [],
    green: rows.length === 0 ? 'no outcome yet' : `${counted(rows.length, 'outcome')} read`,
  })
}

type Made = { readonly shadows: ConsoleState['records']['shadows']; readonly rows: readonly Light[] }
const made = new WeakMap<Snapshot, Made>()
const NONE: readonly Light[] = []

/** The parts of an engine in the order in which a bar goes through them. */
export const lightsOf = (state: ConsoleState): readonly Light[] => {
  const { snapshot, records } = state
  if (snapshot === null) return NONE
  const known = made.get(snapshot)
  if (known?.shadows === records.shadows) return known.rows
  const rows = [...[feed, ring, decision, execution, safety, journal].map((light) => light(snapshot)), shadow(state)]
  made.set(snapshot, { shadows: records.shadows, rows })
  return rows
}

export const lights: ListDefinition<Light> = {
  pane: 'lights',
  name: 'Lights',
  rows: lightsOf,
  key: ({ part }) => part,
  columns: () => COLUMNS,
  note: (_, rows) => {
    if (rows.length === 0) return []
    const bad = rows.filter(({ light }) => light !== 'green')
    const worst = bad.find(({ light }) => light === 'red') ?? bad[0]
    return worst === undefined
      ? [{ text: 'all green', tone: 'muted' }]
      : [{ text: bad.map(({ part, light }) => `${part} ${light.toUpperCase()}`).join('  '), tone: worst.light === 'red' ? 'danger' : 'warning' }]
  },
  empty: (state) => emptyText(state, 'lights', 'the engine tells nothing of itself yet'),
  time: () => null,
  record: (row) => row,
  live: true,
}
