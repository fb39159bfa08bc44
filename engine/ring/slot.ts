import type { Bar } from '../../src/contracts/market.ts'
import { SLOT_BYTES } from './layout.ts'

/** Two views of the same bytes. */
export type Words = { readonly ints: Int32Array; readonly floats: Float64Array }

export const wordsOf = (buffer: ArrayBufferLike, at = 0, bytes = buffer.byteLength - at): Words => ({
  ints: new Int32Array(buffer, at, bytes >> 2),
  floats: new Float64Array(buffer, at, bytes >> 3),
})

export const SLOT_INTS = SLOT_BYTES >> 2
export const SLOT_FLOATS = SLOT_BYTES >> 3

/** 32-bit words: instrument, timeframe, flags, checksum (on the tape only). */
export const Int = { instrument: 0, timeframeMs: 1, flags: 2, checksum: 3 } as const
/** 64-bit words behind them; time to volume are the 48-byte candle. */
const Float = { sequence: 2, eventTime: 3, ingestTime: 4, time: 5, open: 6, high: 7, low: 8, close: 9, volume: 10, row: 11 } as const

/** Plain stores: whoever publishes the slot afterwards makes them visible in order. */
export const writeSlot = ({ ints, floats }: Words, slot: number, bar: Bar): void => {
  const int = slot * SLOT_INTS
  const float = slot * SLOT_FLOATS
  ints[int + Int.instrument] = bar.instrument
  ints[int + Int.timeframeMs] = bar.timeframeMs
  ints[int + Int.flags] = bar.flags
  ints[int + Int.checksum] = 0
  floats[float + Float.sequence] = bar.sequence
  floats[float + Float.eventTime] = bar.eventTime
  floats[float + Float.ingestTime] = bar.ingestTime
  floats[float + Float.time] = bar.time
  floats[float + Float.open] = bar.open
  floats[float + Float.high] = bar.high
  floats[float + Float.low] = bar.low
  floats[float + Float.close] = bar.close
  floats[float + Float.volume] = bar.volume
  floats[float + Float.row] = bar.row
}

export type MutableBar = { -readonly [Key in keyof Bar]: Bar[Key] }

export const blankBar = (): MutableBar => ({
  time: 0,
  open: 0,
  high: 0,
  low: 0,
  close: 0,
  volume: 0,
  sequence: 0,
  instrument: 0,
  timeframeMs: 0,
  flags: 0,
  eventTime: 0,
  ingestTime: 0,
  row: 0,
})

/** Fills an object that is used again for every bar, so that reading makes no garbage. */
export const readSlot = ({ ints, floats }: Words, slot: number, bar: MutableBar): void => {
  const int = slot * SLOT_INTS
  const float = slot * SLOT_FLOATS
  bar.instrument = ints[int + Int.instrument] as number
  bar.timeframeMs = ints[int + Int.timeframeMs] as number
  bar.flags = ints[int + Int.flags] as number
  bar.sequence = floats[float + Float.sequence] as number
  bar.eventTime = floats[float + Float.eventTime] as number
  bar.ingestTime = floats[float + Float.ingestTime] as number
  bar.time = floats[float + Float.time] as number
  bar.open = floats[float + Float.open] as number
  bar.high = floats[float + Float.high] as number
  bar.low = floats[float + Float.low] as number
  bar.close = floats[float + Float.close] as number
  bar.volume = floats[float + Float.volume] as number
  bar.row = floats[float + Float.row] as number
}

/** Sequence alone, for searching. */
export const sequenceAt = ({ floats }: Words, slot: number): number => floats[slot * SLOT_FLOATS + Float.sequence] as number
export const rowAt = ({ floats }: Words, slot: number): number => floats[slot * SLOT_FLOATS + Float.row] as number

/** Rotates, then spreads: for a given word each sum leads to another, so no change of one word goes unseen. */
const mix = (sum: number, word: number): number => Math.imul((sum << 5) | (sum >>> 27), 0x9e3779b1) ^ word

/**
 * A sum over all words but the checksum itself, in two lanes that the processor works at side by side: finds a torn or zeroed
 * record. Never 0, so a blank record fails.
 */
export const checksumOf = ({ ints }: Words, slot: number): number => {
  const base = slot * SLOT_INTS
  let even = mix(0x2545f491, ints[base + Int.instrument] as number)
  let odd = mix(0x6c8e9cf5, ints[base + Int.timeframeMs] as number)
  even = mix(even, ints[base + Int.flags] as number)
  for (let index = Int.checksum + 1; index < SLOT_INTS; index += 2) {
    even = mix(even, ints[base + index] as number)
    odd = mix(odd, ints[base + index + 1] as number)
  }
  const sum = mix(even, odd) | 0
  return sum === 0 ? 1 : sum
}
