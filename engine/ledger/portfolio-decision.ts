import { dayIn } from '../../src/calendar.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Order } from '../../src/contracts/order.ts'
import type { PortfolioDecisionLine } from '../../src/contracts/stream.ts'
import { sha256 } from '../../src/hash.ts'
import { priceText, quantityText } from '../core/money.ts'
import { EXECUTION_MODE, type StreamContext } from './stream-lines.ts'

/** Cycles without a signal, an order or a fill decided nothing of the portfolio. */
export const isMaterial = ({ signals, orders, fills }: Cycle): boolean => signals + orders + fills > 0

/** One cycle as a decision over the portfolio: made from what the ledger has of it alone, so a line written again is the same line. */
export const portfolioDecision = (context: StreamContext, cycle: Cycle, events: readonly EngineEvent[]): PortfolioDecisionLine => {
  const decided = events.filter((event) => event.kind === 'signalDecided')
  const refused = decided.filter(({ decision }) => decision !== 'APPROVED')
  const orders = events.flatMap((event) => (event.kind === 'orderIntended' ? [event.order] : []))
  const moved = (to: string): ReadonlySet<string> =>
    new Set(events.flatMap((event) => (event.kind === 'orderStateChanged' && event.to === to ? [event.clientOrderId] : [])))
  const denied = moved('denied')
  return {
    sequence: cycle.sequence,
    mode: context.mode,
    schema_version: '1.0',
    decision_id: sha256(`${context.ledgerId}:${cycle.number}`),
    ts_utc: new Date(cycle.at).toISOString(),
    ny_date: dayIn('America/New_York', cycle.feedAt ?? cycle.at),
    cycle: {
      number: cycle.number,
      service_name: 'orchestrator',
      trigger: cycle.trigger,
      duration_ms: cycle.durationMs,
      result: cycle.result,
    },
    mode_detail: { execution_mode: EXECUTION_MODE[context.mode], dry_run_forced: context.mode === 'dry-run' },
    inputs: {
      bars: cycle.bars === null ? 0 : cycle.bars.to - cycle.bars.from + 1,
      signals: events.flatMap((event) => (event.kind === 'signalReceived' ? [event.signal.id] : [])),
      config_hash: context.configHash,
    },
    intents: {
      intent_count: orders.length,
      intents: orders.map((order) => ({ ...sized(context, order), ref_price: priceOf(context, order) })),
    },
    intents_meta: {
      entry_rejections: {
        candidates_seen: decided.length,
        accepted: decided.length - refused.length,
        rejected: refused.length,
        reason_counts: countsOf(refused.flatMap(({ blockers }) => blockers)),
        rejected_symbols: [...new Set(refused.map(({ symbol }) => symbol))],
      },
    },
    gates: { blocks: refused.map(({ blocker, blockerReason }) => ({ code: blocker ?? 'unknown', message: blockerReason ?? '' })) },
    actions: {
      submitted_orders: orders
        .filter(({ clientOrderId }) => !denied.has(clientOrderId))
        .map((order) => ({
          ...sized(context, order),
          order_type: order.type,
          client_order_id: order.clientOrderId,
          intent_id: order.signalId,
          purpose: order.purpose,
        })),
      skipped: refused.map(({ symbol, blocker }) => ({ symbol, reason: blocker ?? 'unknown' })),
      errors: events.flatMap((event) => {
        if (event.kind === 'illegalMoveRefused')
          return [{ where: event.machine, message: `${event.id}: ${event.from} to ${event.to} is no legal move` }]
        if (event.kind === 'venueCallsSeen' && event.failed > 0) return [{ where: 'venue', message: event.reason ?? `${event.failed} calls failed` }]
        if (event.kind === 'orderStateChanged' && event.to === 'rejected')
          return [{ where: 'venue', message: `${event.clientOrderId}: ${event.reason}` }]
        return []
      }),
    },
  }
}

const scaleOf = (context: StreamContext, symbol: string) => context.scales.find((candidate) => candidate.symbol === symbol)

const sized = (context: StreamContext, { symbol, side, quantity }: Order) => {
  const scale = scaleOf(context, symbol)
  return { symbol, side, qty: scale === undefined ? String(quantity) : quantityText(scale, quantity) }
}

const priceOf = (context: StreamContext, { symbol, decisionPrice }: Order): string => {
  const scale = scaleOf(context, symbol)
  return scale === undefined ? String(decisionPrice) : priceText(scale, decisionPrice)
}

const countsOf = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
