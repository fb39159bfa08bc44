import { join } from 'node:path'
import type { GuardResult } from '../../src/contracts/signal.ts'
import type { ExitEventLine, ShadowTradeLine, SignalBusLine, SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import { dayFiles } from '../../src/day-files.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import type { CommandFunction, Context } from './context.ts'
import { cell, facts, printJson, table } from './print.ts'
import { lastRecords } from './records.ts'
import { demandSource } from './source.ts'
import { lastTrades } from './trades.ts'

/** A prefix shorter than this fits too much to be meant. */
const PREFIX_LENGTH_MIN = 3
const CANDIDATES_SHOWN_MAX = 5
/** States, decisions, fills and exits of one signal; no signal has more. */
const RECORDS_MAX = 10_000

/** Why a signal became a trade or did not: the decision, every guard in order, and what happened then. */
export const why: CommandFunction = async (context, [prefix = '']) => {
  if (prefix.length < PREFIX_LENGTH_MIN) throw new ExitError(Exit.usage, `give at least ${PREFIX_LENGTH_MIN} letters of the signal's id`)
  for (const name of ['signal_bus.jsonl', 'signal_decisions.jsonl']) demandSource(context.paths, 'streams', join(context.paths.streams, name))
  const bus = lastRecords<SignalBusLine>(
    context,
    join(context.paths.streams, 'signal_bus.jsonl'),
    RECORDS_MAX,
    (fields) => fits(fields.signal_id, prefix),
    prefix,
  )
  const decided = lastRecords<SignalDecisionLine>(
    context,
    join(context.paths.streams, 'signal_decisions.jsonl'),
    RECORDS_MAX,
    (fields) => fits(fields.signal_id, prefix),
    prefix,
  )
  const id = theOne(prefix, [...new Set([...bus, ...decided].map(({ signal_id }) => signal_id))])
  const states = bus.filter(({ signal_id }) => signal_id === id)
  const decision = decided.findLast(({ signal_id }) => signal_id === id) ?? null
  const trades = tradesOf(context, states)
  const exits = exitsOf(context, id)
  const [shadow = null] = lastRecords<ShadowTradeLine>(
    context,
    join(context.paths.streams, 'shadow_trade_outcomes.jsonl'),
    1,
    (fields) => fields.signal_id === id,
    id,
  )
  const found: Found = { id, decision, states, trades, exits, shadow }

  if (context.json) printJson(context, { signal: id, decision, states, trades, exits, shadow, result: resultOf(trades) })
  else
    context.out(
      [heading(found), guardTrace(decision), stateTrace(states), tradeTrace(trades), exitTrace(exits)].filter((part) => part !== '').join('\n'),
    )
  return Exit.done
}

type Found = {
  readonly id: string
  readonly decision: SignalDecisionLine | null
  readonly states: readonly SignalBusLine[]
  readonly trades: readonly TradeLine[]
  readonly exits: readonly ExitEventLine[]
  readonly shadow: ShadowTradeLine | null
}

const fits = (id: unknown, prefix: string): boolean => typeof id === 'string' && id.startsWith(prefix)

/** @throws ExitError 1 where none fits, 64 where several do. */
const theOne = (prefix: string, ids: readonly string[]): string => {
  if (ids.includes(prefix)) return prefix
  const [only, another] = ids
  if (only === undefined)
    throw new ExitError(Exit.checkFalse, `no signal ${JSON.stringify(prefix)} was recorded`, 'aegis-console signals lists the newest')
  if (another === undefined) return only
  const shown = ids.slice(-CANDIDATES_SHOWN_MAX).join(', ')
  throw new ExitError(
    Exit.usage,
    `${JSON.stringify(prefix)} fits ${ids.length} signals: ${shown}${ids.length > CANDIDATES_SHOWN_MAX ? ' and others' : ''}`,
  )
}

/** The bus names the orders that a signal led to in its reasons. */
const tradesOf = (context: Context, states: readonly SignalBusLine[]): TradeLine[] => {
  const orders = new Set(
    states.flatMap((line) => (line.event_type === 'state_change' ? [...line.reason.matchAll(/\border (\S+)/g)].map(([, order]) => order) : [])),
  )
  if (orders.size === 0) return []
  return lastTrades(context, RECORDS_MAX, ({ order_id, parent_order_id }) => orders.has(String(order_id)) || orders.has(String(parent_order_id)))
}

/** What its stop did, and the exit that it asked for where it was a way out. */
const exitsOf = (context: Context, id: string): ExitEventLine[] => {
  let days: readonly string[]
  try {
    days = dayFiles(context.paths.exitEvents)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return days.flatMap((day) =>
    lastRecords<ExitEventLine>(context, join(context.paths.exitEvents, day), RECORDS_MAX, (fields) => fields.trade_id === id, id),
  )
}

/** Sum of what its exits booked after all fees, of which the records of exits have only their own; null while none has booked. */
const resultOf = (trades: readonly TradeLine[]): string | null => {
  const nets = trades.flatMap(({ net_profit_loss: net }) => (net === null || net === undefined ? [] : [net]))
  const fees = trades.flatMap(({ net_profit_loss: net, commission }) => (net === null && commission !== null ? [negated(commission)] : []))
  return nets.length === 0 ? null : decimalSum([...nets, ...fees])
}

const negated = (amount: string): string => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`)

/** Exact: amounts have at most six decimals. */
const decimalSum = (amounts: readonly string[]): string => {
  const sum = amounts.reduce((total, amount) => total + millionths(amount), 0n)
  const digits = String(sum < 0n ? -sum : sum).padStart(7, '0')
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}
const millionths = (amount: string): bigint => {
  const [, minus = '', whole = '0', part = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(amount) ?? []
  const value = BigInt(`${whole}${part.padEnd(6, '0')}`)
  return minus === '' ? value : -value
}

const decisionText = ({ decision, states }: Found, side: string | undefined): string => {
  if (decision !== null) return `${decision.decision}  ${decision.timestamp}`
  const made = states.length > 0
  return side === 'flat' && made ? 'a way out: exits ask no guard' : 'none recorded'
}

const shadowText = ({ shadow, decision }: Found): string | null => {
  if (shadow === null) return decision === null ? null : 'none that has ended'
  if (shadow.pnl === null) return `never filled  ${shadow.exit_reason}`
  const share = shadow.pnl_pct === null ? '' : `  ${cell(shadow.pnl_pct * 100)}%`
  return `${shadow.pnl}${share}  in at ${cell(shadow.entry_price)}, out at ${cell(shadow.exit_price)}: ${shadow.exit_reason}`
}

const heading = (found: Found): string => {
  const { id, decision, states, trades } = found
  const made = states.find((line) => line.event_type === 'signal_generated')
  const signal = decision?.signal_metadata ?? made?.signal
  const last = states.at(-1)
  return facts([
    ['signal', id],
    [
      'wish',
      signal === undefined
        ? null
        : `${signal.side.toUpperCase()} ${signal.symbol} at ${cell(signal.price)}  stop ${cell(signal.stop)}  target ${cell(signal.target)}`,
    ],
    ['strategy', signal === undefined ? null : `${signal.strategy}  confidence ${cell(signal.confidence)}  ${signal.reason}`],
    [
      'saw',
      Object.entries(signal?.values ?? {})
        .map(([name, value]) => `${name} ${cell(value)}`)
        .join('  '),
    ],
    ['decision', decisionText(found, signal?.side)],
    ['blocker', decision?.blocker_component == null ? null : `${decision.blocker_component}: ${decision.blocker_reason}`],
    ...((decision?.blockers?.length ?? 0) > 1 ? [['blockers', decision?.blockers.join(', ')] as const] : []),
    ['shadow', shadowText(found)],
    ['result', trades.length === 0 ? null : (resultOf(trades) ?? 'still open')],
    ['now', last === undefined ? null : last.event_type === 'state_change' ? last.new_state : last.state],
  ])
}

const guardTrace = (decision: SignalDecisionLine | null): string => {
  const guards: readonly GuardResult[] = decision?.guards ?? []
  if (guards.length === 0) return ''
  return table(
    [
      { head: '#', right: true, of: (guard) => guards.indexOf(guard) + 1 },
      { head: 'GUARD', of: ({ guard }) => guard },
      { head: 'VERDICT', of: ({ verdict, blocks }) => `${verdict.toUpperCase()}${blocks ? ' x' : ''}` },
      { head: 'VALUE', right: true, of: ({ value }) => value },
      { head: 'LIMIT', right: true, of: ({ limit }) => limit },
      { head: 'UNIT', of: ({ unit }) => unit },
      { head: 'CLASS', of: (guard) => guard.class },
      { head: 'REASON', of: ({ reason }) => reason },
    ],
    guards,
  )
}

const stateTrace = (states: readonly SignalBusLine[]): string =>
  states.length === 0
    ? ''
    : table(
        [
          { head: 'TIME', of: ({ timestamp }) => timestamp },
          { head: 'STATE', of: (line) => (line.event_type === 'state_change' ? `${cell(line.old_state)} -> ${cell(line.new_state)}` : line.state) },
          { head: 'REASON', of: (line) => (line.event_type === 'state_change' ? line.reason : null) },
        ],
        states,
      )

const tradeTrace = (trades: readonly TradeLine[]): string =>
  trades.length === 0
    ? ''
    : table(
        [
          { head: 'TIME', of: ({ timestamp }) => timestamp },
          { head: 'ACTION', of: ({ action }) => action },
          { head: 'QUANTITY', right: true, of: ({ quantity }) => quantity },
          { head: 'PRICE', right: true, of: ({ price }) => price },
          { head: 'NET', right: true, of: ({ net_profit_loss }) => net_profit_loss },
          { head: 'OUTCOME', of: ({ outcome }) => outcome },
          { head: 'WHY', of: ({ exit_reasoning, decision_reasoning }) => exit_reasoning ?? decision_reasoning },
        ],
        trades,
      )

const exitTrace = (exits: readonly ExitEventLine[]): string =>
  exits.length === 0
    ? ''
    : table(
        [
          { head: 'TIME', of: ({ ts_utc }) => ts_utc },
          { head: 'EXIT', of: ({ event_type }) => event_type },
          { head: 'QUANTITY', right: true, of: ({ qty }) => qty },
          { head: 'PRICE', right: true, of: ({ price }) => price },
          { head: 'STOP', right: true, of: ({ stop_price }) => stop_price },
          { head: 'BASIS', of: ({ stop_basis }) => stop_basis },
          { head: 'REASON', of: ({ reason }) => reason },
        ],
        exits,
      )
