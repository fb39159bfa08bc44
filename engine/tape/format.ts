import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FirewallRule } from '../../src/contracts/market.ts'
import { FIREWALL_RULES } from '../../src/contracts/market.ts'
import { SLOT_BYTES } from '../ring/layout.ts'
import { checksumOf, Int, SLOT_INTS, type Words, wordsOf } from '../ring/slot.ts'

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

export const headerBytes = (first: number): Buffer => {
  const bytes = Buffer.alloc(RECORD_BYTES)
  bytes.writeInt32LE(TAPE_MAGIC, 0)
  bytes.writeInt32LE(TAPE_VERSION, 4)
  bytes.writeInt32LE(RECORD_BYTES, 8)
  bytes.writeDoubleLE(first, 16)
  return bytes
}

/** What is wrong with a segment's header; null where nothing is. */
export const headerFault = (bytes: Buffer, first: number): string | null => {
  if (bytes.length < RECORD_BYTES) return 'the header is cut off'
  if (bytes.readInt32LE(0) !== TAPE_MAGIC) return 'it is not a tape'
  if (bytes.readInt32LE(4) !== TAPE_VERSION) return `tape version ${bytes.readInt32LE(4)}, this one knows ${TAPE_VERSION}`
  if (bytes.readInt32LE(8) !== RECORD_BYTES) return `records of ${bytes.readInt32LE(8)} bytes, expected ${RECORD_BYTES}`
  if (bytes.readDoubleLE(16) !== first) return `its first record is ${bytes.readDoubleLE(16)}, its name says ${first}`
  return null
}

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

export const isReject = (words: Words, slot: number): boolean => ((words.ints[slot * SLOT_INTS + Int.flags] as number) & REJECTED) !== 0

export const ruleOf = (words: Words, slot: number): FirewallRule | undefined =>
  FIREWALL_RULES[words.ints[slot * SLOT_INTS + Int.timeframeMs] as number]
