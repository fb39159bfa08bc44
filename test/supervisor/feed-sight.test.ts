import { expect, test } from 'vitest'
import { createFeedSight } from '../../engine/supervisor/feed-sight.ts'
import type { FeedInstrument } from '../../src/contracts/snapshot.ts'
import { sample } from '../control/sample.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { stillHub } from './still-hub.ts'

const fresh: readonly FeedInstrument[] = snapshotFixture().feed.instruments.map((each) => ({ ...each, stale: false }))
const own = { ...sample.feed, state: 'running', instruments: [...fresh] }

const world = (feed = own) => {
  const { hub, shown } = stillHub({ feed })
  const sight = createFeedSight(hub)
  return {
    sight,
    look: (state: 'ready' | 'starting' | 'stopping' | 'stuck' | 'down' | 'failed', reason = '') => {
      hub.update(sight.now({ state, reason }))
      return shown().feed
    },
  }
}

test.each(['stuck', 'down', 'failed'] as const)('a feed that is %s is shown as that with its reason, and none of its prices as fresh', (state) => {
  const { look } = world()
  const feed = look(state, 'signal SIGKILL')
  expect(feed.state).toBe(`${state}: signal SIGKILL`)
  expect(feed.instruments.map(({ stale }) => stale)).toEqual(fresh.map(() => true))
  expect(fresh.length).toBeGreaterThan(0)
})

test('its own word comes back with it', () => {
  const { look } = world()
  look('stuck', 'no beat')
  look('down', 'signal SIGKILL')
  expect(look('ready')).toEqual(own)
})

test('what it says after it came back is not undone', () => {
  const { sight, look } = world()
  look('down')
  sight.heard()
  expect(sight.now({ state: 'ready', reason: '' })).toEqual({})
})

test('a feed that starts, stops, ended or was never there is left as it was said', () => {
  const { sight } = world()
  expect([sight.now(undefined), sight.now({ state: 'starting', reason: '' }), sight.now({ state: 'stopping', reason: '' })]).toEqual([{}, {}, {}])
  expect(world({ ...own, state: 'ended' }).sight.now({ state: 'down', reason: 'exit 0' })).toEqual({})
})
