import type { OrderView, PositionView } from '../../src/contracts/account.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { isWorking } from '../lists/orders.ts'
import { breakerWord } from '../present/breaker-word.ts'
import { digits } from '../present/number.ts'

/** One thing that happened, readable without any other line: what kind of thing, of what, and what about it. */
export type News = { readonly kind: string; readonly subject: string; readonly text: string }

/** What a person needs to hear first: who this is, and everything that is not as it should be. */
export const standing = (snapshot: Snapshot): readonly News[] => {
  const { instance, mode, engine, account, singleton, positions } = snapshot
  const money = account.equity === null ? 'equity unknown' : `equity ${digits(account.equity)} ${account.currency}`
  return [
    {
      kind: 'engine',
      subject: instance,
      text: `${mode === 'live' ? '!LIVE!' : mode.toUpperCase()} ${engine.state.toUpperCase()}: ${engine.reason}; pid ${engine.pid}, lock ${singleton.held ? 'held' : 'NOT HELD'}, ${money}, ${positions.length} positions open`,
    },
    ...between(
      {
        ...snapshot,
        ...CALM,
        orders: snapshot.orders.filter((order) => !isWorking(order)),
        processes: snapshot.processes.map((each) => ({ ...each, state: 'ready' as const })),
      },
      snapshot,
    ),
  ]
}

/** Members of an engine without anything to tell; whatever differs from it is told at the beginning. */
const CALM = { alerts: [], positions: [], breakers: [] } satisfies Partial<Snapshot>

/** What became different, in the order of how much it matters. */
export const between = (before: Snapshot, after: Snapshot): readonly News[] => [
  ...ofEngine(before, after),
  ...ofAlerts(before, after),
  ...ofBreakers(before, after),
  ...ofRisk(before, after),
  ...ofProcesses(before, after),
  ...ofOrders(before, after),
  ...ofPositions(before, after),
  ...ofSources(before, after),
]

const ofEngine = (before: Snapshot, { engine, instance, mode, singleton, audit }: Snapshot): readonly News[] => {
  const news: News[] = []
  const say = (text: string): void => void news.push({ kind: 'engine', subject: instance, text })
  if (before.engine.pid !== engine.pid || before.engine.startedAt !== engine.startedAt) say(`another engine answers: pid ${engine.pid}`)
  if (before.mode !== mode) say(`mode ${before.mode.toUpperCase()} -> ${mode.toUpperCase()}`)
  if (before.engine.state !== engine.state) say(`${before.engine.state.toUpperCase()} -> ${engine.state.toUpperCase()}: ${engine.reason}`)
  else if (before.engine.desired !== engine.desired) say(`${engine.desired.toUpperCase()} is wanted: ${engine.reason}`)
  if (before.singleton.held !== singleton.held) say(singleton.held ? 'the lock is held again' : 'THE LOCK IS NOT HELD')
  if (before.singleton.violations < singleton.violations) say(`a second start was refused (audit ${audit.sequence})`)
  return news
}

/** An alert is known by its number, counted anew by every engine. */
const ofAlerts = (before: Snapshot, { alerts, engine }: Snapshot): readonly News[] => {
  const same = before.engine.startedAt === engine.startedAt
  const known = new Map(same ? before.alerts.map((alert) => [alert.id, alert]) : [])
  return [...alerts]
    .sort((a, b) => a.id - b.id)
    .flatMap(({ id, level, text, acknowledgedBy }): News[] => {
      const old = known.get(id)
      if (old === undefined)
        return [
          {
            kind: 'alert',
            subject: `#${id}`,
            text: `${level.toUpperCase()} ${text}${acknowledgedBy === null ? '' : ` (seen by ${acknowledgedBy})`}`,
          },
        ]
      return old.acknowledgedBy === acknowledgedBy
        ? []
        : [{ kind: 'alert', subject: `#${id}`, text: `seen by ${acknowledgedBy ?? 'nobody'}: ${text}` }]
    })
}

const ofBreakers = (before: Snapshot, { breakers }: Snapshot): readonly News[] => {
  const known = new Map(before.breakers.map((each) => [each.name, each.state]))
  return breakers.flatMap(({ name, state, reason }): News[] => {
    const old = known.get(name) ?? 'closed'
    return old === state
      ? []
      : [
          {
            kind: 'breaker',
            subject: name,
            text: `${old} -> ${breakerWord({ state })}${reason === '' ? '' : `: ${reason}`}`,
          },
        ]
  })
}

