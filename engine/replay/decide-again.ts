import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar, Instrument } from '../../src/contracts/market.ts'
import { canonical } from '../../src/hash.ts'
import { memoryVenue } from '../backtest/venue.ts'
import { afterCommit, type BrokerAnswer, type PaperBroker } from '../brokers/broker.ts'
import type { PaperTerms } from '../brokers/paper-fill.ts'
import type { Effect } from '../core/effect.ts'
import type { Guard } from '../core/guards/guard.ts'
import type { Input, RecordedInput } from '../core/input.ts'
import { moneyFrom, scaleOf } from '../core/money.ts'
import type { RecordedRules, Rules } from '../core/rules.ts'
import { emptyBook, emptyState, type State } from '../core/state.ts'
import { stepWithChain } from '../core/step.ts'
import type { Ledger, StoredInput } from '../ledger/ledger.ts'
import type { TapeReader } from '../tape/port.ts'
import { DEFAULT_FILLS } from './changes.ts'
import type { Watch } from './outcome.ts'
import { type Difference, firstRules } from './verify.ts'

export type Again = {
  readonly chain: readonly Guard[]
  readonly change: (rules: Rules) => Rules
  readonly watch: Watch
}

export type AgainResult = {
  readonly state: State
  /** The first fact that is another than the recorded one; null where all are the same. */
  readonly difference: Difference | null
}

/** What the venue said then. It is not told again, it only says when an answer was taken in. */
type Told = Extract<RecordedInput, { kind: 'report' | 'sent' | 'neverArrived' }>

const isTold = (input: RecordedInput): input is Told => input.kind === 'report' || input.kind === 'sent' || input.kind === 'neverArrived'

/**
 * Decides the recorded inputs again, bars from the tape, under another chain or other rules. Orders follow from the new
 * decisions and meet our own venue again, which draws its fills as it did then. What led to no fact then is not in the
 * record, so a pass of the timer between two bars is not given again.
 *
 * As long as every fact is as recorded, answers of the venue are taken in at the recorded moments, and an order that was
 * lost in a crash is lost again. From the first difference on they are taken in before the next bar, and nothing is lost.
 */
