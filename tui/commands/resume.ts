import { reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { send } from './send.ts'

/** Entries again after a pause. A halted engine is re-armed first. */
export const resume: CommandFunction = async (context, _, options) => {
  const reason = await reasonFor(context, options, 'resume')
  return await send(context, await openLink(context, OPERATE), { kind: 'resume' }, reason)
}
