import type { Actor } from '../../src/contracts/audit.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import type { TrailFact } from '../audit/trail.ts'
import { saveDesired } from './desired.ts'
import type { Desired } from './messages.ts'
import type { Recorder } from './recorder.ts'

/** How little each state lets in. */
const STRICTNESS: Readonly<Record<DesiredState, number>> = { running: 0, paused: 1, safe: 2, halted: 3 }
export const isStricter = (next: DesiredState, than: DesiredState): boolean => STRICTNESS[next] > STRICTNESS[than]

export type WantedOptions = {
  readonly initial: Desired
  /** The file that outlives us. */
  readonly path: string
  readonly recorder: Recorder
  readonly self: Actor
  readonly now: () => number
  /** It holds from here on: the orchestrator and the consoles are to be told. */
  readonly onAdopted: (next: Desired, before: Desired) => void
  /** What holds is not what the file says, or the file says nothing. */
  readonly onUnsaved: (state: DesiredState, error: Error) => void
  /** Refused by tests as a disk would. */
  readonly save?: typeof saveDesired
}

/** What is wanted of the engine: in memory, on the disk and in the trail. */
export type Wanted = {
  readonly get: () => Desired
  /** What a person wants. @throws Error where it cannot be saved or recorded. */
  readonly set: (next: Desired) => void
  /** What the supervisor itself wants, which only ever lets less in. Never throws. */
  readonly latch: (state: 'safe' | 'halted', reason: string) => void
}

export const createWanted = ({ initial, path, recorder, self, now, onAdopted, onUnsaved, save = saveDesired }: WantedOptions): Wanted => {
  let desired = initial

  const adopt = (next: Desired): void => {
    const before = desired
    desired = next
    onAdopted(next, before)
  }

  const changeFact = (next: Desired): TrailFact => ({
    event: 'DESIRED_STATE_CHANGED',
    actor: next.actor,
    reason: next.reason,
    cause: next.commandId,
    detail: { from: desired.state, to: next.state },
  })

  const saveOrTell = (what: Desired): void => {
    try {
      save(path, what)
    } catch (error) {
      onUnsaved(what.state, error as Error)
    }
  }

  return {
    get: () => desired,
    /** What lets less in holds at once, even where no disk takes it. What lets more in holds only once it is on the disk and recorded. */
    set: (next) => {
      const before = desired
      const fact = changeFact(next)
      if (isStricter(next.state, before.state)) {
        adopt(next)
        save(path, next)
        recorder.record(fact)
        return
      }
      try {
        save(path, next)
        recorder.record(fact)
      } catch (error) {
        saveOrTell(before) // a save that failed may have failed at its end, and then the file is the new one
        throw error
      }
      adopt(next)
    },
    latch: (state, reason) => {
      if (!isStricter(state, desired.state)) return
      const next: Desired = { state, reason, actor: self, commandId: null, at: now() }
      const fact = changeFact(next)
      adopt(next)
      saveOrTell(next)
      recorder.note(fact)
    },
  }
}
