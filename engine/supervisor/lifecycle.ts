import type { ChildState } from '../../src/contracts/engine.ts'

export const HAPPENINGS = ['wanted', 'unwanted', 'saidReady', 'exited', 'stormed', 'gaveUp', 'stuck', 'moved', 'deadline', 'rearmed'] as const
/** What can happen to a child. `exited` restarts it, `stormed` and `gaveUp` do not. */
export type Happening = (typeof HAPPENINGS)[number]

/** `refuse` stands where the happening is impossible: it changes nothing, is counted, and is a fault of ours. */
export type Action = 'spawn' | 'announce' | 'backOff' | 'giveUp' | 'drain' | 'kill' | 'alarm' | 'recover' | 'gone' | 'refuse'

export type Move = readonly [ChildState, Action?]

/** What the supervisor does with a child, in full. A cell that changes nothing is written down like the rest. */
export const moves: Readonly<Record<ChildState, Readonly<Record<Happening, Move>>>> = {
  // No process: nothing can be said, end or hang.
  down: {
    wanted: ['starting', 'spawn'],
    unwanted: ['down'],
    saidReady: ['down', 'refuse'],
    exited: ['down', 'refuse'],
    stormed: ['down', 'refuse'],
    gaveUp: ['down', 'refuse'],
    stuck: ['down', 'refuse'],
    moved: ['down', 'refuse'],
    deadline: ['down', 'refuse'],
    rearmed: ['down'],
  },
  starting: {
    wanted: ['starting'],
    unwanted: ['stopping', 'drain'],
    saidReady: ['ready', 'announce'],
    exited: ['waiting', 'backOff'],
    stormed: ['failed', 'giveUp'],
    gaveUp: ['failed', 'giveUp'],
    stuck: ['starting', 'refuse'], // only its deadline judges a start
    moved: ['starting', 'refuse'],
    deadline: ['starting', 'kill'],
    rearmed: ['starting'],
  },
  ready: {
    wanted: ['ready'],
    unwanted: ['stopping', 'drain'],
    saidReady: ['ready', 'refuse'],
    exited: ['waiting', 'backOff'],
    stormed: ['failed', 'giveUp'],
    gaveUp: ['failed', 'giveUp'],
    stuck: ['stuck', 'alarm'],
    moved: ['ready', 'refuse'],
    deadline: ['ready', 'refuse'],
    rearmed: ['ready'],
  },
  stuck: {
    wanted: ['stuck'],
    unwanted: ['stopping', 'kill'], // it would not hear a request to drain
    saidReady: ['stuck', 'refuse'],
    exited: ['waiting', 'backOff'],
    stormed: ['failed', 'giveUp'],
    gaveUp: ['failed', 'giveUp'],
    stuck: ['stuck', 'refuse'],
    moved: ['ready', 'recover'],
    deadline: ['stuck', 'kill'],
    rearmed: ['stuck'],
  },
  // No process either, but soon one again.
  waiting: {
    wanted: ['starting', 'spawn'],
    unwanted: ['down', 'gone'],
    saidReady: ['waiting', 'refuse'],
    exited: ['waiting', 'refuse'],
    stormed: ['waiting', 'refuse'],
    gaveUp: ['waiting', 'refuse'],
    stuck: ['waiting', 'refuse'],
    moved: ['waiting', 'refuse'],
    deadline: ['waiting', 'refuse'],
    rearmed: ['waiting'],
  },
  stopping: {
    wanted: ['stopping'],
    unwanted: ['stopping'],
    saidReady: ['stopping'], // it was said before the request to drain arrived
    exited: ['down', 'gone'],
    stormed: ['stopping', 'refuse'], // whatever ends it now is no crash
    gaveUp: ['stopping', 'refuse'],
    stuck: ['stopping', 'refuse'],
    moved: ['stopping', 'refuse'],
    deadline: ['stopping', 'kill'],
    rearmed: ['stopping'],
  },
  failed: {
    wanted: ['failed'],
    unwanted: ['down', 'gone'],
    saidReady: ['failed', 'refuse'],
    exited: ['failed', 'refuse'],
    stormed: ['failed', 'refuse'],
    gaveUp: ['failed', 'refuse'],
    stuck: ['failed', 'refuse'],
    moved: ['failed', 'refuse'],
    deadline: ['failed', 'refuse'],
    rearmed: ['starting', 'spawn'],
  },
}
