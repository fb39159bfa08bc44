import { expect, test } from 'vitest'
import { draftOf } from '../../engine/core/draft.ts'
import { engineMoves, isLegal, orderMoves, signalMoves, symbolMoves } from '../../engine/core/machines.ts'
import { moveEngine, moveOrder, moveSignal, moveSymbol } from '../../engine/core/move.ts'
import type { State } from '../../engine/core/state.ts'
import { SYMBOL_STATES } from '../../src/contracts/account.ts'
import { ENGINE_STATES } from '../../src/contracts/engine.ts'
import { ORDER_STATES } from '../../src/contracts/order.ts'
import { SIGNAL_STATES } from '../../src/contracts/signal.ts'
import { fresh, machine, rules, signal } from '../helpers/engine-fixture.ts'

const pairs = <State extends string>(states: readonly State[]) =>
  states.flatMap((from) => states.map((to) => ({ from, to }))).filter(({ from, to }) => from !== to)

const order = () => {
  const world = machine()
  world.started()
  world.bar(1)
  const effect = world.signal(1, 'long').effects[0]
  if (effect?.kind !== 'submit') throw new Error('no order')
  return effect.order
}

const cases = [
  ...pairs(ENGINE_STATES).map(({ from, to }) => ({
    machine: 'engine' as const,
    from,
    to,
    legal: isLegal(engineMoves, from, to),
    state: fresh({ engine: { ...fresh().engine, state: from } }),
    move: (state: State) => {
      const draft = draftOf(rules, state, 0)
      moveEngine(draft, to, 'test')
      return { draft, after: draft.state.engine.state as string }
    },
  })),
  ...pairs(SYMBOL_STATES).map(({ from, to }) => ({
    machine: 'symbol' as const,
    from,
    to,
    legal: isLegal(symbolMoves, from, to),
    state: fresh({ books: fresh().books.map((book) => ({ ...book, state: from })) }),
    move: (state: State) => {
      const draft = draftOf(rules, state, 0)
      moveSymbol(draft, 'BTCUSD', to, 'test')
      return { draft, after: draft.state.books[0]?.state as string }
    },
  })),
  ...pairs(SIGNAL_STATES).map(({ from, to }) => ({
    machine: 'signal' as const,
    from,
    to,
    legal: isLegal(signalMoves, from, to),
    state: fresh({ signals: { [signal(1, 'long').id]: { symbol: 'BTCUSD', strategy: 'test', state: from, at: 0, since: 0, clientOrderId: null } } }),
    move: (state: State) => {
      const draft = draftOf(rules, state, 0)
      moveSignal(draft, signal(1, 'long').id, to, 'test')
      return { draft, after: draft.state.signals[signal(1, 'long').id]?.state ?? to }
    },
  })),
  ...pairs(ORDER_STATES).map(({ from, to }) => {
    const made = order()
    return {
      machine: 'order' as const,
      from,
      to,
      legal: isLegal(orderMoves, from, to),
      state: fresh({
        orders: {
          [made.clientOrderId]: {
            order: { ...made, state: from },
            stop: null,
            target: null,
            strategy: 's',
            reasoning: '',
            indicators: [],
            barSequence: 1,
            sent: false,
          },
        },
      }),
      move: (state: State) => {
        const draft = draftOf(rules, state, 0)
        moveOrder(draft, made.clientOrderId, to, { reason: 'test' })
        return { draft, after: draft.state.orders[made.clientOrderId]?.order.state ?? to }
      },
    }
  }),
]

test.each(cases)('$machine: $from → $to (legal: $legal)', ({ machine: name, from, to, legal, state, move }) => {
  const { draft, after } = move(state)
  const refusals = draft.events.filter((event) => event.kind === 'illegalMoveRefused')
  if (legal) {
    expect(after).toBe(to)
    expect(refusals).toEqual([])
  } else {
    expect(after).toBe(from)
    expect(refusals).toMatchObject([{ machine: name, from, to }])
    expect(draft.state.counts.illegalMoves).toBe(1)
  }
})

test('nothing leaves halted but a person who re-arms it, or the end of the process', () => {
  expect(engineMoves.halted).toEqual(['paused', 'draining'])
})
