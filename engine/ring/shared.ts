import { closeSync } from 'node:fs'
import { CHILDREN, type ChildName } from '../../src/contracts/names.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { barRing, beginAfter } from './bar-ring.ts'
import { type Chime, doorbell } from './doorbell.ts'
import {
  BAR_CAPACITY,
  BRAIN_SLOTS_AT,
  CONTROL_AT,
  Header,
  LAYOUT_VERSION,
  MAGIC,
  ORCHESTRATOR_SLOTS_AT,
  RECORD_BYTES,
  RECORDS_AT,
  SHARED_BYTES,
  SLOT_BYTES,
} from './layout.ts'
import { createEvent, createMemory, eventChime, mapMemory } from './memory.ts'
import type { Doorbell, Progress, Shared } from './port.ts'
import { progressLine } from './progress.ts'
import { recordRing } from './record-ring.ts'

/** Numbers of the descriptors that a child inherits: the memory and one bell a child. */
export type SharedDescriptors = { readonly memory: number } & Readonly<Record<ChildName, number>>

/** Where the rings begin: the first bar to come is the one after it. `generation` tells one start of the engine from the next. */
export type Beginning = { readonly startAfter: number; readonly generation: number }

const HEADER = {
  magic: MAGIC,
  version: LAYOUT_VERSION,
  bytes: SHARED_BYTES,
  slotBytes: SLOT_BYTES,
  barCapacity: BAR_CAPACITY,
  recordBytes: RECORD_BYTES,
}

const stamp = (buffer: ArrayBufferLike, { startAfter, generation }: Beginning): void => {
  beginAfter(buffer, CONTROL_AT.brainBars, startAfter)
  beginAfter(buffer, CONTROL_AT.orchestratorBars, startAfter)
  const words = new Int32Array(buffer, 0, 16)
  for (const [name, value] of Object.entries(HEADER)) words[Header[name as keyof typeof HEADER]] = value
  words[Header.generation] = generation
}

/** @throws ExitError 70 where the memory is not what this code expects: two builds of the engine must never share one. */
const check = (buffer: ArrayBufferLike): void => {
  const words = new Int32Array(buffer, 0, 16)
  for (const [name, expected] of Object.entries(HEADER)) {
    const found = words[Header[name as keyof typeof HEADER]]
    if (found !== expected)
      throw new ExitError(
        Exit.internal,
        `shared memory: ${name} is ${found}, expected ${expected}`,
        'stop the engine and start it again with one build',
      )
  }
}

const assemble = (buffer: ArrayBufferLike, chimes: Readonly<Record<ChildName, Chime>>, close: () => void): Shared => {
  const numbered = <Value>(make: (name: ChildName, number: number) => Value): Record<ChildName, Value> =>
    Object.fromEntries(CHILDREN.map((name, number) => [name, make(name, number)])) as Record<ChildName, Value>
  const doorbells: Record<ChildName, Doorbell> = numbered((name, number) => doorbell(buffer, number, chimes[name]))
  const progress: Record<ChildName, Progress> = numbered((_, number) => progressLine(buffer, number))
  return {
    brainBars: barRing(buffer, CONTROL_AT.brainBars, BRAIN_SLOTS_AT, BAR_CAPACITY),
    orchestratorBars: barRing(buffer, CONTROL_AT.orchestratorBars, ORCHESTRATOR_SLOTS_AT, BAR_CAPACITY),
    signals: recordRing(buffer, CONTROL_AT.signals, RECORDS_AT, RECORD_BYTES),
    doorbells,
    progress,
    close: () => {
      for (const name of CHILDREN) doorbells[name].close()
      close()
    },
  }
}

/** For the supervisor: it holds the memory, so that the rings outlive any child. */
export const createShared = (
  beginning: Beginning = { startAfter: 0, generation: 1 },
): { readonly shared: Shared; readonly descriptors: SharedDescriptors; readonly close: () => void } => {
  const memory = createMemory(SHARED_BYTES)
  const buffer = mapMemory(memory, SHARED_BYTES)
  stamp(buffer, beginning)
  const events = { feed: createEvent(), brain: createEvent(), orchestrator: createEvent() }
  const chimes = {
    feed: eventChime(events.feed, false),
    brain: eventChime(events.brain, false),
    orchestrator: eventChime(events.orchestrator, false),
  }
  const shared = assemble(buffer, chimes, () => closeSync(memory))
  return { shared, descriptors: { memory, ...events }, close: shared.close }
}

/**
 * The memory that a process inherited, with the bell that it may sleep on; the supervisor sleeps on none.
 * @throws ExitError 70 where the memory is not one of this build.
 */
export const openShared = (descriptors: SharedDescriptors, self: ChildName | 'supervisor'): Shared => {
  const buffer = mapMemory(descriptors.memory, SHARED_BYTES)
  check(buffer)
  const chime = (name: ChildName): Chime => eventChime(descriptors[name], name === self)
  return assemble(buffer, { feed: chime('feed'), brain: chime('brain'), orchestrator: chime('orchestrator') }, () => closeSync(descriptors.memory))
}

/** The same over plain memory, for one process: tests and runs without children. */
export const plainShared = (beginning: Beginning = { startAfter: 0, generation: 1 }): Shared => {
  const buffer = new SharedArrayBuffer(SHARED_BYTES)
  stamp(buffer, beginning)
  check(buffer)
  return assemble(buffer, { feed: plainChime(), brain: plainChime(), orchestrator: plainChime() }, () => undefined)
}

const plainChime = (): Chime => {
  let onSound: () => void = () => undefined
  return {
    sound: () => void setImmediate(() => onSound()),
    listen: (listener) => {
      onSound = listener
      return { close: () => (onSound = () => undefined) }
    },
    close: () => undefined,
  }
}
