import type { SnapshotDelta } from '../../src/contracts/snapshot.ts'
import type { FromChild } from '../supervisor/messages.ts'

/** Views that may be under way at once. */
export const VIEWS_UNDER_WAY_MAX = 8

/**
 * The way to the supervisor, which is never waited for. One that stands still reads nothing, and views go on for as long as there are
 * bars: those that find too many before them are laid over one another and go as one, since a newer section replaces an older one.
 * Everything else is little and goes at once. `write` calls back when a message has left this process.
 */
export const outbox = (write: (message: FromChild, onLeft: () => void) => void): ((message: FromChild) => void) => {
  let underWay = 0
  let held: SnapshotDelta | null = null

  const tell = (changes: SnapshotDelta): void => {
    underWay += 1
    write({ kind: 'view', changes }, () => {
      underWay -= 1
      if (held === null) return
      const next = held
      held = null
      tell(next)
    })
  }

  return (message) => {
    if (message.kind !== 'view') write(message, () => undefined)
    else if (underWay < VIEWS_UNDER_WAY_MAX) tell(message.changes)
    else held = { ...held, ...message.changes }
  }
}
