import { confirm, reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { inertLines } from './print.ts'
import { send } from './send.ts'

/** Closes the position of one symbol, or all of them. */
export const flatten: CommandFunction = async (context, [symbol = null], options) => {
  const reason = await reasonFor(context, options, 'flatten')
  const link = await openLink(context, OPERATE)
  try {
    await confirm(
      context,
      options,
      link,
      `flatten closes ${symbol === null ? 'every position' : `the position in ${inertLines(symbol)}`} at the market`,
    )
    return await send(context, link, { kind: 'flatten', symbol }, reason)
  } finally {
    link.close()
  }
}
