import { Config } from '../../src/contracts/config.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import { canonical, hashOf } from '../../src/hash.ts'
import type { RecordedInput, RecordedStrategy } from '../core/input.ts'
import { moneyFrom, type Scale, scaleOf } from '../core/money.ts'
import { type Rules, rulesFrom } from '../core/rules.ts'
import { emptyBook, emptyState, type State } from '../core/state.ts'
import { step } from '../core/step.ts'
import { chainOf, type Ledger, type RecordedCycle, START_CHAIN, type StoredInput } from '../ledger/ledger.ts'
import type { TapeReader } from '../tape/port.ts'
import type { Watch } from './outcome.ts'

export type Difference = { readonly cycle: number; readonly what: string; readonly expected: string; readonly found: string }

/** One run of the brain as the ledger knows it, with the signals that came from it in order. */
export type BrainRun = {
  readonly warmFrom: number
  readonly liveFrom: number
  readonly strategies: readonly RecordedStrategy[]
  readonly caughtUp: { readonly from: number; readonly to: number }[]
  readonly signals: Extract<RecordedInput, { kind: 'signal' }>['signal'][]
}

export type CoreVerdict = {
  readonly cycles: number
  readonly inputs: number
  readonly bars: number
  readonly events: number
  readonly checkpoints: number
  readonly difference: Difference | null
  readonly state: State
  readonly stateHash: string
  readonly brainRuns: readonly BrainRun[]
}

type Pass = {
  state: State
  rules: Rules
  chain: string
  readonly counts: { cycles: number; inputs: number; bars: number; events: number; checkpoints: number }
  readonly runs: BrainRun[]
  readonly watch: Watch
}

const NOBODY: Watch = { onEvent: () => undefined, onState: () => undefined }

/** The rules before the first input, which brings the real ones; nothing is decided by these. */
export const firstRules = (instruments: readonly Instrument[], scales: readonly Scale[]): Rules => rulesFrom(Config.parse({}), instruments, scales)

/**
 * Gives the core every recorded input again, bars from the tape, and holds what it decides against what was recorded: each
 * event, each checkpoint's state hash, and the chain over all rows. It stops at the first difference, which it names.
 */
export const verifyCore = (ledger: Ledger, tape: TapeReader, instruments: readonly Instrument[], watch: Watch = NOBODY): CoreVerdict => {
  const scales = instruments.map(scaleOf)
  const pass: Pass = {
    state: emptyState({
      ledgerId: ledger.id,
      mode: 'simulate',
      cash: moneyFrom(ledger.meta('startingCash') ?? '0'),
      symbols: scales.map((scale) => scale.symbol),
    }),
    rules: firstRules(instruments, scales),
    chain: START_CHAIN,
    counts: { cycles: 0, inputs: 0, bars: 0, events: 0, checkpoints: 0 },
    runs: [],
    watch,
  }
  let difference: Difference | null = null
  for (const recorded of ledger.history()) {
    difference = verifyCycle(pass, ledger, tape, recorded)
    if (difference !== null) break
  }
  return { ...pass.counts, difference, state: pass.state, stateHash: hashOf(pass.state), brainRuns: pass.runs }
}

const verifyCycle = (pass: Pass, ledger: Ledger, tape: TapeReader, recorded: RecordedCycle): Difference | null => {
  const { number } = recorded.cycle
  const differs = (what: string, expected: string, found: string): Difference => ({ cycle: number, what, expected, found })
  pass.chain = chainOf(pass.chain, [...recorded.inputs, ...recorded.events])
  if (pass.chain !== recorded.chain) return differs('chain over the recorded rows', recorded.chain, pass.chain)

  const decided: EngineEvent[] = []
  for (const body of recorded.inputs) {
    const input = JSON.parse(body) as StoredInput
    const missing = give(pass, tape, input, decided)
    if (missing !== null) return differs('tape', `bars up to ${missing.wanted}`, `bars up to ${missing.last}`)
    pass.counts.inputs += 1
  }
  if (decided.length !== recorded.events.length) return differs('number of events', String(recorded.events.length), String(decided.length))
  for (const [index, event] of decided.entries()) {
    const expected = canonical(JSON.parse(recorded.events[index] ?? 'null'))
    const found = canonical(event)
    if (expected !== found) return differs(`event ${event.sequence} (${event.kind})`, expected, found)
  }
  pass.counts.events += decided.length
  pass.counts.cycles += 1
  if (recorded.cycle.stateHash === null) return null
  pass.counts.checkpoints += 1
  const found = hashOf(pass.state)
  const hash = ledger.checkpointHash(number)
  if (hash !== null && hash !== recorded.cycle.stateHash) return differs('hash of the checkpoint', recorded.cycle.stateHash, hash)
  return found === recorded.cycle.stateHash ? null : differs('state', recorded.cycle.stateHash, found)
}

const give = (
  pass: Pass,
  tape: TapeReader,
  input: StoredInput,
  decided: EngineEvent[],
): { readonly wanted: number; readonly last: number } | null => {
  if (input.kind === 'bars') {
    const last = tape.read(input.from, input.to, (bar) => {
      const result = step(pass.rules, pass.state, { kind: 'bar', bar })
      pass.state = result.state
      if (result.events.length > 0) decide(pass, decided, result.events)
      pass.watch.onState(pass.state)
    })
    pass.counts.bars += input.to - input.from + 1
    return last === input.to ? null : { wanted: input.to, last }
  }
  if (input.kind === 'started' || input.kind === 'reloaded') pass.rules = { ...input.rules, scales: pass.rules.scales }
  if (input.kind === 'started') {
    pass.state = { ...pass.state, books: pass.rules.scales.map((scale, id) => pass.state.books[id] ?? emptyBook(scale.symbol)) }
  }
  remember(pass.runs, input)
  const result = step(pass.rules, pass.state, input)
  pass.state = result.state
  decide(pass, decided, result.events)
  return null
}

const decide = (pass: Pass, decided: EngineEvent[], events: readonly EngineEvent[]): void => {
  decided.push(...events)
  for (const event of events) pass.watch.onEvent(event)
}

const remember = (runs: BrainRun[], input: RecordedInput): void => {
  const run = runs.at(-1)
  if (input.kind === 'brainStarted') runs.push({ ...input, caughtUp: [], signals: [] })
  else if (input.kind === 'brainCaughtUp') run?.caughtUp.push({ from: input.from, to: input.to })
  else if (input.kind === 'signal') run?.signals.push(input.signal)
}
