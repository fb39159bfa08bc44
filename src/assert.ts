/** A broken invariant: a bug of ours, never bad input. It ends the process; the supervisor restarts it and the ledger rebuilds it. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant'
}

export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new BrokenInvariant(invariant)
}

/** Placed where every case was handled, so that a new case does not compile. */
export const unreachable = (value: never): never => {
  throw new BrokenInvariant(`unhandled case: ${JSON.stringify(value)}`)
}
