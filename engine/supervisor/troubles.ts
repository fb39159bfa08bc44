import type { Trouble } from './messages.ts'

/** One of each kind would do: they latch. */
const TROUBLES_MAX = 10

/** For the breakers of the core. An orchestrator that is down hears of it when it starts, before it decides anything. */
export type Troubles = {
  readonly tell: (met: Trouble) => void
  /** What an orchestrator that starts now takes in first. */
  readonly atStart: () => readonly Trouble[]
  /** It is ready: what it was told at its start is in the ledger, and what came since is told now. */
  readonly ready: () => void
}

export const createTroubles = (initial: readonly Trouble[], send: (met: Trouble) => boolean): Troubles => {
  /** What the orchestrator has not taken in yet. */
  let untold = initial
  let toldAtStart: readonly Trouble[] = []
  const tell = (met: Trouble): void => {
    if (!send(met)) untold = [...untold, met].slice(-TROUBLES_MAX)
  }
  return {
    tell,
    atStart: () => {
      toldAtStart = untold
      return untold
    },
    ready: () => {
      const late = untold.filter((met) => !toldAtStart.includes(met))
      untold = []
      for (const met of late) tell(met)
    },
  }
}
