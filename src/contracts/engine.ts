import { z } from 'zod'

export const ENGINE_STATES = ['starting', 'ready', 'running', 'degraded', 'paused', 'safe', 'halted', 'draining', 'stopped'] as const
/** The effective state, which the ledger remembers. */
export const EngineState = z.enum(ENGINE_STATES)
export type EngineState = z.infer<typeof EngineState>

/** What a person (or the restart-storm latch) wants; the supervisor remembers it in `state/desired.json`. */
export const DesiredState = z.enum(['running', 'paused', 'halted', 'safe'])
export type DesiredState = z.infer<typeof DesiredState>

export const CHILD_STATES = ['down', 'starting', 'ready', 'stuck', 'waiting', 'stopping', 'failed'] as const
/** `waiting` is the pause before a restart; `failed` is given up until a person acts. */
export const ChildState = z.enum(CHILD_STATES)
export type ChildState = z.infer<typeof ChildState>
