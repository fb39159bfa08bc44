import type { OrderState } from '../../src/contracts/order.ts'
import { type CalendarName, exchangeDayOf } from '../../src/exchange-calendar.ts'
import { money, type Price } from '../../src/units.ts'
import { forgiven } from './breakers/forgive.ts'
import { type Appliers, bookOf, withBook, withRisk } from './fold.ts'
import type { AccountDay, PhaseRecord, RiskState, State } from './state.ts'

const DAY_MS = 86_400_000
/** Trips, ended orders and calls that are remembered for the windows of the breakers. */
const TRIPS_KEPT = 100
const ORDER_ENDS_KEPT = 1_000
const CALLS_KEPT = 1_000

/** Counters of the account's day with one more order. An order of no day is counted from the next one on. */
const withDay = (state: State, change: (day: AccountDay) => AccountDay): State =>
  state.risk.day === null ? state : withRisk(state, { day: change(state.risk.day) })

/** An entry was intended: its symbol's day has one more. */
export const withEntry = (state: State, symbol: string, day: string | null): State => {
  const book = bookOf(state, symbol)
  const count = book.entries !== null && book.entries.day === day ? book.entries.count + 1 : 1
  const entered = day === null ? state : withBook(state, { ...book, entries: { day, count } })
  return withDay(entered, (account) => ({ ...account, entries: account.entries + 1 }))
}

export const withOrderSent = (state: State): State => withDay(state, (day) => ({ ...day, orders: day.orders + 1 }))

const ENDS: Partial<Record<OrderState, boolean>> = { filled: false, cancelled: false, expired: false, rejected: true }

/** An order ended: whether the venue refused it counts for the breaker of rejects. */
export const withOrderEnd = (state: State, to: OrderState, at: number): State => {
  const rejected = ENDS[to]
  return rejected === undefined ? state : withRisk(state, { orderEnds: [...state.risk.orderEnds, { at, rejected }].slice(-ORDER_ENDS_KEPT) })
}

type RiskKinds =
  | 'dayRolled'
  | 'breakerMoved'
  | 'emotionalChanged'
  | 'profitLockChanged'
  | 'phaseChanged'
  | 'degradationChanged'
  | 'killSwitchChanged'
  | 'rulesChanged'
  | 'referencesRead'
  | 'tradeClosed'
  | 'stopEvent'
  | 'protectionChanged'
  | 'reconciled'
  | 'venueCallsSeen'
  | 'clockChecked'
  | 'overrunSeen'
  | 'troubleSeen'

