import type { LogLine } from './line.ts'
import type { LineStore, Slot } from './line-store.ts'

/** Slots of evicted lines that may be kept before the array is moved together. */
const HOLES_MAX = 10_000

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
  let slots: Slot[] = []
  let head = 0

  const isBefore = (slot: Slot, { key, arrival }: Place): boolean =>
    store.key(slot) < key || (store.key(slot) === key && store.arrival(slot) < arrival)
  const placeOf = (slot: Slot): Place => ({ key: store.key(slot), arrival: store.arrival(slot) })

  const indexOf = (place: Place): number => {
    let low = head
    let high = slots.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = slots[middle]
      if (other !== undefined && isBefore(other, place)) low = middle + 1
      else high = middle
    }
    return low - head
  }

  const add = (batch: readonly Slot[]): boolean => {
    const [first] = batch
    const last = slots.at(-1)
    if (first === undefined) return true
    if (last === undefined || slots.length === head || isBefore(last, placeOf(first))) {
      for (const slot of batch) slots.push(slot)
      return true
    }
    const tail = slots.splice(head + indexOf(placeOf(first)))
    let left = 0
    for (const slot of batch) {
      const place = placeOf(slot)
      for (let other = tail[left]; other !== undefined && isBefore(other, place); other = tail[left]) {
        slots.push(other)
        left += 1
      }
      slots.push(slot)
    }
    for (const slot of tail.slice(left)) slots.push(slot)
    return false
  }

  /** Room at the front doubles, so that a search that finds backwards copies what it found a few times, not once a slice. */
  const prepend = (batch: readonly Slot[]): void => {
    if (batch.length > head) {
      const kept = slots.slice(head)
      const room = batch.length + kept.length
      slots = new Array<Slot>(room).fill(0).concat(kept)
      head = room
    }
    head -= batch.length
    for (const [at, slot] of batch.entries()) slots[head + at] = slot
  }

  const dropFirst = (): Slot | undefined => {
    if (head === slots.length) return undefined
    const slot = slots[head]
    head += 1
    if (head > HOLES_MAX) {
      slots = slots.slice(head)
      head = 0
    }
    return slot
  }

  const slotAt = (index: number): Slot | undefined => (index < 0 ? undefined : slots[head + index])
  const between = (from: number, to: number): Slot[] => slots.slice(head + Math.max(0, from), head + Math.max(0, to))

  return {
    length: () => slots.length - head,
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
      slots = []
      head = 0
    },
  }
}
