import { describe, expect, test } from 'vitest'
import { createEngineSight } from '../../engine/supervisor/engine-sight.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import { sample } from '../control/sample.ts'
import { testActor } from '../helpers/scripted.ts'
import { stillHub } from './still-hub.ts'

const running = { ...sample.engine, state: 'running' as const, desired: 'running' as const, reason: 'it trades' }

const world = () => {
  const wanted: { state: DesiredState } = { state: 'running' }
  const { hub, shown } = stillHub({ engine: running })
  const sight = createEngineSight(hub, () => ({ state: wanted.state, reason: 'a person', actor: testActor, commandId: null, at: 0 }))
  return { sight, wanted, shown: () => shown().engine }
}

test.each([
  ['running', 'degraded'],
  ['paused', 'degraded'],
  ['safe', 'safe'],
  ['halted', 'halted'],
] as const)('without an orchestrator an engine that is wanted %s is %s: nobody manages exits', (desired, state) => {
  const { sight, wanted, shown } = world()
  wanted.state = desired
  sight.lose('is down (signal SIGKILL)')
  expect(shown()).toMatchObject({ state, desired, reason: `the orchestrator is down (signal SIGKILL); wanted ${desired}: a person` })
})

test('what is wanted meanwhile shows at once, and no more is claimed for it', () => {
  const { sight, wanted, shown } = world()
  sight.lose('is down')
  wanted.state = 'halted'
  sight.wantedChanged()
  expect(shown()).toMatchObject({ state: 'halted', desired: 'halted' })
})

test('a new orchestrator is believed from its first word on', () => {
  const { sight, shown } = world()
  sight.lose('is down')
  expect(sight.heard({ ...running, state: 'ready' }, false)).toMatchObject({ state: 'ready', desired: 'running' })
  expect(shown()).toMatchObject({ state: 'ready', reason: 'it trades' })
})

describe('one that hangs', () => {
  test('is not believed until it moves, and then it is what it was', () => {
    const { sight, shown } = world()
    sight.freeze('is stuck (no progress for 3 s)')
    expect(shown().state).toBe('degraded')
    sight.thaw()
    expect(shown()).toEqual(running)
  })

  test('what it said while it hung holds once it moves', () => {
    const { sight, shown } = world()
    sight.freeze('is stuck')
    expect(sight.heard({ ...running, state: 'paused' }, true)).toBeUndefined()
    expect(shown().state).toBe('degraded')
    sight.thaw()
    expect(shown().state).toBe('paused')
  })
})

test('what is wanted is known before the orchestrator has heard of it', () => {
  const { sight, wanted, shown } = world()
  wanted.state = 'paused'
  sight.wantedChanged()
  expect(shown()).toEqual({ ...running, desired: 'paused' })
  expect(sight.heard(running, false)).toMatchObject({ state: 'running', desired: 'paused' })
})
