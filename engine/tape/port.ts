import type { Bar, FirewallRule } from '../../src/contracts/market.ts'

/** What the tape knows without being read again: how far the feed came. */
export type TapeEnd = {
  /** Sequence of the newest bar; 0 on an empty tape. */
  readonly sequence: number
  /** Highest row of the source that is accounted for, as a bar or as a reject. */
  readonly row: number
  readonly bars: number
  readonly rejects: number
  readonly rejectsByRule: Readonly<Partial<Record<FirewallRule, number>>>
  /** Newest bar of each instrument id. */
  readonly newest: ReadonlyMap<number, Bar>
  readonly barsByInstrument: ReadonlyMap<number, number>
  /** What open had to repair: bytes of a torn last record that were cut off. */
  readonly tornBytes: number
}

/** Only the feed writes. Records are buffered until `flush`, which must come before the bar is published in a ring. */
export type TapeWriter = {
  readonly end: () => TapeEnd
  readonly append: (bar: Bar) => void
  /** A row or message that became no bar: the tape accounts for every one. */
  readonly reject: (rule: FirewallRule, row: number, instrument: number, at: number) => void
  readonly flush: () => void
  readonly close: () => void
}

/** Anyone may read while the feed writes. */
export type TapeReader = {
  /** Hands over the bars with `from` ≤ sequence ≤ `to` in order. The bar is one reused object. @returns the last sequence handed over, or from - 1. */
  readonly read: (from: number, to: number, onBar: (bar: Bar) => void) => number
  /** Makes everything up to this sequence outlive a power cut (fdatasync). */
  readonly sync: (sequence: number) => void
  readonly lastSequence: () => number
  readonly close: () => void
}
