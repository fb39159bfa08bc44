import { before, type LogLine } from './line.ts'

/** Slots of evicted lines that may be kept before the array is moved together. */
const HOLES_MAX = 10_000

/** Log lines in their order, with cheap ends: grows at the back, is evicted at the front. */
export type OrderedLines = {
  readonly length: () => number
  readonly at: (index: number) => LogLine | undefined
  readonly slice: (from: number, to: number) => readonly LogLine[]
  /** Takes a batch that is in order itself. True where it only went to the end. */
  readonly add: (batch: readonly LogLine[]) => boolean
  /** Puts lines before all others; they are in order and older. */
  readonly prepend: (batch: readonly LogLine[]) => void
  readonly dropFirst: () => LogLine | undefined
  /** Index of the first line that does not stand before `line`. */
  readonly indexOf: (line: LogLine) => number
  readonly replace: (lines: readonly LogLine[]) => void
}

export const createOrderedLines = (): OrderedLines => {
  let lines: LogLine[] = []
  let head = 0

  const indexOf = (line: LogLine): number => {
    let low = head
    let high = lines.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = lines[middle]
      if (other !== undefined && before(other, line)) low = middle + 1
      else high = middle
    }
    return low - head
  }

  const add = (batch: readonly LogLine[]): boolean => {
    const [first] = batch
    const last = lines.at(-1)
    if (first === undefined) return true
    if (last === undefined || lines.length === head || before(last, first)) {
      for (const line of batch) lines.push(line)
      return true
    }
    const tail = lines.splice(head + indexOf(first))
    for (const line of merge(tail, batch)) lines.push(line)
    return false
  }

  /** Room at the front doubles, so that a search that finds backwards copies what it found a few times, not once a slice. */
  const prepend = (batch: readonly LogLine[]): void => {
    if (batch.length > head) {
      const kept = lines.slice(head)
      const room = batch.length + kept.length
      lines = new Array<LogLine>(room).concat(kept)
      head = room
    }
    head -= batch.length
    for (const [at, line] of batch.entries()) lines[head + at] = line
  }

  const dropFirst = (): LogLine | undefined => {
    const line = lines[head]
    if (line === undefined) return undefined
    head += 1
    if (head > HOLES_MAX) {
      lines = lines.slice(head)
      head = 0
    }
    return line
  }

  return {
    length: () => lines.length - head,
    at: (index) => (index < 0 ? undefined : lines[head + index]),
    slice: (from, to) => lines.slice(head + Math.max(0, from), head + Math.max(0, to)),
    add,
    prepend,
    dropFirst,
    indexOf,
    replace: (next) => {
      lines = [...next]
      head = 0
    },
  }
}

const merge = (a: readonly LogLine[], b: readonly LogLine[]): readonly LogLine[] => {
  const merged: LogLine[] = []
  let left = 0
  for (const line of b) {
    for (let other = a[left]; other !== undefined && before(other, line); other = a[left]) {
      merged.push(other)
      left += 1
    }
    merged.push(line)
  }
  for (; left < a.length; left += 1) {
    const other = a[left]
    if (other !== undefined) merged.push(other)
  }
  return merged
}
