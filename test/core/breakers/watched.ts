import { apply } from '../../../engine/core/apply.ts'
import type { Input } from '../../../engine/core/input.ts'
import type { Rules } from '../../../engine/core/rules.ts'
import type { State } from '../../../engine/core/state.ts'
import type { Ledger } from '../../../engine/ledger/ledger.ts'
import { recover } from '../../../engine/orchestrator/recover.ts'
import type { TapeReader } from '../../../engine/tape/port.ts'
import { Config } from '../../../src/contracts/config.ts'
import { EngineEvent, type Fact } from '../../../src/contracts/event.ts'
import type { Bar } from '../../../src/contracts/market.ts'
import { hashOf } from '../../../src/hash.ts'
import { bar, fill, fresh, lossesStopNothing, type Machine, MINUTE, machine, openLong, rules, T0 } from '../../helpers/engine-fixture.ts'

type BreakersOver = { readonly [Name in keyof Rules['breakers']]?: Partial<Rules['breakers'][Name]> }

/** Rules under which only the breakers that a test names stop anything. */
export const rulesWith = (breakers: BreakersOver = {}, controls: object = {}): Rules => {
  const parsed = Config.parse({
    breakers: { ...lossesStopNothing.breakers, ...breakers },
    controls: { ...lossesStopNothing.controls, ...controls },
  })
  return { ...rules, breakers: parsed.breakers, controls: parsed.controls }
}

/** A core with its ledger and its tape, so that it can be recovered from them. */
export type Watched = ReturnType<typeof watched>

export const watched = (own: Rules = rulesWith(), initial: State = fresh()) => {
  let inner = machine(initial, own)
  const events: EngineEvent[] = []
  const bars: Bar[] = []
  const effects: Machine['effects'] = []
  const give = (input: Input) => {
    if (input.kind === 'bar') bars.push(input.bar)
    const told = inner.give(input)
    for (const event of told.events) EngineEvent.parse(event)
    events.push(...told.events)
    effects.push(...told.effects)
    return told
  }
  const world: Machine = {
    ...inner,
    give,
    state: () => inner.state(),
    now: () => inner.state().clock,
    events,
    effects,
    bar: (sequence, prices) => give({ kind: 'bar', bar: bar(sequence, prices) }),
    started: () => {
      const { scales: _, ...rest } = own
      give({ kind: 'started', now: T0, mode: inner.state().mode, rules: rest, configHash: 'hash' })
      give({ kind: 'desired', now: T0, desired: 'running', reason: 'new', actor: 'test', commandId: null })
      give({ kind: 'brainStarted', now: T0, warmFrom: 1, liveFrom: 1, strategies: [] })
    },
    signal: (sequence, side, over) => {
      const told = inner.signal(sequence, side, over)
      events.push(...told.events)
      effects.push(...told.effects)
      return told
    },
    report: (report) => give({ kind: 'report', now: report.at, report }),
  }
  let commands = 0
  return {
    ...world,
    rules: own,
    timer: (now: number) => give({ kind: 'timer', now }),
    /** Another author's fact, as if this input had led to it. */
    tell: (fact: Fact) => {
      const { sequence, clock, barSequence } = inner.state()
      const event = EngineEvent.parse({ ...fact, sequence: sequence + 1, at: clock, barSequence })
      events.push(event)
      inner = machine(apply(inner.state(), event), own)
    },
    command: (command: Extract<Input, { kind: 'command' }>['command'], reason = 'looked at it', now = inner.state().clock) => {
      commands += 1
      const told = give({ kind: 'command', now, commandId: `command-${commands}`, actor: 'maria', reason, command })
      const answer = told.effects.find((effect) => effect.kind === 'answer')
      if (answer?.kind !== 'answer') throw new Error('no answer')
      return { outcome: answer.outcome, message: answer.message }
    },
    /** What a new start makes of the ledger; with a checkpoint, from there on. */
    recovered: (checkpoint: State | null = null): State => recover(own, ledgerOf(events, inner.state(), checkpoint), tapeOf(bars), initial),
    checkpoint: (): State => JSON.parse(JSON.stringify(inner.state())),
  }
}

const ledgerOf = (events: readonly EngineEvent[], state: State, checkpoint: State | null): Ledger =>
  ({
    end: () => ({ barSequence: state.barSequence }),
    latestCheckpoint: () => (checkpoint === null ? null : { cycle: 1, state: checkpoint, hash: hashOf(checkpoint) }),
    events: (after: number) => events.filter(({ sequence }) => sequence > after),
    rules: () => [],
  }) as unknown as Ledger

const tapeOf = (bars: readonly Bar[]): TapeReader =>
  ({
    read: (from: number, to: number, take: (bar: Bar) => void) => {
      for (const each of bars) if (each.sequence >= from && each.sequence <= to) take(each)
      return bars.at(-1)?.sequence ?? 0
    },
  }) as unknown as TapeReader

/** A long position of the first instrument since bar 1, at 100; its stop is at 95. */
export const holding = (own: Rules = rulesWith()): Watched => {
  const world = watched(own)
  openLong(world)
  world.bar(2)
  return world
}

/** A signal's id must be its own also where one bar has several of them. */
const idIn = (world: Watched, symbol: string): string =>
  `${symbol}_${T0 + world.state().barSequence * MINUTE}_${world.state().sequence.toString(16).padStart(8, '0')}`

/** Leaves the open position at a price, at the time of the newest bar. */
export const leaveAt = (world: Watched, price: number): void => {
  const sequence = world.state().barSequence
  const { effects } = world.signal(sequence, 'flat', { stop: null, target: null, id: idIn(world, 'BTCUSD') })
  const exit = effects.find((effect) => effect.kind === 'submit')
  if (exit?.kind !== 'submit') throw new Error('no exit')
  world.report(fill(exit.order.clientOrderId, exit.order.quantity, price * 100, sequence))
}

/** Enters at 100 at the time of the newest bar; the answer is the fact of the decision. */
export const tryToEnter = (world: Watched, symbol = 'BTCUSD') => {
  const sequence = world.state().barSequence
  const told = world.signal(sequence, 'long', { symbol, id: idIn(world, symbol) })
  const decided = told.events.find((event) => event.kind === 'signalDecided')
  if (decided?.kind !== 'signalDecided') throw new Error('nothing was decided')
  const order = told.effects.find((effect) => effect.kind === 'submit' && effect.order.purpose === 'entry')
  return { decided, order: order?.kind === 'submit' ? order.order : null }
}

export const enter = (world: Watched): void => {
  const { order, decided } = tryToEnter(world)
  if (order === null) throw new Error(`refused by ${decided.blockers.join(', ')}`)
  world.report(fill(order.clientOrderId, order.quantity, 10_000, world.state().barSequence))
}

/** One trade, from entry to exit, in the bar that is newest. */
export const trade = (world: Watched, result: 'win' | 'loss'): void => {
  enter(world)
  leaveAt(world, result === 'win' ? 101 : 99)
}

export const moves = (world: Pick<Watched, 'events'>, name: string): string[] =>
  world.events.flatMap((event) => (event.kind === 'breakerMoved' && event.breaker === name ? [`${event.from} → ${event.to}`] : []))
