import { guards } from '../../engine/core/guards/index.ts'
import type { Input } from '../../engine/core/input.ts'
import { engineMoves, isLegal, orderMoves, signalMoves, symbolMoves } from '../../engine/core/machines.ts'
import type { Rules } from '../../engine/core/rules.ts'
import type { State } from '../../engine/core/state.ts'
import { type Step, step } from '../../engine/core/step.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import { MONEY_SCALE } from '../../src/units.ts'

/** A promise of the engine that does not hold. */
export class Broken extends Error {
  readonly promise: string
  constructor(promise: string, detail: string) {
    super(`${promise}: ${detail}`)
    this.promise = promise
  }
}

const hold = (promise: string, holds: boolean, detail: () => string): void => {
  if (!holds) throw new Broken(promise, detail())
}

/** Rounding of every position by a millionth or a few is no breach of a cap. */
const SLACK = 1_000

/** In millionths, by plain arithmetic: nothing of the engine's own sums is used to judge it. */
const worth = (rules: Rules, symbol: string, ticks: number, lots: number): number => {
  const scale = rules.scales.find((each) => each.symbol === symbol)
  return scale === undefined ? Number.NaN : ticks * scale.tick * lots * scale.lot * MONEY_SCALE
}

/** Cash and positions at their marks; null where a mark is missing. */
export const equityBy = (rules: Rules, state: State): number | null => {
  let equity: number = state.cash
  for (const { symbol, position, mark } of state.books) {
    if (position === null) continue
    if (mark === null) return null
    equity += (position.side === 'long' ? 1 : -1) * worth(rules, symbol, mark, position.quantity)
  }
  return equity
}

/** What losses are measured from, kept beside the engine. */
export type Falls = { readonly peak: number; readonly dayEquity: number | null }

export const fallsAfter = (rules: Rules, falls: Falls, input: Input, { state, events }: Step): Falls => {
  let { peak, dayEquity } = falls
  for (const event of events) {
    if (event.kind === 'dayRolled') dayEquity = event.equity
    // Losses that a person has answered for are counted from there on.
    if (event.kind === 'breakerMoved' && event.to === 'closed' && event.actor !== null && event.equity !== null) {
      if (event.breaker === 'drawdown') peak = event.equity
      if (event.breaker === 'dailyLoss') dayEquity = event.equity
    }
  }
  // A peak is what the market said, not what a fill between two bars made of it.
  const equity = input.kind === 'bar' ? equityBy(rules, state) : null
  return { peak: equity === null ? peak : Math.max(peak, equity), dayEquity }
}

type Judged = { readonly rules: Rules; readonly before: State; readonly input: Input; readonly result: Step; readonly falls: Falls }

/** Everything that one decision must keep to. */
export const judge = (judged: Judged): void => {
  for (const event of judged.result.events) {
    judgeMove(event)
    if (event.kind === 'orderIntended' && event.order.purpose === 'entry') judgeEntry(judged, event)
    if (event.kind === 'reconciled') hold('the venue and the ledger agree', event.differences.length === 0, () => event.differences.join('; '))
  }
  judgeShadows(judged.result.events)
}

const judgeMove = (event: EngineEvent): void => {
  const legal = (): boolean => {
    if (event.kind === 'engineStateChanged') return isLegal(engineMoves, event.from, event.to)
    if (event.kind === 'orderStateChanged') return isLegal(orderMoves, event.from, event.to)
    if (event.kind === 'signalStateChanged') return isLegal(signalMoves, event.from, event.to)
    return event.kind !== 'symbolStateChanged' || isLegal(symbolMoves, event.from, event.to)
  }
  hold('no illegal move happens', legal(), () => JSON.stringify(event))
}

type Entry = Extract<EngineEvent, { kind: 'orderIntended' }>

