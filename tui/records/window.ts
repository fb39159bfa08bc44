/** Where records come from, so that an empty list can say why. */
export type RecordSource =
  | { readonly kind: 'closed' }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'reading'; readonly path: string }
  | { readonly kind: 'error'; readonly path: string; readonly message: string }

export type RecordWindow<Row> = {
  /** Newest first; the same array while nothing came. */
  readonly rows: readonly Row[]
  readonly source: RecordSource
  /** Lines that are none of ours, counted and never shown as records. */
  readonly rejected: number
  /** Lines that were let go of because there are too many. */
  readonly evicted: number
  /** Why the last rejected line is none of ours. */
  readonly problem: string | null
}

export const CLOSED: RecordWindow<never> = { rows: [], source: { kind: 'closed' }, rejected: 0, evicted: 0, problem: null }
