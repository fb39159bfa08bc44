import type { SymbolState } from '../../src/contracts/account.ts'
import {
  BREAKERS,
  type BreakerName,
  type BreakerRecord,
  type Degradation,
  type GuardTally,
  type KillSwitchOrigin,
} from '../../src/contracts/breaker.ts'
import type { DesiredState, EngineState } from '../../src/contracts/engine.ts'
import type { Mode } from '../../src/contracts/names.ts'
import type { Order } from '../../src/contracts/order.ts'
import type { Earnings, Watchlist } from '../../src/contracts/reference.ts'
import type { Phase } from '../../src/contracts/rules.ts'
import type { ShadowOutcome, ShadowTrade } from '../../src/contracts/shadow.ts'
import type { SignalState } from '../../src/contracts/signal.ts'
import type { Money, Price, Quantity } from '../../src/units.ts'
import { emptyStats } from './stats.ts'

export type Position = {
  readonly side: 'long' | 'short'
  /** Above zero. */
  readonly quantity: Quantity
  /** What it was when it was largest: parts of it leave at R1 and R2. */
  readonly quantityMax: Quantity
  /** What the open quantity was entered for, without fees. */
  readonly cost: Money
  /** Average entry price, to the nearest tick: levels are measured from it, money never. */
  readonly entryPrice: Price
  readonly stop: Price | null
  /** The first stop: its distance from the entry is one R. */
  readonly firstStop: Price | null
  readonly target: Price | null
  /** Best price seen since the entry, by the bars' extremes. Moved by marks. */
  readonly best: Price
  /** Partial exits that were taken: 0, 1 (at R1) or 2. */
  readonly partials: number
  /** Booked by partial exits, after their fees, and fees paid so far: for the result of the whole. */
  readonly booked: Money
  readonly fees: Money
  /** What went in over its whole life. */
  readonly costMax: Money
  readonly strategy: string
  readonly signalId: string | null
  readonly entryOrderId: string
  readonly openedAt: number
  /** Since when nothing protects it; null while something does. */
  readonly unprotectedSince: number | null
  /** The kind of a stop's move that was skipped and told; it is told once until the stop moves again. */
  readonly stopSkipped: string | null
}

/** All of a position is to leave: why, and how often the venue has ended an exit of it without a fill. */
export type WantedExit = {
  readonly reason: string
  readonly tries: number
  /** Time and bar of the last such end; 0 where there was none. */
  readonly triedAt: number
  readonly triedBar: number
}

/** A shadow trade while it is open; `position` is null until the next bar fills it. Moved by marks. */
export type OpenShadow = {
  readonly trade: ShadowTrade
  readonly position: Position | null
  /** Worst price seen since the entry. */
  readonly worst: Price | null
  readonly slippage: Money
  /** Average price of what has left, weighted by its share of the whole: only whole once all of it has. */
  readonly exitAverage: number
  /** What leaves at the next bar, why, and the price when that was decided; without a position it is given up before it was filled. */
  readonly leaving: { readonly quantity: Quantity; readonly reason: string; readonly price: Price } | null
  /** Set by the bar that ended it, until the fact of its end is recorded. */
  readonly done: ShadowOutcome | null
}

/** One instrument: where it stands, what it was last worth. `mark` is null until the first bar: unknown is not zero. */
export type Book = {
  readonly symbol: string
  readonly state: SymbolState
  readonly mark: Price | null
  /** Event time of the bar that the mark is from. */
  readonly markAt: number | null
  readonly timeframeMs: number | null
  readonly bars: number
  /** What the bars tell of the market, see `stats.ts`. */
  readonly stats: readonly number[]
  /** Closes at the end of each of the last hours, newest last. */
  readonly hours: readonly number[]
  readonly position: Position | null
  readonly shadows: readonly OpenShadow[]
  /** Entries of an exchange day, which is named: a count of another day counts nothing. */
  readonly entries: { readonly day: string; readonly count: number } | null
  readonly lastExitAt: number | null
  /** Kept until the position is gone, so that an exit that has to wait, or was refused, is not forgotten. */
  readonly wantedExit: WantedExit | null
}

