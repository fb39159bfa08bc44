import { expect, test } from 'vitest'
import { createOutlet } from '../../engine/feed/outlet.ts'
import { plainShared } from '../../engine/ring/shared.ts'
import type { TapeReader, TapeWriter } from '../../engine/tape/port.ts'
import { barOf } from '../ring/bars.ts'
import { bell, progress } from './fakes.ts'

const outlet = (inStep: boolean) => {
  const { brainBars, orchestratorBars } = plainShared()
  const rung: string[] = []
  const named = (name: string) => ({ ...bell(), ring: () => void rung.push(name) })
  const made = createOutlet({
    tape: { append: () => undefined, flush: () => undefined } as unknown as TapeWriter,
    reader: {} as unknown as TapeReader,
    readers: [
      { ring: brainBars, bell: named('brain'), follows: null },
      { ring: orchestratorBars, bell: named('orchestrator'), follows: inStep ? brainBars : null },
    ],
    bell: bell(),
    progress: progress(),
    waits: inStep,
    stopping: () => false,
  })
  const bar = (sequence: number): string[] => {
    made.take(barOf(sequence))
    made.publish()
    return rung.splice(0)
  }
  return { bar, brainIsGone: (gone: boolean) => made.setGone(brainBars, gone) }
}

test('a live feed wakes the orchestrator too, which must not wait for the brain', () => {
  expect(outlet(false).bar(1)).toEqual(['brain', 'orchestrator'])
})

test('in a replay the brain wakes the orchestrator, and the feed does only where the brain is given up', () => {
  const { bar, brainIsGone } = outlet(true)
  expect(bar(1)).toEqual(['brain'])
  brainIsGone(true)
  expect(bar(2)).toEqual(['brain', 'orchestrator'])
  brainIsGone(false)
  expect(bar(3)).toEqual(['brain'])
})
