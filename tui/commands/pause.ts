import { reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { send } from './send.ts'

/** No new entries; exits and stops go on. */
export const pause: CommandFunction = async (context, _, options) => {
  const reason = await reasonFor(context, options, 'pause')
  return await send(context, await openLink(context, OPERATE), { kind: 'pause' }, reason)
}