/** An open order with what its position will need to know. */
export type OpenOrder = {
  readonly order: Order
  readonly stop: Price | null
  readonly target: Price | null
  readonly strategy: string
  readonly reasoning: string
  readonly indicators: readonly string[]
  /** Bar after which it was intended: sending it again later would be another decision. */
  readonly barSequence: number
  /** Counted as sent: once, whether we saw it leave or the venue told of it after a new start. */
  readonly sent: boolean
  /** How often, and when last, the venue was asked again while its fate was unknown. */
  readonly asked?: { readonly tries: number; readonly at: number }
}

/** The day that daily limits count in. */
export type AccountDay = {
  readonly day: string
  /** First instant of the next day. */
  readonly endsAt: number
  /** Null where a position had no mark as the day began: then the loss of the day is unknown and its breaker open. */
  readonly equity: Money | null
  readonly realised: Money
  /** Best profit of the day so far, moved by marks. */
  readonly best: Money
  readonly orders: number
  readonly entries: number
  readonly locked: boolean
}

/** What a gate between two phases is measured by, since the phase began. */
export type PhaseRecord = {
  readonly now: Phase
  readonly since: number
  /** Days with at least one closed trade, and the last of them. */
  readonly sessions: number
  readonly lastSession: string
  readonly trades: number
  readonly wins: number
  readonly won: Money
  readonly lost: Money
  readonly peak: Money
  /** Deepest fall from the peak, as a share; the peak is the phase's own. */
  readonly drawdown: number
}

/** What risk is judged by. Kept apart from the rest, so that a bar that changes nothing of it makes no new one. */
export type RiskState = {
  /** Highest equity since the ledger began or the drawdown breaker was re-armed; moved by marks. */
  readonly peak: Money
  readonly day: AccountDay | null
  readonly losses: number
  readonly wins: number
  /** A breaker that is missing here was never written: it is closed in a new ledger and latched in an old one. */
  readonly breakers: Readonly<Partial<Record<BreakerName, BreakerRecord>>>
  /** Earliest time at which an open breaker may try again; null where none waits. So a bar compares one number. */
  readonly watchAt: number | null
  /** What other processes met, for the breakers that watch over it; until that breaker tries again or is re-armed. */
  readonly troubles: Readonly<Partial<Record<BreakerName, string>>>
  /** Positions that the venue counts otherwise, as the last statement had it. */
  readonly differences: readonly string[]
  /** Our clock against the venue's and against itself, when it was last written down; null is not measured. */
  readonly wallClock: { readonly skewMs: number | null; readonly jumpMs: number | null }
  /** Strategies that were stopped since the brain started. */
  readonly stoppedStrategies: readonly string[]
  /** Ended orders and calls to the venue, newest last, bounded. */
  readonly orderEnds: readonly { readonly at: number; readonly rejected: boolean }[]
  readonly calls: readonly { readonly at: number; readonly ok: number; readonly failed: number }[]
  readonly failedInRow: number
  /** Rows and bars where the window of bad data, and the one before it, began. */
  readonly rowBase: { readonly row: number; readonly sequence: number }
  readonly rowBaseBefore: { readonly row: number; readonly sequence: number }
  /** Bars were last missed in the ring; 0 where never. */
  readonly overrunBar: number
  readonly emotional: { readonly active: boolean; readonly since: number; readonly reason: string; readonly wins: number }
  readonly phase: PhaseRecord
  readonly degradation: { readonly level: Degradation; readonly since: number; readonly reason: string }
  readonly killSwitches: Readonly<Partial<Record<KillSwitchOrigin, { readonly at: number; readonly reason: string }>>>
  readonly watchlist: Watchlist | null
  readonly earnings: Earnings | null
}

/** Signals of one source. */
export type SourceTally = {
  readonly signals: number
  readonly approved: number
  readonly blocked: number
  readonly executed: number
  readonly expired: number
  readonly lastAt: number
}

/** `since` is when it came into this state, `at` when it was made. Kept until it is learned or expired. */
export type OpenSignal = {
  readonly symbol: string
  readonly strategy: string
  readonly state: SignalState
  readonly at: number
  readonly since: number
  readonly clientOrderId: string | null
}

