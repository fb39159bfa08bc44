import type { ChildState } from '../../src/contracts/engine.ts'

export const HAPPENINGS = ['wanted', 'unwanted', 'saidReady', 'exited', 'stormed', 'gaveUp', 'stuck', 'moved', 'deadline', 'rearmed'] as const
/** What can happen to a child. `exited` restarts it, `stormed` and `gaveUp` do not. */
export type Happening = (typeof HAPPENINGS)[number]

export type Action = 'spawn' | 'announce' | 'backOff' | 'giveUp' | 'drain' | 'kill' | 'alarm' | 'recover' | 'gone'

export type Move = readonly [ChildState, Action?]

/** What the supervisor does with a child, in full. A cell that changes nothing is written down like the rest. */
export const moves: Readonly<Record<ChildState, Readonly<Record<Happening, Move>>>> = {
  down: {
    wanted: ['starting', 'spawn'],
    unwanted: ['down'],
    saidReady: ['down'],
    exited: ['down'],
    stormed: ['down'],
    gaveUp: ['down'],
    stuck: ['down'],
    moved: ['down'],
    deadline: ['down'],
    rearmed: ['down'],
  },
  starting: {
    wanted: ['starting'],
    unwanted: ['stopping', 'drain'],
    saidReady: ['ready', 'announce'],
    exited: ['waiting', 'backOff'],
    stormed: ['failed', 'giveUp'],
    gaveUp: ['failed', 'giveUp'],
    stuck: ['stuck', 'alarm'],
    moved: ['starting'],
    deadline: ['starting', 'kill'],
    rearmed: ['starting'],
  },
  ready: {
    wanted: ['ready'],
    unwanted: ['stopping', 'drain'],
    saidReady: ['ready'],
    exited: ['waiting', 'backOff'],
    stormed: ['failed', 'giveUp'],
    gaveUp: ['failed', 'giveUp'],
    stuck: ['stuck', 'alarm'],
    moved: ['ready'],
    deadline: ['ready'],
    rearmed: ['ready'],
  },
  stuck: {
    wanted: ['stuck'],
    unwanted: ['stopping', 'kill'],
    saidReady: ['ready', 'announce'],
    exited: ['waiting', 'backOff'],
    stormed: ['failed', 'giveUp'],
    gaveUp: ['failed', 'giveUp'],
    stuck: ['stuck'],
    moved: ['ready', 'recover'],
    deadline: ['stuck', 'kill'],
    rearmed: ['stuck'],
  },
  waiting: {
    wanted: ['starting', 'spawn'],
    unwanted: ['down', 'gone'],
    saidReady: ['waiting'],
    exited: ['waiting'],
    stormed: ['waiting'],
    gaveUp: ['waiting'],
    stuck: ['waiting'],
    moved: ['waiting'],
    deadline: ['waiting'],
    rearmed: ['waiting'],
  },
  stopping: {
    wanted: ['stopping'],
    unwanted: ['stopping'],
    saidReady: ['stopping'],
    exited: ['down', 'gone'],
    stormed: ['down', 'gone'],
    gaveUp: ['down', 'gone'],
    stuck: ['stopping'],
    moved: ['stopping'],
    deadline: ['stopping', 'kill'],
    rearmed: ['stopping'],
  },
  failed: {
    wanted: ['failed'],
    unwanted: ['down', 'gone'],
    saidReady: ['failed'],
    exited: ['failed'],
    stormed: ['failed'],
    gaveUp: ['failed'],
    stuck: ['failed'],
    moved: ['failed'],
    deadline: ['failed'],
    rearmed: ['starting', 'spawn'],
  },
}
