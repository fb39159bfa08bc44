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

/** Records of the tape as they lie there, bars and rejects, from the record with index `first` on. */
export type TapePiece = { readonly first: number; readonly bytes: Uint8Array }

/** Anyone may read while the feed writes. */
export type TapeReader = {
  /** Hands over the bars with `from` ≤ sequence ≤ `to` in order. The bar is one reused object. @returns the last sequence handed over, or from - 1. */
  readonly read: (from: number, to: number, onBar: (bar: Bar) => void) => number
  /** Makes everything up to this sequence outlive a power cut (fdatasync). */
  readonly sync: (sequence: number) => void
  /**
   * The records up to this bar that were neither flushed nor handed out before, for somebody who makes them outlive a power cut
   * elsewhere; null where there are none. 'many' where there are more than `recordsMax`, or where they lie in two files: then `sync`.
   */
  readonly piece: (sequence: number, recordsMax: number) => TapePiece | 'many' | null
  readonly lastSequence: () => number
  readonly close: () => void
}
