import type { Logger } from 'pino'
import { assert } from '../../src/assert.ts'
import type { Clock } from '../../src/clock.ts'
import { BREAKERS } from '../../src/contracts/breaker.ts'
import type { Command } from '../../src/contracts/command.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { CYCLE_MS_MAX } from '../../src/contracts/protocol.ts'
import { isDiskRefusal } from '../../src/disk.ts'
import { inert } from '../../src/text.ts'
import { afterCommit, type BrokerAnswer, type PaperBroker } from '../brokers/broker.ts'
import { isBreaker } from '../core/breakers/index.ts'
import type { CoreCommand, RecordedInput } from '../core/input.ts'
import { type Rules, rulesFrom } from '../core/rules.ts'
import type { State } from '../core/state.ts'
import { step } from '../core/step.ts'
import { fineWall } from '../feed/wall.ts'
import { checkpointOf, type Ledger, LedgerFailure, TAPE_PIECES_MAX } from '../ledger/ledger.ts'
import type { Streams } from '../ledger/streams.ts'
import type { Shared } from '../ring/port.ts'
import type { Boot, FromChild, ToChild } from '../supervisor/messages.ts'
import type { TapePiece, TapeReader } from '../tape/port.ts'
import { barSource } from './bar-source.ts'
import { brainRecords, inputOf } from './brain-records.ts'
import { type CycleDraft, cycleDraft, tally, triggerOf } from './cycle-draft.ts'
import { switchAnswer } from './kill-switch.ts'
import type { StateFiles } from './state-files.ts'
import type { Surroundings } from './surroundings.ts'
import { createTeller, VIEW_INTERVAL_MS } from './teller.ts'

export type Ports = {
  readonly boot: Boot
  readonly rules: Rules
  readonly ledger: Ledger
  readonly tape: TapeReader
  readonly broker: PaperBroker
  readonly streams: Streams
  readonly shared: Shared
  readonly clock: Clock
  readonly log: Logger
  readonly send: (message: FromChild) => void
  readonly heartbeatPath: string
  readonly stateFiles: StateFiles
  readonly surroundings: Surroundings
  /** Calls back when the kill switch's file may have come or gone; the result stops that. */
  readonly watchSwitch: (onChange: () => void) => () => void
  readonly pid: number
  readonly supervisorPid: number
}

/** Bars in one wake-up, so that a command never waits long behind a replay. */
const CYCLE_BARS_MAX = 1_024
/** Quiet bars until a cycle is recorded all the same: it bounds what a restart reads from the tape. */
const QUIET_BARS_MAX = 50_000
/** Facts until a checkpoint is made in the next quiet moment, and at the latest: it bounds what a restart folds. */
const CHECKPOINT_EVENTS = 1_000
const CHECKPOINT_EVENTS_MAX = 2 * CHECKPOINT_EVENTS
/** A bell may ring just before the work for it is there: only a sleep this long says that nothing is about to come. */
const QUIET_MS = 200
const SLOW_CYCLE_MS = 250
/**
 * Recorded cycles until the write-ahead logs are folded into their files, where no quiet moment came before. A cycle adds some 40 KB,
 * so a log stays below about 10 MB, and it is written over from its beginning, which is cheaper to flush than a file that grows.
 */
const UNSETTLED_CYCLES_MAX = TAPE_PIECES_MAX
/** Records of the tape that a cycle takes with it into the ledger, 96 bytes each; where there are more, flushing the tape costs less. */
const CARRIED_RECORDS_MAX = 64
/** Bars that nobody has made safe until the tape is flushed between two cycles, so that the next cycle need not wait for it. */
const UNSAFE_BARS_MAX = CARRIED_RECORDS_MAX / 2
/** A fast replay would come to that number all the time. */
const TAPE_SYNC_INTERVAL_MS = 100
/** Messages from the supervisor that wait for a cycle; more than this means that nobody is reading. */
const INBOX_MAX = 10_000

export type Orchestrator = {
  /** Resolves when drained; rejects when the ledger or the tape cannot be written or read any more. */
  readonly run: () => Promise<void>
  readonly onMessage: (message: ToChild) => void
  /** `cancelEntries` where the end is wanted; an orphan leaves its orders to the engine that comes back. */
  readonly drain: (reason: string, cancelEntries: boolean) => Promise<void>
}

/**
 * The loop around the core. In a replay it keeps in step with the brain: a bar is decided only when the brain has finished
 * with it, so the same file always gives the same trades, however the processes were scheduled or killed. With a live feed
 * it waits for nobody, because exits must keep their prices when the brain is gone.
 */
