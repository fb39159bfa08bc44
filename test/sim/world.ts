import { isDeepStrictEqual } from 'node:util'
import { afterCommit, type BrokerAnswer } from '../../engine/brokers/broker.ts'
import type { Effect } from '../../engine/core/effect.ts'
import { guards } from '../../engine/core/guards/index.ts'
import type { CoreCommand, Input, RecordedInput } from '../../engine/core/input.ts'
import { moneyFrom } from '../../engine/core/money.ts'
import { emptyState, type State } from '../../engine/core/state.ts'
import { step as decide, stepWithChain } from '../../engine/core/step.ts'
import { checkpointOf, type StoredInput } from '../../engine/ledger/ledger.ts'
import { recover } from '../../engine/orchestrator/recover.ts'
import { verifyCore } from '../../engine/replay/verify.ts'
import { BREAKERS } from '../../src/contracts/breaker.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { Order } from '../../src/contracts/order.ts'
import type { Signal, SignalSide } from '../../src/contracts/signal.ts'
import { hashOf } from '../../src/hash.ts'
import { seeded } from '../../src/random.ts'
import { arrayTape } from '../brain/fakes.ts'
import { type Bug, drawFaults } from './faults.ts'
import { Broken, type Falls, fallsAfter, hold, judge, judgeExits } from './invariants.ts'
import { simulatedLedger, withoutCheckpoints } from './memory-ledger.ts'
import { drawRules, INSTRUMENTS, pick, SCALES } from './rules.ts'
import { hostileVenue } from './venue.ts'

export type Plan = { readonly seed: number; readonly steps: number; readonly bug?: Bug }

export type Told = {
  /** The promise that did not hold, and how; null where all did. */
  readonly broken: { readonly promise: string; readonly detail: string; readonly step: number } | null
  readonly counts: {
    readonly bars: number
    readonly signals: number
    readonly entries: number
    readonly fills: number
    readonly trades: number
    readonly crashes: number
    readonly breakerMoves: number
    readonly refusedMoves: number
    readonly commands: number
  }
}

const MINUTE_MS = 60_000
const STARTING_CASH = '100000'
/** Facts between checkpoints: few, so that every life begins with another mixture of checkpoint and tail. */
const CHECKPOINT_EVENTS = 120
/** Quiet bars until a cycle is recorded all the same. */
const QUIET_BARS_MAX = 40
/** Steps at the end in which nothing goes wrong any more and everything that is on the way arrives. */
const SETTLING_STEPS = 8
/** Steps in which a person gets everything closed: an exit may be filled in many parts. */
const CLOSING_STEPS_MAX = 120
/** Longer than a signal may wait for an order, and a shadow trade for its end. */
const LATER_STEPS = 1_000
const PROBE_EVERY_STEPS = 10
/** Deciding a whole ledger again costs as much as living it, so only one world in so many is. */
const REPLAYED_EVERY = 5

/** Thrown in place of a SIGKILL: nothing of the process runs after it. */
class Killed extends Error {}

type Life = {
  state: State
  falls: Falls
  /** Bars up to here are accounted for in the ledger. */
  recordedBar: number
  cycleNumber: number
  sinceCheckpoint: number
  /** Records of the brain that were taken in by this life, whether recorded or not. */
  taken: number
  readonly inbox: RecordedInput[]
  readonly answers: BrokerAnswer[]
}

type Draft = { readonly inputs: StoredInput[]; readonly events: EngineEvent[]; readonly effects: Effect[] }

/**
 * One world from one seed: market, signals, venue, line, clock, people and crashes, and the orchestrator's loop between them, stage by
 * stage, over a ledger that outlives it. It says the first promise that did not hold.
 */
