import { existsSync, fstatSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type Bar, FIREWALL_RULES, type FirewallRule } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { inert } from '../../src/text.ts'
import { SLOT_BYTES } from '../ring/layout.ts'
import { blankBar, checksumOf, Int, SLOT_INTS, type Words, wordsOf, writeSlot } from '../ring/slot.ts'

/** A segment is a header of one record's size and then records; a record is a slot of the ring with its checksum. */
export const RECORD_BYTES = SLOT_BYTES
export const SEGMENT_RECORDS = 1_000_000
export const TAPE_MAGIC = 0x45504154 // "TAPE"
export const TAPE_VERSION = 1

/** Set on a record that is a refused row: `timeframeMs` then holds the rule's place in FIREWALL_RULES. Above every BarFlag. */
export const REJECTED = 1 << 16

export type Segment = { readonly path: string; readonly first: number }

export const segmentPath = (folder: string, first: number): string => join(folder, `${String(first).padStart(12, '0')}.tape`)

/** Segments in order, by the index of their first record. */
export const segments = (folder: string): Segment[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^\d{12}\.tape$/.test(name))
        .sort()
        .map((name) => ({ path: join(folder, name), first: Number(name.slice(0, 12)) }))
    : []

/** A block of records with a view of its words; allocated aligned, so that 64-bit views fit. */
export type Block = { readonly bytes: Uint8Array; readonly words: Words }

export const block = (records: number): Block => {
  const buffer = new ArrayBuffer(records * RECORD_BYTES)
  return { bytes: new Uint8Array(buffer), words: wordsOf(buffer) }
}

export const seal = (words: Words, slot: number): void => {
  words.ints[slot * SLOT_INTS + Int.checksum] = checksumOf(words, slot)
}

export const isSound = (words: Words, slot: number): boolean => words.ints[slot * SLOT_INTS + Int.checksum] === checksumOf(words, slot)

/** Words of the header: magic, version, record size, checksum, then as 64-bit words the first record's index and the most records. */
const HeaderInt = { magic: 0, version: 1, recordBytes: 2 } as const
const HeaderFloat = { first: 2, capacity: 3 } as const

export const headerOf = (first: number, capacity: number): Uint8Array => {
  const { bytes, words } = block(1)
  words.ints[HeaderInt.magic] = TAPE_MAGIC
  words.ints[HeaderInt.version] = TAPE_VERSION
  words.ints[HeaderInt.recordBytes] = RECORD_BYTES
  words.floats[HeaderFloat.first] = first
  words.floats[HeaderFloat.capacity] = capacity
  seal(words, 0)
  return bytes
}

/** What a segment's header says, or what is wrong with it. `torn` where it was never wholly written. */
export type HeaderFinding =
  | { readonly kind: 'sound'; readonly capacity: number }
  | { readonly kind: 'torn' }
  | { readonly kind: 'foreign'; readonly fault: string }

export const readHeader = (descriptor: number, first: number): HeaderFinding => {
  const { bytes, words } = block(1)
  if (readSync(descriptor, bytes, 0, RECORD_BYTES, 0) < RECORD_BYTES) return { kind: 'torn' }
  if (bytes.every((byte) => byte === 0)) return { kind: 'torn' }
  const [magic, version, recordBytes] = words.ints
  const foreign = (fault: string): HeaderFinding => ({ kind: 'foreign', fault })
  if (magic !== TAPE_MAGIC) return foreign('is no tape')
  if (version !== TAPE_VERSION) return foreign(`has tape version ${version}, this build knows ${TAPE_VERSION}`)
  if (recordBytes !== RECORD_BYTES) return foreign(`has records of ${recordBytes} bytes, expected ${RECORD_BYTES}`)
  if (!isSound(words, 0)) return foreign('has a damaged header')
  if (words.floats[HeaderFloat.first] !== first) return foreign(`begins with record ${words.floats[HeaderFloat.first]}, its name says ${first}`)
  return { kind: 'sound', capacity: words.floats[HeaderFloat.capacity] as number }
}

/** Whole records in a segment by its size; the last may still be in the making. */
export const recordsIn = (descriptor: number): number => Math.max(0, Math.floor(fstatSync(descriptor).size / RECORD_BYTES) - 1)

/** Reads `count` records from `record` on into the block. @returns how many there were. */
export const readRecords = (descriptor: number, into: Block, record: number, count: number): number => {
  const wanted = count * RECORD_BYTES
  let done = 0
  while (done < wanted) {
    const got = readSync(descriptor, into.bytes, done, wanted - done, RECORD_BYTES * (1 + record) + done)
    if (got === 0) break
    done += got
  }
  return Math.floor(done / RECORD_BYTES)
}

const LOOK_RECORDS = 1_024

/** Whether any record of these is sound: one behind a bad one means damage in the middle, none means a torn tail. */
export const anySound = (descriptor: number, from: number, to: number): boolean => {
  const space = block(LOOK_RECORDS)
  for (let record = from; record < to; ) {
    const got = readRecords(descriptor, space, record, Math.min(LOOK_RECORDS, to - record))
    if (got === 0) return false
    for (let slot = 0; slot < got; slot += 1) if (isSound(space.words, slot)) return true
    record += got
  }
  return false
}

export const isReject = (words: Words, slot: number): boolean => ((words.ints[slot * SLOT_INTS + Int.flags] as number) & REJECTED) !== 0

export const ruleOf = (words: Words, slot: number): FirewallRule | undefined =>
  FIREWALL_RULES[words.ints[slot * SLOT_INTS + Int.timeframeMs] as number]

/** A reject holds the sequence of the last bar before it, so that the sequences of a tape never fall. */
export type Reject = {
  readonly rule: FirewallRule
  readonly row: number
  readonly instrument: number
  readonly at: number
  readonly sequence: number
}

export const writeBar = (words: Words, slot: number, bar: Bar): void => {
  writeSlot(words, slot, bar)
  seal(words, slot)
}

export const writeReject = (words: Words, slot: number, { rule, row, instrument, at, sequence }: Reject): void => {
  writeSlot(words, slot, { ...blankBar(), sequence, row, instrument, timeframeMs: FIREWALL_RULES.indexOf(rule), flags: REJECTED, eventTime: at })
  seal(words, slot)
}

/** @throws ExitError 65 naming the file and what is wrong with it. */
export const corrupt: (path: string, fault: string) => never = (path, fault) => {
  throw new ExitError(
    Exit.corrupt,
    `${inert(path)} ${fault}`,
    'nothing was changed; restore the tape from a backup, or move its folder away to begin a new one',
  )
}
