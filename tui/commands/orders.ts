import { Exit } from '../../src/exit.ts'
import type { CommandFunction } from './context.ts'
import { countOf } from './count.ts'
import { see } from './engine.ts'
import { note, printJson, table, time } from './print.ts'

/** Working orders and the newest ended ones, newest last; without an engine the last known ones, marked as past. */
export const orders: CommandFunction = async (context, _, options) => {
  const count = countOf(options)
  const seen = await see(context)
  const rows = [...(seen.snapshot?.orders ?? [])].sort((a, b) => a.intendedAt - b.intendedAt).slice(-count)
  if (context.json) printJson(context, { running: seen.running, asOf: seen.snapshot?.asOf ?? null, orders: rows })
  else if (rows.length > 0) {
    context.out(
      table(
        [
          { head: 'ORDER', of: ({ clientOrderId }) => clientOrderId },
          { head: 'SYMBOL', of: ({ symbol }) => symbol },
          { head: 'SIDE', of: ({ side }) => side.toUpperCase() },
          { head: 'FOR', of: ({ purpose }) => purpose },
          { head: 'STATE', of: ({ state }) => state },
          { head: 'FILLED', right: true, of: ({ filled, quantity }) => `${filled} / ${quantity}` },
          { head: 'AVERAGE', right: true, of: ({ averagePrice }) => averagePrice },
          { head: 'FEE', right: true, of: ({ fee }) => fee },
          { head: 'INTENDED', of: ({ intendedAt }) => time(intendedAt) },
          { head: 'REASON', of: ({ reason }) => reason },
        ],
        rows,
      ),
    )
  } else if (seen.snapshot !== null) note(context, 'no orders')
  if (!seen.running)
    note(context, `${seen.failure.message}; ${seen.snapshot === null ? 'no orders are known' : `PAST: as of ${time(seen.snapshot.asOf)}`}`)
  return seen.running ? Exit.done : Exit.notRunning
}
