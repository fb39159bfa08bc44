import { Exit } from '../../src/exit.ts'
import type { CommandFunction } from './context.ts'
import { see } from './engine.ts'
import { note, printJson, table, time } from './print.ts'

/** Open positions now; without an engine the last known ones, marked as past. */
export const positions: CommandFunction = async (context) => {
  const seen = await see(context)
  const rows = seen.snapshot?.positions ?? []
  if (context.json)
    printJson(context, { running: seen.running, asOf: seen.snapshot?.asOf ?? null, equity: seen.snapshot?.equity ?? null, positions: rows })
  else if (rows.length > 0) {
    context.out(
      table(
        [
          { head: 'SYMBOL', of: ({ symbol }) => symbol },
          { head: 'SIDE', of: ({ side }) => side.toUpperCase() },
          { head: 'STATE', of: ({ state }) => state },
          { head: 'QUANTITY', right: true, of: ({ quantity }) => quantity },
          { head: 'ENTRY', right: true, of: ({ entryPrice }) => entryPrice },
          { head: 'MARK', right: true, of: ({ markPrice }) => markPrice },
          { head: 'UNREALISED', right: true, of: ({ unrealised }) => unrealised },
          { head: 'STOP', right: true, of: ({ stop }) => stop },
          { head: 'TARGET', right: true, of: ({ target }) => target },
          { head: 'OPENED', of: ({ openedAt }) => time(openedAt) },
          { head: 'STRATEGY', of: ({ strategy }) => strategy },
        ],
        rows,
      ),
    )
  } else if (seen.snapshot !== null) note(context, 'no open positions')
  if (!seen.running)
    note(context, `${seen.failure.message}; ${seen.snapshot === null ? 'no positions are known' : `PAST: as of ${time(seen.snapshot.asOf)}`}`)
  return seen.running ? Exit.done : Exit.notRunning
}