export type State = {
  /** Last ledger sequence. */
  readonly sequence: number
  /** Prefix of client order ids: unlike for every ledger ever made. */
  readonly ledgerId: string
  readonly mode: Mode
  /** The feed's clock. */
  readonly clock: number
  readonly barSequence: number
  /** Newest row of the source; 0 where it has no rows. */
  readonly row: number
  /** Equity after the newest bar's mark; a fill since is not in it. Null where a position has no mark. */
  readonly markedEquity: Money | null
  readonly risk: RiskState
  readonly engine: { readonly state: EngineState; readonly desired: DesiredState; readonly reason: string; readonly since: number }
  readonly brain: 'absent' | 'ready' | 'failed'
  readonly cash: Money
  readonly realised: Money
  readonly fees: Money
  /** By instrument id. */
  readonly books: readonly Book[]
  readonly orders: Readonly<Record<string, OpenOrder>>
  readonly signals: Readonly<Record<string, OpenSignal>>
  /** Signals that may come twice after the brain died: id and bar, oldest first. */
  readonly recentSignals: readonly { readonly id: string; readonly barSequence: number }[]
  /** Executions of open orders, so that a fill told twice is booked once. */
  readonly executions: Readonly<Record<string, readonly string[]>>
  readonly signalCounts: Readonly<Record<SignalState, number>>
  readonly lastSignalAt: number | null
  readonly sources: Readonly<Record<string, SourceTally>>
  /** Seconds from making to execution of the newest executed signals, newest last, bounded. */
  readonly decays: readonly number[]
  readonly shadowOpen: number
  readonly tallies: Readonly<Record<string, GuardTally>>
  readonly counts: {
    readonly signals: number
    readonly approved: number
    readonly blocked: number
    readonly orders: number
    readonly submitted: number
    readonly fills: number
    readonly duplicates: number
    readonly illegalMoves: number
    readonly unknownSignals: number
    readonly shadows: number
    readonly shadowsSkipped: number
  }
  /** Last report of the venue that was taken in. */
  readonly venueSequence: number
}

export const emptyState = (options: {
  readonly ledgerId: string
  readonly mode: Mode
  readonly cash: Money
  readonly symbols: readonly string[]
}): State => ({
  sequence: 0,
  ledgerId: options.ledgerId,
  mode: options.mode,
  clock: 0,
  barSequence: 0,
  row: 0,
  markedEquity: options.cash,
  risk: emptyRisk(options.cash),
  engine: { state: 'starting', desired: 'running', reason: 'starting', since: 0 },
  brain: 'absent',
  cash: options.cash,
  realised: 0 as Money,
  fees: 0 as Money,
  books: options.symbols.map(emptyBook),
  orders: {},
  signals: {},
  recentSignals: [],
  executions: {},
  signalCounts: { generated: 0, evaluating: 0, approved: 0, blocked: 0, executing: 0, executed: 0, expired: 0, learned: 0 },
  lastSignalAt: null,
  sources: {},
  decays: [],
  shadowOpen: 0,
  tallies: {},
  counts: {
    signals: 0,
    approved: 0,
    blocked: 0,
    orders: 0,
    submitted: 0,
    fills: 0,
    duplicates: 0,
    illegalMoves: 0,
    unknownSignals: 0,
    shadows: 0,
    shadowsSkipped: 0,
  },
  venueSequence: 0,
})

export const emptyBook = (symbol: string): Book => ({
  symbol,
  state: 'FLAT',
  mark: null,
  markAt: null,
  timeframeMs: null,
  bars: 0,
  stats: emptyStats,
  hours: [],
  position: null,
  shadows: [],
  entries: null,
  lastExitAt: null,
  wantedExit: null,
})

export const emptyRisk = (cash: Money): RiskState => ({
  peak: cash,
  day: null,
  losses: 0,
  wins: 0,
  breakers: Object.fromEntries(BREAKERS.map((name) => [name, closedBreaker])),
  watchAt: null,
  troubles: {},
  differences: [],
  wallClock: { skewMs: null, jumpMs: null },
  stoppedStrategies: [],
  orderEnds: [],
  calls: [],
  failedInRow: 0,
  rowBase: { row: 0, sequence: 0 },
  rowBaseBefore: { row: 0, sequence: 0 },
  overrunBar: 0,
  emotional: { active: false, since: 0, reason: '', wins: 0 },
  phase: {
    now: 'experience',
    since: 0,
    sessions: 0,
    lastSession: '',
    trades: 0,
    wins: 0,
    won: 0 as Money,
    lost: 0 as Money,
    peak: cash,
    drawdown: 0,
  },
  degradation: { level: 'full', since: 0, reason: '' },
  killSwitches: {},
  watchlist: null,
  earnings: null,
})

export const closedBreaker: BreakerRecord = { state: 'closed', since: 0, reason: '', value: null, until: null, trips: [] }