export const simulate = ({ seed, steps, bug }: Plan): Told => {
  const random = seeded(seed)
  const faults = drawFaults(random)
  const rules = drawRules(random, faults.partialFill)
  const terms = { ...rules.fills, feeBps: rules.feeBps, spreadBps: 0, slippageBps: rules.costBps }
  const ledger = simulatedLedger('led', STARTING_CASH)
  const bars: Bar[] = []
  const tape = arrayTape(bars)
  const signals: Signal[] = []
  const intents = new Map<string, Order>()
  const counts = { bars: 0, signals: 0, entries: 0, fills: 0, trades: 0, crashes: 0, breakerMoves: 0, refusedMoves: 0, commands: 0 }
  const closes = INSTRUMENTS.map(() => 20 + 200 * random.next())
  const swing = pick(random, [0.001, 0.004, 0.02])
  // Not far from a midnight, so that many worlds see a day begin.
  const begins = Date.UTC(2026, Math.floor(random.next() * 12), 1 + Math.floor(random.next() * 28), 20 + Math.floor(random.next() * 6))

  let step = 0
  let calm = false
  let life: Life | null = null
  let downUntil = 0
  let silentUntil = 0
  let row = 0
  let jump = 0
  let freed = 0 // signals that are recorded
  let commandNumber = 0
  let desired: 'running' | 'paused' | 'halted' | 'safe' = 'running'
  let committed: { readonly state: State; readonly falls: Falls } | null = null
  let killSwitch = false
  let exportedTo = 0

  const chance = (rate: number): boolean => !calm && random.next() < rate
  const marketNow = (): number => begins + step * MINUTE_MS
  const feedNow = (): number => Math.max(life?.state.clock ?? 0, marketNow() + jump)

  const venue = hostileVenue({
    scales: SCALES,
    terms,
    faults,
    random,
    bug: bug ?? null,
    onArrival: (order, known) => {
      const intent = intents.get(order.clientOrderId)
      const same = (other: Order | null | undefined): boolean =>
        other !== null && other !== undefined && other.symbol === order.symbol && other.side === order.side && other.quantity === order.quantity
      hold('every order is in the ledger before the venue sees it', intent !== undefined, () => order.clientOrderId)
      hold('an order id is used for one order only', same(intent) && (known === null || same(known)), () => JSON.stringify({ order, known, intent }))
    },
  })

  const chain = bug?.kind === 'guardSkipped' ? guards.filter(({ name }) => !bug.guard.split(' ').includes(name)) : null
  const stepOf = (state: State, input: Input) => (chain === null ? decide(rules, state, input) : stepWithChain(chain, rules, state, input))

  const dieMaybe = (): void => {
    if (chance(faults.crash)) throw new Killed()
  }

  // ── the orchestrator ──────────────────────────────────────────────────────────────────────────────────────────

  const decideOne = (own: Life, draft: Draft, input: Input): void => {
    const before = own.state
    const result = stepOf(before, input)
    judge({ rules, before, input, result, falls: own.falls })
    own.falls = fallsAfter(rules, own.falls, input, result)
    own.state = result.state
    if (input.kind !== 'bar' && result.events.length > 0) {
      closeRange(own, draft, before.barSequence)
      draft.inputs.push(input)
    }
    draft.events.push(...result.events)
    draft.effects.push(...result.effects)
  }

  const closeRange = (own: Life, draft: Draft, barSequence: number): void => {
    if (barSequence <= own.recordedBar) return
    draft.inputs.push({ kind: 'bars', from: own.recordedBar + 1, to: barSequence })
    own.recordedBar = barSequence
  }

  const takeAnswers = (own: Life, draft: Draft): void => {
    for (let answer = own.answers.shift(); answer !== undefined; answer = own.answers.shift()) {
      const now = feedNow()
      if (answer.kind === 'report') decideOne(own, draft, { kind: 'report', now: Math.max(now, answer.report.at), report: answer.report })
      else decideOne(own, draft, { kind: answer.kind, now, clientOrderId: answer.clientOrderId })
    }
  }

  const takeSignals = (own: Life, draft: Draft): void => {
    for (let signal = signals[own.taken]; signal !== undefined && signal.barSequence <= own.state.barSequence; signal = signals[own.taken]) {
      own.taken += 1
      decideOne(own, draft, { kind: 'signal', now: feedNow(), signal })
    }
  }

  const hasWork = (own: Life): boolean =>
    own.inbox.length > 0 ||
    own.answers.length > 0 ||
    own.state.barSequence < bars.length ||
    (signals[own.taken]?.barSequence ?? Number.POSITIVE_INFINITY) <= own.state.barSequence

  /** Gather and decide, commit, effects, export; it may be killed between any two of them and within the last two. */
  const cycle = (own: Life): void => {
    const draft: Draft = { inputs: [], events: [], effects: [] }
    for (let input = own.inbox.shift(); input !== undefined; input = own.inbox.shift()) decideOne(own, draft, input)
    takeAnswers(own, draft)
    takeSignals(own, draft)
    while (draft.effects.length === 0) {
      const bar = bars[own.state.barSequence]
      if (bar === undefined) break
      decideOne(own, draft, { kind: 'bar', bar })
      takeSignals(own, draft)
    }
    dieMaybe()
    if (bug?.kind === 'effectBeforeCommit') performAll(own, draft)
    if (draft.events.length > 0 || own.state.barSequence - own.recordedBar >= QUIET_BARS_MAX) commit(own, draft)
    dieMaybe()
    if (bug?.kind !== 'effectBeforeCommit') performAll(own, draft)
    dieMaybe()
    exportNews()
    freed = own.taken
    dieMaybe()
  }

  const commit = (own: Life, draft: Draft): void => {
    closeRange(own, draft, own.state.barSequence)
    own.sinceCheckpoint += draft.events.length
    const due = own.sinceCheckpoint >= CHECKPOINT_EVENTS || draft.events.length === 0
    const checkpoint = due ? checkpointOf(own.state) : null
    if (due) own.sinceCheckpoint = 0
    own.cycleNumber += 1
    const record = { number: own.cycleNumber, sequence: own.state.sequence, stateHash: checkpoint?.hash ?? null } as Cycle
    ledger.append({ cycle: record, barSequence: own.state.barSequence, inputs: draft.inputs, events: draft.events, checkpoint, tape: null })
    committed = { state: own.state, falls: own.falls }
    for (const event of draft.events) note(event)
  }

  const note = (event: EngineEvent): void => {
    if (event.kind === 'orderIntended') {
      hold('order ids are unique', !intents.has(event.order.clientOrderId), () => event.order.clientOrderId)
      intents.set(event.order.clientOrderId, event.order)
      if (event.order.purpose === 'entry') counts.entries += 1
    } else if (event.kind === 'orderFilled') counts.fills += 1
    else if (event.kind === 'tradeClosed') counts.trades += 1
    else if (event.kind === 'breakerMoved') counts.breakerMoves += 1
    else if (event.kind === 'illegalMoveRefused') counts.refusedMoves += 1
    else if (event.kind === 'signalDecided') counts.signals += 1
  }

  const performAll = (own: Life, draft: Draft): void => {
    for (const effect of afterCommit(draft.effects.splice(0))) {
      dieMaybe()
      if (effect.kind === 'submit') venue.submit(reused(effect.order), effect.barSequence)
      else if (effect.kind === 'cancel') venue.cancel(effect.clientOrderId)
      else if (effect.kind === 'query') venue.query(effect.clientOrderId)
    }
    own.answers.push(...venue.delivered())
  }

  const reused = (order: Order): Order => {
    const [first] = intents.keys()
    return bug?.kind === 'idReused' && first !== undefined && random.next() < 0.3 ? { ...order, clientOrderId: first } : order
  }

  /** Streams catch up with the ledger by themselves; here they are only a place to die in. */
  const exportNews = (): void => {
    for (const end = ledger.end().sequence; exportedTo < end; exportedTo += 1) dieMaybe()
  }

  // ── its lives ─────────────────────────────────────────────────────────────────────────────────────────────────

  const recovered = (fromStart: boolean): State => {
    const empty = emptyState({ ledgerId: ledger.id, mode: 'simulate', cash: moneyFrom(STARTING_CASH), symbols: SCALES.map(({ symbol }) => symbol) })
    const state = recover(rules, ledger, tape, empty)
    if (committed !== null) hold('recovery gives the committed state', isSame(state, committed.state), () => differing(state, committed?.state))
    if (!fromStart) return state
    const whole = recover(rules, withoutCheckpoints(ledger), tape, empty)
    hold('the ledger folds to the same state from its start', isSame(state, whole), () => differing(state, whole))
    return state
  }

  const begin = (): void => {
    const state = recovered(random.next() < 0.1)
    const own: Life = {
      state,
      falls: committed?.falls ?? { peak: state.cash, dayEquity: null },
      recordedBar: ledger.end().barSequence,
      cycleNumber: ledger.end().cycle,
      sinceCheckpoint: 0,
      taken: freed,
      inbox: [],
      answers: [],
    }
    life = own
    const { scales: _, ...recorded } = rules
    venue.connect(state.venueSequence)
    own.inbox.push({ kind: 'started', now: feedNow(), mode: 'simulate', rules: recorded, configHash: 'hash' })
    own.inbox.push({ kind: 'desired', now: feedNow(), desired, reason: 'a new start', actor: 'supervisor', commandId: null })
    own.inbox.push({ kind: 'brainStarted', now: feedNow(), warmFrom: 1, liveFrom: bars.length + 1, strategies: [] })
    if (killSwitch) own.inbox.push({ kind: 'killSwitch', now: feedNow(), origin: 'file', on: true, reason: 'there', actor: null })
  }

  /** Runs until nothing is left to do, or it dies. */
  const live = (): void => {
    try {
      if (life === null) begin()
      const own = life as Life | null
      if (own === null) return
      own.answers.push(...venue.delivered())
      // A broker takes up its line again by itself.
      if (!venue.isConnected() && (calm || random.next() < 0.5)) venue.connect(Math.max(0, own.state.venueSequence - Math.floor(random.next() * 3)))
      while (hasWork(own)) cycle(own)
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      counts.crashes += 1
      life = null
      downUntil = step + 1 + Math.floor(random.next() * faults.downStepsMax)
      venue.leave()
    }
  }

  // ── the world around it ───────────────────────────────────────────────────────────────────────────────────────

  const moveMarket = (): void => {
    if (chance(faults.feedGap)) silentUntil = step + 1 + Math.floor(random.next() * faults.feedGapStepsMax)
    for (const { id } of INSTRUMENTS) {
      const open = closes[id] ?? 100
      const close = Math.max(1, Math.round(open * (1 + swing * random.normal()) * 100) / 100)
      closes[id] = close
      if (!calm && (step < silentUntil || chance(faults.missingBar))) continue
      row += 1
      if (chance(faults.rejectedRow)) continue
      const bar: Bar = {
        sequence: bars.length + 1,
        instrument: id,
        timeframeMs: MINUTE_MS,
        flags: 1,
        time: marketNow() - MINUTE_MS,
        eventTime: marketNow(),
        ingestTime: marketNow(),
        open,
        high: Math.max(open, close) * (1 + swing * random.next()),
        low: Math.min(open, close) * (1 - swing * random.next()),
        close,
        volume: 1 + random.next(),
        row,
      }
      bars.push(bar)
      counts.bars += 1
      venue.meet(bar)
      if (chance(faults.signal)) wish(bar)
    }
  }

  const wish = ({ sequence, instrument, eventTime, close }: Bar): void => {
    const side: SignalSide = pick(random, ['long', 'long', 'short', 'flat'] as const)
    const symbol = SCALES[instrument]?.symbol ?? ''
    const away = (share: number): number => Math.round(close * (1 + (side === 'short' ? -share : share)) * 100) / 100
    const signal: Signal = {
      id: `${symbol}_${eventTime}_${sequence.toString(16).padStart(8, '0')}`,
      symbol,
      side,
      strategy: pick(random, ['one', 'two']),
      barSequence: sequence,
      at: eventTime,
      price: close,
      stop: side === 'flat' || random.next() < 0.1 ? null : away(-0.002 - 0.03 * random.next()),
      target: side === 'flat' || random.next() < 0.3 ? null : away(0.002 + 0.03 * random.next()),
      confidence: 0.2 + 0.8 * random.next(),
      reason: 'because',
      values: {},
    }
    signals.push(signal)
    if (chance(faults.signalTwice)) signals.push(signal)
  }

  const moveClock = (): void => {
    if (chance(faults.clockJump)) {
      const by = Math.round((random.next() * 2 - 1) * faults.clockJumpMsMax)
      jump = random.next() < 0.5 ? 0 : by
      life?.inbox.push({ kind: 'clock', now: feedNow(), skewMs: null, jumpMs: by })
    }
    if (calm || random.next() < 0.3) life?.inbox.push({ kind: 'timer', now: feedNow() })
    if (random.next() < 0.05) life?.inbox.push({ kind: 'clock', now: feedNow(), skewMs: Math.round(800 * random.next()), jumpMs: 0 })
  }

  const lookAtVenue = (): void => {
    const { ok, failed } = venue.takeCalls()
    if (ok + failed > 0) life?.inbox.push({ kind: 'venueCalls', now: feedNow(), ok, failed, reason: failed > 0 ? 'timed out' : null })
    if (random.next() < 0.2) life?.inbox.push({ kind: 'statement', now: feedNow(), venueSequence: venue.sequence(), positions: venue.positions() })
  }

  const want = (to: typeof desired): void => {
    desired = to
    life?.inbox.push({ kind: 'desired', now: feedNow(), desired: to, reason: 'asked', actor: 'somebody', commandId: commandId() })
  }

  const commandId = (): string => {
    counts.commands += 1
    commandNumber += 1
    return `command-${commandNumber}`
  }

  const command = (asked: CoreCommand): void =>
    void life?.inbox.push({ kind: 'command', now: feedNow(), commandId: commandId(), actor: 'somebody', reason: 'because', command: asked })

  const people = (): void => {
    // Somebody comes by in the end, or most worlds would end as soon as a breaker latches.
    if (chance(0.03)) {
      if (desired !== 'running') want(desired === 'paused' ? 'running' : 'paused')
      if (killSwitch) throwSwitch(false)
      for (const [name, record] of Object.entries(life?.state.risk.breakers ?? {}))
        if (record?.state === 'latched') command({ kind: 'rearm', breaker: name })
      for (const other of ['emotional', 'degradation']) command({ kind: 'rearm', breaker: other })
    }
    if (!chance(faults.command)) return
    const what = random.next()
    if (what < 0.2) want('paused')
    else if (what < 0.3) want('halted')
    else if (what < 0.35) want('safe')
    else if (what < 0.55) want(desired === 'running' || desired === 'paused' ? 'running' : 'paused')
    else if (what < 0.7) command({ kind: 'flatten', symbol: random.next() < 0.5 ? null : pick(random, SCALES).symbol })
    else if (what < 0.75) command({ kind: 'trip', breaker: pick(random, BREAKERS) })
    else if (what < 0.85) command({ kind: 'rearm', breaker: pick(random, BREAKERS) })
    else if (what < 0.9) throwSwitch(!killSwitch)
    else if (what < 0.95) command({ kind: 'cancel', clientOrderId: Object.keys(life?.state.orders ?? {})[0] ?? 'led-0' })
    else life?.inbox.push({ kind: 'overrun', now: feedNow(), bars: 7 })
  }

  const throwSwitch = (on: boolean): void => {
    killSwitch = on
    life?.inbox.push({ kind: 'killSwitch', now: feedNow(), origin: 'file', on, reason: 'somebody', actor: 'somebody' })
  }

  const pass = (): void => {
    step += 1
    moveClock()
    venue.pass(step, marketNow())
    moveMarket()
    people()
    lookAtVenue()
    if (life === null && step < downUntil) return
    live()
    if (life !== null && step % PROBE_EVERY_STEPS === 0) judgeExits(rules, life.state, feedNow())
  }

  /** Nothing goes wrong any more: a new start asks for what is unknown, everything that is on the way arrives, and a person closes all. */
  const settle = (): void => {
    calm = true
    jump = 0
    venue.settle()
    want('paused')
    life = null
    venue.leave()
    downUntil = 0
    for (let more = 0; more < SETTLING_STEPS; more += 1) pass()
    for (let more = 0; more < CLOSING_STEPS_MAX && isBusy(); more += 1) {
      if (more % 3 === 0) command({ kind: 'flatten', symbol: null })
      pass()
    }
    // Again and again: what was decided only after one leap has a shadow trade that ends in a later one.
    for (let leap = 0; leap < 4; leap += 1) {
      step += LATER_STEPS
      for (let more = 0; more < 6; more += 1) pass()
    }
  }

  const isBusy = (): boolean => {
    const { orders = {}, books = [] } = (life as Life | null)?.state ?? {}
    return Object.keys(orders).length > 0 || books.some(({ position }) => position !== null)
  }

  const judgeAll = (): void => {
    const state = recovered(true)
    const open = state.books.filter(({ position }) => position !== null)
    hold('everything can be closed', !isBusy(), () => JSON.stringify({ orders: Object.keys(state.orders), open }))
    const waiting = Object.entries(state.signals)
    hold('every signal ends', waiting.length === 0, () => JSON.stringify(waiting))
    const ours = ledger
      .events(0, Number.MAX_SAFE_INTEGER)
      .flatMap((event) => (event.kind === 'orderFilled' ? [`${event.executionId} ${event.quantity} @ ${event.price}`] : []))
    const theirs = venue.fills().map(({ executionId, quantity, price }) => `${executionId} ${quantity} @ ${price}`)
    hold(
      'every fill of the venue is in the ledger once',
      ours.toSorted().join() === theirs.toSorted().join(),
      () => `${theirs.filter((fill) => !ours.includes(fill)).join()} is missing, ${ours.filter((fill) => !theirs.includes(fill)).join()} is too much`,
    )
    const held = state.books.flatMap(({ symbol, position }) =>
      position === null ? [] : [`${symbol} ${position.side === 'long' ? position.quantity : -position.quantity}`],
    )
    const there = venue.positions().map(({ symbol, quantity }) => `${symbol} ${quantity}`)
    hold('positions are those of the venue', held.toSorted().join() === there.toSorted().join(), () => `${held} here, ${there} there`)
    if (bug?.kind !== 'guardSkipped' && seed % REPLAYED_EVERY === 0) {
      const verdict = verifyCore(ledger, tape, INSTRUMENTS)
      hold('a replay derives every fact again', verdict.difference === null, () => JSON.stringify(verdict.difference))
    }
  }

  try {
    while (step < steps) pass()
    settle()
    judgeAll()
    return { broken: null, counts }
  } catch (error) {
    const failure = error as Error
    const promise = failure instanceof Broken ? failure.promise : 'the engine does not fail'
    return { broken: { promise, detail: failure instanceof Broken ? failure.message : (failure.stack ?? failure.message), step }, counts }
  }
}

/** A member that is undefined is none: the ledger cannot tell them apart. */
const isSame = (one: State, other: State): boolean => isDeepStrictEqual(one, other) || hashOf(one) === hashOf(other)

/** The first members that differ, for whoever reads the failure. */
const differing = (one: unknown, other: unknown, path = 'state'): string => {
  if (hashOf(one) === hashOf(other)) return ''
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return `${path}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  const found = [...keys].map((key) => differing((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key], `${path}.${key}`))
  return found
    .filter((text) => text !== '')
    .slice(0, 3)
    .join('; ')
}
