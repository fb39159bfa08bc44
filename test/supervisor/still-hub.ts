import type { Hub } from '../../engine/control/hub.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { sample } from '../control/sample.ts'

/** A hub that takes changes as they come and sends none: what is shown, and which changes were urgent. */
export const stillHub = (changes: Partial<Snapshot> = {}) => {
  let snapshot: Snapshot = { ...sample, ...changes }
  const urgent: boolean[] = []
  const hub: Pick<Hub, 'get' | 'update'> = {
    get: () => ({ snapshot, sequence: 0 }),
    update: (delta, isUrgent = false) => {
      snapshot = Object.assign({}, snapshot, delta)
      urgent.push(isUrgent)
    },
  }
  return { hub, urgent, shown: () => snapshot }
}
