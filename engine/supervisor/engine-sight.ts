import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { Hub } from '../control/hub.ts'
import type { Desired } from './messages.ts'

type Engine = Snapshot['engine']

/** What can be said of the engine's state, which its orchestrator alone knows: that one may be gone, or hang. */
export type EngineSight = {
  /** It is gone, or hangs: why nothing can be known from it. */
  readonly lose: (why: string) => void
  /** It hangs, and what it said holds again should it move. */
  readonly freeze: (why: string) => void
  readonly thaw: () => void
  /** What it says of itself, as it is shown; undefined while it hangs. */
  readonly heard: (engine: Engine, hangs: boolean) => Engine | undefined
  /** Something else is wanted of it now. */
  readonly wantedChanged: () => void
}

export const createEngineSight = (hub: Pick<Hub, 'get' | 'update'>, wanted: () => Desired): EngineSight => {
  /** Why nothing can be known from the orchestrator; null while it speaks for itself, and before it first did. */
  let blind: string | null = null
  /** What it said last. */
  let inSight: Engine | null = null

  /** With no orchestrator nobody manages exits, so neither running nor paused is claimed. */
  const lose = (why: string): void => {
    blind = why
    const desired = wanted()
    const state = desired.state === 'running' || desired.state === 'paused' ? 'degraded' : desired.state
    const reason = `the orchestrator ${why}; wanted ${desired.state}: ${desired.reason}`
    hub.update({ engine: { ...hub.get().snapshot.engine, desired: desired.state, state, reason } }, true)
  }
  const regain = (engine: Engine): void => {
    blind = null
    hub.update({ engine: { ...engine, desired: wanted().state } }, true)
  }

  return {
    lose,
    freeze: (why) => {
      inSight = hub.get().snapshot.engine
      lose(why)
    },
    thaw: () => {
      if (inSight !== null) regain(inSight)
    },
    heard: (engine, hangs) => {
      if (blind !== null) {
        inSight = engine
        if (!hangs) regain(engine)
      }
      return blind === null ? { ...engine, desired: wanted().state } : undefined
    },
    wantedChanged: () => {
      if (blind === null) hub.update({ engine: { ...hub.get().snapshot.engine, desired: wanted().state } }, true)
      else lose(blind)
    },
  }
}
