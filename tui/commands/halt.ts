import { confirm, reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { send } from './send.ts'

/** Cancels every working order and opens nothing until a person re-arms. */
export const halt: CommandFunction = async (context, _, options) => {
  const reason = await reasonFor(context, options, 'halt')
  const link = await openLink(context, OPERATE)
  try {
    await confirm(context, options, link, 'halt cancels every working order and opens nothing until it is re-armed')
    return await send(context, link, { kind: 'halt' }, reason)
  } finally {
    link.close()
  }
}
