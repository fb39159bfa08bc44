import { z } from 'zod'
import { INSTANCE_NAME, INSTANCE_NAME_SAYS } from '../instance-name.ts'

/** Upper-case letters, digits and `. - / _`; the venue's own spelling without blanks. */
export const SymbolName = z.string().regex(/^[A-Z0-9][A-Z0-9._/-]{0,19}$/, 'a symbol is 1 to 20 of A-Z 0-9 . _ / -')
export type SymbolName = z.infer<typeof SymbolName>

/** Becomes a folder and part of a socket's path, so it is short and has no separators. */
export const InstanceName = z.string().regex(INSTANCE_NAME, INSTANCE_NAME_SAYS)
export type InstanceName = z.infer<typeof InstanceName>

/** A whole number of milliseconds since 1970-01-01T00:00:00Z. */
export const Timestamp = z.number()
export const Count = z.int().nonnegative()

export const ProcessName = z.enum(['supervisor', 'feed', 'brain', 'orchestrator'])
export type ProcessName = z.infer<typeof ProcessName>

/** The processes that the supervisor starts, in the order in which it starts them. */
export const CHILDREN = ['feed', 'brain', 'orchestrator'] as const
export type ChildName = (typeof CHILDREN)[number]

/**
 * `dry-run` decides and sends nowhere; `simulate` trades simulated or replayed data on our paper venue. `paper` needs market data of a real
 * venue, `live` is real money, `manual` is tickets that a person carries out: no engine of this version starts with one of these.
 */
export const Mode = z.enum(['dry-run', 'simulate', 'paper', 'live', 'manual'])
export type Mode = z.infer<typeof Mode>
