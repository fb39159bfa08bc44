import { z } from 'zod'
import { SymbolState } from './account.ts'
import { BreakerName, BreakerState, Degradation, KillSwitchOrigin } from './breaker.ts'
import { DesiredState, EngineState } from './engine.ts'
import { Count, Mode, SymbolName, Timestamp } from './names.ts'
import { Order, OrderState } from './order.ts'
import { Earnings, Watchlist } from './reference.ts'
import { Phase } from './rules.ts'
import { ShadowOutcome, ShadowTrade } from './shadow.ts'
import { Decision, GuardResult, MarketSeen, Signal, SignalId, SignalState } from './signal.ts'

/**
 * Every fact the engine can record. `sequence` counts all events of a ledger from 1 without holes; `at` is the feed's clock.
 * The state is these facts folded, with the tape's bars as marks between them.
 */
const fact = <Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) =>
  z.strictObject({ kind: z.literal(kind), sequence: z.int().positive(), at: Timestamp, barSequence: Count, ...shape })

export const EngineEvent = z.discriminatedUnion('kind', [
  fact('desiredChanged', { desired: DesiredState, reason: z.string(), actor: z.string(), commandId: z.string().nullable() }),
  fact('engineStateChanged', { from: EngineState, to: EngineState, reason: z.string() }),
  /** The orchestrator began again: what was in flight then is unknown until the venue says. */
  fact('orchestratorStarted', { mode: Mode, configHash: z.string(), unknownOrders: z.array(z.string()) }),
  fact('brainStateChanged', { to: z.enum(['absent', 'ready', 'failed']), reason: z.string() }),
  fact('brainStarted', { warmFrom: Count, liveFrom: Count, strategies: z.array(z.string()) }),
  fact('strategyStopped', { strategy: z.string(), symbol: z.string().nullable(), reason: z.string() }),
  fact('signalReceived', { signal: Signal }),
  fact('signalDuplicated', { signalId: SignalId }),
  fact('signalStateChanged', { signalId: SignalId, symbol: SymbolName, from: SignalState, to: SignalState, reason: z.string() }),
  fact('signalDecided', {
    signalId: SignalId,
    symbol: SymbolName,
    decision: Decision,
    blocker: z.string().nullable(),
    blockerReason: z.string().nullable(),
    blockers: z.array(z.string()),
    guards: z.array(GuardResult),
    signal: Signal,
    /** What was seen of the market at that moment; null where it was not observed. */
    market: MarketSeen,
    /** Value of the entry as it was sized, in money; null where it had no size. */
    notional: z.int().nullable(),
  }),
  fact('orderIntended', {
    order: Order,
    stop: z.int().positive().nullable(),
    target: z.int().positive().nullable(),
    strategy: z.string(),
    /** Why, in the strategy's words or as the exit rule's name, and the names of the values it saw. */
    reasoning: z.string(),
    indicators: z.array(z.string()),
    /** For an entry: the exchange day that it is counted in. */
    entryDay: z.string().nullable(),
  }),
  fact('orderStateChanged', {
    clientOrderId: z.string(),
    symbol: SymbolName,
    from: OrderState,
    to: OrderState,
    reason: z.string(),
    venueOrderId: z.string().nullable(),
    venueSequence: Count,
  }),
  fact('orderFilled', {
    clientOrderId: z.string(),
    executionId: z.string(),
    venueSequence: Count,
    order: Order,
    quantity: z.int().positive(),
    price: z.int().positive(),
    /** Value of this fill in money, rounded against us. */
    notional: z.int(),
    fee: z.int(),
    complete: z.boolean(),
    /** For an exit: what this fill booked before fees; null for an entry. */
    realised: z.int().nullable(),
    /** For an exit: how long the position had been open, data time. */
    heldMs: z.number().nullable(),
    strategy: z.string(),
    reasoning: z.string(),
    indicators: z.array(z.string()),
    stop: z.int().nullable(),
    target: z.int().nullable(),
    /** Entry order of the position that this fill belongs to. */
    entryOrderId: z.string(),
  }),
  fact('fillDuplicated', { clientOrderId: z.string(), executionId: z.string() }),
  /** The venue was asked again what became of an order; `tries` counts these times, not the one at the start. */
  fact('orderAsked', { clientOrderId: z.string(), symbol: SymbolName, tries: Count }),
  fact('symbolStateChanged', { symbol: SymbolName, from: SymbolState, to: SymbolState, reason: z.string() }),
  fact('commandDone', {
    commandId: z.string(),
    command: z.string(),
    actor: z.string(),
    reason: z.string(),
    outcome: z.enum(['accepted', 'refused']),
    message: z.string(),
  }),
  /** The exchange day of a calendar began: counters of the day start again. `equity` is null while a position has no mark. */
  fact('dayRolled', { calendar: z.string(), day: z.string(), from: z.string().nullable(), equity: z.int().nullable(), realised: z.int() }),
  /** A breaker moved. Written before anything acts on it. `actor` is null where no person did it. */
  fact('breakerMoved', {
    breaker: BreakerName,
    from: BreakerState,
    to: BreakerState,
    value: z.number().nullable(),
    limit: z.number().nullable(),
    unit: z.string(),
    reason: z.string(),
    actor: z.string().nullable(),
    /** When it tries again by itself. */
    until: Timestamp.nullable(),
    /** Equity at that moment: where a person re-arms, losses count from here. */
    equity: z.int().nullable(),
  }),
  fact('emotionalChanged', {
    active: z.boolean(),
    reason: z.string(),
    actor: z.string().nullable(),
    equity: z.int().nullable(),
    losses: Count,
    wins: Count,
  }),
  fact('profitLockChanged', { locked: z.boolean(), reason: z.string(), best: z.int(), day: z.int() }),
  fact('phaseChanged', {
    from: Phase,
    to: Phase,
    reason: z.string(),
    actor: z.string(),
    /** Whether the gate's conditions held; a person may move without them, and that stands here. */
    gatePassed: z.boolean(),
    failures: z.array(z.string()),
    metrics: z.record(z.string(), z.number().nullable()),
  }),
  fact('degradationChanged', { from: Degradation, to: Degradation, reason: z.string(), actor: z.string().nullable() }),
  fact('killSwitchChanged', { origin: KillSwitchOrigin, on: z.boolean(), reason: z.string(), actor: z.string().nullable() }),
  /** The settings were read again. One entry for each value that is another now. */
  fact('rulesChanged', {
    configHash: z.string(),
    actor: z.string(),
    reason: z.string(),
    changes: z.array(z.strictObject({ path: z.string(), from: z.unknown(), to: z.unknown() })),
  }),
  /** Lists from files that guards look at; null where there is none. */
  fact('referencesRead', { watchlist: Watchlist.nullable(), earnings: Earnings.nullable(), problems: z.array(z.string()) }),
  /** A position is over: everything that it was, for streaks, gates and reports. Money in millionths. */
  fact('tradeClosed', {
    entryOrderId: z.string(),
    signalId: SignalId.nullable(),
    symbol: SymbolName,
    side: z.enum(['long', 'short']),
    strategy: z.string(),
    quantity: z.int().positive(),
    /** What was put in, and what came of it after the fees of both sides. */
    cost: z.int(),
    net: z.int(),
    fees: z.int(),
    /** First risk: distance to the first stop times quantity; null without a stop. */
    risk: z.int().nullable(),
    openedAt: Timestamp,
    /** Equity after it; null while a mark is missing. */
    equity: z.int().nullable(),
    reason: z.string(),
  }),
  /** What a stop did, in the older systems' words. */
  fact('stopEvent', {
    type: z.enum([
      'STOP_RESOLVED',
      'STOP_RATCHET',
      'STOP_INVALID_SKIPPED',
      'STOP_TOO_CLOSE_SKIPPED',
      'STOP_TOO_EARLY_SKIPPED',
      'STOP_SKIP_HELD',
      'STOP_SUBMIT_BLOCKED',
    ]),
    symbol: SymbolName,
    entryOrderId: z.string(),
    strategy: z.string(),
    signalId: SignalId.nullable(),
    quantity: z.int().positive(),
    price: z.int().positive().nullable(),
    from: z.int().positive().nullable(),
    to: z.int().positive().nullable(),
    /** initial, breakEven, partial, trailing … */
    basis: z.string(),
    reason: z.string(),
  }),
  /** A position that nothing protects, or protected again. */
  fact('protectionChanged', { symbol: SymbolName, unprotectedSince: Timestamp.nullable(), reason: z.string() }),
  /** The venue's record was held against ours. */
  fact('reconciled', { venueSequence: Count, differences: z.array(z.string()) }),
  fact('venueCallsSeen', { ok: Count, failed: Count, reason: z.string().nullable() }),
  fact('clockChecked', { skewMs: z.number().nullable(), jumpMs: z.number().nullable() }),
  fact('overrunSeen', { bars: Count }),
  /** What another process met, for the breakers that watch over it. */
  fact('troubleSeen', { breaker: BreakerName, reason: z.string() }),
  /** A decided signal is traded on paper beside the account. */
  fact('shadowOpened', { shadow: ShadowTrade }),
  fact('shadowClosed', { shadow: ShadowTrade, outcome: ShadowOutcome }),
  /** No shadow trade was opened, and why. */
  fact('shadowSkipped', { signalId: SignalId, reason: z.string() }),
  /** A report or a transition named a signal that nobody knows. Counted, never ignored. */
  fact('unknownSignal', { signalId: z.string(), where: z.string() }),
  /** A machine was asked for a move that its table does not have. Refused and counted, never ignored. */
  fact('illegalMoveRefused', { machine: z.enum(['engine', 'signal', 'order', 'symbol']), id: z.string(), from: z.string(), to: z.string() }),
])
export type EngineEvent = z.infer<typeof EngineEvent>
export type EventKind = EngineEvent['kind']

/** An event before it has its place in the ledger. */
export type Fact = EngineEvent extends infer E ? (E extends EngineEvent ? Omit<E, 'sequence' | 'at' | 'barSequence'> : never) : never
