import { reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { send } from './send.ts'

/** The one switch that stops new risk from anywhere. It is let go of where it was thrown. */
export const killSwitch: CommandFunction = async (context, [to], options) => {
  const reason = await reasonFor(context, options, `kill switch ${to === 'on' ? 'on' : 'off'}`)
  return await send(context, await openLink(context, OPERATE), { kind: 'killSwitch', on: to === 'on', origin: 'command' }, reason)
}