const judgeEntry = ({ rules, before, input, falls }: Judged, { order, at }: Entry): void => {
  const refuse = (promise: string, holds: boolean, detail: string): void => hold(promise, holds, () => `${detail} (entry ${order.clientOrderId})`)
  const { engine, risk } = before
  refuse('entries follow signals', input.kind === 'signal', input.kind)
  refuse(
    'no entry while paused, halted, safe or draining',
    engine.desired === 'running' && ['running', 'degraded'].includes(engine.state),
    `${engine.state}, ${engine.desired} is wanted`,
  )
  if (guards.some(({ name }) => name === 'killSwitch'))
    refuse('no entry while a kill switch is on', Object.keys(risk.killSwitches).length === 0, Object.keys(risk.killSwitches).join())
  const open = Object.entries(risk.breakers).filter(([, record]) => record?.state !== 'closed')
  refuse('no entry while a breaker is open', open.length === 0, JSON.stringify(open))

  const book = before.books.find(({ symbol }) => symbol === order.symbol)
  const ageMs = book?.markAt == null ? Number.POSITIVE_INFINITY : Math.max(at, before.clock) - book.markAt
  refuse('no entry on stale data', ageMs <= rules.risk.dataAgeBarsMax * (book?.timeframeMs ?? 0), `${ageMs} ms old`)
  refuse('one position per symbol', book?.state === 'FLAT' || book?.position?.side === undefined, `${order.symbol} is ${book?.state}`)
  refuse(
    'one position per symbol',
    !Object.values(before.orders).some((each) => each.order.symbol === order.symbol),
    `${order.symbol} has an open order`,
  )

  const equity = equityBy(rules, before)
  refuse('no entry on unknown equity', equity !== null, 'a mark is missing')
  judgeCaps(rules, before, order, equity ?? 0)
  const fallen = (from: number | null): number => (from === null ? Number.POSITIVE_INFINITY : (from - (equity ?? 0)) / from)
  refuse(
    'equity below its peak by the limit lets nothing in',
    fallen(falls.peak) <= rules.breakers.drawdown.limit,
    `${fallen(falls.peak)} below the peak`,
  )
  if (risk.day !== null && falls.dayEquity !== null)
    refuse(
      'a day that lost its limit lets nothing in',
      fallen(falls.dayEquity) <= rules.breakers.dailyLoss.limit,
      `${fallen(falls.dayEquity)} lost today`,
    )
}

const judgeCaps = (rules: Rules, before: State, order: Entry['order'], equity: number): void => {
  const entries = Object.values(before.orders).filter((each) => each.order.purpose === 'entry')
  const busy = new Set([
    ...before.books.filter(({ position }) => position !== null).map(({ symbol }) => symbol),
    ...entries.map((each) => each.order.symbol),
    order.symbol,
  ])
  hold('positions and working entries stay within their number', busy.size <= rules.risk.positionsMax, () => [...busy].join())
  const own = worth(rules, order.symbol, order.decisionPrice, order.quantity)
  hold('one position stays within its share', own <= rules.risk.positionFractionMax * equity + SLACK, () => `${own} of ${equity}`)
  const held = before.books.reduce(
    (sum, { symbol, position, mark }) => sum + (position === null ? 0 : worth(rules, symbol, mark ?? 0, position.quantity)),
    0,
  )
  const working = entries.reduce(
    (sum, each) => sum + worth(rules, each.order.symbol, each.order.decisionPrice, each.order.quantity - each.order.filled),
    0,
  )
  const cap = rules.guards.grossExposure.limit * equity
  hold('exposure stays within its cap', held + working + own <= cap + SLACK, () => `${held} held, ${working} working, ${own} new, cap ${cap}`)
}

/** One decision is traded beside the account once, or it is said why not; in the same breath, so that no crash comes between. */
const judgeShadows = (events: readonly EngineEvent[]): void => {
  const decided = events.flatMap((event) => (event.kind === 'signalDecided' ? [event.signalId] : []))
  for (const id of decided) {
    const shadows = events.filter(
      (event) => (event.kind === 'shadowOpened' && event.shadow.signalId === id) || (event.kind === 'shadowSkipped' && event.signalId === id),
    )
    hold('one shadow for each decision', shadows.length === 1, () => `${shadows.length} for ${id}`)
  }
}

/** Asked without doing it: whatever the engine is in, a person gets out of every open position. */
export const judgeExits = (rules: Rules, state: State, now: number): void => {
  for (const { symbol, state: symbolState, position, mark } of state.books) {
    if (symbolState !== 'OPEN' || position === null || mark === null) continue
    const asked = step(rules, state, {
      kind: 'command',
      now,
      commandId: 'probe-00',
      actor: 'probe',
      reason: 'probe',
      command: { kind: 'flatten', symbol },
    })
    const leaves = asked.events.some((event) => event.kind === 'orderIntended' && event.order.purpose === 'exit' && event.order.symbol === symbol)
    const sends = asked.effects.some((effect) => effect.kind === 'submit' && effect.order.symbol === symbol)
    hold('exits are always possible', leaves && sends, () => `${symbol} stays open while ${state.engine.state}`)
  }
}

export { hold }
