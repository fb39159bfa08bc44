/** A broken invariant: a bug of ours, never bad input. It ends the process; the supervisor restarts it and the ledger rebuilds it. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant'
}

export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new BrokenInvariant(invariant)
}
