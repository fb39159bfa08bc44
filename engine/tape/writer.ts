import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { syncFolder } from '../../src/atomic-file.ts'
import { type Bar, FIREWALL_RULES, type FirewallRule } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { blankBar, type MutableBar, readSlot, rowAt, writeSlot } from '../ring/slot.ts'
import {
  type Block,
  block,
  headerBytes,
  headerFault,
  isReject,
  isSound,
  RECORD_BYTES,
  REJECTED,
  ruleOf,
  SEGMENT_RECORDS,
  type Segment,
  seal,
  segmentPath,
  segments,
} from './format.ts'
import type { TapeEnd, TapeWriter } from './port.ts'

/** Records held back at most until `flush`; more than that flush themselves. */
const BUFFERED_RECORDS = 512
const READ_RECORDS = 16_384

type Tally = {
  sequence: number
  row: number
  bars: number
  rejects: number
  readonly rejectsByRule: Partial<Record<FirewallRule, number>>
  readonly newest: Map<number, MutableBar>
  readonly barsByInstrument: Map<number, number>
}

const count = (tally: Tally, { words }: Block, slot: number, bar: MutableBar): void => {
  tally.row = Math.max(tally.row, rowAt(words, slot))
  if (isReject(words, slot)) {
    const rule = ruleOf(words, slot)
    tally.rejects += 1
    if (rule !== undefined) tally.rejectsByRule[rule] = (tally.rejectsByRule[rule] ?? 0) + 1
    return
  }
  readSlot(words, slot, bar)
  tally.sequence = bar.sequence
  tally.bars += 1
  tally.barsByInstrument.set(bar.instrument, (tally.barsByInstrument.get(bar.instrument) ?? 0) + 1)
  const newest = tally.newest.get(bar.instrument)
  if (newest === undefined) tally.newest.set(bar.instrument, { ...bar })
  else Object.assign(newest, bar)
}

/** Reads a whole segment, counting. @returns how many of its records are sound; fewer than there are only where the tail is torn. */
const countSegment = (descriptor: number, { path, first }: Segment, isLast: boolean, tally: Tally): number => {
  const size = fstatSync(descriptor).size
  const header = Buffer.alloc(RECORD_BYTES)
  const got = readSync(descriptor, header, 0, RECORD_BYTES, 0)
  const fault = headerFault(header.subarray(0, got), first)
  if (fault !== null) throw new ExitError(Exit.corrupt, `${path}: ${fault}`, 'restore the tape from a backup')
  const total = Math.floor((size - RECORD_BYTES) / RECORD_BYTES)
  const space = block(READ_RECORDS)
  const bar = blankBar()
  for (let done = 0; done < total; ) {
    const records = Math.min(READ_RECORDS, total - done)
    readSync(descriptor, space.bytes, 0, records * RECORD_BYTES, RECORD_BYTES * (1 + done))
    for (let slot = 0; slot < records; slot += 1) {
      if (isSound(space.words, slot)) {
        count(tally, space, slot, bar)
        continue
      }
      if (isLast && onlyUnsoundFrom(descriptor, done + slot, total)) return done + slot
      throw new ExitError(Exit.corrupt, `${path}: record ${first + done + slot} is damaged`, 'restore the tape from a backup; nothing was changed')
    }
    done += records
  }
  return total
}

/** A torn tail is unsound to its end; a sound record behind a bad one means damage in the middle. */
const onlyUnsoundFrom = (descriptor: number, from: number, total: number): boolean => {
  const space = block(1)
  for (let record = from; record < total; record += 1) {
    readSync(descriptor, space.bytes, 0, RECORD_BYTES, RECORD_BYTES * (1 + record))
    if (isSound(space.words, 0)) return false
  }
  return true
}

/** @throws ExitError 65 where a record in the middle is damaged or a file is no tape of ours. */
export const openTapeWriter = (folder: string): TapeWriter => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const tally: Tally = { sequence: 0, row: 0, bars: 0, rejects: 0, rejectsByRule: {}, newest: new Map(), barsByInstrument: new Map() }
  const pending = block(BUFFERED_RECORDS)
  let descriptor = -1
  let segmentFirst = 0
  let inSegment = 0 // records on disk in this segment
  let buffered = 0
  let tornBytes = 0

  const begin = (first: number): void => {
    if (descriptor >= 0) closeSync(descriptor)
    descriptor = openSync(segmentPath(folder, first), 'wx', 0o600)
    writeAll(descriptor, headerBytes(first), RECORD_BYTES)
    syncFolder(folder)
    segmentFirst = first
    inSegment = 0
  }

  const existing = segments(folder)
  for (const [index, segment] of existing.entries()) {
    const isLast = index === existing.length - 1
    const opened = openSync(segment.path, isLast ? 'r+' : 'r')
    if (isLast && fstatSync(opened).size < RECORD_BYTES) {
      // Killed between making the file and writing its header: there is nothing in it yet.
      tornBytes += fstatSync(opened).size
      ftruncateSync(opened, 0)
      writeAll(opened, headerBytes(segment.first), RECORD_BYTES)
    }
    const records = countSegment(opened, segment, isLast, tally)
    if (!isLast) {
      closeSync(opened)
      continue
    }
    const sound = RECORD_BYTES * (1 + records)
    tornBytes += Math.max(0, fstatSync(opened).size - sound)
    ftruncateSync(opened, sound)
    closeSync(opened)
    descriptor = openSync(segment.path, 'a', 0o600)
    segmentFirst = segment.first
    inSegment = records
  }
  if (descriptor < 0) begin(0)

  const flush = (): void => {
    let from = 0
    while (from < buffered) {
      if (inSegment === SEGMENT_RECORDS) begin(segmentFirst + inSegment)
      const records = Math.min(buffered - from, SEGMENT_RECORDS - inSegment)
      writeAll(descriptor, pending.bytes.subarray(from * RECORD_BYTES, (from + records) * RECORD_BYTES), records * RECORD_BYTES)
      inSegment += records
      from += records
    }
    buffered = 0
  }

  const scratch = blankBar()
  const add = (bar: Bar): void => {
    if (buffered === BUFFERED_RECORDS) flush()
    writeSlot(pending.words, buffered, bar)
    seal(pending.words, buffered)
    count(tally, pending, buffered, scratch)
    buffered += 1
  }

  return {
    end: (): TapeEnd => ({ ...tally, tornBytes }),
    append: add,
    reject: (rule, row, instrument, at) => {
      const place = FIREWALL_RULES.indexOf(rule)
      add({ ...blankBar(), sequence: tally.sequence, row, instrument, timeframeMs: place, flags: REJECTED, eventTime: at })
    },
    flush,
    close: () => {
      flush()
      closeSync(descriptor)
    },
  }
}

const writeAll = (descriptor: number, bytes: Uint8Array, length: number): void => {
  for (let done = 0; done < length; ) done += writeSync(descriptor, bytes, done, length - done)
}