export const decideAgain = (ledger: Ledger, tape: TapeReader, instruments: readonly Instrument[], { chain, change, watch }: Again): AgainResult => {
  const scales = instruments.map(scaleOf)
  const lost = lostOrders(ledger)
  const expected: string[] = []
  const answers: BrokerAnswer[] = []
  let rules = firstRules(instruments, scales)
  let state = emptyState({
    ledgerId: ledger.id,
    mode: 'simulate',
    cash: moneyFrom(ledger.meta('startingCash') ?? '0'),
    symbols: scales.map(({ symbol }) => symbol),
  })
  let effects: Effect[] = []
  let difference: Difference | null = null
  let cycle = 0
  let now = 0
  let lives = 0

  const terms: PaperTerms = {
    get feeBps() {
      return rules.feeBps
    },
    // Half the spread and the slippage are one sum in the rules, and in a fill.
    spreadBps: 0,
    get slippageBps() {
      return rules.costBps
    },
    get partialFillChance() {
      return rules.fills.partialFillChance
    },
    get seed() {
      return rules.fills.seed
    },
  }
  const venue = memoryVenue(scales, terms)

  const rulesOf = (recorded: RecordedRules): Rules => ({ ...recorded, fills: recorded.fills ?? DEFAULT_FILLS, scales })

  const compare = (event: EngineEvent): void => {
    if (difference !== null) return
    const body = expected.shift()
    const found = canonical(event)
    const recorded = body === undefined ? 'nothing' : canonical(JSON.parse(body))
    if (recorded !== found) difference = { cycle, what: `event ${event.sequence} (${event.kind})`, expected: recorded, found }
  }

  /** @returns whether it led to a fact. */
  const take = (input: Input): boolean => {
    const result = stepWithChain(chain, rules, state, input)
    state = result.state
    for (const event of result.events) {
      compare(event)
      watch.onEvent(event)
    }
    effects.push(...result.effects)
    return result.events.length > 0
  }

  const takeAnswer = (answer: BrokerAnswer, at: number): boolean => {
    if (answer.kind === 'report') return take({ kind: 'report', now: Math.max(at, answer.report.at), report: answer.report })
    return take({ kind: answer.kind, now: at, clientOrderId: answer.clientOrderId })
  }

  const takeAnswers = (): void => {
    for (let answer = answers.shift(); answer !== undefined; answer = answers.shift()) takeAnswer(answer, Math.max(now, state.clock))
  }

  const isLost = (clientOrderId: string): boolean => difference === null && cycle < (lost.get(clientOrderId) ?? 0)

  const performAll = (): void => {
    const asked = afterCommit(effects)
    effects = []
    for (const effect of asked) if (effect.kind !== 'submit' || !isLost(effect.order.clientOrderId)) perform(venue, effect)
  }

  const onBar = (bar: Bar): void => {
    performAll()
    takeAnswers()
    venue.see(bar)
    takeAnswers()
    take({ kind: 'bar', bar })
    watch.onState(state)
  }

  /** One answer that leads to a fact, at the moment when one did then. */
  const onTold = (told: Told): void => {
    if (difference !== null) return
    const next = state.barSequence + 1
    // After a new start the venue may have met a bar that nobody has decided on yet.
    if (answers.length === 0 && told.kind === 'report' && told.report.barSequence === next) tape.read(next, next, venue.see)
    for (let answer = answers.shift(); answer !== undefined; answer = answers.shift()) if (takeAnswer(answer, told.now)) return
  }

  const begin = (input: Extract<RecordedInput, { kind: 'started' }>): void => {
    rules = change(rulesOf(input.rules))
    state = { ...state, books: scales.map(({ symbol }, id) => state.books[id] ?? emptyBook(symbol)) }
    answers.length = 0
    venue.connect(lives === 0 ? 0 : state.venueSequence, (answer) => void answers.push(answer))
    lives += 1
  }

  const give = (input: StoredInput): void => {
    if (input.kind === 'bars') {
      tape.read(input.from, input.to, onBar)
      return
    }
    now = Math.max(now, input.now)
    if (isTold(input)) {
      onTold(input)
      return
    }
    if (input.kind === 'started') begin(input)
    if (input.kind === 'reloaded') rules = change(rulesOf(input.rules))
    take(input)
  }

  for (const recorded of ledger.history()) {
    cycle = recorded.cycle.number
    if (difference === null) expected.push(...recorded.events)
    for (const body of recorded.inputs) give(JSON.parse(body) as StoredInput)
    performAll()
    if (difference !== null) takeAnswers()
  }
  const [missing] = expected
  if (difference === null && missing !== undefined)
    difference = { cycle, what: `event after ${state.sequence}`, expected: canonical(JSON.parse(missing)), found: 'nothing' }
  return { state, difference }
}

const perform = (venue: PaperBroker, effect: ReturnType<typeof afterCommit>[number]): void => {
  if (effect.kind === 'submit') venue.submit(effect.order as Parameters<PaperBroker['submit']>[0], effect.barSequence)
  else if (effect.kind === 'cancel') venue.cancel(effect.clientOrderId)
  else if (effect.kind === 'query') venue.query(effect.clientOrderId)
  // The person who gave a command was answered then.
}

/** Orders that a crash kept from the venue, with the cycle of the new start after which they were sent again or given up. */
const lostOrders = (ledger: Ledger): ReadonlyMap<string, number> => {
  const unknown = new Map<string, number>()
  const lost = new Map<string, number>()
  for (const { cycle, inputs, events } of ledger.history()) {
    for (const body of events) {
      // The kind comes first in every fact, so most are passed over without being read.
      if (!body.includes('"orchestratorStarted"')) continue
      const event = JSON.parse(body) as EngineEvent
      if (event.kind === 'orchestratorStarted') for (const id of event.unknownOrders) unknown.set(id, cycle.number)
    }
    if (unknown.size === 0) continue
    for (const body of inputs) {
      const input = JSON.parse(body) as StoredInput
      if (input.kind === 'bars' || !isTold(input)) continue
      const id = input.kind === 'report' ? input.report.clientOrderId : input.clientOrderId
      const since = unknown.get(id)
      if (since !== undefined && input.kind !== 'report') lost.set(id, since)
      unknown.delete(id)
    }
  }
  return lost
}
