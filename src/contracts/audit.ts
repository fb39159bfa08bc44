import { z } from 'zod'
import { Count, Timestamp } from './names.ts'

/** Who asked. What could not be known is null. */
export const Actor = z.strictObject({
  kind: z.enum(['operator', 'engine', 'system']),
  uid: z.int().nullable(),
  name: z.string().max(64),
  tty: z.string().max(64).nullable(),
  /** Address of the SSH client, from `SSH_CONNECTION`. */
  ssh: z.string().max(64).nullable(),
})
export type Actor = z.infer<typeof Actor>

export const AUDIT_EVENTS = [
  'BOT_START',
  'BOT_STOP',
  'SINGLETON_VIOLATION',
  'STALE_PID_CLEANED',
  'CORRUPT_PID_QUARANTINED',
  'DESIRED_STATE_CHANGED',
  'DESIRED_STATE_UNREADABLE',
  'COMMAND',
  'SETTING_CHANGED',
  'KILL_SWITCH',
  'CHILD_STARTED',
  'CHILD_READY',
  'CHILD_EXITED',
  'CHILD_GAVE_UP',
  'CHILD_STUCK',
  'CHILD_RECOVERED',
  'RESTART_STORM',
  'DRAIN_STARTED',
  'TRAIL_REPAIRED',
  'TRAIL_ADOPTED',
  'CLIENT_REFUSED',
] as const
export const AuditEvent = z.enum(AUDIT_EVENTS)
export type AuditEvent = z.infer<typeof AuditEvent>

/** One line of `audit.jsonl`. `hash` is SHA-256 over the canonical JSON of everything else in the line. */
export const AuditRecord = z.strictObject({
  sequence: z.int().positive(),
  /** UTC, ISO 8601 with milliseconds. */
  time: z.string(),
  event: AuditEvent,
  actor: Actor,
  reason: z.string(),
  /** What led to it: a command id, a child and its signal, or an earlier sequence; null where nothing did. */
  cause: z.string().nullable(),
  /** What else belongs to the event: outcome, pids, versions. */
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  previous: z.string(),
  hash: z.string(),
})
export type AuditRecord = z.infer<typeof AuditRecord>

/**
 * Whether a record says that the trail had records and no signed head: signing began anew with it, and nothing but the chain
 * holds what was there before.
 */
export const beganAnew = ({ event, detail }: Pick<AuditRecord, 'event' | 'detail'>): boolean =>
  event === 'TRAIL_REPAIRED' && typeof detail.records === 'number'

/** `previous` of the first record. */
export const GENESIS = '0'.repeat(64)

/** A signed statement that the trail had at least this record. Kept apart from the trail, so that cutting or rewriting it shows. */
export const AuditHead = z.strictObject({
  sequence: Count,
  hash: z.string(),
  at: Timestamp,
  /** Ed25519 over `sequence|hash|at`, base64. */
  signature: z.string(),
})
export type AuditHead = z.infer<typeof AuditHead>
