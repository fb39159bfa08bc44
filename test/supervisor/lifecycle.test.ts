import { describe, expect, test } from 'vitest'
import { died, isStorm, noCrashes, restartWaitMs } from '../../engine/supervisor/crash-tally.ts'
import { look, OWN_PAUSE_MS, STUCK_AFTER_MS, type Watch } from '../../engine/supervisor/hang.ts'
import { HAPPENINGS, moves } from '../../engine/supervisor/lifecycle.ts'
import { CHILD_STATES } from '../../src/contracts/engine.ts'

describe('the table of a child', () => {
  test('has a cell for every state and happening', () => {
    for (const state of CHILD_STATES) for (const happening of HAPPENINGS) expect(moves[state][happening], `${state} × ${happening}`).toBeDefined()
  })
  test('restarts after every death but those that are hopeless', () => {
    for (const state of ['starting', 'ready', 'stuck'] as const) {
      expect(moves[state].exited).toEqual(['waiting', 'backOff'])
      expect(moves[state].stormed).toEqual(['failed', 'giveUp'])
      expect(moves[state].gaveUp).toEqual(['failed', 'giveUp'])
    }
  })
  test('leaves failed only when a person re-arms it, or the engine stops', () => {
    const ways = HAPPENINGS.filter((happening) => moves.failed[happening][0] !== 'failed')
    expect(ways).toEqual(['unwanted', 'rearmed'])
  })
  test('kills what does not stop in time', () => {
    expect(moves.stopping.deadline).toEqual(['stopping', 'kill'])
    expect(moves.stuck.deadline).toEqual(['stuck', 'kill'])
    expect(moves.starting.deadline).toEqual(['starting', 'kill'])
  })
})

describe('crash tally', () => {
  const deathsAt = (times: readonly number[]) => times.reduce((tally, at) => died(tally, at, 60_000), noCrashes)
  test('three deaths in a minute are restarts, the fourth is a storm', () => {
    expect(isStorm(deathsAt([0, 1, 2]), 3)).toBe(false)
    expect(isStorm(deathsAt([0, 1, 2, 59_999]), 3)).toBe(true)
  })
  test('a death that left the window no longer counts', () => {
    expect(isStorm(deathsAt([0, 1, 2, 60_000]), 3)).toBe(false)
    expect(deathsAt([0, 1, 2, 60_000]).total).toBe(4)
  })
  test('the first restart is at once, later ones wait twice as long each, up to five seconds', () => {
    const waits = [1, 2, 3, 4, 9].map((count) => restartWaitMs(deathsAt(Array.from({ length: count }, (_, index) => index)), 0))
    expect(waits).toEqual([0, 100, 200, 400, 5_000])
    expect(restartWaitMs(deathsAt([0, 1]), 0.5)).toBeCloseTo(110)
  })
})

describe('hang detector', () => {
  const at = (times: readonly { now: number; work: number; beat: number; waiting?: boolean; hasWork?: boolean }[]) => {
    let watch: Watch = null
    let stuck: string | null = null
    for (const { now, waiting = false, hasWork = false, ...counters } of times) {
      const verdict = look(watch, now, { ...counters, waiting, hasWork })
      watch = verdict.watch
      stuck = verdict.stuck
    }
    return stuck
  }
  test('beats without work are healthy while there is nothing to do', () => {
    expect(at([0, 1, 2, 3, 4, 5, 6].map((n) => ({ now: n * 500, work: 0, beat: n })))).toBeNull()
  })
  test('no beat for longer than the limit is stuck, at the limit it is not', () => {
    const looks = (last: number) => [0, 500, 1_000, 1_500, last].map((now) => ({ now, work: 0, beat: 1 }))
    expect(at(looks(STUCK_AFTER_MS))).toBeNull()
    expect(at(looks(STUCK_AFTER_MS + 1))).toBe('no beat')
  })
  test('after a pause of our own nobody is judged by the time that passed', () => {
    const looks = (last: number) => [0, 500, 1_000, last].map((now) => ({ now, work: 0, beat: 1 }))
    expect(at(looks(1_000 + OWN_PAUSE_MS))).toBe('no beat')
    expect(at(looks(1_001 + OWN_PAUSE_MS))).toBeNull()
  })
  test('beats do not excuse work that lies there undone', () => {
    expect(at([0, 1, 2, 3, 4, 5, 6].map((n) => ({ now: n * 500, work: 7, beat: n, hasWork: true })))).toBe('no progress')
  })
  test('who waits with good reason is not stuck', () => {
    expect(at([0, 1, 2, 3, 4, 5, 6].map((n) => ({ now: n * 500, work: 7, beat: n, hasWork: true, waiting: true })))).toBeNull()
  })
  test('it is well again as soon as it moves', () => {
    const still = [0, 1, 2, 3, 4, 5, 6].map((n) => ({ now: n * 500, work: 0, beat: 1 }))
    expect(at(still)).toBe('no beat')
    expect(at([...still, { now: 3_500, work: 0, beat: 2 }])).toBeNull()
  })
})
