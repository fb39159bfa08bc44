import { Exit, ExitError } from '../../src/exit.ts'
import { reasonFor } from './ask.ts'
import type { CommandFunction, Context } from './context.ts'
import { OPERATE, openLink, see } from './engine.ts'
import { inertLines, note, printJson, table, time } from './print.ts'
import { send } from './send.ts'

/** What refuses new risk just now, and the way to latch it or to let go of it. */
export const breakers: CommandFunction = async (context, [what = 'list', name], options) => {
  if (what === 'list') {
    if (name !== undefined)
      throw new ExitError(Exit.usage, `breakers list takes no name: ${inertLines(name)}`, 'aegis-console breakers lists them all')
    return await list(context)
  }
  const kind = what === 'trip' ? 'trip' : 'rearm'
  if (name === undefined) throw new ExitError(Exit.usage, `breakers ${kind} NAME: the name is missing`, 'aegis-console breakers lists them')
  const reason = await reasonFor(context, options, `${kind === 'trip' ? 'trip' : 're-arm'} ${inertLines(name)}`)
  return await send(context, await openLink(context, OPERATE), { kind, breaker: name }, reason)
}

const list = async (context: Context): Promise<number> => {
  const seen = await see(context)
  const rows = seen.snapshot?.breakers ?? []
  if (context.json) printJson(context, { running: seen.running, asOf: seen.snapshot?.asOf ?? null, breakers: rows })
  else if (rows.length > 0) {
    context.out(
      table(
        [
          { head: 'BREAKER', of: ({ name }) => name },
          { head: 'STATE', of: ({ state }) => state.toUpperCase() },
          { head: 'VALUE', right: true, of: ({ value }) => value },
          { head: 'LIMIT', right: true, of: ({ limit }) => limit },
          { head: 'LEFT', right: true, of: ({ distance }) => (distance === null ? null : `${Math.round(distance * 100)}%`) },
          { head: 'UNIT', of: ({ unit }) => unit },
          { head: 'TRIPS', right: true, of: ({ trips }) => trips },
          { head: 'SINCE', of: ({ since }) => time(since) },
          { head: 'PERSON', of: ({ needsPerson }) => (needsPerson ? 'needed' : 'no') },
          { head: 'UNTIL', of: ({ until }) => time(until) },
          { head: 'REASON', of: ({ reason }) => reason },
        ],
        rows,
      ),
    )
  }
  if (seen.running && rows.length === 0) note(context, 'no breakers')
  if (!seen.running) note(context, `${seen.failure.message}; last known at ${time(seen.snapshot?.asOf)}`)
  return seen.running ? Exit.done : Exit.notRunning
}
