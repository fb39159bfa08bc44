import { z } from 'zod'
import { Actor } from './audit.ts'
import { SymbolName, Timestamp } from './names.ts'
import { Phase } from './rules.ts'

/** Everything a console may ask of the engine. Anything else is refused at the socket. */
export const Command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({ kind: z.literal('resume') }),
  z.strictObject({ kind: z.literal('halt') }),
  z.strictObject({ kind: z.literal('flatten'), symbol: SymbolName.nullable() }),
  z.strictObject({ kind: z.literal('cancel'), clientOrderId: z.string().min(1).max(36) }),
  /**
   * Lets go of a latch: `halt` and `safe` become paused, and a person then resumes. A breaker of the core is closed and counts
   * from now; `emotional` and `degradation` end what makes entries smaller.
   */
  z.strictObject({ kind: z.literal('rearm'), breaker: z.string().min(1).max(40) }),
  /** Latches a breaker of the core; a person re-arms it. */
  z.strictObject({ kind: z.literal('trip'), breaker: z.string().min(1).max(40) }),
  /** `force` where the gate's conditions do not hold and a person answers for it. */
  z.strictObject({ kind: z.literal('phase'), to: Phase, force: z.boolean() }),
  /** Reads `config.json` and the reference lists again, without a restart. */
  z.strictObject({ kind: z.literal('reload') }),
  /** No new risk while it is on. It is let go of where it was thrown: `key` in the console, `command` everywhere else. */
  z.strictObject({ kind: z.literal('killSwitch'), on: z.boolean(), origin: z.enum(['command', 'key']) }),
  /** An alert was seen; null is all of them. */
  z.strictObject({ kind: z.literal('ack'), alert: z.int().positive().nullable() }),
  /** What a person says to a proposal that the reports made. */
  z.strictObject({ kind: z.literal('proposal'), id: z.string().min(1).max(64), verdict: z.enum(['approve', 'reject']) }),
  z.strictObject({ kind: z.literal('stop'), now: z.boolean() }),
])
export type Command = z.infer<typeof Command>

export const CommandRequest = z.strictObject({
  /** Chosen by the sender; the same id always gets the first result again. */
  id: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, 'a command id is 8 to 64 of A-Z a-z 0-9 _ -'),
  actor: Actor,
  reason: z.string().min(1).max(200),
  /** Wall time after which the engine refuses it. */
  expiresAt: Timestamp,
  command: Command,
})
export type CommandRequest = z.infer<typeof CommandRequest>

/** Never a guess: what was not answered in time is `unknown`, and the same id can be asked again. */
export const CommandResult = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('accepted'), auditSequence: z.int(), message: z.string() }),
  z.strictObject({ outcome: z.literal('refused'), auditSequence: z.int().nullable(), message: z.string() }),
  z.strictObject({ outcome: z.literal('unknown'), auditSequence: z.int().nullable(), message: z.string() }),
])
export type CommandResult = z.infer<typeof CommandResult>
