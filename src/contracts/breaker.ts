import { z } from 'zod'
import { Count, Timestamp } from './names.ts'

export const BreakerState = z.enum(['closed', 'open', 'halfOpen', 'latched'])
export type BreakerState = z.infer<typeof BreakerState>

/** Something that refuses new risk until it is over or a person re-arms it. */
export const BreakerView = z.strictObject({
  name: z.string(),
  state: BreakerState,
  reason: z.string(),
  since: Timestamp.nullable(),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  unit: z.string(),
  trips: Count,
  needsPerson: z.boolean(),
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
