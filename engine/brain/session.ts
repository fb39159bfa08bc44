import type { Config } from '../../src/contracts/config.ts'
import { type Bar, type Instrument, timeframeMs } from '../../src/contracts/market.ts'
import type { StrategyView } from '../../src/contracts/snapshot.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import type { BrainRecord } from '../supervisor/messages.ts'
import type { TapeReader } from '../tape/port.ts'
import { defaultStrategies } from './built-in/defaults.ts'
import { type Loaded, loadStrategies } from './load.ts'
import { type Brain, createBrain, type Emit } from './machine.ts'

/** Base bars to go back at most for instruments that are rarer than the rest; a strategy's own warm-up may ask for more. */
const REACH_BARS_MAX = 1_000_000
/** How much further back each attempt reaches. */
const REACH_FACTOR = 4

export type SessionSetup = {
  readonly config: Config
  readonly instruments: readonly Instrument[]
  readonly folder: string
  readonly configFile: string
  readonly tape: TapeReader
}

/** A brain that begins, or begins again: strategies loaded, warmed up from the tape, live from one bar on. */
export type Session = {
  readonly brain: Brain
  /** Length of the base bars that the default strategies were chosen for; null where none were. */
  readonly chosenForMs: number | null
  /** True where the default strategies are wanted and nothing has shown yet how long the bars are. */
  readonly undecided: boolean
  readonly warmFrom: number
  readonly liveFrom: number
  readonly loaded: Loaded
  /** What the orchestrator has to hear first, in order. */
  readonly records: readonly BrainRecord[]
  readonly views: () => StrategyView[]
}

/**
 * Begins with `liveFrom` as the first bar that makes signals. Strategies of a user are loaded once for the life of the process:
 * the session before hands them on, since their code in memory stays what it was whatever happens to the file.
 */
export const beginSession = (setup: SessionSetup, liveFrom: number, shownMs: number | null, before: Session | null): Session => {
  const { config, instruments, tape } = setup
  const baseMs = shownMs ?? feedTimeframeMs(config) ?? timeframeOnTape(tape, liveFrom)
  const byDefault = config.strategies === undefined
  const settings = config.strategies ?? (baseMs === null ? [] : defaultStrategies(config.feed, baseMs))
  const symbols = instruments.map(({ symbol }) => symbol)
  const loaded =
    !byDefault && before !== null ? before.loaded : loadStrategies({ settings, folder: setup.folder, configFile: setup.configFile, symbols })

  const { brain, warmFrom, stopped } = warm(setup, loaded, liveFrom, baseMs)
  const started: BrainRecord = {
    kind: 'brainStarted',
    warmFrom,
    liveFrom,
    strategies: loaded.strategies.map(({ id, timeframe, symbols, params, paramsHash, sourceHash }) => ({
      id,
      timeframe,
      symbols,
      params,
      paramsHash,
      sourceHash,
    })),
  }
  const failed = loaded.failures.map(
    ({ id, reason }): BrainRecord => ({ kind: 'strategyStopped', id, symbol: null, reason, barSequence: liveFrom - 1 }),
  )
  const failedViews = loaded.failures.map((failure): StrategyView => ({ ...failure, state: 'stopped', signals: 0 }))
  return {
    brain,
    chosenForMs: byDefault ? baseMs : null,
    undecided: byDefault && baseMs === null,
    warmFrom,
    liveFrom,
    loaded,
    records: [started, ...failed, ...stopped],
    views: () => [...brain.views(), ...failedViews],
  }
}

/** Reads the bars before `liveFrom`, and begins anew further back while an instrument stays cold: it may be rarer than the others. */
const warm = (
  { instruments, tape }: SessionSetup,
  { strategies }: Loaded,
  liveFrom: number,
  feedTimeframeMs: number | null,
): { readonly brain: Brain; readonly warmFrom: number; readonly stopped: readonly BrainRecord[] } => {
  for (let reach: number | null = null; ; ) {
    const stopped: BrainRecord[] = []
    const brain = createBrain({ instruments, strategies, feedTimeframeMs })
    reach ??= brain.warmupBars()
    const warmFrom = Math.max(1, liveFrom - reach)
    const collect: Emit = (record) => void stopped.push(record)
    if (reach > 0) readAll(tape, warmFrom, liveFrom - 1, (bar) => brain.onBar(bar, collect, false))
    if (reach === 0 || warmFrom === 1 || reach >= REACH_BARS_MAX || brain.cold() === 0) {
      return { brain, warmFrom: reach === 0 ? liveFrom : warmFrom, stopped }
    }
    reach = Math.min(reach * REACH_FACTOR, REACH_BARS_MAX)
  }
}

/** Reads bars that the tape must have, since they came through the ring or were counted as on it. @throws ExitError 65 where it has not. */
export const readAll = (tape: TapeReader, from: number, to: number, onBar: (bar: Bar) => void): void => {
  const last = tape.read(from, to, onBar)
  if (last !== to) throw new ExitError(Exit.corrupt, `the tape ends at bar ${last}, but bars up to ${to} were dealt with`)
}

const feedTimeframeMs = ({ feed }: Config): number | null => (feed.timeframe === undefined ? null : timeframeMs(feed.timeframe))

/** Length of the bar that comes first, or else of the newest there is. */
const timeframeOnTape = (tape: TapeReader, liveFrom: number): number | null => {
  const newest = Math.min(liveFrom, tape.lastSequence())
  let ms: number | null = null
  if (newest > 0) tape.read(newest, newest, (bar: Bar) => (ms = bar.timeframeMs))
  return ms
}
