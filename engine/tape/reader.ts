import { closeSync, fdatasyncSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Bar } from '../../src/contracts/market.ts'
import { blankBar, readSlot, sequenceAt } from '../ring/slot.ts'
import { block, isReject, isSound, RECORD_BYTES, type Segment, segments } from './format.ts'
import type { TapeReader } from './port.ts'

const READ_RECORDS = 1_024

type Open = Segment & { readonly descriptor: number }

/** Reads while the feed writes. A last record that is still being written is not there yet. */
export const openTapeReader = (folder: string): TapeReader => {
  const open: Open[] = []
  const space = block(READ_RECORDS)
  const one = block(1)
  const bar = blankBar()
  let syncedSequence = 0
  /** Segments before this one are full, and were flushed after they were. */
  let syncedSegments = 0

  const look = (): void => {
    for (const segment of segments(folder).slice(open.length)) open.push({ ...segment, descriptor: openSync(segment.path, 'r+') })
  }
  const recordsIn = ({ descriptor }: Open): number => Math.max(0, Math.floor((fstatSync(descriptor).size - RECORD_BYTES) / RECORD_BYTES))

  const sequenceOf = ({ descriptor }: Open, record: number): number => {
    readSync(descriptor, one.bytes, 0, RECORD_BYTES, RECORD_BYTES * (1 + record))
    return sequenceAt(one.words, 0)
  }

  /** Index of the first record whose sequence is at least this, or the number of records. Rejects carry the sequence before them. */
  const search = (segment: Open, sequence: number): number => {
    let low = 0
    let high = recordsIn(segment)
    while (low < high) {
      const middle = (low + high) >> 1
      if (sequenceOf(segment, middle) < sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Where the last read ended, so that reading on needs no search. */
  let next = { sequence: 0, segment: 0, record: 0 }

  const placeOf = (from: number): { segment: number; record: number } => {
    if (next.sequence === from) return { segment: next.segment, record: next.record }
    let segment = open.length - 1
    while (segment > 0 && (recordsIn(open[segment] as Open) === 0 || sequenceOf(open[segment] as Open, 0) >= from)) segment -= 1
    const found = open[segment]
    return { segment: Math.max(0, segment), record: found === undefined ? 0 : search(found, from) }
  }

  const read = (from: number, to: number, onBar: (bar: Bar) => void): number => {
    if (to < from) return from - 1
    look()
    let { segment, record } = placeOf(from)
    let last = from - 1
    for (; segment < open.length && last < to; segment += 1, record = 0) {
      const current = open[segment] as Open
      for (let total = recordsIn(current); record < total && last < to; ) {
        const records = Math.min(READ_RECORDS, total - record)
        readSync(current.descriptor, space.bytes, 0, records * RECORD_BYTES, RECORD_BYTES * (1 + record))
        for (let slot = 0; slot < records && last < to; slot += 1) {
          if (!isSound(space.words, slot)) return last
          record += 1
          if (isReject(space.words, slot) || sequenceAt(space.words, slot) <= last) continue
          readSlot(space.words, slot, bar)
          last = bar.sequence
          onBar(bar)
        }
      }
      if (last >= to) break
    }
    next = { sequence: last + 1, segment: Math.min(segment, open.length - 1), record }
    return last
  }

  const lastSequence = (): number => {
    look()
    for (let index = open.length - 1; index >= 0; index -= 1) {
      const segment = open[index] as Open
      for (let record = recordsIn(segment) - 1; record >= 0; record -= 1) {
        const sequence = sequenceOf(segment, record)
        if (isSound(one.words, 0)) return sequence
      }
    }
    return 0
  }

  return {
    read,
    lastSequence,
    sync: (sequence) => {
      if (sequence <= syncedSequence) return
      look()
      for (const { descriptor } of open.slice(syncedSegments)) fdatasyncSync(descriptor)
      syncedSegments = Math.max(0, open.length - 1)
      syncedSequence = sequence
    },
    close: () => {
      for (const { descriptor } of open) closeSync(descriptor)
      open.length = 0
    },
  }
}
