import { z } from 'zod'
import { Actor } from './audit.ts'
import { CommandRequest, CommandResult } from './command.ts'
import { Count, Timestamp } from './names.ts'
import { Snapshot, SnapshotDelta } from './snapshot.ts'

export * from './protocol.ts'

export const Role = z.enum(['operator', 'observer'])
export type Role = z.infer<typeof Role>

/** The first request on a connection; nothing else is answered before it. */
export const Hello = z.strictObject({ protocol: z.int(), build: z.string().max(64), client: Actor })
export type Hello = z.infer<typeof Hello>

export const HelloResult = z.strictObject({
  protocol: z.int(),
  build: z.string(),
  instance: z.string(),
  role: Role,
  pid: z.int(),
  at: Timestamp,
})
export type HelloResult = z.infer<typeof HelloResult>

export const SubscribeResult = z.strictObject({ sequence: Count, snapshot: Snapshot })
export type SubscribeResult = z.infer<typeof SubscribeResult>

/** Notification `delta`: the members of the snapshot that changed, at `sequence` = the one before + 1. */
export const Delta = z.strictObject({ sequence: Count, at: Timestamp, changes: SnapshotDelta })
export type Delta = z.infer<typeof Delta>

/** Notification `snapshot`: after a client fell behind; it starts anew from here. */
export const Resnapshot = z.strictObject({ sequence: Count, at: Timestamp, snapshot: Snapshot })
export type Resnapshot = z.infer<typeof Resnapshot>

/** Notification `heartbeat`: nothing changed since `sequence`. */
export const Heartbeat = z.strictObject({ sequence: Count, at: Timestamp })
export type Heartbeat = z.infer<typeof Heartbeat>

/** What a process that lost the singleton race tells the holder, who alone writes the audit trail. */
export const SingletonReport = z.strictObject({ pid: z.int(), startedAt: Timestamp, instance: z.string(), actor: Actor })
export type SingletonReport = z.infer<typeof SingletonReport>

/** JSON-RPC methods: name → parameters and result. `hello` first; an observer may not call `command`. */
export const METHODS = {
  hello: { params: Hello, result: HelloResult },
  status: { params: z.strictObject({}), result: Snapshot },
  subscribe: { params: z.strictObject({}), result: SubscribeResult },
  command: { params: CommandRequest, result: CommandResult },
  singletonViolation: { params: SingletonReport, result: z.strictObject({ auditSequence: z.int() }) },
} as const
export type Method = keyof typeof METHODS
export type Params<M extends Method> = z.infer<(typeof METHODS)[M]['params']>
export type Answer<M extends Method> = z.infer<(typeof METHODS)[M]['result']>
