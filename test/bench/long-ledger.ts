import { mkdirSync } from 'node:fs'
import type { BacktestPorts } from '../../engine/backtest/run.ts'
import { memoryVenue } from '../../engine/backtest/venue.ts'
import type { BrokerAnswer, PaperBroker } from '../../engine/brokers/broker.ts'
import { openPaperVenue } from '../../engine/brokers/paper.ts'
import type { Effect } from '../../engine/core/effect.ts'
import type { Input, RecordedInput } from '../../engine/core/input.ts'
import type { Rules } from '../../engine/core/rules.ts'
import { emptyState } from '../../engine/core/state.ts'
import { step } from '../../engine/core/step.ts'
import { checkpointOf, openLedger, type StoredInput } from '../../engine/ledger/ledger.ts'
import type { StreamContext } from '../../engine/ledger/stream-lines.ts'
import { openStreams } from '../../engine/ledger/streams.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { Signal, SignalSide } from '../../src/contracts/signal.ts'
import type { InstancePaths } from '../../src/home.ts'
import { cycleOf } from '../helpers/ledger-fixture.ts'

export const EVENTS = 1_000_000
/** Facts of one cycle here: fewer would only flush the disk more often while the ledger is made. */
const CYCLE_EVENTS = 500
/** As in the orchestrator: a restart folds up to so many facts. */
const CHECKPOINT_EVENTS = 1_000
/** Bars between two wishes to enter, and between two to leave. */
const ENTRY_BARS = 250
const EXIT_BARS = 8

export const streamContextOf = (rules: Rules): StreamContext => ({
  mode: 'simulate',
  account: 'paper',
  ledgerId: 'bench',
  sessionId: 'bench',
  version: '0.0.0',
  configHash: '',
  scales: rules.scales,
})

/**
 * A ledger of a million facts, decided by the core on real bars: trades, signals that find nothing to close, and commands that are
 * refused. Tape, streams and the checkpoints are those of an engine that was killed as far behind a checkpoint as it can be.
 */
export const buildLedger = (paths: InstancePaths, { rules, instruments, paper, cash }: BacktestPorts, bars: readonly Bar[]) => {
  mkdirSync(paths.streams, { recursive: true })
  const symbol = instruments[0]?.symbol ?? ''
  const tape = openTapeWriter(paths.tape)
  const ledger = openLedger(paths.ledger, () => 'bench')
  const streams = openStreams(paths, ledger, streamContextOf(rules))
  openPaperVenue(paths.paperVenue, rules.scales, paper).close()
  const venue: PaperBroker = memoryVenue(rules.scales, paper)
  const answers: BrokerAnswer[] = []
  venue.connect(0, (answer) => void answers.push(answer))

  let state = emptyState({ ledgerId: 'bench', mode: 'simulate', cash, symbols: instruments.map((each) => each.symbol) })
  let inputs: StoredInput[] = []
  let events: EngineEvent[] = []
  let effects: Effect[] = []
  let recordedBar = 0
  let cycle = 0
  let sinceCheckpoint = 0

  const closeRange = (): void => {
    if (state.barSequence > recordedBar) inputs.push({ kind: 'bars', from: recordedBar + 1, to: state.barSequence })
    recordedBar = state.barSequence
  }
  const take = (input: Input): void => {
    const result = step(rules, state, input)
    state = result.state
    if (result.events.length > 0 && input.kind !== 'bar') {
      closeRange()
      inputs.push(input)
    }
    events.push(...result.events)
    effects.push(...result.effects)
  }
  const takeAnswers = (): void => {
    for (const answer of answers.splice(0)) {
      if (answer.kind === 'report') take({ kind: 'report', now: answer.report.at, report: answer.report })
      else take({ kind: answer.kind, now: state.clock, clientOrderId: answer.clientOrderId })
    }
  }
  const perform = (): void => {
    for (const effect of effects.splice(0)) {
      if (effect.kind === 'submit') venue.submit(effect.order as Parameters<PaperBroker['submit']>[0], effect.barSequence)
      else if (effect.kind === 'cancel') venue.cancel(effect.clientOrderId)
    }
    takeAnswers()
  }
  const commit = (): void => {
    if (events.length === 0) return
    closeRange()
    tape.flush()
    cycle += 1
    sinceCheckpoint += events.length
    // The last facts are left without a checkpoint, so that there is something to fold.
    const due = sinceCheckpoint >= CHECKPOINT_EVENTS && state.sequence < EVENTS - CHECKPOINT_EVENTS / 2
    if (due) sinceCheckpoint = 0
    const checkpoint = due ? checkpointOf(state) : null
    const record = { ...cycleOf(cycle, state.sequence), inputs: inputs.length, events: events.length, stateHash: checkpoint?.hash ?? null }
    ledger.append({ cycle: record, barSequence: state.barSequence, inputs, events, checkpoint, tape: null })
    streams.export(record, events)
    inputs = []
    events = []
  }
  const signal = (bar: Bar, side: SignalSide): RecordedInput => {
    const { sequence, close, eventTime } = bar
    const made: Signal = {
      id: `${symbol}_${eventTime}_${side === 'flat' ? '0' : '1'}${sequence.toString(16).padStart(7, '0')}`,
      symbol,
      side,
      strategy: 'bench',
      barSequence: sequence,
      at: eventTime,
      price: close,
      stop: side === 'flat' ? null : close * 0.99,
      target: side === 'flat' ? null : close * 1.01,
      confidence: 0.6,
      reason: 'every so many bars',
      values: { close },
    }
    return { kind: 'signal', now: state.clock, signal: made }
  }

  const { scales: _, ...own } = rules
  take({ kind: 'started', now: 0, mode: 'simulate', rules: own, configHash: '' })
  take({ kind: 'desired', now: 0, desired: 'running', reason: 'new', actor: 'bench', commandId: null })
  take({ kind: 'brainStarted', now: 0, warmFrom: 1, liveFrom: 1, strategies: [] })
  for (const bar of bars) {
    if (state.sequence >= EVENTS) break
    tape.append(bar)
    venue.see(bar)
    takeAnswers()
    take({ kind: 'bar', bar })
    if (bar.sequence % ENTRY_BARS === 0) take(signal(bar, 'long'))
    else if (bar.sequence % EXIT_BARS === 0) take(signal(bar, 'flat'))
    while (effects.length > 0) perform()
    // As many refused commands as make the ledger as long as it has to be where the bars end.
    for (const ahead = Math.ceil((EVENTS * bar.sequence) / bars.length); state.sequence < ahead; effects = []) {
      const commandId = `c-${state.sequence}`
      const command = { kind: 'cancel', clientOrderId: `bench-${state.sequence}` } as const
      take({ kind: 'command', now: state.clock, commandId, actor: 'bench', reason: 'an order that is not there', command })
    }
    if (events.length >= CYCLE_EVENTS) commit()
  }
  commit()
  ledger.settle()
  const built = { sequence: state.sequence, barSequence: state.barSequence, bytes: ledger.bytes(), tail: sinceCheckpoint, fills: state.counts.fills }
  tape.close()
  streams.close()
  ledger.close()
  if (built.sequence < EVENTS) throw new Error(`${built.sequence} of ${EVENTS} facts were made`)
  if (built.fills === 0) throw new Error('nothing was traded')
  return built
}
