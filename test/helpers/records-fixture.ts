import { AuditRecord } from '../../src/contracts/audit.ts'
import { SignalBusLine, SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import type { Records } from '../../tui/records/record.ts'
import { ShadowLine } from '../../tui/records/shadow-line.ts'
import type { RecordWindow } from '../../tui/records/window.ts'
import { FIXTURE_NOW } from './snapshot-fixture.ts'

export const windowOf = <Row>(rows: readonly Row[], path = '/aegis/eu-1/streams/x.jsonl'): RecordWindow<Row> => ({
  rows,
  source: { kind: 'reading', path },
  rejected: 0,
  evicted: 0,
  problem: null,
})

export const SIGNAL = 'BTCUSD_1795183320000_0123abcd'

/** A decision that some guards refused, or none of them. */
export const decisionFixture = (sequence: number, blocked = true): SignalDecisionLine =>
  SignalDecisionLine.parse({
    sequence,
    mode: 'simulate',
    event_type: 'signal_decision',
    signal_id: blocked ? SIGNAL : `ETHUSD_${1_795_183_320_000 + sequence}_89abcdef`,
    decision: blocked ? 'BLOCKED' : 'APPROVED',
    blocker_component: blocked ? 'grossExposure' : null,
    blocker_reason: blocked ? '61 % of equity would be at work, 60 % is the most' : null,
    blockers: blocked ? ['grossExposure', 'spread'] : [],
    guards: ['mode', 'breakers', 'grossExposure', 'spread', 'earnings'].map((guard) => ({
      guard,
      verdict: blocked && (guard === 'grossExposure' || guard === 'spread') ? 'block' : guard === 'earnings' ? 'abstain' : 'pass',
      class: guard === 'earnings' ? 'failOpen' : 'failClosed',
      value: guard === 'mode' ? 'simulate' : 0.61,
      limit: guard === 'mode' ? 'simulate' : 0.6,
      unit: 'ratio of equity',
      reason: 'what it saw, in a sentence',
      blocks: blocked && (guard === 'grossExposure' || guard === 'spread'),
    })),
    market_snapshot: {
      price: 61_118.5,
      spread: null,
      spread_bps: null,
      volume_24h: null,
      volatility: 0.004,
      regime: 'sideways',
      funding_rate: null,
      open_interest: null,
      timestamp: '2026-11-20T14:02:00.000Z',
    },
    signal_metadata: {
      id: blocked ? SIGNAL : `ETHUSD_${1_795_183_320_000 + sequence}_89abcdef`,
      symbol: blocked ? 'BTCUSD' : 'ETHUSD',
      side: 'long',
      strategy: 'sma-cross',
      barSequence: 10,
      at: FIXTURE_NOW - 1_000,
      price: 61_118.5,
      stop: 59_900,
      target: null,
      confidence: 0.82,
      reason: 'fast average crossed above the slow one',
      values: { fast: 61_000.123456, slow: 60_900 },
    },
    config_hash: 'c'.repeat(64),
    timestamp: '2026-11-20T14:02:00.000Z',
    ts: (FIXTURE_NOW - 1_000 - sequence) / 1_000,
  })

export const auditFixture = (sequence: number, event: AuditRecord['event'] = 'COMMAND'): AuditRecord =>
  AuditRecord.parse({
    sequence,
    time: '2026-11-20T13:58:40.123Z',
    event,
    actor: { kind: event === 'COMMAND' ? 'operator' : 'engine', uid: 1_001, name: 'maria', tty: 'pts/3', ssh: '10.0.4.9' },
    reason: 'exchange maintenance over',
    cause: 'command-1234',
    detail: { command: 'resume', outcome: 'accepted', 'before the resume': 'paused' },
    previous: 'a'.repeat(64),
    hash: 'b'.repeat(64),
  })

/** A fill of 5.10 in fees; a `net` of null is an entry, another one the exit of the same order. */
export const tradeFixture = (sequence: number, net: string | null, order = 'led-1'): TradeLine =>
  TradeLine.parse({
    timestamp: new Date(FIXTURE_NOW - 60_000 + sequence).toISOString(),
    symbol: 'BTCUSD',
    action: net === null ? 'BUY' : 'SELL',
    quantity: '0.16651',
    price: '61204.5',
    total_value: '10191.17',
    order_id: order,
    execution_mode: 'PAPER_SIM',
    account_id: 'eu-1',
    strategy_name: 'sma-cross',
    entry_type: 'market',
    stop_loss: '59900',
    target: null,
    decision_reasoning: 'crossing',
    indicators_used: ['fast'],
    risk_reward_ratio: null,
    outcome: net === null ? 'open' : Number(net) > 0 ? 'win' : 'loss',
    profit_loss: net,
    hold_duration_seconds: net === null ? null : 60,
    exit_timestamp: net === null ? null : new Date(FIXTURE_NOW).toISOString(),
    exit_reasoning: net === null ? null : 'target',
    slippage: '1.2',
    commission: '5.1',
    net_profit_loss: net,
    session_id: 's',
    bot_version: '0.1.0',
    config_hash: 'c'.repeat(64),
    sequence,
    execution_id: `x-${sequence}`,
    parent_order_id: null,
  })

/** A closed trade, newest fill first: its exit's net, and before it the entry. */
export const closedFixture = (sequence: number, net: string): readonly TradeLine[] => [
  tradeFixture(sequence, net, `led-${sequence}`),
  tradeFixture(sequence - 1, null, `led-${sequence}`),
]

const moveFixture = (sequence: number): SignalBusLine =>
  SignalBusLine.parse({
    sequence,
    mode: 'simulate',
    event_type: 'state_change',
    event_id: 'e',
    signal_id: SIGNAL,
    old_state: 'blocked',
    new_state: 'learned',
    ts: FIXTURE_NOW / 1_000,
    timestamp: new Date(FIXTURE_NOW).toISOString(),
    reason: 'shadow trade closed: stop',
    metadata: { symbol: 'BTCUSD', bar_sequence: 10 },
  })

const shadowFixture = (): ShadowLine =>
  ShadowLine.parse({
    signal_id: SIGNAL,
    symbol: 'BTCUSD',
    pnl: '-12.5',
    pnl_pct: -0.0021,
    hold_time_seconds: 1_260,
    was_profitable: false,
    original_decision: 'BLOCKED',
    blocker_component: 'grossExposure',
    ts: FIXTURE_NOW / 1_000,
  })

/** Something in every file. */
export const recordsFixture = (): Records => ({
  decisions: windowOf([decisionFixture(3), decisionFixture(2, false), decisionFixture(1)]),
  moves: windowOf([moveFixture(9)]),
  trades: windowOf([...closedFixture(8, '-7.25'), ...closedFixture(6, '33.5')]),
  audit: windowOf([auditFixture(3), auditFixture(2, 'CHILD_STUCK'), auditFixture(1, 'BOT_START')]),
  shadows: windowOf([shadowFixture()]),
  equity: windowOf([]),
  cycles: windowOf([]),
})
