import { assert, BrokenInvariant } from '../../src/assert.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { Reader, SLOT_BYTES, Writer } from './layout.ts'
import type { BarRing } from './port.ts'
import { blankBar, readSlot, sequenceAt, wordsOf, writeSlot } from './slot.ts'

/** Looks at a writer that publishes all the time before a steady moment is met; a look takes some 20 ns, and one in a few meets it. */
const LOOKS_MAX = 10_000

/**
 * A ring over shared bytes. Cursors count for ever and wrap at 32 bits; a slot is the cursor masked. The data is stored first
 * and the cursor last (a release), the reader loads the cursor first (an acquire), so a half-written bar is never met.
 */
export const barRing = (buffer: ArrayBufferLike, controlAt: number, slotsAt: number, capacity: number): BarRing => {
  assert((capacity & (capacity - 1)) === 0, 'ring capacity is a power of two')
  const mask = capacity - 1
  const control = new Int32Array(buffer, controlAt, 32)
  const writerFloats = new Float64Array(buffer, controlAt + Writer.published, 2)
  const readerFloats = new Float64Array(buffer, controlAt + Reader.committed, 1)
  const words = wordsOf(buffer, slotsAt, capacity * SLOT_BYTES)
  const HEAD = Writer.cursor >> 2
  const OVERRUNS = Writer.overruns >> 2
  const PUBLISHED_AT = Writer.publishedAt >> 2
  const TAIL = Reader.cursor >> 2
  const bar = blankBar()

  // Each side alone moves its own cursor and remembers it; the other side's is looked up only where the last look was not enough.
  let head = Atomics.load(control, HEAD)
  let pushed = head
  let knownTail = Atomics.load(control, TAIL) // the reader may be further, never behind
  let tail = knownTail
  let handed = tail
  let knownHead = head // the writer may be further, never behind

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
    if (pushed === head) return
    const pair = control[PUBLISHED_AT] === head ? 1 : 0
    writerFloats[pair] = sequenceAt(words, (pushed - 1) & mask)
    control[PUBLISHED_AT + pair] = pushed
    head = pushed
    Atomics.store(control, HEAD, pushed)
  }

  const published = (): number => {
    for (let look = 0; look < LOOKS_MAX; look += 1) {
      const at = Atomics.load(control, HEAD)
      const pair = Atomics.load(control, PUBLISHED_AT) === at ? 0 : 1
      const matches = Atomics.load(control, PUBLISHED_AT + pair) === at
      const sequence = writerFloats[pair] as number
      if (matches && Atomics.load(control, HEAD) === at) return sequence
    }
    throw new BrokenInvariant('the sequence that was published belongs to the writer’s cursor')
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
    published,
    countOverrun: () => void Atomics.add(control, OVERRUNS, 1),
    pending: () => (Atomics.load(control, HEAD) - handed) | 0,
    drain,
    commit: () => {
      if (handed === tail) return
      readerFloats[0] = sequenceAt(words, (handed - 1) & mask)
      tail = handed
      Atomics.store(control, TAIL, handed)
    },
    committed: () => readerFloats[0] as number,
    overruns: () => Atomics.load(control, OVERRUNS),
  }
}

/** For a ring that nobody uses yet: the first bar to come is the one after this sequence. Where the cursors begin matters to nobody but a test of their wrapping. */
export const beginAfter = (buffer: ArrayBufferLike, controlAt: number, sequence: number, cursor = 0): void => {
  new Float64Array(buffer, controlAt + Writer.published, 2).fill(sequence)
  new Float64Array(buffer, controlAt + Reader.committed, 1)[0] = sequence
  const control = new Int32Array(buffer, controlAt, 32)
  control.fill(cursor, Writer.publishedAt >> 2, (Writer.publishedAt >> 2) + 2)
  Atomics.store(control, Reader.cursor >> 2, cursor)
  Atomics.store(control, Writer.cursor >> 2, cursor)
}
