import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemActor } from '../../engine/audit/actor.ts'
import { saveDesired } from '../../engine/supervisor/desired.ts'
import type { Desired } from '../../engine/supervisor/messages.ts'
import type { Recorder } from '../../engine/supervisor/recorder.ts'
import { createWanted } from '../../engine/supervisor/wanted.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import { testActor } from '../helpers/scripted.ts'
import { tempFolder } from '../helpers/temp.ts'

const wish = (state: DesiredState): Desired => ({ state, reason: 'a test', actor: testActor, commandId: null, at: 1 })

/** Paused, on a disk that fails at the saves with these numbers: after the new file is in its place, as a folder that cannot be flushed does. */
const paused = (failing: readonly number[]) => {
  const path = join(tempFolder(), 'desired.json')
  saveDesired(path, wish('paused'))
  const adopted: DesiredState[] = []
  const unsaved: DesiredState[] = []
  const recorder = { record: () => undefined, note: () => undefined } as unknown as Recorder
  let saves = 0
  const wanted = createWanted({
    initial: wish('paused'),
    path,
    recorder,
    self: systemActor,
    now: () => 1,
    onAdopted: ({ state }) => void adopted.push(state),
    onUnsaved: (state) => void unsaved.push(state),
    save: (to, desired) => {
      saveDesired(to, desired)
      saves += 1
      if (failing.includes(saves)) throw new Error('EIO')
    },
  })
  return { wanted, adopted, unsaved, saved: (): string => JSON.parse(readFileSync(path, 'utf8')).state }
}

test('what lets more in and fails at the end of its save is taken back from the file too', () => {
  const { wanted, adopted, unsaved, saved } = paused([1])
  expect(() => wanted.set(wish('running'))).toThrow('EIO')
  expect([wanted.get().state, adopted, saved(), unsaved]).toEqual(['paused', [], 'paused', []])
})

test('a file that cannot be taken back is told, and so is why', () => {
  const { wanted, adopted, unsaved } = paused([1, 2])
  expect(() => wanted.set(wish('running'))).toThrow('EIO')
  expect([wanted.get().state, adopted, unsaved]).toEqual(['paused', [], ['paused']])
})

test('what lets less in holds whatever becomes of its save', () => {
  const { wanted, adopted } = paused([1])
  expect(() => wanted.set(wish('halted'))).toThrow('EIO')
  expect([wanted.get().state, adopted]).toEqual(['halted', ['halted']])
})