const ofRisk = ({ risk: before }: Snapshot, { risk }: Snapshot): readonly News[] => {
  if (risk === null || before === null) return []
  const news: News[] = []
  const say = (subject: string, text: string): void => void news.push({ kind: 'risk', subject, text })
  for (const { origin, reason } of risk.killSwitches)
    if (!before.killSwitches.some((each) => each.origin === origin)) say('kill switch', `ON by ${origin}: ${reason}`)
  for (const { origin } of before.killSwitches) if (!risk.killSwitches.some((each) => each.origin === origin)) say('kill switch', `off by ${origin}`)
  if (before.degradation.level !== risk.degradation.level)
    say('degradation', `${before.degradation.level} -> ${risk.degradation.level}: ${risk.degradation.reason}`)
  if (before.emotional.active !== risk.emotional.active)
    say('emotional control', risk.emotional.active ? `sizes x ${risk.emotional.factor}: ${risk.emotional.reason}` : 'over, sizes are whole again')
  if (before.profitLock.locked !== risk.profitLock.locked) say('profit lock', risk.profitLock.locked ? 'locked for the day' : 'open')
  if (before.phase.now !== risk.phase.now) say('phase', `${before.phase.now} -> ${risk.phase.now}`)
  return news
}

const ofProcesses = (before: Snapshot, { processes }: Snapshot): readonly News[] => {
  const known = new Map(before.processes.map((each) => [each.name, each]))
  return processes.flatMap(({ name, state, reason, pid }): News[] => {
    const old = known.get(name)
    if (old === undefined || (old.state === state && old.pid === pid)) return []
    const text =
      old.state === state
        ? `${state.toUpperCase()} again: pid ${pid ?? 'none'}`
        : `${old.state.toUpperCase()} -> ${state.toUpperCase()}${reason === '' ? '' : `: ${reason}`}`
    return [{ kind: 'process', subject: name, text }]
  })
}

const fillOf = ({ filled, quantity, averagePrice }: OrderView): string =>
  averagePrice === null ? '' : `, ${digits(filled)} of ${digits(quantity)} at ${digits(averagePrice)}`

const ofOrders = (before: Snapshot, { orders }: Snapshot): readonly News[] => {
  const known = new Map(before.orders.map((order) => [order.clientOrderId, order]))
  return [...orders]
    .sort((a, b) => a.updatedAt - b.updatedAt)
    .flatMap((order): News[] => {
      const { clientOrderId, symbol, side, quantity, purpose, state, reason } = order
      const old = known.get(clientOrderId)
      if (old !== undefined && old.state === state && old.filled === order.filled) return []
      return [
        { kind: 'order', subject: symbol, text: `${purpose}: ${side} ${digits(quantity)} ${state}${fillOf(order)} (${clientOrderId}, ${reason})` },
      ]
    })
}

const heldOf = ({ side, quantity, entryPrice, stop }: PositionView): string =>
  `${side} ${digits(quantity)} at ${digits(entryPrice)}, stop ${stop === null ? 'none' : digits(stop)}`

const ofPositions = (before: Snapshot, { positions, account }: Snapshot): readonly News[] => {
  const known = new Map(before.positions.map((position) => [position.symbol, position]))
  const open = new Set(positions.map(({ symbol }) => symbol))
  const changed = positions.flatMap((position): News[] => {
    const old = known.get(position.symbol)
    if (old !== undefined && heldOf(old) === heldOf(position)) return []
    return [{ kind: 'position', subject: position.symbol, text: `${old === undefined ? 'open' : 'now'}: ${heldOf(position)}` }]
  })
  const closed = before.positions
    .filter(({ symbol }) => !open.has(symbol))
    .map(
      ({ symbol }): News => ({ kind: 'position', subject: symbol, text: `closed; realised in all ${digits(account.realised)} ${account.currency}` }),
    )
  return [...closed, ...changed]
}

const ofSources = (before: Snapshot, { feed, ledger, strategies }: Snapshot): readonly News[] => {
  const news: News[] = []
  if (before.feed.state !== feed.state) news.push({ kind: 'feed', subject: feed.source, text: `${before.feed.state} -> ${feed.state}` })
  const stale = new Map(before.feed.instruments.map((each) => [each.symbol, each.stale]))
  for (const { symbol, stale: now } of feed.instruments)
    if (stale.has(symbol) && stale.get(symbol) !== now) news.push({ kind: 'feed', subject: symbol, text: now ? 'STALE' : 'fresh again' })
  if (before.ledger.state !== ledger.state) news.push({ kind: 'ledger', subject: 'ledger', text: ledger.state })
  const known = new Map(before.strategies.map((each) => [each.id, each.state]))
  for (const { id, state, reason } of strategies)
    if (known.has(id) && known.get(id) !== state) news.push({ kind: 'strategy', subject: id, text: `${state}${reason === '' ? '' : `: ${reason}`}` })
  return news
}
