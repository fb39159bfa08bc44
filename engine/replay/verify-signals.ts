import type { Instrument } from '../../src/contracts/market.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import { canonical } from '../../src/hash.ts'
import { loadStrategies } from '../brain/load.ts'
import { createBrain } from '../brain/machine.ts'
import type { BrainRecord } from '../supervisor/messages.ts'
import type { TapeReader } from '../tape/port.ts'
import type { BrainRun } from './verify.ts'

export type SignalVerdict = {
  readonly runs: number
  readonly signals: number
  /** Runs that could not be run again, because a strategy's code is not what it was. */
  readonly unverifiable: readonly string[]
  readonly difference: { readonly run: number; readonly expected: string; readonly found: string } | null
}

/**
 * Runs the recorded strategies over the tape again, each run of the brain warmed and started where it was then, and holds
 * their signals against the recorded ones. A run's recorded signals are the first of those it made: what a dead engine made
 * and nobody took in is not in the ledger.
 */
export const verifySignals = (runs: readonly BrainRun[], tape: TapeReader, instruments: readonly Instrument[], folder: string): SignalVerdict => {
  const unverifiable: string[] = []
  let signals = 0
  for (const [index, run] of runs.entries()) {
    const last = run.signals.at(-1)
    if (last === undefined) continue
    const loaded = loadAgain(run, instruments, folder)
    if (typeof loaded === 'string') {
      unverifiable.push(`run ${index + 1}: ${loaded}`)
      continue
    }
    const made = makeSignals(run, tape, instruments, loaded, last.barSequence)
    const difference = compare(run.signals, made)
    if (difference !== null) return { runs: runs.length, signals, unverifiable, difference: { run: index + 1, ...difference } }
    signals += run.signals.length
  }
  return { runs: runs.length, signals, unverifiable, difference: null }
}

/** In order; what an orchestrator that died was told twice stands in the ledger twice, and must be the same both times. */
const compare = (recorded: readonly Signal[], made: readonly Signal[]): { readonly expected: string; readonly found: string } | null => {
  const seen = new Map<string, string>()
  let position = 0
  for (const signal of recorded) {
    const expected = canonical(signal)
    const found = seen.get(signal.id) ?? canonical(made[position] ?? null)
    if (found !== expected) return { expected, found }
    if (!seen.has(signal.id)) position += 1
    seen.set(signal.id, expected)
  }
  return null
}

const loadAgain = (run: BrainRun, instruments: readonly Instrument[], folder: string) => {
  const settings = run.strategies.map(({ id, timeframe, symbols, params }) => ({
    id,
    timeframe,
    params: params as Record<string, unknown>,
    ...(symbols === null ? {} : { symbols: [...symbols] }),
  }))
  const loaded = loadStrategies({ settings, folder, configFile: 'the ledger', symbols: instruments.map(({ symbol }) => symbol) })
  const failure = loaded.failures[0]
  if (failure !== undefined) return `${failure.id}: ${failure.reason}`
  for (const [index, strategy] of loaded.strategies.entries()) {
    const recorded = run.strategies[index]
    if (recorded?.sourceHash !== strategy.sourceHash || recorded.paramsHash !== strategy.paramsHash)
      return `${strategy.id} is not the code that ran then`
  }
  return loaded.strategies
}

const makeSignals = (
  run: BrainRun,
  tape: TapeReader,
  instruments: readonly Instrument[],
  strategies: Exclude<ReturnType<typeof loadAgain>, string>,
  until: number,
): Signal[] => {
  const made: Signal[] = []
  const brain = createBrain({ instruments, strategies, feedTimeframeMs: null })
  const emit = (record: BrainRecord): void => {
    if (record.kind === 'signal') made.push(record.signal)
  }
  const late = (sequence: number): boolean => run.caughtUp.some(({ from, to }) => sequence >= from && sequence <= to)
  tape.read(run.warmFrom, until, (bar) => brain.onBar(bar, emit, bar.sequence >= run.liveFrom && !late(bar.sequence)))
  return made
}
