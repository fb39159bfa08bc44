import { expect, test } from 'vitest'
import type { Trouble } from '../../engine/supervisor/messages.ts'
import { createTroubles } from '../../engine/supervisor/troubles.ts'

const storm = (reason: string): Trouble => ({ breaker: 'restartStorm', reason })

const world = (initial: readonly Trouble[] = []) => {
  const orchestrator = { up: false }
  const sent: string[] = []
  const troubles = createTroubles(initial, ({ reason }) => {
    if (orchestrator.up) sent.push(reason)
    return orchestrator.up
  })
  return { troubles, orchestrator, sent }
}

test('an orchestrator that is up hears of it at once', () => {
  const { troubles, orchestrator, sent } = world()
  orchestrator.up = true
  troubles.tell(storm('feed'))
  expect([sent, troubles.atStart()]).toEqual([['feed'], []])
})

test('one that starts takes in what was met before, and hears once of what came while it started', () => {
  const { troubles, orchestrator, sent } = world([storm('at boot')])
  troubles.tell(storm('before'))
  expect(troubles.atStart().map(({ reason }) => reason)).toEqual(['at boot', 'before'])
  troubles.tell(storm('meanwhile'))
  orchestrator.up = true
  troubles.ready()
  troubles.ready()
  expect(sent).toEqual(['meanwhile'])
  expect(troubles.atStart()).toEqual([])
})

test('what it was told at a start that failed is told again at the next', () => {
  const { troubles } = world([storm('feed')])
  troubles.atStart()
  expect(troubles.atStart()).toEqual([storm('feed')])
})

test('ten are kept, the newest', () => {
  const { troubles } = world()
  for (let count = 1; count <= 12; count += 1) troubles.tell(storm(`${count}`))
  expect(troubles.atStart().map(({ reason }) => reason)).toEqual(Array.from({ length: 10 }, (_, index) => `${index + 3}`))
})
