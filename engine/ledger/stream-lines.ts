import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Mode } from '../../src/contracts/names.ts'
import type { ExitEventLine, ShadowTradeLine, SignalBusLine, SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import { sha256 } from '../../src/hash.ts'
import type { Money, Price, Quantity } from '../../src/units.ts'
import { moneyText, notional, priceText, quantityText, type Scale } from '../core/money.ts'

/** What the lines say besides the event itself. */
export type StreamContext = {
  readonly mode: Mode
  readonly account: string
  readonly ledgerId: string
  readonly sessionId: string
  readonly version: string
  readonly configHash: string
  readonly scales: readonly Scale[]
}

type Of<Kind extends EngineEvent['kind']> = Extract<EngineEvent, { kind: Kind }>

const iso = (at: number): string => new Date(at).toISOString()
const seconds = (at: number): number => at / 1_000

/** Made from the ledger and its sequence, so a line written again has the same id. */
const eventId = (context: StreamContext, sequence: number): string => {
  const hex = sha256(`${context.ledgerId}:${sequence}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** What `signal_bus.jsonl` is made of. */
export const BUS_KINDS = ['signalReceived', 'signalStateChanged'] as const

/** `signal_bus.jsonl`: a signal made, or one that moved; null for any other event. */
export const busLine = (context: StreamContext, event: EngineEvent): SignalBusLine | null => {
  if (event.kind !== 'signalReceived' && event.kind !== 'signalStateChanged') return null // an id is a hash, and most facts need none
  const head = {
    sequence: event.sequence,
    mode: context.mode,
    event_id: eventId(context, event.sequence),
    ts: seconds(event.at),
    timestamp: iso(event.at),
  }
  if (event.kind === 'signalReceived') {
    return {
      ...head,
      event_type: 'signal_generated',
      signal_id: event.signal.id,
      source: event.signal.strategy,
      signal: event.signal,
      state: 'generated',
    }
  }
  return {
    ...head,
    event_type: 'state_change',
    signal_id: event.signalId,
    old_state: event.from,
    new_state: event.to,
    reason: event.reason,
    metadata: { symbol: event.symbol, bar_sequence: event.barSequence },
  }
}

/** `signal_decisions.jsonl`. What nobody observed stays null. */
export const decisionLine = (context: StreamContext, event: Of<'signalDecided'>): SignalDecisionLine => ({
  sequence: event.sequence,
  mode: context.mode,
  event_type: 'signal_decision',
  signal_id: event.signalId,
  decision: event.decision,
  blocker_component: event.blocker,
  blocker_reason: event.blockerReason,
  blockers: event.blockers,
  guards: event.guards,
  market_snapshot: {
    price: event.market.price === null ? null : Number(event.market.price),
    spread: null, // candles have none
    spread_bps: null,
    volume_24h: event.market.volume24h,
    volatility: event.market.volatility,
    regime: event.market.regime,
    funding_rate: null,
    open_interest: null,
    timestamp: iso(event.market.priceAt ?? event.at),
  },
  signal_metadata: event.signal,
  config_hash: context.configHash,
  timestamp: iso(event.at),
  ts: seconds(event.at),
})

/** `shadow_trade_outcomes.jsonl`: a shadow trade that ended. */
export const shadowLine = (context: StreamContext, { sequence, at, shadow, outcome }: Of<'shadowClosed'>): ShadowTradeLine => {
  const scale = scaleOf(context, shadow.symbol)
  const text = (ticks: number | null): string | null => (ticks === null ? null : priceText(scale, ticks))
  const filled = outcome.entryPrice !== null
  return {
    sequence,
    mode: context.mode,
    event_type: 'shadow_trade_outcome',
    signal_id: shadow.signalId,
    shadow_trade_id: shadow.shadowId,
    symbol: shadow.symbol,
    direction: shadow.side === 'long' ? 'LONG' : 'SHORT',
    entry_price: text(outcome.entryPrice),
    exit_price: text(outcome.exitPrice),
    exit_timestamp: iso(outcome.exitedAt),
    pnl: filled ? moneyText(outcome.pnl) : null,
    pnl_pct: outcome.pnlRatio,
    hold_time_seconds: outcome.enteredAt === null ? null : seconds(outcome.exitedAt - outcome.enteredAt),
    was_profitable: filled ? outcome.pnl > 0 : null,
    original_decision: shadow.decision,
    blocker_component: shadow.blocker,
    timestamp: iso(at),
    ts: seconds(at),
    strategy: shadow.strategy,
    blockers: shadow.blockers,
    profile: shadow.profile,
    quantity: quantityText(scale, shadow.quantity),
    decision_price: priceText(scale, shadow.decisionPrice),
    decision_timestamp: iso(shadow.decidedAt),
    fees: moneyText(outcome.fees),
    slippage: moneyText(outcome.slippage),
    exit_reason: outcome.reason,
    path: { best: outcome.bestRatio, worst: outcome.worstRatio },
  }
}

const scaleOf = (context: StreamContext, symbol: string): Scale => {
  const scale = context.scales.find((candidate) => candidate.symbol === symbol)
  if (scale === undefined) throw new Error(`no scale for ${symbol}`)
  return scale
}

/** The older systems' words for our modes. */
export const EXECUTION_MODE: Record<Mode, string> = { 'dry-run': 'DRY_RUN', simulate: 'PAPER_SIM', paper: 'PAPER', live: 'LIVE', manual: 'MANUAL' }

/** `trades/<date>.jsonl`: one record a fill. An exit carries the entry's order id in `order_id`, as the older record did, and its own in `execution_id`. */
export const tradeLine = (context: StreamContext, event: Of<'orderFilled'>): TradeLine => {
  const scale = scaleOf(context, event.order.symbol)
  const exiting = event.order.purpose === 'exit'
  const text = (ticks: number | null): string | null => (ticks === null ? null : priceText(scale, ticks))
  const net = event.realised === null ? null : event.realised - event.fee
  return {
    timestamp: iso(event.at),
    symbol: event.order.symbol,
    action: event.order.side === 'buy' ? 'BUY' : 'SELL',
    quantity: quantityText(scale, event.quantity),
    price: priceText(scale, event.price),
    total_value: moneyText(event.notional),
    order_id: event.entryOrderId,
    execution_mode: EXECUTION_MODE[context.mode],
    account_id: context.account,
    strategy_name: event.strategy,
    entry_type: event.order.type,
    stop_loss: text(event.stop),
    target: text(event.target),
    decision_reasoning: event.reasoning,
    indicators_used: event.indicators,
    risk_reward_ratio: riskReward(event),
    outcome: net === null ? 'open' : net > 0 ? 'win' : net < 0 ? 'loss' : 'breakeven',
    profit_loss: event.realised === null ? null : moneyText(event.realised),
    hold_duration_seconds: event.heldMs === null ? null : Math.round(event.heldMs / 1_000),
    exit_timestamp: exiting ? iso(event.at) : null,
    exit_reasoning: exiting ? event.order.reason : null,
    slippage: moneyText(slippageOf(scale, event)),
    commission: moneyText(event.fee),
    net_profit_loss: net === null ? null : moneyText(net),
    session_id: context.sessionId,
    bot_version: context.version,
    config_hash: context.configHash,
    sequence: event.sequence,
    execution_id: event.executionId,
    parent_order_id: exiting ? event.clientOrderId : null,
  }
}

/** Reward to risk as planned at the fill: distance to the target over distance to the stop. */
const riskReward = ({ stop, target, price }: Of<'orderFilled'>): number | null => {
  if (stop === null || target === null || stop === price) return null
  return Math.round((Math.abs(target - price) / Math.abs(price - stop)) * 10_000) / 10_000
}

/** Money lost to a price worse than the one decided on; negative where it was better. */
const slippageOf = (scale: Scale, event: Of<'orderFilled'>): Money => {
  const worse = event.order.side === 'buy' ? event.price - event.order.decisionPrice : event.order.decisionPrice - event.price
  const value = notional(scale, Math.abs(worse) as Price, event.quantity as Quantity, 'up')
  return (worse < 0 ? -value : value) as Money
}

export const EXIT_KINDS = ['stopEvent', 'orderFilled'] as const

/** `ledger/EXIT_EVENTS/<date>.jsonl`: null for what is no exit. */
export const exitLine = (context: StreamContext, event: EngineEvent): ExitEventLine | null => {
  if (event.kind === 'stopEvent') return stopLine(context, event)
  return event.kind === 'orderFilled' && event.order.purpose === 'exit' ? exitFillLine(context, event) : null
}

const stopLine = (context: StreamContext, event: Of<'stopEvent'>): ExitEventLine => {
  const scale = scaleOf(context, event.symbol)
  const text = (ticks: number | null): string | null => (ticks === null ? null : priceText(scale, ticks))
  const moved = event.type === 'STOP_RESOLVED' || event.type === 'STOP_RATCHET'
  return {
    ...exitHead(context, event),
    event_type: event.type,
    symbol: event.symbol,
    position_id: event.entryOrderId,
    trade_id: event.signalId,
    entry_ts_utc: null,
    entry_ts_ny: null,
    exit_ts_utc: null,
    exit_ts_ny: null,
    qty: quantityText(scale, event.quantity),
    price: text(event.price),
    stop_price: text(event.to),
    stop_basis: event.basis,
    stop_action: moved ? (event.from === null ? 'set' : 'raise') : 'skip',
    reason: event.reason,
    strategy_id: event.strategy,
    metadata: { from: text(event.from), bar_sequence: event.barSequence },
  }
}

const exitFillLine = (context: StreamContext, event: Of<'orderFilled'>): ExitEventLine => {
  const scale = scaleOf(context, event.order.symbol)
  const entryAt = event.heldMs === null ? null : event.at - event.heldMs
  return {
    ...exitHead(context, event),
    event_type: event.complete ? 'EXIT_FILLED' : 'EXIT_PARTIALLY_FILLED',
    symbol: event.order.symbol,
    position_id: event.entryOrderId,
    trade_id: event.order.signalId,
    entry_ts_utc: entryAt === null ? null : iso(entryAt),
    entry_ts_ny: entryAt === null ? null : newYork(entryAt),
    exit_ts_utc: iso(event.at),
    exit_ts_ny: newYork(event.at),
    qty: quantityText(scale, event.quantity),
    price: priceText(scale, event.price),
    stop_price: event.stop === null ? null : priceText(scale, event.stop),
    stop_basis: null,
    stop_action: 'none',
    reason: event.order.reason,
    strategy_id: event.strategy,
    metadata: {
      order_id: event.clientOrderId,
      execution_id: event.executionId,
      realised: event.realised === null ? null : moneyText(event.realised),
      fee: moneyText(event.fee),
    },
  }
}

const exitHead = (context: StreamContext, event: EngineEvent) => ({
  sequence: event.sequence,
  mode: context.mode,
  schema_version: 1 as const,
  event_id: eventId(context, event.sequence),
  ts_utc: iso(event.at),
  source: 'engine' as const,
  sleeve_id: null,
})

const NEW_YORK = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/New_York', dateStyle: 'short', timeStyle: 'medium' })
/** Wall time in New York, ISO 8601 without a zone. */
const newYork = (at: number): string => NEW_YORK.format(at).replace(' ', 'T')
