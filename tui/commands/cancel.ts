import { reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { send } from './send.ts'

/** Asks the venue to cancel one working order, by the id that `orders` shows. */
export const cancel: CommandFunction = async (context, [clientOrderId = ''], options) => {
  const reason = await reasonFor(context, options, 'cancel')
  return await send(context, await openLink(context, OPERATE), { kind: 'cancel', clientOrderId }, reason)
}
