import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync } from 'node:fs'
import { anySound, block, corrupt, headerOf, isSound, RECORD_BYTES, readHeader, readRecords, recordsIn, type Segment, segments } from './format.ts'
import type { Tally } from './tally.ts'
import { writeAt } from './write-at.ts'

const READ_RECORDS = 8_192

/** The segment that the writer goes on with. */
export type Recovered = {
  readonly descriptor: number
  readonly first: number
  readonly records: number
  readonly capacity: number
  readonly tornBytes: number
}

/**
 * Reads the whole tape, counting, and cuts off what the last write left unfinished. Null where there is no tape yet.
 * @throws ExitError 65 where anything but the end is damaged; then nothing is changed.
 */
export const recover = (folder: string, tally: Tally, capacityMax: number): Recovered | null => {
  const found = segments(folder)
  let expected = 0
  for (const [index, segment] of found.entries()) {
    if (segment.first !== expected) corrupt(segment.path, `begins with record ${segment.first}, but ${expected} should come next: a file is missing`)
    if (index === found.length - 1) return recoverLast(segment, tally, capacityMax)
    expected += countFull(segment, tally)
  }
  return null
}

/** A segment that was finished before the next one began. */
const countFull = (segment: Segment, tally: Tally): number => {
  const descriptor = openSync(segment.path, 'r')
  try {
    const header = readHeader(descriptor, segment.first)
    if (header.kind !== 'sound') corrupt(segment.path, header.kind === 'torn' ? 'has no header' : header.fault)
    const { capacity } = header
    if (fstatSync(descriptor).size !== RECORD_BYTES * (1 + capacity)) corrupt(segment.path, `has ${recordsIn(descriptor)} records of ${capacity}`)
    const sound = countRecords(descriptor, segment, capacity, tally)
    if (sound < capacity) corrupt(segment.path, `is damaged at record ${segment.first + sound}`)
    return capacity
  } finally {
    closeSync(descriptor)
  }
}

const recoverLast = (segment: Segment, tally: Tally, capacityMax: number): Recovered => {
  const descriptor = openSync(segment.path, 'r+')
  try {
    const header = readHeader(descriptor, segment.first)
    if (header.kind === 'foreign') corrupt(segment.path, header.fault)
    const { size } = fstatSync(descriptor)
    const total = recordsIn(descriptor)
    if (header.kind === 'torn') {
      // Killed between making the file and writing its header: there can be nothing in it.
      if (anySound(descriptor, 0, total)) corrupt(segment.path, 'has no header')
      ftruncateSync(descriptor, 0)
      writeAt(descriptor, headerOf(segment.first, capacityMax), 0)
      return { descriptor, first: segment.first, records: 0, capacity: capacityMax, tornBytes: size }
    }
    if (total > header.capacity) corrupt(segment.path, `has ${total} records, ${header.capacity} is the most`)
    const records = countRecords(descriptor, segment, total, tally)
    if (anySound(descriptor, records + 1, total)) corrupt(segment.path, `is damaged at record ${segment.first + records}`)
    const sound = RECORD_BYTES * (1 + records)
    if (size > sound) {
      ftruncateSync(descriptor, sound)
      // A reader that saw the torn end must never find it again behind bars that were written since.
      fdatasyncSync(descriptor)
    }
    return { descriptor, first: segment.first, records, capacity: header.capacity, tornBytes: size - sound }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** @returns how many records there are before the first unsound one. */
const countRecords = (descriptor: number, { path, first }: Segment, total: number, tally: Tally): number => {
  const space = block(Math.min(READ_RECORDS, Math.max(1, total)))
  for (let done = 0; done < total; ) {
    const got = readRecords(descriptor, space, done, Math.min(READ_RECORDS, total - done))
    if (got === 0) corrupt(path, `ends within record ${first + done}`)
    for (let slot = 0; slot < got; slot += 1) {
      if (!isSound(space.words, slot)) return done + slot
      const fault = tally.count(space.words, slot)
      if (fault !== null) corrupt(path, `is wrong at record ${first + done + slot}, which ${fault}`)
    }
    done += got
  }
  return total
}
