import { ftruncateSync, writeSync } from 'node:fs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Header, SHARED_BYTES } from '../../engine/ring/layout.ts'
import { createMemory } from '../../engine/ring/memory.ts'
import { createShared, openShared, plainShared } from '../../engine/ring/shared.ts'
import { CHILDREN } from '../../src/contracts/names.ts'
import { Exit, type ExitError } from '../../src/exit.ts'
import { barOf } from './bars.ts'

const created = () => {
  const made = createShared({ startAfter: 5, generation: 3 })
  onTestFinished(made.close)
  return made
}

const failure = (call: () => unknown): ExitError => {
  try {
    call()
  } catch (error) {
    return error as ExitError
  }
  throw new Error('it was not refused')
}

describe.skipIf(process.platform !== 'linux')('shared memory', () => {
  test('is the same for whoever opens it', () => {
    const { shared, descriptors } = created()
    const brain = openShared(descriptors, 'brain') // not closed: its descriptors are those of `created`
    shared.brainBars.push(barOf(6))
    shared.brainBars.publish()
    const got: number[] = []
    brain.brainBars.drain(1, ({ sequence }) => void got.push(sequence))
    brain.brainBars.commit()
    brain.progress.brain.work()
    brain.progress.brain.setWaiting(true)
    brain.signals.push('{"kind":"signal"}')
    expect(got).toEqual([6])
    expect(shared.brainBars.committed()).toBe(6)
    expect(shared.orchestratorBars.committed()).toBe(5)
    expect(shared.progress.brain.read()).toEqual({ work: 1, beat: 0, waiting: true })
    expect(shared.progress.feed.read()).toEqual({ work: 0, beat: 0, waiting: false })
    expect(shared.signals.pending()).toBe(true)
  })

  test.each([
    { field: 'magic', value: 0x1234 },
    { field: 'version', value: 99 },
    { field: 'slotBytes', value: 48 },
    { field: 'barCapacity', value: 4_096 },
  ] as const)('is refused with another $field', ({ field, value }) => {
    const { descriptors } = created()
    writeSync(descriptors.memory, new Uint8Array(new Int32Array([value]).buffer), 0, 4, Header[field] * 4)
    const error = failure(() => openShared(descriptors, 'feed'))
    expect(error).toMatchObject({ code: Exit.internal, message: expect.stringContaining(`${field} is ${value}, expected`) })
    expect(error.remedy).toMatch(/one build/)
  })

  test('is refused with another size, before a byte of it is touched', () => {
    const { descriptors } = created()
    const memory = createMemory(4_096)
    const error = failure(() => openShared({ ...descriptors, memory }, 'feed'))
    expect(error).toMatchObject({ code: Exit.internal, message: expect.stringContaining(`has 4096 bytes, expected ${SHARED_BYTES}`) })
  })

  test('is refused where nothing was handed down', () => {
    const { descriptors } = created()
    expect(failure(() => openShared({ ...descriptors, memory: 9_999 }, 'feed'))).toMatchObject({
      code: Exit.internal,
      message: expect.stringContaining('descriptor 9999 is not open'),
    })
  })

  test('cannot be cut short under the others', () => {
    const { descriptors } = created()
    expect(() => ftruncateSync(descriptors.memory, 0)).toThrow(/EPERM/)
  })

  test('gives the supervisor no bell to sleep on', () => {
    const { shared, descriptors } = created()
    const watching = openShared(descriptors, 'supervisor')
    for (const name of CHILDREN) {
      expect(() => shared.doorbells[name].sleep(() => false)).toThrow(/only its owner/)
      expect(() => watching.doorbells[name].sleep(() => false)).toThrow(/only its owner/)
    }
  })

  test('carries a bell from one opening to another', async () => {
    const { shared, descriptors } = createShared()
    const feed = openShared(descriptors, 'feed')
    const slept = feed.doorbells.feed.sleep(() => false)
    shared.doorbells.feed.ring()
    await slept
    feed.close()
  })
})

test('plain memory does the same within one process', async () => {
  const shared = plainShared({ startAfter: 9, generation: 1 })
  expect(shared.brainBars.published()).toBe(9)
  const slept = shared.doorbells.orchestrator.sleep(() => false)
  shared.doorbells.orchestrator.ring()
  await slept
  shared.close()
})

test('progress counts work and beats apart, and wraps without a word', () => {
  const { progress } = plainShared()
  progress.feed.beat()
  progress.feed.work()
  progress.feed.work()
  expect(progress.feed.read()).toEqual({ work: 2, beat: 1, waiting: false })
})

test('a system without it is told so, and what to do', async () => {
  const { platform } = process
  Object.defineProperty(process, 'platform', { value: 'darwin' })
  onTestFinished(() => {
    Object.defineProperty(process, 'platform', { value: platform })
    vi.resetModules()
  })
  vi.resetModules() // a process that has loaded the library once does not ask again
  const elsewhere = await import('../../engine/ring/shared.ts')
  const error = failure(() => elsewhere.createShared())
  expect(error).toMatchObject({ code: Exit.configuration, message: expect.stringContaining('this is darwin') })
  expect(error.remedy).toMatch(/run the engine on Linux/)
})
