import type { Random } from '../../src/random.ts'

/** What can go wrong in one world, as chances: of a step (a minute), of a message or of a stage. Drawn from the seed, so that some worlds are calm and some are not. */
export type Faults = {
  /** The orchestrator dies at a stage of a cycle, and is gone for so many steps at most. */
  readonly crash: number
  readonly downStepsMax: number
  /** Reports are on the way for up to so many steps. */
  readonly latencyStepsMax: number
  readonly doubled: number
  /** The connection to the venue breaks: what is on the way is lost and told again later. */
  readonly disconnect: number
  readonly apiFailure: number
  readonly reject: number
  readonly partialFill: number
  /** The feed says nothing for up to so many steps. */
  readonly feedGap: number
  readonly feedGapStepsMax: number
  readonly missingBar: number
  readonly rejectedRow: number
  /** The wall clock jumps by up to so much, either way. */
  readonly clockJump: number
  readonly clockJumpMsMax: number
  readonly command: number
  readonly signal: number
  readonly signalTwice: number
}

const HOUR_MS = 3_600_000

export const drawFaults = (random: Random): Faults => {
  const often = (chance: number, rates: readonly number[]): number =>
    random.next() < chance ? (rates[Math.floor(random.next() * rates.length)] ?? 0) : 0
  return {
    crash: often(0.7, [0.002, 0.008, 0.02]),
    downStepsMax: 5,
    latencyStepsMax: often(0.6, [1, 3]),
    doubled: often(0.6, [0.05, 0.3]),
    disconnect: often(0.5, [0.02, 0.1]),
    apiFailure: often(0.5, [0.02, 0.1]),
    reject: often(0.5, [0.02, 0.2]),
    partialFill: often(0.8, [0.2, 0.6]),
    feedGap: often(0.5, [0.01, 0.03]),
    feedGapStepsMax: 12,
    missingBar: often(0.6, [0.02, 0.1]),
    rejectedRow: often(0.3, [0.001, 0.02]),
    clockJump: often(0.4, [0.01]),
    clockJumpMsMax: 30 * HOUR_MS,
    command: often(0.9, [0.02, 0.08]),
    signal: 0.15 + 0.35 * random.next(),
    signalTwice: often(0.5, [0.1]),
  }
}

/** Bugs that are planted in front of the engine or behind it, to see that they are caught. */
export type Bug =
  | { readonly kind: 'guardSkipped'; readonly guard: string }
  | { readonly kind: 'effectBeforeCommit' }
  | { readonly kind: 'lostFill' }
  | { readonly kind: 'doubledFill' }
  | { readonly kind: 'idReused' }
