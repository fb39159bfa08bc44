import { join } from 'node:path'
import type { GuardResult } from '../../src/contracts/signal.ts'
import type { SignalBusLine, SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import type { CommandFunction, Context } from './context.ts'
import { cell, facts, printJson, table } from './print.ts'
import { lastRecords } from './records.ts'
import { lastTrades } from './trades.ts'

/** A prefix shorter than this fits too much to be meant. */
const PREFIX_LENGTH_MIN = 3
const CANDIDATES_SHOWN_MAX = 5
/** States, decisions and fills of one signal; no signal has more. */
const RECORDS_MAX = 10_000

/** Why a signal became a trade or did not: the decision, every guard in order, and what happened then. */
export const why: CommandFunction = async (context, [prefix = '']) => {
  if (prefix.length < PREFIX_LENGTH_MIN) throw new ExitError(Exit.usage, `give at least ${PREFIX_LENGTH_MIN} letters of the signal's id`)
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

  if (context.json) printJson(context, { signal: id, decision, states, trades })
  else
    context.out(
      [heading(id, decision, states), guardTrace(decision), stateTrace(states), tradeTrace(trades)].filter((part) => part !== '').join('\n'),
    )
  return Exit.done
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

const heading = (id: string, decision: SignalDecisionLine | null, states: readonly SignalBusLine[]): string => {
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
    ['decision', decision === null ? 'none recorded' : `${decision.decision}  ${decision.timestamp}`],
    ['blocker', decision?.blocker_component == null ? null : `${decision.blocker_component}: ${decision.blocker_reason}`],
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
