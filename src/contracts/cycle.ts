import { z } from 'zod'
import { Count, Timestamp } from './names.ts'

export const CycleTrigger = z.enum(['bar', 'signal', 'report', 'command', 'timer', 'start'])
export type CycleTrigger = z.infer<typeof CycleTrigger>

/** One wake-up of the orchestrator. Quiet ones only refresh the heartbeat; those with events are recorded. */
export const Cycle = z.strictObject({
  number: Count,
  trigger: CycleTrigger,
  /** Wall time at its start. */
  at: Timestamp,
  /** Feed clock at its end. */
  feedAt: Timestamp.nullable(),
  /** All its stages. The ledger has it without the last two, since they come after what it can know of itself. */
  durationMs: z.number().nonnegative(),
  /** Milliseconds spent in each stage. */
  stages: z.strictObject({ drain: z.number(), decide: z.number(), commit: z.number(), effects: z.number() }),
  /** Sequences of the first and last bar drained; null where there was none. */
  bars: z.strictObject({ from: Count, to: Count }).nullable(),
  inputs: Count,
  events: Count,
  signals: Count,
  approved: Count,
  blocked: Count,
  orders: Count,
  fills: Count,
  result: z.enum(['ok', 'slow', 'failed']),
  /** SHA-256 of the state after it, where a checkpoint was due; null otherwise. */
  stateHash: z.string().nullable(),
  /** Last ledger sequence after it. */
  sequence: Count,
})
export type Cycle = z.infer<typeof Cycle>
