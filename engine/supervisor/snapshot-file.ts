import { replaceFile } from '../../src/atomic-file.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { Hub } from '../control/hub.ts'

const INTERVAL_MS = 2_000
/** Where nothing but the time of the last beat changed, a console that finds nobody can do with an older one. */
const QUIET_INTERVAL_MS = 10_000

/** The last snapshot, for a console that finds nobody. */
export const createSnapshotFile = (path: string, hub: Pick<Hub, 'get'>, onProblem: (error: Error) => void) => {
  let savedAt = 0
  let savedSequence = -1
  let saved: Snapshot | null = null

  /** A section that was not replaced is the very same object. */
  const isQuiet = (): boolean => {
    const { snapshot } = hub.get()
    const sections = Object.keys(snapshot) as (keyof Snapshot)[]
    return sections.every((section) => section === 'asOf' || section === 'processes' || snapshot[section] === saved?.[section])
  }

  /** `now` in milliseconds from any beginning. Never throws. */
  const save = (now: number): void => {
    const { sequence, snapshot } = hub.get()
    if (sequence === savedSequence) return
    savedAt = now
    savedSequence = sequence
    saved = snapshot
    try {
      replaceFile(path, `${JSON.stringify(snapshot)}\n`)
    } catch (error) {
      onProblem(error as Error)
    }
  }

  return {
    save,
    saveWhenDue: (now: number): void => {
      if (now - savedAt >= (isQuiet() ? QUIET_INTERVAL_MS : INTERVAL_MS)) save(now)
    },
  }
}
