import type { Config } from '../../src/contracts/config.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar, Instrument } from '../../src/contracts/market.ts'
import type { Mode } from '../../src/contracts/names.ts'
import type { Money } from '../../src/units.ts'
import { createBrain, type Emit, type LoadedStrategy } from '../brain/machine.ts'
import { afterCommit, type BrokerAnswer, type PaperBroker } from '../brokers/broker.ts'
import type { Effect } from '../core/effect.ts'
import type { Input } from '../core/input.ts'
import type { Rules } from '../core/rules.ts'
import { emptyState, type State } from '../core/state.ts'
import { step } from '../core/step.ts'
import { inputOf } from '../orchestrator/brain-records.ts'
import { memoryVenue } from './venue.ts'

export type BacktestPorts = {
  readonly rules: Rules
  readonly instruments: readonly Instrument[]
  readonly strategies: readonly LoadedStrategy[]
  /** Terms of the simulated venue; the rules have to be made of the same. */
  readonly paper: Config['paper']
  readonly cash: Money
  readonly mode: Mode
  readonly ledgerId: string
  /** How the first and last facts name this run; none of it is decided by. */
  readonly told?: { readonly configHash: string; readonly actor: string; readonly reason: string; readonly ended: string }
}

/** `bars` that were given and `events` that came of them. */
export type BacktestResult = { readonly state: State; readonly bars: number; readonly events: number }

export type Sink = (event: EngineEvent) => void

const TOLD = { configHash: '', actor: 'backtest', reason: 'backtest', ended: 'the data ended' } as const

/**
 * The whole engine in one loop, without a clock, a file or a second process: for each bar the venue meets its open, what it
 * answers is taken in, the core takes the bar, then the signals that the brain makes of it. What the core asks for is done
 * after its facts went to the sink and before the next bar, as the orchestrator does it in a replay: the same bars give the same
 * facts in the same order. Bars come in the order of their sequence, and one reused object may stand for all of them.
 */
export const runBacktest = (ports: BacktestPorts, bars: Iterable<Bar>, sink: Sink): BacktestResult => {
  const { rules, instruments, strategies, mode, told = TOLD } = ports
  const venue = memoryVenue(rules.scales, ports.paper)
  const brain = createBrain({ instruments, strategies, feedTimeframeMs: null })
  const answers: BrokerAnswer[] = []
  let effects: Effect[] = []
  let state = emptyState({ ledgerId: ports.ledgerId, mode, cash: ports.cash, symbols: rules.scales.map(({ symbol }) => symbol) })
  let count = 0

  const take = (input: Input): void => {
    const result = step(rules, state, input)
    state = result.state
    for (const event of result.events) sink(event)
    if (result.effects.length > 0) effects.push(...result.effects)
  }

  const takeAnswers = (): void => {
    for (let answer = answers.shift(); answer !== undefined; answer = answers.shift()) {
      if (answer.kind === 'report') take({ kind: 'report', now: Math.max(state.clock, answer.report.at), report: answer.report })
      else take({ kind: answer.kind, now: state.clock, clientOrderId: answer.clientOrderId })
    }
  }

  /** What they were asked for in order, now that its facts are in the sink. */
  const performAll = (): void => {
    const asked = afterCommit(effects)
    effects = []
    for (const effect of asked) perform(venue, effect)
  }

  const takeRecord: Emit = (record) => take(inputOf(record, state.clock))

  const begin = (first: Bar): void => {
    const { scales: _, ...own } = rules
    venue.connect(0, (answer) => void answers.push(answer))
    take({ kind: 'started', now: state.clock, mode, rules: own, configHash: told.configHash })
    take({ kind: 'desired', now: state.clock, desired: 'running', reason: told.reason, actor: told.actor, commandId: null })
    take({
      kind: 'brainStarted',
      now: state.clock,
      warmFrom: first.sequence,
      liveFrom: first.sequence,
      strategies: strategies.map(({ id, timeframe, symbols, params, paramsHash, sourceHash }) => ({
        id,
        timeframe,
        symbols,
        params,
        paramsHash,
        sourceHash,
      })),
    })
  }

  /** As an engine that is asked to stop: entries that still work are cancelled, positions stay as they are. */
  const end = (): void => {
    take({ kind: 'drain', now: state.clock, reason: told.ended, cancelEntries: true })
    performAll()
    take({ kind: 'stopped', now: state.clock })
    takeAnswers()
  }

  for (const bar of bars) {
    if (count === 0) begin(bar)
    count += 1
    venue.see(bar)
    if (answers.length > 0) takeAnswers()
    take({ kind: 'bar', bar })
    brain.onBar(bar, takeRecord, true)
    // Until nobody asks for anything more: an answer may lead to the next request.
    while (effects.length > 0) {
      performAll()
      takeAnswers()
    }
  }
  if (count > 0) end()
  return { state, bars: count, events: state.sequence }
}

const perform = (venue: PaperBroker, effect: ReturnType<typeof afterCommit>[number]): void => {
  if (effect.kind === 'submit') venue.submit(effect.order as Parameters<PaperBroker['submit']>[0], effect.barSequence)
  else if (effect.kind === 'cancel') venue.cancel(effect.clientOrderId)
  else if (effect.kind === 'query') venue.query(effect.clientOrderId)
  // Nobody gave a command, so there is nobody to answer.
}
