import { describe, expect, test } from 'vitest'
import { enter, leaveAt, moves, rulesWith, trade, tryToEnter, watched } from './watched.ts'

const threeLosses = () => {
  const world = watched(rulesWith({ consecutiveLosses: { limit: 3 } }))
  world.started()
  for (let loss = 1; loss <= 3; loss += 1) {
    world.bar(loss)
    trade(world, 'loss')
  }
  return world
}

describe('a row of losses', () => {
  test('latches the breaker at the third, refuses the next entry by its name, and leaves an audit of who let go', () => {
    const world = threeLosses()
    expect(world.state().risk.breakers.consecutiveLosses).toMatchObject({ state: 'latched', value: 3, reason: '3 losses in a row, the limit is 3' })
    world.bar(4)
    const refused = tryToEnter(world)
    expect(refused.order).toBeNull()
    expect(refused.decided).toMatchObject({ decision: 'BLOCKED', blocker: 'breakers' })
    expect(refused.decided.blockerReason).toContain('consecutiveLosses')

    expect(world.command({ kind: 'rearm', breaker: 'consecutiveLosses' }, '').outcome).toBe('refused')
    expect(world.command({ kind: 'rearm', breaker: 'consecutiveLosses' }, 'the market is quiet again').outcome).toBe('accepted')
    expect(world.events).toContainEqual(
      expect.objectContaining({
        kind: 'breakerMoved',
        to: 'closed',
        actor: 'maria',
        reason: 'the market is quiet again',
        equity: world.state().cash,
      }),
    )
    expect(world.state().risk.losses).toBe(0)
    world.bar(5)
    expect(tryToEnter(world).order).not.toBeNull()
  })

  test('with one position left, that one is still led out', () => {
    const world = watched(rulesWith({ consecutiveLosses: { limit: 3 } }))
    world.started()
    world.bar(1)
    trade(world, 'loss')
    world.bar(2)
    trade(world, 'loss')
    world.bar(3)
    enter(world)
    world.command({ kind: 'trip', breaker: 'consecutiveLosses' })
    expect(tryToEnter(world, 'ETHUSD').order).toBeNull()
    const { effects } = world.bar(4, { low: 90, close: 91 })
    expect(effects).toMatchObject([{ kind: 'submit', order: { purpose: 'exit', reason: 'stop' } }])
  })

  test('is broken by a win, and by nothing that came out even', () => {
    const world = watched(rulesWith({ consecutiveLosses: { limit: 3 } }))
    world.started()
    world.bar(1)
    for (const result of ['loss', 'loss', 'win', 'loss', 'loss'] as const) trade(world, result)
    expect(world.state().risk.breakers.consecutiveLosses?.state).toBe('closed')
    trade(world, 'loss')
    expect(world.state().risk.breakers.consecutiveLosses?.state).toBe('latched')
  })

  test('survives a start from facts alone, and one from a checkpoint', () => {
    const world = threeLosses()
    expect(world.recovered()).toEqual(world.state())
    expect(world.recovered(world.checkpoint())).toEqual(world.state())
  })

  test('its fact comes before the engine does anything else with it', () => {
    const world = threeLosses()
    const closed = world.events.findLastIndex((event) => event.kind === 'tradeClosed')
    expect(moves(world, 'consecutiveLosses')).toEqual(['closed → latched'])
    expect(world.events.findIndex((event) => event.kind === 'breakerMoved')).toBeGreaterThan(closed)
  })
})

describe('losses not yet booked', () => {
  test('count for the day: a fall of the open position alone latches it, before its stop is asked', () => {
    const world = watched(rulesWith({ dailyLoss: { limit: 0.001 } }))
    world.started()
    world.bar(1)
    enter(world)
    const { events } = world.bar(2, { low: 90, close: 90 })
    const kinds = events.map((event) => event.kind)
    expect(kinds.indexOf('breakerMoved')).toBeGreaterThanOrEqual(0)
    expect(kinds.indexOf('breakerMoved')).toBeLessThan(kinds.indexOf('orderIntended'))
    expect(tryToEnter(world, 'ETHUSD').decided.blockerReason).toContain('dailyLoss')
  })

  test('after a person re-armed it, count from the equity of that moment', () => {
    const world = watched(rulesWith({ dailyLoss: { limit: 0.001 } }))
    world.started()
    world.bar(1)
    enter(world)
    world.bar(2, { low: 97, close: 97 })
    const equity = world.state().markedEquity
    expect(world.command({ kind: 'rearm', breaker: 'dailyLoss' }).outcome).toBe('accepted')
    expect(world.state().risk.day?.equity).toBe(equity)
    world.bar(3, { low: 96.5, close: 96.5 })
    expect(world.state().risk.breakers.dailyLoss?.state).toBe('closed')
    world.bar(4, { low: 95.01, close: 95.01 })
    expect(moves(world, 'dailyLoss')).toEqual(['closed → latched', 'latched → closed'])
    leaveAt(world, 90)
    expect(world.state().risk.breakers.dailyLoss?.state).toBe('latched')
  })
})
