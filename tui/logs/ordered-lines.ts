import type { LogLine } from './line.ts'
import type { LineStore, Slot } from './line-store.ts'

const CAPACITY_MIN = 4_096

/** Where a line stands among all: by its key, then by its arrival. */
export type Place = Pick<LogLine, 'key' | 'arrival'>

/** Lines of a store in their order, with cheap ends: grows at the back, is evicted at the front. */
export type OrderedLines = {
  readonly length: () => number
  readonly at: (index: number) => LogLine | undefined
  readonly slotAt: (index: number) => Slot | undefined
  readonly slice: (from: number, to: number) => readonly LogLine[]
  readonly slots: (from: number, to: number) => readonly Slot[]
  /** Takes a batch that is in order itself. True where it only went to the end. */
  readonly add: (batch: readonly Slot[]) => boolean
  /** Puts lines before all others; they are in order and older. */
  readonly prepend: (batch: readonly Slot[]) => void
  readonly dropFirst: () => Slot | undefined
  /** Index of the first line that does not stand before this place. */
  readonly indexOf: (place: Place) => number
  readonly clear: () => void
}

export const createOrderedLines = (store: LineStore): OrderedLines => {
  let slots = new Uint32Array(CAPACITY_MIN)
  let head = 0
  let end = 0

  const isBefore = (slot: Slot, { key, arrival }: Place): boolean =>
    store.key(slot) < key || (store.key(slot) === key && store.arrival(slot) < arrival)
  const placeOf = (slot: Slot): Place => ({ key: store.key(slot), arrival: store.arrival(slot) })

  const indexOf = (place: Place): number => {
    let low = head
    let high = end
    while (low < high) {
      const middle = (low + high) >> 1
      const other = slots[middle]
      if (other !== undefined && isBefore(other, place)) low = middle + 1
      else high = middle
    }
    return low - head
  }

  /** Moves them within an array that stays the same while they fit well: nothing is left for the collector. */
  const makeRoom = (before: number, behind: number): void => {
    if (head >= before && end + behind <= slots.length) return
    const length = end - head
    const needed = before + length + behind
    if (needed * 2 <= slots.length) slots.copyWithin(before, head, end)
    else {
      const wider = new Uint32Array(needed * 4)
      wider.set(slots.subarray(head, end), before)
      slots = wider
    }
    head = before
    end = before + length
  }

  const push = (slot: Slot): void => {
    slots[end] = slot
    end += 1
  }

  const add = (batch: readonly Slot[]): boolean => {
    const [first] = batch
    if (first === undefined) return true
    makeRoom(0, batch.length)
    const last = slots[end - 1]
    if (last === undefined || end === head || isBefore(last, placeOf(first))) {
      for (const slot of batch) push(slot)
      return true
    }
    const from = head + indexOf(placeOf(first))
    const tail = slots.slice(from, end)
    end = from
    let left = 0
    for (const slot of batch) {
      const place = placeOf(slot)
      for (let other = tail[left]; other !== undefined && isBefore(other, place); other = tail[left]) {
        push(other)
        left += 1
      }
      push(slot)
    }
    for (const slot of tail.subarray(left)) push(slot)
    return false
  }

  /** Room at the front doubles, so that a search that finds backwards copies what it found a few times, not once a slice. */
  const prepend = (batch: readonly Slot[]): void => {
    if (batch.length > head) makeRoom(batch.length * 2 + end - head, 0)
    head -= batch.length
    slots.set(batch, head)
  }

  const dropFirst = (): Slot | undefined => {
    if (head === end) return undefined
    head += 1
    return slots[head - 1]
  }

  const slotAt = (index: number): Slot | undefined => (index < 0 || head + index >= end ? undefined : slots[head + index])
  const between = (from: number, to: number): Slot[] =>
    Array.from(slots.subarray(Math.min(end, head + Math.max(0, from)), Math.min(end, head + Math.max(0, to))))

  return {
    length: () => end - head,
    at: (index) => {
      const slot = slotAt(index)
      return slot === undefined ? undefined : store.line(slot)
    },
    slotAt,
    slice: (from, to) => between(from, to).map(store.line),
    slots: between,
    add,
    prepend,
    dropFirst,
    indexOf,
    clear: () => {
      head = 0
      end = 0
    },
  }
}