export const createOrchestrator = (ports: Ports, recovered: State): Orchestrator => {
  const { boot, ledger, broker, streams, shared, clock, send, surroundings } = ports
  const inStep = boot.config.feed.kind === 'replay'
  const bell = shared.doorbells.orchestrator
  const progress = shared.progress.orchestrator
  const bars = barSource(shared.orchestratorBars, ports.tape)
  const records = brainRecords(shared.signals)
  const inbox: RecordedInput[] = []
  /** Inputs that somebody waits for and that the core itself does not answer, with their command ids. */
  const asked = new Map<RecordedInput, string>()
  const answers: BrokerAnswer[] = []
  const wall = fineWall(clock)
  const teller = createTeller(ports)

  let rules = ports.rules
  let configHash = boot.configHash
  let state = recovered
  let recordedBar = ledger.end().barSequence // bars up to here are accounted for in the ledger
  let cycleNumber = ledger.end().cycle
  let sinceCheckpoint = 0
  let unsettled = 0 // cycles in the write-ahead log
  let safeBar = recordedBar // bars up to here outlive a power cut
  let syncedAt = clock.monotonic()
  let brainFailed = false
  let begun = false
  let switchMoved = false
  let overruns = { seen: 0, until: 0 }
  let draining: { readonly reason: string; readonly cancelEntries: boolean; readonly done: () => void } | null = null
  let timerAt = clock.monotonic()

  const feedNow = (): number => (inStep ? state.clock : Math.max(state.clock, clock.now()))
  const barLimit = (): number => (inStep && !brainFailed ? shared.brainBars.committed() : Number.MAX_SAFE_INTEGER)
  const isDue = (answer: BrokerAnswer): boolean => answer.kind !== 'report' || answer.report.barSequence <= state.barSequence + 1

  const hasWork = (): boolean =>
    inbox.length > 0 ||
    switchMoved ||
    (draining !== null && answers.length === 0) ||
    (answers[0] !== undefined && isDue(answers[0])) ||
    bars.hasNext(state.barSequence, barLimit()) ||
    records.hasNext(state.barSequence)

  /** Bars since the last recorded input belong before whatever is recorded next. */
  const closeRange = (draft: CycleDraft): void => {
    if (state.barSequence <= recordedBar) return
    draft.inputs.push({ kind: 'bars', from: recordedBar + 1, to: state.barSequence })
    recordedBar = state.barSequence
  }

  /** Only inputs that lead to facts are kept: the others leave the state as it was. */
  const take = (draft: CycleDraft, input: RecordedInput): void => {
    const result = step(rules, state, input)
    if (result.events.length > 0) {
      closeRange(draft)
      if (draft.events.length === 0) draft.trigger = triggerOf(input.kind)
      draft.inputs.push(input)
      draft.events.push(...result.events)
    }
    draft.effects.push(...result.effects)
    state = result.state
  }

  /** From this input on: a replay of the ledger changes the rules at the same place. */
  const decideBy = (input: Extract<RecordedInput, { kind: 'reloaded' }>): void => {
    rules = { ...input.rules, scales: rules.scales }
    configHash = input.configHash
  }

  const takeAll = (draft: CycleDraft, inputs: readonly RecordedInput[]): void => {
    for (const input of inputs) take(draft, input)
  }

  /** Told when bars were found missing in the ring, and again when the last of them was read: entries wait from there. */
  const takeOverrun = (draft: CycleDraft): void => {
    const gaps = bars.gaps()
    if (gaps.bars > overruns.seen) take(draft, { kind: 'overrun', now: feedNow(), bars: gaps.bars - overruns.seen })
    else if (overruns.until > 0 && state.barSequence >= overruns.until) take(draft, { kind: 'overrun', now: feedNow(), bars: 0 })
    overruns = { seen: gaps.bars, until: state.barSequence < gaps.until ? gaps.until : 0 }
  }

  const takeAnswers = (draft: CycleDraft): void => {
    for (let answer = answers[0]; answer !== undefined && isDue(answer); answer = answers[0]) {
      answers.shift()
      const now = feedNow()
      if (answer.kind === 'report') take(draft, { kind: 'report', now: Math.max(now, answer.report.at), report: answer.report })
      else take(draft, { kind: answer.kind, now, clientOrderId: answer.clientOrderId })
    }
  }

  /**
   * An orphan decides nothing any more: an entry that the venue does not know would be given up because of the drain, and the life after
   * this one, which is told the same, sends it.
   */
  const leavesAll = (): boolean => draining !== null && !draining.cancelEntries

  const takeRecords = (draft: CycleDraft): void => {
    if (!records.hasNext(state.barSequence)) return
    takeAll(draft, surroundings.switchFile(state, feedNow()))
    for (let record = records.next(state.barSequence); record !== null; record = records.next(state.barSequence)) {
      if (record.kind === 'signal') draft.ingested.set(record.signal.id, record.ingestTime)
      take(draft, inputOf(record, feedNow()))
    }
  }

  const takeBar = (draft: CycleDraft, bar: Bar): void => {
    // The venue meets the bar's open before anybody decides on its close.
    broker.see(bar)
    takeAnswers(draft)
    const result = step(rules, state, { kind: 'bar', bar })
    state = result.state
    draft.bars = { from: draft.bars?.from ?? bar.sequence, to: bar.sequence }
    if (result.events.length > 0) {
      if (draft.events.length === 0) draft.trigger = 'bar'
      draft.events.push(...result.events)
    }
    draft.effects.push(...result.effects)
    takeOverrun(draft)
    takeRecords(draft)
    if (inStep) ports.stateFiles.pass({ rules, state, now: state.clock })
  }

  /** One wake-up: drain, decide, one transaction, then effects and streams. */
  const cycle = (checkpointWanted = false): void => {
    const draft = cycleDraft(Math.floor(wall()), clock.monotonic())
    for (let input = inbox.shift(); input !== undefined; input = inbox.shift()) {
      if (input.kind === 'reloaded') decideBy(input)
      const { killSwitches } = state.risk
      take(draft, input)
      const id = asked.get(input)
      if (id !== undefined && input.kind === 'killSwitch') draft.answers.push({ id, ...switchAnswer(killSwitches, input) })
      asked.delete(input)
    }
    if (!leavesAll()) takeAnswers(draft)
    if (!begun) {
      // What was missed has been told by now, and nothing has been decided yet.
      begun = true
      takeAll(draft, surroundings.atStart(state, feedNow()))
    }
    takeAll(draft, surroundings.everyCycle(feedNow()))
    if (switchMoved) {
      switchMoved = false
      takeAll(draft, surroundings.switchFile(state, feedNow()))
    }
    // Whoever drains looks at no more bars and takes in no more signals: they are for the next life.
    const open = draining === null
    if (open) takeRecords(draft)
    if (!inStep && clock.monotonic() - timerAt >= CYCLE_MS_MAX) {
      timerAt = clock.monotonic()
      take(draft, { kind: 'timer', now: feedNow() })
      takeAll(draft, surroundings.onTimer(state, feedNow()))
    }
    const drained = clock.monotonic()
    // An order must be on its way before the next bar is looked at, so effects end the gathering.
    for (let taken = 0; open && taken < CYCLE_BARS_MAX && draft.effects.length === 0; taken += 1) {
      const bar = bars.next(state.barSequence, barLimit())
      if (bar === null) break
      takeBar(draft, bar)
    }
    const decided = clock.monotonic()
    const material = draft.events.length > 0 || checkpointWanted || state.barSequence - recordedBar >= QUIET_BARS_MAX
    cycleNumber += 1
    const record = cycleOf(draft, drained, decided)
    const committed = material ? commit(draft, record) : record
    const committedAt = wall()
    const flushed = clock.monotonic()
    for (const effect of afterCommit(draft.effects)) perform(effect)
    const ended = clock.monotonic()
    const stages = { ...committed.stages, commit: round(flushed - decided), effects: round(ended - flushed) }
    finish({ ...committed, ...lasted(ended - draft.startedMono), stages }, draft, material ? committedAt : null)
  }

  const lasted = (ms: number): Pick<Cycle, 'durationMs' | 'result'> => ({ durationMs: round(ms), result: ms > SLOW_CYCLE_MS ? 'slow' : 'ok' })

  const cycleOf = (draft: CycleDraft, drained: number, decided: number): Cycle => ({
    number: cycleNumber,
    trigger: draft.bars !== null && draft.events.length === 0 ? 'bar' : draft.trigger,
    at: draft.startedAt,
    feedAt: state.clock === 0 ? null : state.clock,
    ...lasted(decided - draft.startedMono),
    stages: { drain: round(drained - draft.startedMono), decide: round(decided - drained), commit: 0, effects: 0 },
    bars: draft.bars,
    inputs: draft.inputs.length,
    events: draft.events.length,
    ...tally(draft.events),
    stateHash: null,
    sequence: state.sequence,
  })

  /** Tape before ledger, or with it: every committed cycle can be replayed after any kill and any power cut. */
  const commit = (draft: CycleDraft, record: Cycle): Cycle => {
    closeRange(draft)
    const tape = carried()
    sinceCheckpoint += draft.events.length
    const due = sinceCheckpoint >= CHECKPOINT_EVENTS_MAX || draft.events.length === 0 || draining !== null
    const checkpoint = due ? checkpointOf(state) : null
    const stamped = { ...record, inputs: draft.inputs.length, stateHash: checkpoint?.hash ?? null }
    unsettled += 1
    ledger.append({ cycle: stamped, barSequence: state.barSequence, inputs: draft.inputs, events: draft.events, checkpoint, tape })
    if (due) sinceCheckpoint = 0
    return stamped
  }

  /** What the tape has and its disk may not have yet goes with the cycle, because one flush costs half of two. */
  const carried = (): TapePiece | null => {
    const piece = ports.tape.piece(state.barSequence, CARRIED_RECORDS_MAX)
    if (piece === 'many') syncTape()
    else safeBar = state.barSequence
    return piece === 'many' ? null : piece
  }

  /** A flush that failed once may claim to succeed when it is asked again, so it is never asked again. */
  const syncTape = (): void => {
    try {
      ports.tape.sync(state.barSequence)
      safeBar = state.barSequence
      syncedAt = clock.monotonic()
    } catch (error) {
      if (isDiskRefusal(error)) throw new LedgerFailure(`the tape up to bar ${state.barSequence} could not be flushed`, error)
      throw error
    }
  }

  /** Without a quiet moment the logs are folded beside the work. */
  const settleBeside = (): void => {
    ledger.settleBeside()
    broker.settleBeside()
    unsettled = 0
  }

  const settle = (): void => {
    if (unsettled === 0) return
    syncTape()
    ledger.settle()
    broker.settle()
    unsettled = 0
  }

  const perform = (effect: ReturnType<typeof afterCommit>[number]): void => {
    if (effect.kind === 'submit') broker.submit(effect.order as Parameters<PaperBroker['submit']>[0], effect.barSequence)
    else if (effect.kind === 'cancel') broker.cancel(effect.clientOrderId)
    else if (effect.kind === 'query') broker.query(effect.clientOrderId)
    else send({ kind: 'commandResult', id: effect.commandId, result: effect.outcome, message: effect.message, ledgerSequence: state.sequence })
  }

  /** `committedAt` is null where nothing was worth recording. */
  const finish = (record: Cycle, draft: CycleDraft, committedAt: number | null): void => {
    bars.commit()
    if (records.commit()) shared.doorbells.brain.ring()
    shared.doorbells.feed.ring()
    progress.work()
    if (committedAt !== null) streams.export(record, draft.events)
    teller.finished(record, draft, committedAt)
    for (const answer of draft.answers) send({ kind: 'commandResult', ...answer, ledgerSequence: state.sequence })
    tell(teller.isUrgent(draft))
  }

  const tell = (urgent: boolean, last = false): void => teller.tell({ rules, configHash, state, last }, urgent)

  const begin = (): void => {
    broker.connect(state.venueSequence, (answer) => void answers.push(answer))
    const { scales: _, ...own } = rules
    inbox.unshift({ kind: 'started', now: feedNow(), mode: boot.mode, rules: own, configHash }, desiredInput(boot.desired))
    cycle()
    send({ kind: 'ready', evidence: `ledger at ${state.sequence}, bar ${state.barSequence}, venue report ${state.venueSequence}` })
    tell(true)
  }

  const desiredInput = (desired: Boot['desired']): RecordedInput => ({
    kind: 'desired',
    now: feedNow(),
    desired: desired.state,
    reason: desired.reason,
    actor: desired.actor.name,
    commandId: desired.commandId,
  })

  const run = async (): Promise<void> => {
    const unwatch = ports.watchSwitch(() => {
      switchMoved = true
      bell.wake()
    })
    try {
      await loop()
    } finally {
      unwatch()
    }
  }

  const loop = async (): Promise<void> => {
    await hearOut()
    begin()
    while (draining === null) {
      if (hasWork()) {
        cycle()
        if (unsettled >= UNSETTLED_CYCLES_MAX) settleBeside()
        else if (isTapeDue() && !hasWork()) syncTape()
        // A decision that comes with a checkpoint is late by the writing down of a whole state.
        else if (sinceCheckpoint >= CHECKPOINT_EVENTS && !hasWork()) cycle(true)
        await turn()
        continue
      }
      progress.setWaiting(shared.orchestratorBars.pending() > 0)
      tell(false)
      const asleepAt = clock.monotonic()
      await bell.sleep(hasWork, teller.hasNews() ? VIEW_INTERVAL_MS : CYCLE_MS_MAX)
      progress.setWaiting(false)
      if (!hasWork()) idle(clock.monotonic() - asleepAt)
    }
    end()
  }

  /** Nothing came: ages are looked at, the heartbeat says so, and after a quiet while the logs are folded into their files. */
  const idle = (quietMs: number): void => {
    if (draining === null && (surroundings.switchFile(state, feedNow()).length > 0 || (!inStep && clock.monotonic() - timerAt >= CYCLE_MS_MAX))) {
      switchMoved = true
      cycle()
    }
    tell(false)
    if (quietMs < QUIET_MS) return
    settle()
    syncTape() // quiet bars since the last cycle too
  }

  const isTapeDue = (): boolean => state.barSequence - safeBar >= UNSAFE_BARS_MAX && clock.monotonic() - syncedAt >= TAPE_SYNC_INTERVAL_MS

  const end = (): void => {
    assert(draining, 'the loop ends by draining')
    inbox.push({ kind: 'drain', now: feedNow(), reason: draining.reason, cancelEntries: draining.cancelEntries })
    cycle()
    inbox.push({ kind: 'stopped', now: feedNow() })
    cycle()
    settle()
    tell(true, true)
    streams.close()
    broker.close()
    ledger.close()
    draining.done()
  }

  const onMessage = (message: ToChild): void => {
    assert(inbox.length < INBOX_MAX, `at most ${INBOX_MAX} messages wait for a cycle`)
    if (message.kind === 'desired') inbox.push(desiredInput(message.desired))
    else if (message.kind === 'command') takeCommand(message)
    else if (message.kind === 'reload') takeReload(message)
    else if (message.kind === 'trouble') inbox.push({ kind: 'trouble', now: feedNow(), ...message.trouble })
    else if (message.kind === 'sibling' && message.name === 'brain') {
      brainFailed = message.state === 'failed'
      const to = message.state === 'gone' ? 'absent' : message.state
      inbox.push({ kind: 'brainState', now: feedNow(), state: to, reason: `the brain is ${message.state}` })
    }
    bell.wake()
  }

  const takeCommand = ({ command, id, actor, reason }: Extract<ToChild, { kind: 'command' }>): void => {
    if (command.kind === 'killSwitch') throwSwitch(command, id, actor.name, reason)
    else if (command.kind === 'trip' && !isBreaker(command.breaker))
      answerUnrecorded(id, `no breaker ${inert(command.breaker)}; there are ${BREAKERS.join(', ')}`)
    else if (isCoreCommand(command)) inbox.push({ kind: 'command', now: feedNow(), commandId: id, actor: actor.name, reason, command })
    else answerUnrecorded(id, `${command.kind} is not the orchestrator's`)
  }

  const throwSwitch = ({ on, origin }: Extract<Command, { kind: 'killSwitch' }>, id: string, actor: string, reason: string): void => {
    const input: RecordedInput = { kind: 'killSwitch', now: feedNow(), origin, on, reason, actor }
    asked.set(input, id)
    inbox.push(input)
  }

  const answerUnrecorded = (id: string, message: string): void =>
    send({ kind: 'commandResult', id, result: 'refused', message, ledgerSequence: null })

  const takeReload = ({ id, actor, reason, config, configHash: hash, changes }: Extract<ToChild, { kind: 'reload' }>): void => {
    const { scales: _, ...own } = rulesFrom(config, boot.instruments, rules.scales)
    inbox.push(surroundings.references(feedNow()))
    inbox.push({ kind: 'reloaded', now: feedNow(), rules: own, configHash: hash, changes, commandId: id, actor: actor.name, reason })
  }

  return {
    run,
    onMessage,
    drain: (reason, cancelEntries) =>
      new Promise((done) => {
        draining = { reason, cancelEntries, done }
        bell.wake()
      }),
  }
}

const CORE_COMMANDS: ReadonlySet<string> = new Set(['flatten', 'cancel', 'trip', 'rearm', 'phase'])
const isCoreCommand = (command: Command): command is Extract<Command, CoreCommand> => CORE_COMMANDS.has(command.kind)

/** Microseconds are enough, and shorter lines are read more easily. */
const round = (ms: number): number => Math.round(ms * 1_000) / 1_000

/** Lets messages of the supervisor in between two cycles. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * What was said while the ledger was folded lies unread in the channel, and it may be a halt that somebody was promised: nothing is
 * decided before it is read. The first turn may be the rest of the present one, in which nothing is read any more.
 */
const hearOut = async (): Promise<void> => {
  await turn()
  await turn()
}
