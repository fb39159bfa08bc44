import { closeSync, fdatasyncSync, mkdirSync, openSync } from 'node:fs'
import { assert } from '../../src/assert.ts'
import { syncFolder } from '../../src/atomic-file.ts'
import { block, headerOf, RECORD_BYTES, SEGMENT_RECORDS, segmentPath, writeBar, writeReject } from './format.ts'
import type { TapeWriter } from './port.ts'
import { type Recovered, recover } from './recover.ts'
import { countOwn, createTally } from './tally.ts'
import { writeAt } from './write-at.ts'

/** Records held back at most until `flush`; one more flushes them. */
export const BUFFERED_RECORDS = 512

const create = (folder: string, first: number, capacity: number): Recovered => {
  const descriptor = openSync(segmentPath(folder, first), 'wx', 0o600)
  writeAt(descriptor, headerOf(first, capacity), 0)
  fdatasyncSync(descriptor)
  syncFolder(folder)
  return { descriptor, first, records: 0, capacity, tornBytes: 0 }
}

/**
 * The one writer of a tape. What was torn by a kill is cut off, and `end` says how much that was.
 * @throws ExitError 65 where a record before the end is damaged or a file is no tape of ours.
 */
export const openTapeWriter = (folder: string, segmentRecords = SEGMENT_RECORDS): TapeWriter => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const tally = createTally()
  const recovered = recover(folder, tally, segmentRecords) ?? create(folder, 0, segmentRecords)
  const { tornBytes } = recovered
  const pending = block(BUFFERED_RECORDS)
  let { descriptor, first, records, capacity } = recovered
  let buffered = 0
  let closed = false

  /** Only the last segment may ever be torn, so the one before is on the disk for good before the next one exists. */
  const nextSegment = (): void => {
    fdatasyncSync(descriptor)
    const next = create(folder, first + records, segmentRecords)
    closeSync(descriptor)
    descriptor = next.descriptor
    first = next.first
    records = next.records
    capacity = next.capacity
  }

  const flush = (): void => {
    assert(!closed, 'a closed tape is not written to')
    while (buffered > 0) {
      if (records === capacity) nextSegment()
      const count = Math.min(buffered, capacity - records)
      writeAt(descriptor, pending.bytes.subarray(0, count * RECORD_BYTES), RECORD_BYTES * (1 + records))
      records += count
      buffered -= count
      if (buffered > 0) pending.bytes.copyWithin(0, count * RECORD_BYTES, (count + buffered) * RECORD_BYTES)
    }
  }

  const place = (): number => {
    if (buffered === BUFFERED_RECORDS) flush()
    return buffered
  }
  const placed = (): void => {
    countOwn(tally, pending.words, buffered)
    buffered += 1
  }

  return {
    end: () => tally.end(tornBytes),
    append: (bar) => {
      writeBar(pending.words, place(), bar)
      placed()
    },
    reject: (rule, row, instrument, at) => {
      writeReject(pending.words, place(), { rule, row, instrument, at, sequence: tally.sequence() })
      placed()
    },
    flush,
    close: () => {
      if (closed) return
      try {
        flush()
      } finally {
        closed = true
        closeSync(descriptor)
      }
    },
  }
}
