import { reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { send } from './send.ts'

/** The settings and reference lists as their files have them now, without a restart. What is wrong in them changes nothing. */
export const reload: CommandFunction = async (context, _, options) => {
  const reason = await reasonFor(context, options, 'reload')
  return await send(context, await openLink(context, OPERATE), { kind: 'reload' }, reason)
}
