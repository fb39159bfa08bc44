import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'

/** What came over the wire has no members that are undefined, whatever the type allows. */
export const merged = (snapshot: Snapshot, changes: SnapshotDelta): Snapshot => ({ ...snapshot, ...(changes as Partial<Snapshot>) })
