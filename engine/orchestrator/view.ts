import type { AccountView, OrderView, PositionView } from '../../src/contracts/account.ts'
import { type BreakerView, KILL_SWITCHES } from '../../src/contracts/breaker.ts'
import type { Order } from '../../src/contracts/order.ts'
import type { RiskView } from '../../src/contracts/snapshot.ts'
import { money } from '../../src/units.ts'
import { breakerStatuses } from '../core/breakers/status.ts'
import { degradationFactor } from '../core/controls/degradation.ts'
import { emotionalFactor } from '../core/controls/emotional.ts'
import { gateOf } from '../core/controls/phases.ts'
import { isLocked } from '../core/controls/profit-lock.ts'
import { equityOf, unrealisedOf } from '../core/equity.ts'
import { moneyText, priceText, quantityText, type Scale } from '../core/money.ts'
import type { Rules } from '../core/rules.ts'
import type { State } from '../core/state.ts'

/** The core's integers as the decimals that people read. Null stays null: unknown is never shown as zero. */

export const accountView = (rules: Rules, state: State, currency: string): AccountView => {
  const equity = equityOf(rules.scales, state)
  const unrealised = state.books.map((book, id) => {
    const scale = rules.scales[id]
    return scale === undefined ? null : unrealisedOf(scale, book)
  })
  const sum = unrealised.reduce<number | null>((total, part) => (total === null || part === null ? null : total + part), 0)
  return {
    currency,
    cash: moneyText(state.cash),
    equity: equity === null ? null : moneyText(equity),
    realised: moneyText(state.realised),
    unrealised: sum === null ? null : moneyText(sum),
    fees: moneyText(state.fees),
  }
}

export const positionViews = (rules: Rules, state: State): PositionView[] =>
  state.books.flatMap((book, id) => {
    const scale = rules.scales[id]
    const position = book.position
    if (scale === undefined || position === null) return []
    const unrealised = unrealisedOf(scale, book)
    const optional = (ticks: number | null): string | null => (ticks === null ? null : priceText(scale, ticks))
    return [
      {
        symbol: book.symbol,
        side: position.side,
        state: book.state,
        quantity: quantityText(scale, position.quantity),
        entryPrice: averagePrice(scale, position.cost, position.quantity),
        markPrice: optional(book.mark),
        markAt: book.markAt,
        unrealised: unrealised === null ? null : moneyText(unrealised),
        unrealisedRatio: unrealised === null ? null : unrealised / position.cost,
        stop: optional(position.stop),
        firstStop: optional(position.firstStop),
        target: optional(position.target),
        strategy: position.strategy,
        signalId: position.signalId,
        openedAt: position.openedAt,
      },
    ]
  })

/** For show only: the exact amounts are cost and quantity. */
const averagePrice = (scale: Scale, cost: number, lots: number): string => {
  const ticks = (cost * scale.valueDenominator) / (lots * scale.valueNumerator)
  return priceText(scale, Math.round(ticks))
}

/** To the nearest tick: the sum of several fills is exact, and may be too great for a double. */
const averageTicks = ({ filledValue, filled }: Order): number => Number((BigInt(filledValue) * 2n + BigInt(filled)) / (BigInt(filled) * 2n))

export const orderView = (rules: Rules, order: Order): OrderView => {
  const scale = rules.scales.find((candidate) => candidate.symbol === order.symbol)
  const quantity = (lots: number): string => (scale === undefined ? String(lots) : quantityText(scale, lots))
  const average = order.filled === 0 || scale === undefined ? null : priceText(scale, averageTicks(order))
  return {
    clientOrderId: order.clientOrderId,
    signalId: order.signalId,
    symbol: order.symbol,
    side: order.side,
    purpose: order.purpose,
    reason: order.reason,
    state: order.state,
    quantity: quantity(order.quantity),
    filled: quantity(order.filled),
    averagePrice: average,
    fee: moneyText(order.fee),
    intendedAt: order.intendedAt,
    updatedAt: order.updatedAt,
  }
}

/** What risk is judged by. */
export const riskView = (rules: Rules, state: State): RiskView => {
  const { day, peak, losses, wins, emotional, phase, degradation, killSwitches } = state.risk
  const equity = equityOf(rules.scales, state)
  const gate = gateOf(rules, phase.now, phase)
  const since = (at: number): number | null => (at === 0 ? null : at)
  return {
    day:
      day === null
        ? null
        : {
            day: day.day,
            endsAt: day.endsAt,
            equity: day.equity === null ? null : moneyText(day.equity),
            profit: day.equity === null || equity === null ? null : moneyText(money(equity - day.equity)),
            best: moneyText(day.best),
            orders: day.orders,
            entries: day.entries,
          },
    peak: moneyText(peak),
    drawdown: equity === null || peak <= 0 ? null : Math.max(0, (peak - equity) / peak),
    losses,
    wins,
    emotional: {
      active: emotional.active,
      since: since(emotional.since),
      reason: emotional.reason,
      factor: emotionalFactor(rules, state),
      wins: emotional.wins,
      winsNeeded: rules.controls.emotional.wins,
    },
    profitLock: { locked: isLocked(state), target: rules.controls.profitLock.target, giveBack: rules.controls.profitLock.giveBack },
    phase: {
      now: phase.now,
      since: since(phase.since),
      next: gate.to,
      gatePassed: gate.passed,
      failures: [...gate.failures],
      metrics: { ...gate.metrics },
    },
    degradation: {
      level: degradation.level,
      since: since(degradation.since),
      reason: degradation.reason,
      factor: degradationFactor(rules, state),
    },
    killSwitches: KILL_SWITCHES.flatMap((origin) => {
      const thrown = killSwitches[origin]
      return thrown === undefined ? [] : [{ origin, ...thrown }]
    }),
  }
}

/** The supervisor's latches and the core's breakers: each says whether entries are refused because of it, since when, and who lets go of it. */
export const breakerViews = (rules: Rules, state: State, now: number): BreakerView[] => {
  const latch = (name: string, shut: boolean): BreakerView => ({
    name,
    state: shut ? 'latched' : 'closed',
    reason: shut ? state.engine.reason : '',
    since: shut ? state.engine.since : null,
    value: null,
    limit: null,
    distance: null,
    until: null,
    unit: '',
    trips: null,
    needsPerson: true,
  })
  return [latch('halt', state.engine.desired === 'halted'), latch('safe', state.engine.desired === 'safe'), ...breakerStatuses(rules, state, now)]
}
