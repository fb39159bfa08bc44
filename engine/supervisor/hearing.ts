import { z } from 'zod'
import { KillSwitchOrigin } from '../../src/contracts/breaker.ts'
import type { FromChild } from './messages.ts'

/**
 * What the supervisor relies on in a message of a child. In one of them runs code of the user, which has the same channel, and what
 * comes through it must neither end the supervisor nor go into a trail that then takes nothing more.
 */
const Heard = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), evidence: z.string() }),
  z.object({ kind: z.literal('view'), changes: z.custom((value) => typeof value === 'object' && value !== null && !Array.isArray(value)) }),
  z.object({ kind: z.literal('commandResult'), id: z.string(), result: z.enum(['accepted', 'refused', 'unknown']), message: z.string() }),
  z.object({ kind: z.literal('drained') }),
  z.object({ kind: z.literal('killSwitch'), origin: KillSwitchOrigin, on: z.boolean(), reason: z.string(), actor: z.string().nullable() }),
  z.object({ kind: z.literal('fatal'), code: z.int(), message: z.string() }),
])

/** Whether it is a message of ours. */
export const isFromChild = (message: unknown): message is FromChild => Heard.safeParse(message).success
