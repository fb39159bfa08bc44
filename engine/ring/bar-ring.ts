import { assert } from '../../src/assert.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { Reader, SLOT_BYTES, Writer } from './layout.ts'
import type { BarRing } from './port.ts'
import { blankBar, readSlot, sequenceAt, wordsOf, writeSlot } from './slot.ts'

/**
 * A ring over shared bytes. Cursors count for ever and wrap at 32 bits; a slot is the cursor masked. The data is stored first
 * and the cursor last (a release), the reader loads the cursor first (an acquire), so a half-written bar is never met.
 */
export const barRing = (buffer: ArrayBufferLike, controlAt: number, slotsAt: number, capacity: number): BarRing => {
  assert((capacity & (capacity - 1)) === 0, 'ring capacity is a power of two')
  const mask = capacity - 1
  const control = new Int32Array(buffer, controlAt, 32)
  const writerFloats = new Float64Array(buffer, controlAt + Writer.published, 1)
  const readerFloats = new Float64Array(buffer, controlAt + Reader.committed, 1)
  const words = wordsOf(buffer, slotsAt, capacity * SLOT_BYTES)
  const HEAD = Writer.cursor >> 2
  const OVERRUNS = Writer.overruns >> 2
  const TAIL = Reader.cursor >> 2
  const bar = blankBar()

  let pushed = Atomics.load(control, HEAD)
  let knownTail = Atomics.load(control, TAIL) // the reader may be further, never behind
  let handed = knownTail
  let knownHead = pushed // the writer may be further, never behind

  const push = (next: Bar): boolean => {
    if (((pushed - knownTail) | 0) === capacity) {
      knownTail = Atomics.load(control, TAIL)
      if (((pushed - knownTail) | 0) === capacity) return false
    }
    writeSlot(words, pushed & mask, next)
    pushed = (pushed + 1) | 0
    return true
  }

  const publish = (): void => {
    if (pushed === Atomics.load(control, HEAD)) return
    writerFloats[0] = sequenceAt(words, (pushed - 1) & mask)
    Atomics.store(control, HEAD, pushed)
  }

  const drain = (max: number, onBar: (bar: Bar) => void): number => {
    let ready = (knownHead - handed) | 0
    if (ready < max) {
      knownHead = Atomics.load(control, HEAD)
      ready = (knownHead - handed) | 0
    }
    const count = Math.min(ready, max)
    for (let index = 0; index < count; index += 1) {
      readSlot(words, handed & mask, bar)
      handed = (handed + 1) | 0
      onBar(bar)
    }
    return count
  }

  return {
    capacity,
    push,
    publish,
    space: () => capacity - ((pushed - Atomics.load(control, TAIL)) | 0),
    published: () => writerFloats[0] as number,
    countOverrun: () => void Atomics.add(control, OVERRUNS, 1),
    pending: () => (Atomics.load(control, HEAD) - handed) | 0,
    drain,
    commit: () => {
      if (handed === Atomics.load(control, TAIL)) return
      readerFloats[0] = sequenceAt(words, (handed - 1) & mask)
      Atomics.store(control, TAIL, handed)
    },
    committed: () => readerFloats[0] as number,
    overruns: () => Atomics.load(control, OVERRUNS),
  }
}

/** For a ring that nobody uses yet: the first bar to come is the one after this sequence. */
export const beginAfter = (buffer: ArrayBufferLike, controlAt: number, sequence: number): void => {
  new Float64Array(buffer, controlAt + Writer.published, 1)[0] = sequence
  new Float64Array(buffer, controlAt + Reader.committed, 1)[0] = sequence
}
