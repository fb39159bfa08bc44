import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { assert } from '../../src/assert.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { blankBar, readSlot, sequenceAt } from '../ring/slot.ts'
import { anySound, block, corrupt, isReject, isSound, RECORD_BYTES, readHeader, readRecords, recordsIn, type Segment, segments } from './format.ts'
import type { TapePiece, TapeReader } from './port.ts'

const READ_RECORDS = 1_024
/** Read at least, however few bars are asked for: there may be rejects between them. */
const READ_RECORDS_MIN = 64

type Open = Segment & { readonly descriptor: number; readonly capacity: number }

/** Where a bar is: which segment, and which record of it. */
type Place = { readonly segment: number; readonly record: number }

/**
 * Reads while the feed writes: a last record that is still being written is not there yet.
 * @throws ExitError 65, at once or from `read`, where a file is no tape of ours or a record before the end is damaged.
 */
export const openTapeReader = (folder: string): TapeReader => {
  const open: Open[] = []
  const space = block(READ_RECORDS)
  const one = block(1)
  const bar = blankBar()
  let synced = { sequence: 0, segments: 0 }
  /** Bars up to here are flushed or were handed out as pieces, and the record behind them. */
  let safe: Place & { readonly sequence: number } = { sequence: 0, segment: 0, record: 0 }
  /** Where the last read ended, so that reading on needs no search. */
  let next: Place & { readonly sequence: number } = { sequence: 0, segment: 0, record: 0 }

  const openSegment = (segment: Segment): Open | null => {
    const descriptor = openSync(segment.path, 'r')
    const header = readHeader(descriptor, segment.first)
    if (header.kind === 'sound') return { ...segment, descriptor, capacity: header.capacity }
    closeSync(descriptor)
    return header.kind === 'torn' ? null : corrupt(segment.path, header.fault) // torn: its header is being written at this moment
  }

  /** A segment begins where the one before is full, so the folder is read only then. */
  const look = (): void => {
    const last = open.at(-1)
    if (last !== undefined && recordsIn(last.descriptor) < last.capacity) return
    for (const segment of segments(folder).slice(open.length)) {
      const before = open.at(-1)
      const expected = before === undefined ? 0 : before.first + before.capacity
      if (segment.first !== expected)
        corrupt(segment.path, `begins with record ${segment.first}, but ${expected} should come next: a file is missing`)
      const opened = openSegment(segment)
      if (opened === null) return
      open.push(opened)
    }
  }

  const sequenceOf = ({ path, first, descriptor }: Open, record: number): number => {
    if (readRecords(descriptor, one, record, 1) < 1) corrupt(path, `ends before record ${first + record}, which it had`)
    return sequenceAt(one.words, 0)
  }

  /** Records that are wholly written: unsound ones at the very end are in the making, or were torn by a kill. */
  const soundIn = (segment: Open): number => {
    let count = recordsIn(segment.descriptor)
    while (count > 0) {
      if (readRecords(segment.descriptor, one, count - 1, 1) === 1 && isSound(one.words, 0)) break
      count -= 1
    }
    return count
  }

  /** First record whose sequence is at least this. Rejects carry the sequence of the bar before them, so sequences never fall. */
  const search = (segment: Open, sequence: number): number => {
    let low = 0
    let high = soundIn(segment)
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sequenceOf(segment, middle) < sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  const placeOf = (from: number): Place => {
    if (next.sequence === from) return next
    for (let index = open.length - 1; index > 0; index -= 1) {
      const segment = open[index] as Open
      if (soundIn(segment) > 0 && sequenceOf(segment, 0) < from) return { segment: index, record: search(segment, from) }
    }
    const first = open[0]
    return { segment: 0, record: first === undefined ? 0 : search(first, from) }
  }

  const read = (from: number, to: number, onBar: (bar: Bar) => void): number => {
    if (to < from) return from - 1
    look()
    let { segment, record } = placeOf(from)
    let last = from - 1
    const handOver = (slots: number): number => {
      for (let slot = 0; slot < slots; slot += 1) {
        if (!isSound(space.words, slot)) return slot
        if (isReject(space.words, slot) || sequenceAt(space.words, slot) <= last) continue
        readSlot(space.words, slot, bar)
        last = bar.sequence
        onBar(bar)
        if (last === to) return slot + 1
      }
      return slots
    }
    while (last < to) {
      const current = open[segment]
      if (current === undefined) break
      const total = recordsIn(current.descriptor)
      const got =
        record < total
          ? readRecords(current.descriptor, space, record, Math.min(READ_RECORDS, total - record, Math.max(READ_RECORDS_MIN, to - last)))
          : 0
      const done = handOver(got)
      record += done
      if (done < got && last < to) {
        if (anySound(current.descriptor, record + 1, total)) corrupt(current.path, `is damaged at record ${current.first + record}`)
        break
      }
      if (got === 0 && record < current.capacity) break
      if (record < current.capacity) continue
      if (segment + 1 === open.length) look()
      if (segment + 1 === open.length) break
      segment += 1
      record = 0
    }
    next = { sequence: last + 1, segment, record }
    return last
  }

  const lastSequence = (): number => {
    look()
    for (let index = open.length - 1; index >= 0; index -= 1) {
      const segment = open[index] as Open
      const sound = soundIn(segment)
      if (sound > 0) return sequenceOf(segment, sound - 1)
    }
    return 0
  }

  const sync = (sequence: number): void => {
    if (sequence <= synced.sequence) return
    // Asked before the flush: what comes in meanwhile may miss it.
    const reached = lastSequence()
    assert(sequence <= reached, `bar ${sequence} is on the tape before anything is built on it; it ends at ${reached}`)
    const last = open.length - 1
    const end = { sequence: reached, segment: last, record: soundIn(open[last] as Open) }
    for (const { descriptor } of open.slice(synced.segments)) fdatasyncSync(descriptor)
    // The last one grows on; those before it are full and done with.
    synced = { sequence: reached, segments: last }
    safe = end
  }

  const piece = (sequence: number, recordsMax: number): TapePiece | 'many' | null => {
    assert(recordsMax <= READ_RECORDS, `a piece has at most ${READ_RECORDS} records`)
    if (sequence <= safe.sequence) return null
    if (open.length === 0) look()
    const { segment, record } = safe
    const current = open[segment]
    if (current === undefined) return 'many'
    const got = readRecords(current.descriptor, space, record, Math.min(recordsMax, current.capacity - record))
    for (let slot = 0; slot < got && isSound(space.words, slot); slot += 1) {
      if (isReject(space.words, slot) || sequenceAt(space.words, slot) !== sequence) continue
      safe = { sequence, segment, record: record + slot + 1 }
      return { first: current.first + record, bytes: space.bytes.slice(0, RECORD_BYTES * (slot + 1)) }
    }
    return 'many'
  }

  return {
    read,
    lastSequence,
    sync,
    piece,
    close: () => {
      for (const { descriptor } of open.splice(0)) closeSync(descriptor)
      next = { sequence: 0, segment: 0, record: 0 }
    },
  }
}
