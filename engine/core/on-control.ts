import { rearmByPerson, tripByPerson } from './breakers/obey.ts'
import { movePhase } from './controls/phases.ts'
import { type Draft, record } from './draft.ts'
import { settleEngine } from './engine-state.ts'
import { cancelAgain, exit } from './exits.ts'
import type { CoreCommand, RecordedInput } from './input.ts'
import { isOver } from './machines.ts'
import { moveEngine, moveOrder } from './move.ts'

type Of<Kind extends RecordedInput['kind']> = Extract<RecordedInput, { kind: Kind }>

/** The orchestrator began again. Whatever was sent, or about to be, is unknown until the venue says; its symbol takes no new risk. */
export const onStarted = (draft: Draft, input: Of<'started'>): void => {
  const inFlight = Object.values(draft.state.orders).filter(
    ({ order }) => order.state === 'intended' || order.state === 'submitted' || order.state === 'unknown',
  )
  record(draft, {
    kind: 'orchestratorStarted',
    mode: input.mode,
    configHash: input.configHash,
    unknownOrders: inFlight.map(({ order }) => order.clientOrderId),
  })
  if (draft.state.engine.state === 'draining') moveEngine(draft, 'stopped', 'it ended while draining')
  if (draft.state.engine.state === 'stopped') moveEngine(draft, 'starting', 'a new start')
  for (const { order } of inFlight) {
    if (order.state !== 'unknown') moveOrder(draft, order.clientOrderId, 'unknown', { reason: 'the orchestrator ended while it was in flight' })
    draft.effects.push({ kind: 'query', clientOrderId: order.clientOrderId })
  }
  // The cancelling that an exit began may not have left before the end.
  for (const book of draft.state.books) cancelAgain(draft, book)
}

export const onDesired = (draft: Draft, input: Of<'desired'>): void => {
  const { desired, reason } = draft.state.engine
  // A new start says why it is starting; why nothing may be entered has to be said again after it.
  const reasonIsLost = input.desired !== 'running' && input.reason !== reason
  if (input.desired !== desired || input.commandId !== null || reasonIsLost) {
    record(draft, { kind: 'desiredChanged', desired: input.desired, reason: input.reason, actor: input.actor, commandId: input.commandId })
  }
  if (input.desired === 'halted') cancelEntries(draft)
  settleEngine(draft)
}

const cancelEntries = (draft: Draft): void => {
  for (const { order } of Object.values(draft.state.orders)) {
    if (order.purpose === 'entry' && !isOver(order.state)) draft.effects.push({ kind: 'cancel', clientOrderId: order.clientOrderId })
  }
}

export const onCommand = (draft: Draft, input: Of<'command'>): void => {
  const { outcome, message } = obey(draft, input)
  record(draft, {
    kind: 'commandDone',
    commandId: input.commandId,
    command: input.command.kind,
    actor: input.actor,
    reason: input.reason,
    outcome,
    message,
  })
  draft.effects.push({ kind: 'answer', commandId: input.commandId, outcome, message })
}

const obey = (draft: Draft, { command, actor, reason }: Of<'command'>): Outcome => {
  switch (command.kind) {
    case 'flatten':
      return flatten(draft, command)
    case 'cancel':
      return cancel(draft, command)
    case 'trip':
      return tripByPerson(draft, command.breaker, { actor, reason })
    case 'rearm':
      return rearmByPerson(draft, command.breaker, { actor, reason })
    case 'phase':
      return movePhase(draft, command.to, command.force, { actor, reason })
  }
}

type Outcome = { readonly outcome: 'accepted' | 'refused'; readonly message: string }

const flatten = (draft: Draft, { symbol }: Extract<CoreCommand, { kind: 'flatten' }>): Outcome => {
  const books = draft.state.books.filter((book) => symbol === null || book.symbol === symbol)
  if (books.length === 0) return { outcome: 'refused', message: `no instrument ${symbol}` }
  const busy = books.filter((book) => book.state !== 'FLAT')
  if (busy.length === 0) return { outcome: 'accepted', message: 'nothing is open' }
  const leaving = busy.filter((book) => exit(draft, book, 'flatten'))
  const waiting = busy.length - leaving.length
  return { outcome: 'accepted', message: `closing ${leaving.length}${waiting > 0 ? `, ${waiting} already on the way` : ''}` }
}

const cancel = (draft: Draft, { clientOrderId }: Extract<CoreCommand, { kind: 'cancel' }>): Outcome => {
  const open = draft.state.orders[clientOrderId]
  if (open === undefined) return { outcome: 'refused', message: `no open order ${clientOrderId}` }
  draft.effects.push({ kind: 'cancel', clientOrderId })
  return { outcome: 'accepted', message: `asked the venue to cancel ${clientOrderId}` }
}

export const onBrainState = (draft: Draft, input: Of<'brainState'>): void => {
  if (draft.state.brain !== input.state) record(draft, { kind: 'brainStateChanged', to: input.state, reason: input.reason })
  settleEngine(draft)
}

export const onBrainStarted = (draft: Draft, input: Of<'brainStarted'>): void => {
  record(draft, {
    kind: 'brainStarted',
    warmFrom: input.warmFrom,
    liveFrom: input.liveFrom,
    strategies: input.strategies.map(({ id, timeframe, paramsHash }) => `${id}@${timeframe}:${paramsHash.slice(0, 8)}`),
  })
  settleEngine(draft)
}

export const onDrain = (draft: Draft, input: Of<'drain'>): void => {
  if (input.cancelEntries) cancelEntries(draft)
  moveEngine(draft, 'draining', input.reason)
}
