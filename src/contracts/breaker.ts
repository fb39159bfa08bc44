import { z } from 'zod'
import { Count, Timestamp } from './names.ts'

export const BreakerState = z.enum(['closed', 'open', 'halfOpen', 'latched'])
export type BreakerState = z.infer<typeof BreakerState>

/** Every circuit breaker of the core, in the order in which it is shown. `halt` and `safe` are latches of the supervisor. */
export const BREAKERS = [
  'dailyLoss',
  'drawdown',
  'consecutiveLosses',
  'orderRejects',
  'apiErrors',
  'apiErrorRate',
  'badData',
  'staleFeed',
  'reconciliation',
  'restartStorm',
  'clockSkew',
  'ledgerTrouble',
  'unprotected',
] as const
export const BreakerName = z.enum(BREAKERS)
export type BreakerName = z.infer<typeof BreakerName>

/** A breaker as the ledger knows it. */
export const BreakerRecord = z.strictObject({
  state: BreakerState,
  since: Timestamp,
  reason: z.string(),
  /** What it was tripped by; null where a person did it, or it could not be known. */
  value: z.number().nullable(),
  until: Timestamp.nullable(),
  /** Times of the trips of the last 24 h, oldest first. */
  trips: z.array(Timestamp),
})
export type BreakerRecord = Readonly<Omit<z.infer<typeof BreakerRecord>, 'trips'>> & { readonly trips: readonly number[] }

/** Something that refuses new risk until it is over or a person re-arms it. */
export const BreakerView = z.strictObject({
  name: z.string(),
  state: BreakerState,
  reason: z.string(),
  since: Timestamp.nullable(),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  /** How much of the limit is left: 1 is untouched, 0 is reached; null where either is unknown. */
  distance: z.number().nullable(),
  unit: z.string(),
  /** Trips in the last 24 h of the feed's clock; null for a latch of the engine, whose past nobody counts. */
  trips: Count.nullable(),
  needsPerson: z.boolean(),
  /** When it tries again by itself; null where it does not. */
  until: Timestamp.nullable(),
})
export type BreakerView = z.infer<typeof BreakerView>

/** What a guard did since the ledger began. */
export const GuardTally = z.strictObject({
  guard: z.string(),
  class: z.enum(['failClosed', 'failOpen']),
  unit: z.string(),
  passed: Count,
  blocked: Count,
  errors: Count,
  abstained: Count,
  lastValue: z.union([z.number(), z.string()]).nullable(),
  limit: z.union([z.number(), z.string()]).nullable(),
})
export type GuardTally = z.infer<typeof GuardTally>

/** Steps that an engine goes down by itself and up only when a person says so. */
export const DEGRADATION = ['full', 'cached', 'baseline', 'paperOnly', 'safe'] as const
export const Degradation = z.enum(DEGRADATION)
export type Degradation = z.infer<typeof Degradation>

/** Where a kill switch was thrown; any of them is enough, and each is let go of where it was thrown. */
export const KILL_SWITCHES = ['env', 'file', 'command', 'key'] as const
export const KillSwitchOrigin = z.enum(KILL_SWITCHES)
export type KillSwitchOrigin = z.infer<typeof KillSwitchOrigin>
