import type { TradeLine } from '../../src/contracts/stream.ts'

/** A position that was opened and left again, whole. */
export type ClosedTrade = {
  /** Of its entry. */
  readonly orderId: string
  readonly strategy: string
  /** When its last part left, UTC milliseconds of the feed. */
  readonly at: number
  /** After the fees of both ends, in the account's currency. */
  readonly net: number
}

/** Quantities are decimal texts: so much of one may be lost when they are added up. */
const ROUNDING = 1e-9
const MILLIONTHS = 1_000_000
/** Amounts have six decimals, and no more comes of adding them up. */
export const rounded = (amount: number): number => Math.round(amount * MILLIONTHS) / MILLIONTHS

const closed = new WeakMap<readonly TradeLine[], readonly ClosedTrade[]>()

/**
 * The closed trades among these fills, both newest first. The record of an exit has only its own fee in its net, and one of each part
 * that left; so fills are put together by the order of their entry. A trade whose entry is not among them is left out: what it cost is unknown.
 */
export const closedTrades = (fills: readonly TradeLine[]): readonly ClosedTrade[] => {
  const known = closed.get(fills)
  if (known !== undefined) return known
  const made = [...Map.groupBy(fills, ({ order_id: id }) => id)].flatMap(([orderId, own]) => tradeOf(orderId, own) ?? [])
  closed.set(fills, made)
  return made
}

const ids = new WeakMap<readonly ClosedTrade[], ReadonlySet<string>>()

/** Whether the position of this entry was left again, as far as these fills tell. */
export const isClosed = (fills: readonly TradeLine[], orderId: string): boolean => {
  const trades = closedTrades(fills)
  const known = ids.get(trades) ?? new Set(trades.map((trade) => trade.orderId))
  ids.set(trades, known)
  return known.has(orderId)
}

const tradeOf = (orderId: string, fills: readonly TradeLine[]): ClosedTrade | null => {
  const [entries, exits] = [
    fills.filter(({ net_profit_loss }) => net_profit_loss === null),
    fills.filter(({ net_profit_loss }) => net_profit_loss !== null),
  ]
  const [last] = exits
  if (last === undefined || entries.length === 0 || quantityOf(exits) < quantityOf(entries) * (1 - ROUNDING)) return null
  const net = sum(exits, ({ net_profit_loss }) => net_profit_loss) - sum(entries, ({ commission }) => commission)
  return Number.isFinite(net) ? { orderId, strategy: last.strategy_name, at: Date.parse(last.timestamp), net: rounded(net) } : null
}

const quantityOf = (fills: readonly TradeLine[]): number => sum(fills, ({ quantity }) => quantity)

const sum = (fills: readonly TradeLine[], of: (fill: TradeLine) => string | null): number =>
  fills.reduce((total, fill) => total + Number(of(fill) ?? 0), 0)
