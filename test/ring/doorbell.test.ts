import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Chime, doorbell } from '../../engine/ring/doorbell.ts'
import { SHARED_BYTES } from '../../engine/ring/layout.ts'
import { plainShared } from '../../engine/ring/shared.ts'
import { seeded } from '../../src/random.ts'
import { barOf, range } from './bars.ts'

/** A bell whose sounds are counted and heard when the test says so. */
const counted = () => {
  const buffer = new SharedArrayBuffer(SHARED_BYTES)
  let hear: () => void = () => undefined
  let sounds = 0
  const chime: Chime = {
    sound: () => {
      sounds += 1
    },
    listen: (onSound) => {
      hear = onSound
      return { close: () => undefined }
    },
    close: () => undefined,
  }
  const others: Chime = { ...chime, listen: null }
  return { owner: doorbell(buffer, 1, chime), other: doorbell(buffer, 1, others), sounds: () => sounds, hear: () => hear() }
}

const never = (): boolean => false

afterEach(() => {
  vi.useRealTimers()
})

describe('a doorbell', () => {
  test('is silent where nobody sleeps, and sounds once however often it is rung', async () => {
    const { owner, other, sounds, hear } = counted()
    other.ring()
    expect(sounds()).toBe(0)
    const slept = owner.sleep(never)
    other.ring()
    other.ring()
    other.ring()
    expect(sounds()).toBe(1)
    hear()
    await slept
    other.ring()
    expect(sounds()).toBe(1)
  })

  test('does not sleep where there is work already', async () => {
    const { owner, other, sounds } = counted()
    await owner.sleep(() => true)
    other.ring()
    expect(sounds()).toBe(0)
  })

  test('asks for work only after it is marked asleep, so work that comes in between is rung for', async () => {
    const { owner, other, sounds, hear } = counted()
    const slept = owner.sleep(() => {
      other.ring() // published just too late for this question
      return false
    })
    expect(sounds()).toBe(1)
    hear()
    await slept
  })

  test('is woken from within its own process', async () => {
    const { owner, other, sounds } = counted()
    const slept = owner.sleep(never)
    owner.wake()
    await slept
    other.ring()
    expect(sounds()).toBe(0)
  })

  test('wakes after its time-out, and has no timer without one', async () => {
    vi.useFakeTimers()
    const { owner } = counted()
    const forever = owner.sleep(never)
    expect(vi.getTimerCount()).toBe(0)
    owner.wake()
    await forever
    const slept = owner.sleep(never, 1_000)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(1_000)
    await slept
  })

  test('leaves no timer behind when something else woke it', async () => {
    vi.useFakeTimers()
    const { owner } = counted()
    const slept = owner.sleep(never, 1_000)
    owner.wake()
    await slept
    expect(vi.getTimerCount()).toBe(0)
  })

  test('lets its owner go when it is closed', async () => {
    const { owner } = counted()
    const slept = owner.sleep(never)
    owner.close()
    await slept
  })

  test('is for one sleeper, its owner, at a time', async () => {
    const { owner, other } = counted()
    expect(() => other.sleep(never)).toThrow(/only its owner/)
    const slept = owner.sleep(never)
    expect(() => owner.sleep(never)).toThrow(/one sleep at a time/)
    owner.wake()
    await slept
  })

  // Without a time-out a lost wake-up is a test that never ends.
  test.each(range(1, 40))('loses no wake-up however writer and reader interleave (seed %i)', async (seed) => {
    const { next: random } = seeded(seed)
    const shared = plainShared()
    const { brainBars: ring, doorbells } = shared
    const total = 300
    const dawdle = async (): Promise<void> => {
      const turns = Math.floor(random() * 4)
      for (let turn = 0; turn < turns; turn += 1) {
        if (random() < 0.5) await Promise.resolve()
        else await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const write = async (): Promise<void> => {
      for (let sequence = 1; sequence <= total; sequence += 1) {
        expect(ring.push(barOf(sequence))).toBe(true)
        if (random() < 0.4 && sequence < total) continue
        await dawdle()
        ring.publish()
        await dawdle()
        doorbells.brain.ring()
      }
    }
    const got: number[] = []
    const read = async (): Promise<void> => {
      while (got.length < total) {
        await doorbells.brain.sleep(() => ring.pending() > 0)
        await dawdle()
        ring.drain(1 + Math.floor(random() * 5), ({ sequence }) => void got.push(sequence))
        ring.commit()
      }
    }
    await Promise.all([write(), read()])
    expect(got).toEqual(range(1, total))
    shared.close()
  })
})
