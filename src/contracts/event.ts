import { z } from 'zod'
import { SymbolState } from './account.ts'
import { DesiredState, EngineState } from './engine.ts'
import { Count, Mode, SymbolName, Timestamp } from './names.ts'
import { Order, OrderState } from './order.ts'
import { Decision, GuardResult, Signal, SignalId, SignalState } from './signal.ts'

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
  }),
  fact('orderIntended', {
    order: Order,
    stop: z.int().positive().nullable(),
    target: z.int().positive().nullable(),
    strategy: z.string(),
    /** Why, in the strategy's words or as the exit rule's name, and the names of the values it saw. */
    reasoning: z.string(),
    indicators: z.array(z.string()),
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
  fact('symbolStateChanged', { symbol: SymbolName, from: SymbolState, to: SymbolState, reason: z.string() }),
  fact('commandDone', {
    commandId: z.string(),
    command: z.string(),
    actor: z.string(),
    reason: z.string(),
    outcome: z.enum(['accepted', 'refused']),
    message: z.string(),
  }),
  /** A machine was asked for a move that its table does not have. Refused and counted, never ignored. */
  fact('illegalMoveRefused', { machine: z.enum(['engine', 'signal', 'order', 'symbol']), id: z.string(), from: z.string(), to: z.string() }),
])
export type EngineEvent = z.infer<typeof EngineEvent>
export type EventKind = EngineEvent['kind']

/** An event before it has its place in the ledger. */
export type Fact = EngineEvent extends infer E ? (E extends EngineEvent ? Omit<E, 'sequence' | 'at' | 'barSequence'> : never) : never