export const riskAppliers: Appliers<RiskKinds> = {
  dayRolled: (state, { calendar, day, equity, realised }) =>
    withRisk(state, {
      day: {
        day,
        endsAt: exchangeDayOf(calendar as CalendarName, day).endsAt,
        equity: equity === null ? null : money(equity),
        realised: money(realised),
        best: money(0),
        orders: 0,
        entries: 0,
        locked: false,
      },
    }),
  breakerMoved: (state, { breaker, from, to, at, reason, value, until, actor, equity }) => {
    const before = state.risk.breakers[breaker]
    const kept = (before?.trips ?? []).filter((trip) => trip > at - DAY_MS)
    // A try that failed and a person's latch on top are the same trip still.
    const trips = from === 'closed' && to !== 'closed' ? [...kept, at].slice(-TRIPS_KEPT) : kept
    const breakers = { ...state.risk.breakers, [breaker]: { state: to, since: at, reason, value, until, trips } }
    const counted = actor === null || equity === null ? null : money(equity)
    return withRisk(state, { breakers, watchAt: watchAtOf(breakers), ...forgiven(state, breaker, to, counted) })
  },
  emotionalChanged: (state, { active, reason, at }) => withRisk(state, { emotional: { active, since: at, reason, wins: 0 } }),
  profitLockChanged: (state, { locked }) => withDay(state, (day) => ({ ...day, locked })),
  phaseChanged: (state, { to, at }) =>
    withRisk(state, {
      phase: {
        ...state.risk.phase,
        now: to,
        since: at,
        sessions: 0,
        lastSession: '',
        trades: 0,
        wins: 0,
        won: money(0),
        lost: money(0),
        peak: money(0),
        drawdown: 0,
      },
    }),
  degradationChanged: (state, { to, at, reason }) => withRisk(state, { degradation: { level: to, since: at, reason } }),
  killSwitchChanged: (state, { origin, on, at, reason }) => {
    const { [origin]: _, ...others } = state.risk.killSwitches
    return withRisk(state, { killSwitches: on ? { ...others, [origin]: { at, reason } } : others })
  },
  rulesChanged: (state) => state,
  referencesRead: (state, { watchlist, earnings }) => withRisk(state, { watchlist, earnings }),
  tradeClosed: (state, event) => {
    const { risk } = state
    const won = event.net > 0
    const losses = event.net < 0 ? risk.losses + 1 : won ? 0 : risk.losses
    const wins = won ? risk.wins + 1 : event.net < 0 ? 0 : risk.wins
    const emotional = { ...risk.emotional, wins: won ? risk.emotional.wins + 1 : event.net < 0 ? 0 : risk.emotional.wins }
    return withRisk(state, { losses, wins, emotional, phase: phaseAfter(risk.phase, event, risk.day?.day ?? '') })
  },
  stopEvent: (state, { symbol, to, type }) => {
    const book = bookOf(state, symbol)
    if (book.position === null) return state
    if (type !== 'STOP_RESOLVED' && type !== 'STOP_RATCHET') return withBook(state, { ...book, position: { ...book.position, stopSkipped: type } })
    const stop = to as Price | null
    return withBook(state, { ...book, position: { ...book.position, stop, firstStop: book.position.firstStop ?? stop, stopSkipped: null } })
  },
  protectionChanged: (state, { symbol, unprotectedSince }) => {
    const book = bookOf(state, symbol)
    return book.position === null ? state : withBook(state, { ...book, position: { ...book.position, unprotectedSince } })
  },
  reconciled: (state, { differences }) => withRisk(state, { differences }),
  venueCallsSeen: (state, { at, ok, failed }) =>
    withRisk(state, {
      calls: [...state.risk.calls, { at, ok, failed }].slice(-CALLS_KEPT),
      // Calls that failed beside one that went well may have come after it.
      failedInRow: ok > 0 ? failed : state.risk.failedInRow + failed,
    }),
  clockChecked: (state, { skewMs, jumpMs }) =>
    // What could not be measured is what it was: unknown never makes it better.
    withRisk(state, { wallClock: { skewMs: skewMs ?? state.risk.wallClock.skewMs, jumpMs: jumpMs ?? state.risk.wallClock.jumpMs } }),
  overrunSeen: (state) => withRisk(state, { overrunBar: state.barSequence }),
  troubleSeen: (state, { breaker, reason }) => withRisk(state, { troubles: { ...state.risk.troubles, [breaker]: reason } }),
}

/** When the first of the open breakers may try again, and at once for one that is trying. */
export const watchAtOf = (breakers: RiskState['breakers']): number | null => {
  let earliest: number | null = null
  for (const record of Object.values(breakers)) {
    if (record.state !== 'open' && record.state !== 'halfOpen') continue
    const at = record.until ?? record.since
    if (earliest === null || at < earliest) earliest = at
  }
  return earliest
}

/** A phase has its own peak: the first trade in it begins at what equity was before that trade. */
const phaseAfter = (phase: PhaseRecord, event: { readonly net: number; readonly equity: number | null }, day: string): PhaseRecord => {
  const peak = money(event.equity === null ? phase.peak : Math.max(phase.peak, event.equity, event.equity - event.net))
  const depth = event.equity === null || peak <= 0 ? 0 : (peak - event.equity) / peak
  return {
    ...phase,
    sessions: phase.sessions + (day === phase.lastSession ? 0 : 1),
    lastSession: day,
    trades: phase.trades + 1,
    wins: phase.wins + (event.net > 0 ? 1 : 0),
    won: money(phase.won + Math.max(0, event.net)),
    lost: money(phase.lost + Math.max(0, -event.net)),
    peak,
    drawdown: Math.max(phase.drawdown, depth),
  }
}
