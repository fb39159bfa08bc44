import { Exit, ExitError } from '../../src/exit.ts'
import { reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { send } from './send.ts'

/** Marks one alert, or all of them, as seen. */
export const ack: CommandFunction = async (context, [number], options) => {
  const alert = number === undefined ? null : Number(number.replace(/^#/, ''))
  if (alert !== null && !(Number.isSafeInteger(alert) && alert > 0))
    throw new ExitError(Exit.usage, `ack ${JSON.stringify(number)}: expected the number of an alert`, 'aegis-console status shows them')
  const reason = await reasonFor(context, options, alert === null ? 'acknowledge all alerts' : `acknowledge alert ${alert}`)
  return await send(context, await openLink(context, OPERATE), { kind: 'ack', alert }, reason)
}
