import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { hashOf } from '../../src/hash.ts'
import { apply } from '../core/apply.ts'
import { healBreakers } from '../core/breakers/heal.ts'
import { mark } from '../core/on-bar.ts'
import type { Rules } from '../core/rules.ts'
import { emptyBook, type State } from '../core/state.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { TapeReader } from '../tape/port.ts'

/**
 * The state as the ledger has it: the newest checkpoint, then every later fact in order, with the tape's bars marked up to
 * the place where each fact stood, under the rules of that time: the settings may be others now.
 * A checkpoint that is not what was written is left out, and told: an older one, or the beginning, leads to the same state.
 */
export const recover = (
  rules: Rules,
  ledger: Ledger,
  tape: TapeReader,
  empty: State,
  onTrouble: (reason: string) => void = () => undefined,
): State => {
  const end = ledger.end()
  const checkpoint = soundCheckpoint(ledger, onTrouble)
  let state = withInstruments(rules, checkpoint === null ? empty : healBreakers(checkpoint))
  const recorded = ledger.rules()
  // Each start and each reload left one fact, so the facts still to come say how many of the rules are still to come.
  let at = recorded.length - 1 - ledger.events(state.sequence, undefined, RULE_FACTS).filter(changesRules).length
  const rulesAt = (): Rules => ({ ...rules, ...recorded[Math.max(0, at)] })
  let own = rulesAt()
  for (;;) {
    const events = ledger.events(state.sequence)
    if (events.length === 0) break
    for (const event of events) {
      state = markUpTo(own, state, tape, event.barSequence)
      state = apply(state, event)
      if (!changesRules(event)) continue
      at += 1
      own = rulesAt()
    }
  }
  return markUpTo(own, state, tape, end.barSequence)
}

const RULE_FACTS = ['orchestratorStarted', 'rulesChanged'] as const
const changesRules = ({ kind }: EngineEvent): boolean => kind === 'orchestratorStarted' || kind === 'rulesChanged'

const soundCheckpoint = (ledger: Ledger, onTrouble: (reason: string) => void): State | null => {
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const checkpoint = ledger.latestCheckpoint(before)
    if (checkpoint === null || checkpoint.cycle >= before) return null
    if (checkpoint.state !== null && hashOf(checkpoint.state) === checkpoint.hash) return checkpoint.state
    onTrouble(`the checkpoint of cycle ${checkpoint.cycle} is not the one that was written`)
    before = checkpoint.cycle
  }
}

/** The state with every bar of the tape up to a sequence seen. */
export const markUpTo = (rules: Rules, state: State, tape: TapeReader, sequence: number): State => {
  if (sequence <= state.barSequence) return state
  let marked = state
  const last = tape.read(state.barSequence + 1, sequence, (bar: Bar) => {
    marked = mark(rules, marked, bar)
  })
  if (last < sequence) throw new Error(`the tape ends at bar ${last}, the ledger knows bar ${sequence}`)
  return marked
}

/** Instruments may have been added since; their numbers only grow, so new books go to the end. */
const withInstruments = (rules: Rules, state: State): State =>
  rules.scales.length <= state.books.length ? state : { ...state, books: rules.scales.map((scale, id) => state.books[id] ?? emptyBook(scale.symbol)) }
