import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { block, corrupt, isSound, RECORD_BYTES, readHeader, readRecords, recordsIn, type Segment, segments } from './format.ts'
import type { TapePiece } from './port.ts'
import { writeAt } from './write-at.ts'

const countOf = ({ bytes }: TapePiece): number => Math.floor(bytes.length / RECORD_BYTES)

/** The newest pieces as far back as there is no hole between them, oldest first: what is older was flushed. */
const newestRun = (pieces: readonly TapePiece[]): TapePiece[] => {
  const run: TapePiece[] = []
  let start = Number.POSITIVE_INFINITY
  for (const piece of [...pieces].sort((a, b) => b.first - a.first)) {
    if (run.length > 0 && piece.first + countOf(piece) < start) break
    run.unshift(piece)
    start = piece.first
  }
  return run
}

/**
 * Puts back what a power cut took from the end of a tape, out of the copies that were made of it; called before the tape is opened for
 * writing. A tape that ends before the copies begin is left as it is: whoever knows more bars than it has refuses it.
 * @returns how many records were missing or damaged.
 * @throws ExitError 65 where a sound record is another one than its copy.
 */
export const restoreTape = (folder: string, pieces: readonly TapePiece[]): number => {
  const run = newestRun(pieces)
  if (run.length === 0) return 0
  let restored = 0
  const found = segments(folder)
  for (const [index, segment] of found.entries()) {
    const end = found[index + 1]?.first ?? Number.POSITIVE_INFINITY
    const own = run.filter((piece) => piece.first >= segment.first && piece.first < end)
    if (own.length > 0) restored += restoreSegment(segment, own)
  }
  return restored
}

const restoreSegment = (segment: Segment, pieces: readonly TapePiece[]): number => {
  const descriptor = openSync(segment.path, 'r+')
  try {
    if (readHeader(descriptor, segment.first).kind !== 'sound') return 0 // the writer judges it
    let restored = 0
    for (const piece of pieces) restored += restorePiece(descriptor, segment, piece)
    if (restored > 0) fdatasyncSync(descriptor)
    return restored
  } finally {
    closeSync(descriptor)
  }
}

const restorePiece = (descriptor: number, { path, first }: Segment, piece: TapePiece): number => {
  const record = piece.first - first
  if (recordsIn(descriptor) < record) return 0 // a hole would be left before it
  const count = countOf(piece)
  const space = block(count)
  const there = readRecords(descriptor, space, record, count)
  let restored = 0
  for (let slot = 0; slot < count; slot += 1) {
    const copy = piece.bytes.subarray(RECORD_BYTES * slot, RECORD_BYTES * (slot + 1))
    if (slot < there && isSound(space.words, slot)) {
      const own = space.bytes.subarray(RECORD_BYTES * slot, RECORD_BYTES * (slot + 1))
      if (Buffer.compare(own, copy) !== 0) corrupt(path, `has another record ${first + record + slot} than the ledger`)
      continue
    }
    writeAt(descriptor, copy, RECORD_BYTES * (1 + record + slot))
    restored += 1
  }
  return restored
}
