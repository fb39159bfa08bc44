import { replaceFile } from '../../src/atomic-file.ts'
import { dayIn } from '../../src/calendar.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { ConsumedEntriesFile, RiskMetricsFile, SymbolExecutionFile } from '../../src/contracts/stream.ts'
import { exchangeDay } from '../../src/exchange-calendar.ts'
import type { InstancePaths } from '../../src/home.ts'
import { money } from '../../src/units.ts'
import { equityOf } from '../core/equity.ts'
import { isOver } from '../core/machines.ts'
import { moneyText } from '../core/money.ts'
import { type Rules, traitsOf } from '../core/rules.ts'
import type { Book, State } from '../core/state.ts'
import { equitySamples } from './equity-samples.ts'
import { breakerViews, riskView } from './view.ts'

const EXCHANGE_ZONE = 'America/New_York'

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null || at === 0 ? null : iso(at))

type About = { readonly rules: Rules; readonly state: State; readonly now: number }

/** What each symbol is doing. `movedAt` knows only the moves since this process began. */
export const symbolExecution = ({ state, now }: About, movedAt: ReadonlyMap<string, number>): SymbolExecutionFile => ({
  date_ny: dayIn(EXCHANGE_ZONE, now),
  updated_ts_utc: iso(now),
  ledger_sequence: state.sequence,
  symbols: Object.fromEntries(state.books.map((book) => [book.symbol, symbolOf(state, book, movedAt.get(book.symbol) ?? null)])),
})

const symbolOf = (
  { orders }: State,
  { symbol, state, position, lastExitAt }: Book,
  movedAt: number | null,
): SymbolExecutionFile['symbols'][string] => {
  const open = Object.values(orders).flatMap(({ order }) => (order.symbol === symbol && !isOver(order.state) ? [order] : []))
  const idsOf = (purpose: 'entry' | 'exit'): string[] => open.filter((order) => order.purpose === purpose).map(({ clientOrderId }) => clientOrderId)
  const entries = new Set([...(position === null ? [] : [position.entryOrderId]), ...idsOf('entry')])
  return {
    state,
    last_transition_ts_utc: isoOrNull(movedAt),
    entry_intent_id: position?.signalId ?? open.find(({ purpose }) => purpose === 'entry')?.signalId ?? null,
    entry_order_ids: [...entries],
    exit_order_ids: idsOf('exit'),
    entry_fill_ts_utc: isoOrNull(position?.openedAt ?? null),
    last_exit_ts_utc: isoOrNull(lastExitAt),
  }
}

/** Entries of each symbol's present exchange day. */
export const consumedEntries = ({ rules, state, now }: About): ConsumedEntriesFile => {
  const today = state.books.flatMap(({ symbol, entries }) =>
    entries !== null && entries.day === exchangeDay(traitsOf(rules, symbol).calendar, now).day ? [{ symbol, entries }] : [],
  )
  return {
    date_ny: dayIn(EXCHANGE_ZONE, now),
    updated_ts_utc: iso(now),
    ledger_sequence: state.sequence,
    consumed: today.map(({ symbol }) => symbol),
    entries: Object.fromEntries(today.map(({ symbol, entries }) => [symbol, entries])),
  }
}

export const riskMetrics = ({ rules, state, now }: About): RiskMetricsFile => {
  const equity = equityOf(rules.scales, state)
  const { day } = state.risk
  return {
    date: day?.day ?? null,
    last_updated: iso(now),
    ledger_sequence: state.sequence,
    equity: equity === null ? null : moneyText(equity),
    realized_pnl_today: day === null ? null : moneyText(money(state.realised - day.realised)),
    risk: riskView(rules, state),
    breakers: breakerViews(rules, state, now),
  }
}

export type StateFiles = {
  /** Moves of symbols, as they are recorded. */
  readonly note: (event: EngineEvent) => void
  /** A bar of a replay was decided: what the account was worth then is kept for the next write. */
  readonly pass: (about: About) => void
  /** Writes what is new since the last time, each file whole. @throws where the disk refuses; the next call tries again. */
  readonly write: (about: About) => void
}

/** Files for whoever looks at files: what the ledger has up to the sequence that stands in them. */
export const stateFiles = (paths: Pick<InstancePaths, 'symbolStates' | 'consumedEntries' | 'riskMetrics' | 'equity'>): StateFiles => {
  const movedAt = new Map<string, number>()
  const samples = equitySamples(paths.equity)
  let written = { sequence: -1, bar: -1 }
  return {
    note: (event) => {
      if (event.kind === 'symbolStateChanged') movedAt.set(event.symbol, event.at)
    },
    pass: samples.take,
    write: (about) => {
      const { state } = about
      if (state.clock === 0) return // no day is known before the first bar
      if (state.sequence !== written.sequence) {
        const symbols = symbolExecution(about, movedAt)
        replaceFile(paths.symbolStates(symbols.date_ny), `${JSON.stringify(symbols)}\n`)
        const consumed = consumedEntries(about)
        replaceFile(paths.consumedEntries(consumed.date_ny), `${JSON.stringify(consumed)}\n`)
      }
      if (state.sequence !== written.sequence || state.barSequence !== written.bar)
        replaceFile(paths.riskMetrics, `${JSON.stringify(riskMetrics(about))}\n`)
      written = { sequence: state.sequence, bar: state.barSequence }
      samples.write(about)
    },
  }
}
